"""Agents, desk sessions and sign-in failures in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.errors import Conflict
from bot.handoff.agents import Agent, Presence, PresenceChange, Role
from bot.store.database import Database, metadata

agents = Table(
    "agents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("languages", Text, nullable=False),
    Column("queues", Text, nullable=False),
    Column("skills", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("presence", String(20), nullable=False),
    Column("idle_since", Float(53), nullable=False),
    Column("live_at", Float(53)),
    Column("called_at", Float(53), nullable=False),
    Column("gone_since", Float(53)),
)

presence_log = Table(
    "agent_presence_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", String(64), ForeignKey("agents.id"), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("presence", String(20), nullable=False),
    Index("ix_agent_presence_log_agent_id_at", "agent_id", "at"),
)

sessions = Table(
    "agent_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", String(64), ForeignKey("agents.id"), nullable=False, index=True),
    Column("expires_at", Float(53), nullable=False, index=True),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(64), nullable=False),
    Column("address", String(64), nullable=False, index=True),
    Column("at", Float(53), nullable=False, index=True),
)

_LISTS = ("languages", "queues", "skills")
_FIELDS = [column for column in agents.c if column.name != "password_hash"]


class SqlAgentStore:
    """`bot.handoff.agents.AgentStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, agent: Agent, password_hash: str) -> None:
        row = {
            "id": agent.id,
            "login": agent.login,
            "name": agent.name,
            "password_hash": password_hash,
            "role": agent.role.value,
            "capacity": agent.capacity,
            "presence": agent.presence.value,
            "idle_since": agent.idle_since,
            "live_at": agent.live_at,
            "called_at": agent.called_at,
            "gone_since": agent.gone_since,
        } | {name: json.dumps(getattr(agent, name)) for name in _LISTS}
        try:
            async with self._database.begin() as connection:
                await connection.execute(insert(agents).values(row))
        except IntegrityError as error:
            raise Conflict(
                f"The login {agent.login!r} is taken.",
                code="agent.login_taken",
                hint="choose another, or see `firstline user list`",
            ) from error

    async def all(self) -> Sequence[Agent]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(*_FIELDS).order_by(agents.c.name, agents.c.id))
            return [_agent(row._mapping) for row in rows]

    async def get(self, agent_id: str) -> Agent | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*_FIELDS).where(agents.c.id == agent_id))).first()
            return _agent(row._mapping) if row else None

    async def by_login(self, login: str) -> tuple[Agent, str] | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(agents).where(agents.c.login == login))).first()
            return (_agent(row._mapping), row._mapping["password_hash"]) if row else None

    async def set_presence(
        self, agent_id: str, presence: Presence, *, at: float, gone_since: float | None, was: Presence
    ) -> bool:
        values: dict[str, Any] = {"presence": presence.value, "gone_since": gone_since}
        if Presence.OFFLINE in (presence, was):
            # A connection of before says nothing about now; an open one will tell again.
            values["live_at"] = None
        if presence is not Presence.OFFLINE:
            values["called_at"] = at
        if presence is Presence.AVAILABLE:
            values["idle_since"] = at
        unchanged = (agents.c.id == agent_id) & (agents.c.presence == was.value)
        async with self._database.begin() as connection:
            result = await connection.execute(update(agents).where(unchanged).values(values))
            if result.rowcount == 0:
                return False
            await connection.execute(
                insert(presence_log).values(agent_id=agent_id, at=at, presence=presence.value)
            )
        return True

    async def touch(
        self, agent_id: str, *, live_at: float | None = None, called_at: float | None = None
    ) -> None:
        seen = {"live_at": live_at, "called_at": called_at}
        values = {name: at for name, at in seen.items() if at is not None}
        async with self._database.begin() as connection:
            await connection.execute(update(agents).where(agents.c.id == agent_id).values(values))

    async def set_idle(self, agent_id: str, at: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(agents).where(agents.c.id == agent_id).values(idle_since=at))

    async def presence_log(self, agent_id: str) -> Sequence[PresenceChange]:
        query = (
            select(presence_log.c.at, presence_log.c.presence)
            .where(presence_log.c.agent_id == agent_id)
            .order_by(presence_log.c.at, presence_log.c.id)
        )
        async with self._database.read() as connection:
            return [
                PresenceChange(at, Presence(presence)) for at, presence in await connection.execute(query)
            ]


class SqlSessionStore:
    """`bot.handoff.sessions.SessionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token_hash: str, agent_id: str, *, expires_at: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(
                insert(sessions).values(token_hash=token_hash, agent_id=agent_id, expires_at=expires_at)
            )

    async def find(self, token_hash: str) -> tuple[str, float] | None:
        query = select(sessions.c.agent_id, sessions.c.expires_at).where(sessions.c.token_hash == token_hash)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            return (row[0], row[1]) if row else None

    async def extend(self, token_hash: str, *, expires_at: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash).values(expires_at=expires_at)
            )

    async def remove(self, token_hash: str) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def remove_expired(self, now: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))

    async def add_failure(self, login: str, address: str, *, at: float, forget_before: float) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(sign_in_failures).where(sign_in_failures.c.at < forget_before))
            await connection.execute(
                insert(sign_in_failures).values(login=login[:64], address=address[:64], at=at)
            )

    async def count_failures(self, address: str, *, since: float, login: str | None = None) -> int:
        query = (
            select(func.count())
            .select_from(sign_in_failures)
            .where(sign_in_failures.c.address == address[:64], sign_in_failures.c.at >= since)
        )
        if login is not None:
            query = query.where(sign_in_failures.c.login == login[:64])
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def clear_failures(self, login: str, address: str) -> None:
        table = sign_in_failures.c
        async with self._database.begin() as connection:
            await connection.execute(
                delete(sign_in_failures).where(table.login == login[:64], table.address == address[:64])
            )


def _agent(row: Any) -> Agent:
    return Agent(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        capacity=row["capacity"],
        presence=Presence(row["presence"]),
        idle_since=row["idle_since"],
        live_at=row["live_at"],
        called_at=row["called_at"],
        gone_since=row["gone_since"],
        **{name: tuple(json.loads(row[name])) for name in _LISTS},
    )
