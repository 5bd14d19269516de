"""Messages that customers left: SQL for `bot.handoff.messages_left.MessageStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff.agents import Agent
from bot.handoff.contact_data import ContactData
from bot.handoff.messages_left import WAITING, Answered, LeftMessage, MessageState, NewLeftMessage
from bot.store.database import Database, metadata

# A ticket, a customer and a conversation may live elsewhere, so there are no foreign keys.
messages_left = Table(
    "messages_left",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket_id", String(64), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("conversation_id", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("queue", String(64), nullable=False),
    Column("language", String(20)),
    Column("text", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("customer_id", String(64)),
    Column("contact_kind", String(10)),
    Column("contact", String(320)),
    Column("contact_source", String(10)),
    Column("state", String(10), nullable=False),
    Column("agent_id", String(64)),
    Column("agent_name", String(200)),
    Column("taken_at", Float(53)),
    Column("answered_at", Float(53)),
    Column("answered", String(20)),
    Column("note", Text, nullable=False),
    Index("ix_messages_left_state_queue", "state", "queue"),
)

_WAITING = [state.value for state in WAITING]
_PUT_BACK = {"state": MessageState.OPEN.value, "agent_id": None, "agent_name": None, "taken_at": None}


async def put_back_all(connection: AsyncConnection, agent_id: str) -> None:
    """Have the messages that an agent took and did not answer wait again."""
    taken = (messages_left.c.agent_id == agent_id) & (messages_left.c.state == MessageState.TAKEN.value)
    await connection.execute(update(messages_left).where(taken).values(_PUT_BACK))


class SqlMessageStore:
    """`bot.handoff.messages_left.MessageStore` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewLeftMessage) -> LeftMessage:
        known = await self.of_ticket(new.ticket_id)
        if known is not None:
            return known
        values = new.model_dump() | {"state": MessageState.OPEN.value, "note": ""}
        try:
            async with self._database.begin() as connection:
                await connection.execute(insert(messages_left).values(values))
        except IntegrityError:
            # Another process was first with the same ticket; what it kept is the answer.
            pass
        kept = await self.of_ticket(new.ticket_id)
        if kept is None:
            raise AssertionError("a message that was just kept")
        return kept

    async def get(self, message_id: int) -> LeftMessage | None:
        return await self._one(messages_left.c.id == message_id)

    async def of_ticket(self, ticket_id: str) -> LeftMessage | None:
        return await self._one(messages_left.c.ticket_id == ticket_id)

    async def find(
        self,
        states: Sequence[MessageState],
        *,
        queues: Sequence[str] | None,
        after: int | None,
        limit: int,
        newest_first: bool = False,
    ) -> Sequence[LeftMessage]:
        c = messages_left.c
        query = select(messages_left).where(*_conditions(states, queues)).limit(limit)
        if after is not None:
            query = query.where(c.id < after if newest_first else c.id > after)
        query = query.order_by(c.id.desc() if newest_first else c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [LeftMessage.model_validate(dict(row)) for row in rows]

    async def count(self, states: Sequence[MessageState], *, queues: Sequence[str] | None) -> int:
        query = select(func.count()).select_from(messages_left).where(*_conditions(states, queues))
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def set_contact(self, ticket_id: str, contact: ContactData) -> None:
        values = {
            "contact_kind": contact.kind,
            "contact": contact.value,
            "contact_source": contact.source,
        }
        await self._change([messages_left.c.ticket_id == ticket_id], values)

    async def take(self, message_id: int, *, agent: Agent, at: float) -> bool:
        c = messages_left.c
        values = {
            "state": MessageState.TAKEN.value,
            "agent_id": agent.id,
            "agent_name": agent.name,
            "taken_at": at,
        }
        return await self._change([c.id == message_id, c.state == MessageState.OPEN.value], values)

    async def release(self, message_id: int, *, agent_id: str) -> bool:
        return await self._change(_taken_by(message_id, agent_id), _PUT_BACK)

    async def finish(
        self, message_id: int, *, agent_id: str | None, answered: Answered, note: str, at: float
    ) -> bool:
        c = messages_left.c
        values = {
            "state": MessageState.ANSWERED.value,
            "answered": answered.value,
            "answered_at": at,
            "note": note,
        }
        if agent_id is None:
            return await self._change([c.id == message_id, c.state == MessageState.OPEN.value], values)
        return await self._change(_taken_by(message_id, agent_id), values)

    async def waiting_conversations(self, *, limit: int) -> Sequence[str]:
        c = messages_left.c
        # The latest: whoever left a message yesterday has mostly gone.
        query = select(c.conversation_id).where(c.state.in_(_WAITING)).order_by(c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return list(dict.fromkeys((await connection.execute(query)).scalars()))

    async def _one(self, condition: ColumnElement[bool]) -> LeftMessage | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(messages_left).where(condition))).mappings().first()
        return LeftMessage.model_validate(dict(row)) if row is not None else None

    async def _change(self, conditions: Sequence[ColumnElement[bool]], values: dict[str, Any]) -> bool:
        async with self._database.begin() as connection:
            done = await connection.execute(update(messages_left).where(*conditions).values(values))
        return bool(done.rowcount)


def _conditions(states: Sequence[MessageState], queues: Sequence[str] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [messages_left.c.state.in_([state.value for state in states])]
    if queues is not None:
        conditions.append(messages_left.c.queue.in_(list(queues)))
    return conditions


def _taken_by(message_id: int, agent_id: str) -> Sequence[ColumnElement[bool]]:
    c = messages_left.c
    return [c.id == message_id, c.state == MessageState.TAKEN.value, c.agent_id == agent_id]
