"""Handling times (of the derived table of handoffs), sightings of customers, canned replies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Float, String, Table, Text, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.call import VOICE
from bot.conversation import HandoffState, Holder
from bot.handoff.canned import CannedReply
from bot.store.database import Database, metadata
from bot.store.event_store import conversations, handoffs

# Of customers who wait, and of callers on the phone.
waiting_customers = Table(
    "waiting_customers",
    metadata,
    Column("conversation_id", String(200), primary_key=True),
    Column("seen_at", Float(53), nullable=False, index=True),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("language", String(20), primary_key=True),
    Column("shortcut", String(40), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
)

# Nobody waits for so long; what is older is only in the way, but for calls: those that were live when every
# node went down are yet to be ended, however long that was.
_FORGET_AFTER_S = 86400.0


class SqlHandoffStore:
    """`bot.handoff.ports.HandoffStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    async def recent_handling(self, queue: str, *, limit: int) -> Sequence[float]:
        query = (
            select(handoffs.c.data)
            .where(handoffs.c.state == HandoffState.RESOLVED.value, handoffs.c.queue == queue)
            .order_by(handoffs.c.queued_at.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        found = [json.loads(data) for data in rows]
        return [
            handoff["ended_at"] - handoff["accepted_at"]
            for handoff in found
            if handoff["ended_at"] is not None and handoff["accepted_at"] is not None
        ]

    async def recently_resolved(self, agent_id: str | None, *, limit: int) -> Sequence[str]:
        h = handoffs.c
        query = select(h.id).where(h.state == HandoffState.RESOLVED.value)
        if agent_id is not None:
            query = query.where(h.agent_id == agent_id)
        query = query.order_by(h.queued_at.desc()).limit(limit)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalars().all()

    async def note_seen(self, seen: Mapping[str, float]) -> None:
        statement = self._insert(waiting_customers)
        newer = statement.excluded.seen_at
        statement = statement.on_conflict_do_update(
            index_elements=["conversation_id"],
            set_={"seen_at": newer},
            where=waiting_customers.c.seen_at < newer,
        )
        seen_at, c = waiting_customers.c.seen_at, conversations.c
        oldest = min(seen.values()) - _FORGET_AFTER_S
        open_call = exists().where(
            c.id == waiting_customers.c.conversation_id, c.channel == VOICE, c.holder != Holder.CLOSED.value
        )
        async with self._database.begin() as connection:
            await connection.execute(
                statement, [{"conversation_id": id_, "seen_at": at} for id_, at in seen.items()]
            )
            await connection.execute(delete(waiting_customers).where(seen_at < oldest, ~open_call))

    async def last_seen(self, conversation_ids: Sequence[str]) -> Mapping[str, float]:
        query = select(waiting_customers).where(waiting_customers.c.conversation_id.in_(conversation_ids))
        async with self._database.read() as connection:
            return {row.conversation_id: row.seen_at for row in await connection.execute(query)}

    async def unseen(self, channel: str, *, before: float) -> Sequence[str]:
        seen, c = waiting_customers.c, conversations.c
        query = (
            select(seen.conversation_id)
            .join(conversations, c.id == seen.conversation_id)
            .where(seen.seen_at < before, c.channel == channel, c.holder != Holder.CLOSED.value)
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalars().all()


class SqlCannedReplies:
    """`bot.handoff.canned.CannedReplyStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert

    async def all(self) -> Sequence[CannedReply]:
        query = select(canned_replies).order_by(canned_replies.c.language, canned_replies.c.shortcut)
        async with self._database.read() as connection:
            return [CannedReply(**row._mapping) for row in await connection.execute(query)]

    async def put(self, replies: Sequence[CannedReply]) -> None:
        async with self._database.begin() as connection:
            await connection.execute(
                self._insert(canned_replies).on_conflict_do_nothing(),
                [reply.model_dump() for reply in replies],
            )
