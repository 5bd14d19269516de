"""Accounts: who may sign in, as what, and how a person gets in, stays out or gets a new password.

By an administrator (``by``, their id) or by the command line (None). Each change is one transaction with all
that it ends, and leaves a line in the log that names ids only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

import structlog

from bot.errors import Conflict, InvalidInput, NotFound, Unavailable
from bot.handoff.agents import Agent, Agents, Clock, NewAgent, Role, Status
from bot.handoff.demo import DEMO_PASSWORD
from bot.handoff.password_rules import check_new_password
from bot.handoff.passwords import hash_password
from bot.handoff.sessions import Sessions, SignInFailed, hash_of
from bot.handoff.settings import HandoffSettings

log = structlog.get_logger(__name__)

LINK_PAGE = "/desk#invitation="
"""Where a one-time link leads. The token follows in the fragment, which browsers send to nobody."""


@dataclass(frozen=True, slots=True)
class AgentChanges:
    """What is to be another than before; None leaves it."""

    name: str | None = None
    role: Role | None = None
    languages: tuple[str, ...] | None = None
    queues: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    capacity: int | None = None

    def given(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """By which a person chooses a password, once, until ``expires_at`` (seconds since the epoch)."""

    token: str = field(repr=False)
    expires_at: float

    @property
    def path(self) -> str:
        """Behind the desk's address."""
        return f"{LINK_PAGE}{self.token}"


class AccountStore(Protocol):
    """Where accounts are changed (`bot.store.accounts`).

    Every change made ``by`` somebody raises Forbidden when they are no administrator any more, NotFound, and
    Conflict ``agent.last_admin`` when nobody would be left who is one.
    """

    async def edit(self, agent_id: str, changes: AgentChanges, *, by: str | None) -> None: ...

    async def disable(self, agent_id: str, *, at: float, by: str | None) -> None:
        """Set offline, end the sessions, the link and what is known of browsers; put back messages taken."""
        ...

    async def enable(self, agent_id: str, *, by: str | None) -> None: ...

    async def put_link(self, agent_id: str, link: OneTimeLink, token_hash: str, *, by: str | None) -> None:
        """Have only this link lead in: the password and the sessions end. Raises Conflict if disabled."""
        ...

    async def link_expiry(self) -> Mapping[str, float]:
        """Whose links expire when."""
        ...

    async def find_link(self, token_hash: str, *, now: float) -> tuple[str, float] | None:
        """Whose link it is, and when it expires; None when it is not valid."""
        ...

    async def use_link(self, token_hash: str, password_hash: str, *, now: float) -> str | None:
        """Take the link and set the password; whose it was, None when it is not valid."""
        ...

    async def set_password(self, agent_id: str, password_hash: str) -> None:
        """For the command line. Ends the sessions and the link."""
        ...

    async def change_password(
        self, agent_id: str, *, old_hash: str, new_hash: str, keep_session: str
    ) -> bool:
        """Set it unless it was changed meanwhile, and end all sessions but that one; whether it did."""
        ...


