"""Changes of accounts in SQL, each one transaction: what it ends, ends with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Conflict, Forbidden, NotFound
from bot.handoff.accounts import AgentChanges, OneTimeLink
from bot.handoff.agents import Presence, Role
from bot.handoff.passwords import NO_PASSWORD
from bot.store.agents import agents, browsers, presence_log, sessions
from bot.store.database import Database, metadata
from bot.store.messages_left import put_back_all

links = Table(
    "agent_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", String(64), ForeignKey("agents.id"), nullable=False, unique=True),
    Column("expires_at", Float(53), nullable=False),
)
"""One-time links; an agent has one at most."""


class SqlAccountStore:
    """`bot.handoff.accounts.AccountStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def edit(self, agent_id: str, changes: AgentChanges, *, by: str | None) -> None:
        values: dict[str, Any] = changes.given()
        for name in ("languages", "queues", "skills"):
            if name in values:
                values[name] = json.dumps(values[name])
        if changes.role is not None:
            values["role"] = changes.role.value
            if not changes.role.sees_everything:
                values["helping"] = False
        keeps_admin = changes.role in (None, Role.ADMIN)
        async with self._database.begin() as connection:
            await _permit(connection, agent_id, by=by, keeps_admin=keeps_admin)
            await _set(connection, agent_id, values)

    async def disable(self, agent_id: str, *, at: float, by: str | None) -> None:
        async with self._database.begin() as connection:
            await _permit(connection, agent_id, by=by, keeps_admin=False)
            query = select(agents.c.presence, agents.c.disabled_at).where(agents.c.id == agent_id)
            presence, disabled_at = (await connection.execute(query)).one()
            if disabled_at is not None:
                return
            await _set(connection, agent_id, {"disabled_at": at})
            if presence != Presence.OFFLINE:
                gone = {"presence": Presence.OFFLINE.value, "gone_since": at, "live_at": None}
                await _set(connection, agent_id, gone)
                await connection.execute(
                    insert(presence_log).values(agent_id=agent_id, at=at, presence=Presence.OFFLINE.value)
                )
            await _set(connection, agent_id, {"helping": False})
            await put_back_all(connection, agent_id)
            await _shut_out(connection, agent_id)

    async def enable(self, agent_id: str, *, by: str | None) -> None:
        async with self._database.begin() as connection:
            await _permit(connection, agent_id, by=by, keeps_admin=True)
            await _set(connection, agent_id, {"disabled_at": None})

    async def put_link(self, agent_id: str, link: OneTimeLink, token_hash: str, *, by: str | None) -> None:
        async with self._database.begin() as connection:
            await _permit(connection, agent_id, by=by, keeps_admin=False)
            query = select(agents.c.disabled_at).where(agents.c.id == agent_id)
            if (await connection.execute(query)).scalar_one() is not None:
                raise Conflict("This account is disabled.", code="agent.disabled", hint="enable it first")
            await _shut_out(connection, agent_id)
            await _set(connection, agent_id, {"password_hash": NO_PASSWORD})
            await connection.execute(
                insert(links).values(agent_id=agent_id, token_hash=token_hash, expires_at=link.expires_at)
            )

    async def link_expiry(self) -> Mapping[str, float]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(links.c.agent_id, links.c.expires_at))
            return {row.agent_id: row.expires_at for row in rows}

    async def find_link(self, token_hash: str, *, now: float) -> tuple[str, float] | None:
        query = select(links.c.agent_id, links.c.expires_at).where(
            links.c.token_hash == token_hash, links.c.expires_at > now
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            return (row.agent_id, row.expires_at) if row else None

    async def use_link(self, token_hash: str, password_hash: str, *, now: float) -> str | None:
        valid = (links.c.token_hash == token_hash) & (links.c.expires_at > now)
        async with self._database.begin() as connection:
            agent_id = (await connection.execute(select(links.c.agent_id).where(valid))).scalar()
            # Whoever deletes the row has used the link, so only one of two at once has.
            if agent_id is None or (await connection.execute(delete(links).where(valid))).rowcount == 0:
                return None
            active = (agents.c.id == agent_id) & agents.c.disabled_at.is_(None)
            changed = await connection.execute(
                update(agents).where(active).values(password_hash=password_hash)
            )
            return str(agent_id) if changed.rowcount else None

    async def set_password(self, agent_id: str, password_hash: str) -> None:
        async with self._database.begin() as connection:
            await _permit(connection, agent_id, by=None, keeps_admin=True)
            await _shut_out(connection, agent_id)
            await _set(connection, agent_id, {"password_hash": password_hash})

    async def change_password(
        self, agent_id: str, *, old_hash: str, new_hash: str, keep_session: str
    ) -> bool:
        unchanged = (
            (agents.c.id == agent_id) & (agents.c.password_hash == old_hash) & agents.c.disabled_at.is_(None)
        )
        async with self._database.begin() as connection:
            changed = await connection.execute(update(agents).where(unchanged).values(password_hash=new_hash))
            if changed.rowcount == 0:
                return False
            await _shut_out(connection, agent_id, but=keep_session)
            return True


async def _permit(connection: AsyncConnection, agent_id: str, *, by: str | None, keeps_admin: bool) -> None:
    """Check an administrator's change of an account, with all administrators' rows locked.

    So two who take the right from each other at the same moment cannot both succeed. Raises NotFound,
    Forbidden when ``by`` (None: the command line) is no administrator any more, and Conflict when nobody
    would be left who is one.
    """
    query = (
        select(agents.c.id)
        .where(
            agents.c.role == Role.ADMIN.value,
            agents.c.disabled_at.is_(None),
            agents.c.password_hash != NO_PASSWORD,
        )
        .order_by(agents.c.id)
        .with_for_update()
    )
    admins = set((await connection.execute(query)).scalars())
    if by is not None and by not in admins:
        raise Forbidden("Only an admin may do this.", code="auth.role_required")
    known = await connection.execute(select(agents.c.id).where(agents.c.id == agent_id).with_for_update())
    if known.first() is None:
        raise NotFound("There is no such agent.", code="agent.not_found")
    if not keeps_admin and admins == {agent_id}:
        raise Conflict(
            "This is the last administrator.", code="agent.last_admin", hint="make somebody else one first"
        )


async def _shut_out(connection: AsyncConnection, agent_id: str, *, but: str | None = None) -> None:
    """End an agent's sessions but that one, their unused link, and what is known of their browsers."""
    which = sessions.c.agent_id == agent_id
    if but is not None:
        which &= sessions.c.token_hash != but
    await connection.execute(delete(sessions).where(which))
    await connection.execute(delete(links).where(links.c.agent_id == agent_id))
    await connection.execute(delete(browsers).where(browsers.c.agent_id == agent_id))


async def _set(connection: AsyncConnection, agent_id: str, values: Mapping[str, Any]) -> None:
    if values:
        await connection.execute(update(agents).where(agents.c.id == agent_id).values(**values))
