"""The event log in SQL, and `conversations` and `handoffs`, derived from it in the same transaction.

Appends that wait together are committed together (group commit): a durable commit costs a disk sync, and
one sync can serve many conversations. An append still succeeds or fails by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import Handoff, HandoffState, Holder, SequenceConflict, Summary
from bot.events import Event, decode, encode
from bot.store.database import Database, metadata

events = Table(
    "events",
    metadata,
    Column("conversation_id", String(200), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("type", String(40), nullable=False),
    Column("timestamp", Float(53), nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_events_type_timestamp", "type", "timestamp"),
    sqlite_with_rowid=False,
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("language", String(20)),
    Column("holder", String(10), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("updated_at", Float(53), nullable=False, index=True),
    Column("unanswered", Integer),
    Column("customer_id", String(64), index=True),
    Column("handoff_id", String(64)),
    Index("ix_conversations_holder_updated_at", "holder", "updated_at"),
    # Looked for by every node every few seconds, and nearly always of no row.
    Index(
        "ix_conversations_unanswered",
        "unanswered",
        postgresql_where=text("unanswered IS NOT NULL"),
        sqlite_where=text("unanswered IS NOT NULL"),
    ),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation_id", String(200), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("queued_at", Float(53), nullable=False),
    Column("queued_sequence", BigInteger, nullable=False),
    Column("agent_id", String(64), index=True),
    Column("data", Text, nullable=False),
    Index("ix_handoffs_state_priority_queued_at", "state", "priority", "queued_at"),
)

_HANDOFF: TypeAdapter[Handoff] = TypeAdapter(Handoff)
_LOAD = (
    select(events.c.type, events.c.data)
    .where(events.c.conversation_id == bindparam("id"), events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
)
_BATCH = 128


@dataclass(slots=True)
class _Append:
    """One caller's append, waiting for the next commit."""

    rows: list[dict[str, Any]]
    conversation: dict[str, Any]
    handoff: dict[str, Any] | None
    done: asyncio.Future[None]