class Accounts:
    """Changes accounts. ``demo``: the demo's public password may be chosen."""

    def __init__(
        self,
        agents: Agents,
        store: AccountStore,
        *,
        settings: HandoffSettings,
        clock: Clock,
        demo: bool = False,
    ) -> None:
        self.agents = agents
        self._store = store
        self._settings = settings
        self._clock = clock
        self._demo = demo

    # --- by an administrator, or the command line ---------------------------------------------------

    async def add(self, new: NewAgent, *, by: str | None) -> Agent:
        """Add a person with a password, or without one, to be invited. Raises InvalidInput, Conflict."""
        if new.password is not None:
            self._check_password(new.password, login=new.login, name=new.name)
        agent = await self.agents.add(new)
        log.info("account.added", agent_id=agent.id, role=agent.role.value, by=by or "command_line")
        return await self.agents.changed(agent.id)

    async def edit(self, agent_id: str, changes: AgentChanges, *, by: str | None) -> Agent:
        """Change role, queues and the like; it holds at once, also for who is signed in."""
        agent = await self.agents.get(agent_id)
        self.agents.check(replace(agent, **changes.given()))
        await self._store.edit(agent_id, changes, by=by)
        # Which fields, and of the values only the one that gives rights.
        log.info(
            "account.changed",
            agent_id=agent_id,
            fields=sorted(changes.given()),
            role=changes.role.value if changes.role else None,
            by=by or "command_line",
        )
        return await self.agents.changed(agent_id)

    async def disable(self, agent_id: str, *, by: str | None) -> Agent:
        """Shut a person out: sessions and sockets end, and what they hold waits again, all at once."""
        await self._store.disable(agent_id, at=self._clock(), by=by)
        log.info("account.disabled", agent_id=agent_id, by=by or "command_line")
        return await self.agents.changed(agent_id)

    async def enable(self, agent_id: str, *, by: str | None) -> Agent:
        """Let a person in again who was shut out, with the password they had."""
        await self._store.enable(agent_id, by=by)
        log.info("account.enabled", agent_id=agent_id, by=by or "command_line")
        return await self.agents.changed(agent_id)

    async def new_link(self, agent_id: str, *, by: str | None) -> OneTimeLink:
        """A link by which the person chooses a password: for who is invited, or has lost theirs.

        The password of before and all sessions end at once, and so does an earlier link.
        """
        if by == agent_id:
            raise Conflict("You can change your own password yourself.", code="agent.own_password")
        link = OneTimeLink(secrets.token_urlsafe(32), self._clock() + self._settings.link_s)
        await self._store.put_link(agent_id, link, hash_of(link.token), by=by)
        log.info("account.link_made", agent_id=agent_id, by=by or "command_line")
        await self.agents.changed(agent_id)
        return link

    async def set_password(self, agent_id: str, password: str) -> Agent:
        """Set a password from the command line; all sessions end."""
        agent = await self.agents.get(agent_id)
        self._check_password(password, login=agent.login, name=agent.name)
        await self._store.set_password(agent_id, await hash_password(password))
        log.info("account.password_set", agent_id=agent_id, by="command_line")
        return await self.agents.changed(agent_id)

    async def link_expiry(self) -> Mapping[str, float]:
        """Whose unused links expire when; those that have expired are there too."""
        return await self._store.link_expiry()

    async def end_sessions(self, sessions: Sessions, agent_id: str, *, by: str | None) -> None:
        """Sign a person out everywhere."""
        await sessions.end(await self.agents.get(agent_id))
        log.info("account.signed_out", agent_id=agent_id, by=by or "command_line")

    # --- by the person themselves -------------------------------------------------------------------

    async def change_own_password(
        self, sessions: Sessions, agent: Agent, *, old: str, new: str, token: str
    ) -> None:
        """Change the password of who is signed in with this token; their other sessions end.

        Raises SignInFailed ``auth.wrong_password``, TooManyFailures, InvalidInput, Unavailable.
        """
        self._check_password(new, login=agent.login, name=agent.name)
        if new == old:
            raise InvalidInput("This is the password that you have.", code="agent.same_password")
        attempt = await sessions.guard.own_password(agent.id)
        wrong = SignInFailed("The old password is wrong.", code="auth.wrong_password", status=403)
        try:
            found = await self.agents.check_password_and_hash(agent.login, old)
        except Unavailable:
            await attempt.not_made()
            raise
        if found is None or found[0].id != agent.id:
            raise wrong
        await attempt.succeeded()
        changed = await self._store.change_password(
            agent.id, old_hash=found[1], new_hash=await hash_password(new), keep_session=hash_of(token)
        )
        if not changed:
            raise wrong
        log.info("account.password_changed", agent_id=agent.id, by=agent.id)
        await self.agents.changed(agent.id)

    async def open_link(self, sessions: Sessions, token: str, *, address: str) -> tuple[Agent, float]:
        """Whose one-time link this is, and when it expires. Raises NotFound ``link.not_valid``."""
        attempt = await sessions.guard.link(address)
        found = await self._store.find_link(hash_of(token), now=self._clock())
        agent = await self.agents.find(found[0]) if found else None
        if found is None or agent is None or agent.status is Status.DISABLED:
            raise _not_valid()
        await attempt.succeeded()
        return agent, found[1]

    async def use_link(self, sessions: Sessions, token: str, password: str, *, address: str) -> Agent:
        """Choose a password by a one-time link, which is used up.

        Raises NotFound, TooManyFailures, InvalidInput, Unavailable.
        """
        agent, _ = await self.open_link(sessions, token, address=address)
        self._check_password(password, login=agent.login, name=agent.name)
        attempt = await sessions.guard.own_password(agent.id)
        hashed = await hash_password(password)
        if await self._store.use_link(hash_of(token), hashed, now=self._clock()) is None:
            raise _not_valid()
        await attempt.succeeded()
        log.info("account.link_used", agent_id=agent.id)
        return await self.agents.changed(agent.id)

    def _check_password(self, password: str, *, login: str, name: str) -> None:
        check_new_password(password, login=login, name=name)
        if password == DEMO_PASSWORD and not self._demo:
            raise InvalidInput(
                "This is the demo's password, which everybody knows.",
                code="agent.weak_password",
                hint="take another",
            )


def _not_valid() -> NotFound:
    return NotFound(
        "This link cannot be used: it was used already, it is too old, or a newer one was made.",
        code="link.not_valid",
        hint="ask an administrator for a new one",
    )
