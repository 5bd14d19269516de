"""Agents, their desk sessions and the browsers that they signed in with, in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.errors import Conflict
from bot.handoff.agents import Agent, Presence, PresenceChange, Role
from bot.handoff.passwords import NO_PASSWORD
from bot.handoff.sessions import OpenSession
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
    Column("helping", Boolean, nullable=False, server_default=false()),
    Column("disabled_at", Float(53)),
    Column("last_sign_in_at", Float(53)),
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
    Column("created_at", Float(53)),
    Column("address", String(64), nullable=False, server_default=""),
    Column("client", String(200), nullable=False, server_default=""),
)

browsers = Table(
    "agent_browsers",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", String(64), ForeignKey("agents.id"), primary_key=True, index=True),
    Column("address", String(64), nullable=False),
    Column("used_at", Float(53), nullable=False),
)

_MOST_BROWSERS = 20
SESSION_ID = 16
"""So much of a session's hash is its name: enough to tell it from others, too little to find anything by."""
_LISTS = ("languages", "queues", "skills")
_FIELDS = [
    *(column for column in agents.c if column.name != "password_hash"),
    (agents.c.password_hash != NO_PASSWORD).label("has_password"),
]


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
            "helping": agent.helping,
            "disabled_at": agent.disabled_at,
            "last_sign_in_at": agent.last_sign_in_at,
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
            query = select(*_FIELDS, agents.c.password_hash).where(agents.c.login == login)
            row = (await connection.execute(query)).first()
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
        if presence is Presence.OFFLINE:
            values["helping"] = False
        else:
            unchanged &= agents.c.disabled_at.is_(None)
        async with self._database.begin() as connection:
            result = await connection.execute(update(agents).where(unchanged).values(values))
            if result.rowcount == 0:
                return False
            await connection.execute(
                insert(presence_log).values(agent_id=agent_id, at=at, presence=presence.value)
            )
        return True

    async def replace_hash(self, agent_id: str, old: str, new: str) -> None:
        unchanged = (agents.c.id == agent_id) & (agents.c.password_hash == old)
        async with self._database.begin() as connection:
            await connection.execute(update(agents).where(unchanged).values(password_hash=new))

    async def set_helping(self, agent_id: str, helping: bool) -> None:
        # Looked at in the same statement: they may have been demoted or disabled since they were read.
        may = (agents.c.id == agent_id) & agents.c.disabled_at.is_(None) & (agents.c.role != Role.AGENT.value)
        async with self._database.begin() as connection:
            await connection.execute(update(agents).where(may).values(helping=helping))

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

    async def add(
        self,
        token_hash: str,
        agent_id: str,
        *,
        password_hash: str,
        at: float,
        expires_at: float,
        address: str = "",
        client: str = "",
    ) -> bool:
        unchanged = (
            (agents.c.id == agent_id)
            & (agents.c.password_hash == password_hash)
            & agents.c.disabled_at.is_(None)
        )
        async with self._database.begin() as connection:
            # This also holds the agent's row, so that disabling them waits, and then ends this session too.
            result = await connection.execute(
                update(agents).where(unchanged).values(last_sign_in_at=at, called_at=at)
            )
            if result.rowcount == 0:
                return False
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= at))
            await connection.execute(
                insert(sessions).values(
                    token_hash=token_hash,
                    agent_id=agent_id,
                    expires_at=expires_at,
                    created_at=at,
                    address=address,
                    client=client,
                )
            )
        return True

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

    async def still_open(self, token_hashes: Collection[str], *, now: float) -> set[str]:
        query = select(sessions.c.token_hash).where(
            sessions.c.token_hash.in_(token_hashes), sessions.c.expires_at > now
        )
        async with self._database.read() as connection:
            return set((await connection.execute(query)).scalars())

    async def of_agent(self, agent_id: str, *, now: float) -> Sequence[tuple[str, float, OpenSession]]:
        query = (
            select(sessions)
            .where(sessions.c.agent_id == agent_id, sessions.c.expires_at > now)
            .order_by(sessions.c.expires_at.desc(), sessions.c.token_hash)
        )
        async with self._database.read() as connection:
            return [
                (
                    row.token_hash,
                    row.expires_at,
                    OpenSession(
                        id=row.token_hash[:SESSION_ID],
                        created_at=row.created_at,
                        used_at=0.0,
                        address=row.address,
                        client=row.client,
                    ),
                )
                for row in await connection.execute(query)
            ]

    async def remove_of(self, agent_id: str, *, but: str | None = None, session_id: str | None = None) -> int:
        which = sessions.c.agent_id == agent_id
        if but is not None:
            which &= sessions.c.token_hash != but
        if session_id is not None:
            which &= func.substr(sessions.c.token_hash, 1, SESSION_ID) == session_id
        async with self._database.begin() as connection:
            return (await connection.execute(delete(sessions).where(which))).rowcount

    async def remember_browser(
        self, agent_id: str, browser_hash: str, *, address: str, at: float, forget_before: float
    ) -> None:
        own = browsers.c.agent_id == agent_id
        this = own & (browsers.c.token_hash == browser_hash)
        latest = (
            select(browsers.c.token_hash)
            .where(own)
            .order_by(browsers.c.used_at.desc())
            .limit(_MOST_BROWSERS)
            .scalar_subquery()
        )
        async with self._database.begin() as connection:
            await connection.execute(delete(browsers).where(browsers.c.used_at < forget_before))
            known = await connection.execute(update(browsers).where(this).values(address=address, used_at=at))
            if known.rowcount == 0:
                await connection.execute(
                    insert(browsers).values(
                        token_hash=browser_hash, agent_id=agent_id, address=address, used_at=at
                    )
                )
            await connection.execute(delete(browsers).where(own, browsers.c.token_hash.not_in(latest)))

    async def knows_browser(self, login: str | None, browser_hash: str, *, since: float) -> bool:
        return await self._knows(login, browsers.c.token_hash == browser_hash, since)

    async def knows_address(self, login: str, address: str, *, since: float) -> bool:
        return await self._knows(login, browsers.c.address == address, since)

    async def _knows(self, login: str | None, which: ColumnElement[bool], since: float) -> bool:
        query = (
            select(browsers.c.agent_id)
            .join(agents, agents.c.id == browsers.c.agent_id)
            .where(which, browsers.c.used_at >= since)
            .limit(1)
        )
        if login is not None:
            query = query.where(agents.c.login == login)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None


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
        helping=bool(row["helping"]),
        has_password=bool(row["has_password"]),
        disabled_at=row["disabled_at"],
        last_sign_in_at=row["last_sign_in_at"],
        **{name: tuple(json.loads(row[name])) for name in _LISTS},
    )