class SqlEventStore:
    """`bot.conversation.EventStore` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Append] = []
        self._committer: asyncio.Task[None] | None = None
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        self._insert_events = events.insert()
        self._upsert_conversation = _upsert(insert, conversations)
        self._upsert_handoff = _upsert(insert, handoffs)

    async def load(self, conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        async with self._database.read() as connection:
            rows = await connection.execute(_LOAD, {"id": conversation_id, "after": after})
            return [decode(type_, data) for type_, data in rows]

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        append = _Append(
            rows=[
                {
                    "conversation_id": conversation_id,
                    "sequence": sequence,
                    "type": event.type,
                    "timestamp": event.timestamp,
                    "data": encode(event),
                }
                for sequence, event in enumerate(events, start=expected + 1)
            ],
            conversation=_conversation_row(summary),
            handoff=_handoff_row(summary) if any(hasattr(e, "handoff_id") for e in events) else None,
            done=asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(append)
        if self._committer is None or self._committer.done():
            self._committer = asyncio.create_task(self._commit_waiting())
        # The commit goes on when the caller is cancelled: a batch must not depend on one of its callers.
        await asyncio.shield(append.done)

    async def summaries(
        self,
        *,
        holder: Holder | None = None,
        unanswered: bool | None = None,
        handoff_states: Sequence[HandoffState] = (),
        agent_id: str | None = None,
        customer_id: str | None = None,
        before: float | None = None,
        limit: int = 100,
    ) -> Sequence[Summary]:
        c, h = conversations.c, handoffs.c
        by_handoff = bool(handoff_states) or agent_id is not None
        on = h.conversation_id == c.id if by_handoff else h.id == c.handoff_id
        query = select(conversations, h.data.label("handoff")).select_from(
            conversations.join(handoffs, on, isouter=not by_handoff)
        )
        if holder is not None:
            query = query.where(c.holder == holder.value)
        if unanswered is not None:
            query = query.where(c.unanswered.is_not(None) if unanswered else c.unanswered.is_(None))
        if handoff_states:
            query = query.where(h.state.in_([state.value for state in handoff_states]))
        if agent_id is not None:
            query = query.where(h.agent_id == agent_id)
        if customer_id is not None:
            query = query.where(c.customer_id == customer_id)
        if before is not None:
            query = query.where(c.updated_at < before)
        order = (
            (h.priority.desc(), h.queued_at, h.queued_sequence) if handoff_states else (c.updated_at.desc(),)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(*order).limit(limit))
            return [_summary(row._mapping) for row in rows]

    async def find_handoff(self, handoff_id: str) -> Summary | None:
        c, h = conversations.c, handoffs.c
        query = (
            select(conversations, h.data.label("handoff"))
            .select_from(conversations.join(handoffs, h.conversation_id == c.id))
            .where(h.id == handoff_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            return _summary(row._mapping) if row is not None else None

    async def _commit_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            try:
                await self._commit(batch)
            except IntegrityError:
                # One of them lost its race: commit each alone, so that only that one fails.
                for append in batch:
                    await self._commit_alone(append)
            except Exception as error:
                for append in batch:
                    _fail(append, error)
            else:
                for append in batch:
                    if not append.done.done():
                        append.done.set_result(None)

    async def _commit_alone(self, append: _Append) -> None:
        try:
            await self._commit([append])
        except IntegrityError:
            _fail(append, SequenceConflict("Another writer appended to this conversation first."))
        except Exception as error:
            _fail(append, error)
        else:
            if not append.done.done():
                append.done.set_result(None)

    async def _commit(self, batch: Sequence[_Append]) -> None:
        async with self._database.begin() as connection:
            await connection.execute(self._insert_events, [row for append in batch for row in append.rows])
            # A conversation may wait twice in one batch; only its later summary is to stay.
            latest = {append.conversation["id"]: append.conversation for append in batch}
            await connection.execute(self._upsert_conversation, list(latest.values()))
            await self._write_handoffs(connection, batch)

    async def _write_handoffs(self, connection: AsyncConnection, batch: Sequence[_Append]) -> None:
        latest = {append.handoff["id"]: append.handoff for append in batch if append.handoff is not None}
        if latest:
            await connection.execute(self._upsert_handoff, list(latest.values()))


def _upsert(insert: Any, table: Table) -> Any:
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: statement.excluded[column.name] for column in table.c if column.name not in keys},
    )


def _fail(append: _Append, error: Exception) -> None:
    if not append.done.done():
        append.done.set_exception(error)


def _conversation_row(summary: Summary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "channel": summary.channel,
        "language": summary.language,
        "holder": summary.holder.value,
        "sequence": summary.sequence,
        "updated_at": summary.updated_at,
        "unanswered": summary.unanswered,
        "customer_id": summary.customer_id,
        "handoff_id": summary.handoff.id if summary.handoff else None,
    }


def _handoff_row(summary: Summary) -> dict[str, Any] | None:
    handoff = summary.handoff
    if handoff is None:
        return None
    return {
        "id": handoff.id,
        "conversation_id": summary.id,
        "state": handoff.state.value,
        "queue": handoff.queue,
        "priority": handoff.priority,
        "queued_at": handoff.queued_at,
        "queued_sequence": handoff.queued_sequence,
        "agent_id": handoff.agent_id,
        "data": _HANDOFF.dump_json(handoff).decode(),
    }


def _summary(row: Any) -> Summary:
    return Summary(
        id=row["id"],
        channel=row["channel"],
        language=row["language"],
        holder=Holder(row["holder"]),
        sequence=row["sequence"],
        updated_at=row["updated_at"],
        unanswered=row["unanswered"],
        customer_id=row["customer_id"],
        handoff=_HANDOFF.validate_json(row["handoff"]) if row["handoff"] else None,
    )
