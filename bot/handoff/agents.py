"""Agents: the people at the desk, what they can take, and whether they are there.

``presence`` is what the agent chose; an agent who is silent for too long is taken to be offline. Every
change is kept in the presence log, so that anybody can see who was available when.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import structlog

from bot.errors import Conflict, Forbidden, InvalidInput, NotFound
from bot.handoff.password_rules import check_new_password
from bot.handoff.passwords import NO_PASSWORD, hash_password, verify_password
from bot.handoff.settings import HandoffSettings

log = structlog.get_logger(__name__)

Clock = Callable[[], float]
MOST_CAPACITY = 100
_MOST_ENTRIES = 50
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_SKILL = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
# How old a record of an agent's last call may grow before it is written anew.
_SEEN_PRECISION_S = 10.0


class Presence(StrEnum):
    """Whether an agent takes conversations; ``away`` keeps those they have."""

    AVAILABLE = "available"
    AWAY = "away"
    OFFLINE = "offline"


class Role(StrEnum):
    """What a person may do; each includes the one before."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def sees_everything(self) -> bool:
        return self is not Role.AGENT


class Status(StrEnum):
    """Whether a person may sign in; who is invited has not chosen a password yet."""

    ACTIVE = "active"
    INVITED = "invited"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person at the desk. Times are seconds since the epoch.

    ``idle_since`` is when they last became free to take more; ``live_at`` when their desk's connection was
    last seen (None without one), ``called_at`` when they last used the HTTP interface; ``gone_since`` is
    set while they are offline. ``queues`` are those assigned to them; while ``helping`` they serve every
    queue, until they are offline.
    """

    id: str
    login: str
    name: str
    role: Role = Role.AGENT
    languages: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int = 3
    presence: Presence = Presence.OFFLINE
    idle_since: float = 0.0
    live_at: float | None = None
    called_at: float = 0.0
    gone_since: float | None = None
    helping: bool = False
    has_password: bool = True
    disabled_at: float | None = None
    last_sign_in_at: float | None = None

    @property
    def status(self) -> Status:
        if self.disabled_at is not None:
            return Status.DISABLED
        return Status.ACTIVE if self.has_password else Status.INVITED

    @property
    def takes_conversations(self) -> bool:
        """Whether they serve any queue; who does not, a supervisor mostly, only watches."""
        return self.helping or bool(self.queues)

    def serves(self, queue: str) -> bool:
        """Whether they take conversations from a queue while they are available."""
        return self.helping or queue in self.queues

    def gone_by(self, now: float, settings: HandoffSettings) -> float | None:
        """When the agent was last seen, if that is too long ago for the presence they have; else None."""
        if self.presence is Presence.OFFLINE:
            return None
        if self.live_at is not None:
            return self.live_at if now - self.live_at > settings.agent_grace_s else None
        return self.called_at if now - self.called_at > settings.agent_idle_s else None


@dataclass(frozen=True, slots=True)
class PresenceChange:
    at: float
    presence: Presence


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What `Agents.add` needs to know."""

    login: str
    name: str
    password: str | None = field(repr=False)
    """None for a person who is invited, and chooses it."""
    role: Role = Role.AGENT
    languages: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int = 3


class AgentStore(Protocol):
    """Where agents, their password hashes and their presence log are kept (`bot.store.agents`)."""

    async def add(self, agent: Agent, password_hash: str) -> None:
        """Raises Conflict ``agent.login_taken``."""
        ...

    async def all(self) -> Sequence[Agent]:
        """Everyone, by name."""
        ...

    async def get(self, agent_id: str) -> Agent | None: ...

    async def by_login(self, login: str) -> tuple[Agent, str] | None:
        """The agent and their password hash."""
        ...

    async def replace_hash(self, agent_id: str, old: str, new: str) -> None:
        """Keep another hash of the same password, unless the password was changed meanwhile."""
        ...

    async def set_helping(self, agent_id: str, helping: bool) -> None: ...

    async def set_presence(
        self, agent_id: str, presence: Presence, *, at: float, gone_since: float | None, was: Presence
    ) -> bool:
        """Set and log it, unless it is no longer ``was``; whether it did.

        Offline forgets the connection, and that they help. Who is disabled can only be set offline.
        """
        ...

    async def touch(
        self, agent_id: str, *, live_at: float | None = None, called_at: float | None = None
    ) -> None: ...

    async def set_idle(self, agent_id: str, at: float) -> None: ...

    async def presence_log(self, agent_id: str) -> Sequence[PresenceChange]:
        """Oldest first."""
        ...


PresenceListener = Callable[[Agent], None]


class Agents:
    """Adds agents, checks their passwords and keeps their presence."""

    def __init__(self, store: AgentStore, *, settings: HandoffSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._listeners: list[PresenceListener] = []
        self._blind_until = float("-inf")

    def on_presence(self, listener: PresenceListener) -> None:
        """Have a listener told of each agent who was changed in this process. It must not block."""
        self._listeners.append(listener)

    async def add(self, new: NewAgent) -> Agent:
        """Add a person. Raises InvalidInput or Conflict."""
        login = new.login.strip()
        if not login or len(new.login) > 64:
            raise InvalidInput("A login has 1 to 64 characters.", code="agent.bad_login")
        if new.password is not None:
            check_new_password(new.password, login=login, name=new.name)
        # A supervisor watches every queue but serves only those that are named.
        served = () if new.role.sees_everything else tuple(queue.name for queue in self._settings.queues)
        agent = Agent(
            id=f"agent_{secrets.token_hex(6)}",
            login=login,
            name=new.name.strip() or login,
            role=new.role,
            languages=new.languages,
            queues=new.queues or served,
            skills=new.skills,
            capacity=new.capacity,
            has_password=new.password is not None,
        )
        self.check(agent)
        hashed = NO_PASSWORD if new.password is None else await hash_password(new.password)
        await self._store.add(agent, hashed)
        return agent

    def check(self, agent: Agent) -> None:
        """Raise InvalidInput for a person who cannot be so."""
        if not 1 <= agent.capacity <= MOST_CAPACITY:
            raise InvalidInput(f"A capacity is 1 to {MOST_CAPACITY}.", code="agent.bad_capacity")
        if not agent.name.strip() or len(agent.name) > 200 or not agent.name.isprintable():
            raise InvalidInput("A name has 1 to 200 characters.", code="agent.bad_name")
        for queue in agent.queues:
            if not self._settings.has_queue(queue):
                known = ", ".join(q.name for q in self._settings.queues)
                raise InvalidInput(
                    f"There is no queue {queue!r}.", code="queue.unknown", hint=f"queues: {known}"
                )
        for what, pattern, values in (
            ("language", _LANGUAGE, agent.languages),
            ("skill", _SKILL, agent.skills),
        ):
            if len(values) > _MOST_ENTRIES or not all(pattern.fullmatch(value) for value in values):
                raise InvalidInput(
                    f"This is no {what}.",
                    code=f"agent.bad_{what}",
                    hint="languages are tags like en or nb, skills are single words",
                )

    async def all(self) -> Sequence[Agent]:
        return await self._store.all()

    async def find(self, agent_id: str) -> Agent | None:
        return await self._store.get(agent_id)

    async def get(self, agent_id: str) -> Agent:
        """Raises NotFound."""
        agent = await self._store.get(agent_id)
        if agent is None:
            raise NotFound("There is no such agent.", code="agent.not_found")
        return agent

    async def check_password(self, login: str, password: str) -> Agent | None:
        """The agent whose login and password these are, or None; as slow for an unknown login."""
        found = await self.check_password_and_hash(login, password)
        return found[0] if found else None

    async def check_password_and_hash(
        self, login: str, password: str, *, known: bool = False
    ) -> tuple[Agent, str] | None:
        """As above, with the hash that was checked: it tells later whether the password was changed since.

        ``known``: the attempt comes from where this login has signed in before.
        """
        found = await self._store.by_login(login)
        fits = await verify_password(found[1] if found else None, password, known=known)
        if found is None or not fits or found[0].status is not Status.ACTIVE:
            return None
        return found

    async def by_login(self, login: str) -> Agent:
        """Raises NotFound."""
        found = await self._store.by_login(login)
        if found is None:
            raise NotFound(f"There is no login {login!r}.", code="agent.not_found")
        return found[0]

    async def rehash(self, agent: Agent, password: str, old: str) -> None:
        """Keep the hash of a password that was just checked with the parameters in use now."""
        await self._store.replace_hash(agent.id, old, await hash_password(password))

    async def have_password(self, logins: Collection[str], password: str) -> list[str]:
        """Which of these logins exist and have this very password."""
        found = []
        for login in logins:
            known = await self._store.by_login(login)
            if known is not None and await verify_password(known[1], password):
                found.append(login)
        return found

    async def set_presence(
        self, agent_id: str, presence: Presence, *, gone_since: float | None = None
    ) -> Agent:
        """Change the presence, if it is another; ``gone_since`` says since when an offline agent is gone."""
        agent = await self.get(agent_id)
        now = self._clock()
        if agent.presence is not presence:
            since = (gone_since if gone_since is not None else now) if presence is Presence.OFFLINE else None
            if not await self._store.set_presence(
                agent_id, presence, at=now, gone_since=since, was=agent.presence
            ):
                raise Conflict("The presence was changed from elsewhere.", code="agent.presence_changed")
            agent = await self.get(agent_id)
            log.info("agent.presence", agent_id=agent_id, presence=presence.value)
            for listener in self._listeners:
                listener(agent)
        return agent

    async def set_helping(self, agent: Agent, helping: bool) -> Agent:
        """Serve every queue for now, or no longer; for those who watch. Raises Forbidden, Conflict.

        Who begins to help is available at once.
        """
        if not agent.role.sees_everything:
            raise Forbidden("Only a supervisor may do this.", code="auth.role_required")
        await self._store.set_helping(agent.id, helping)
        if helping:
            await self.set_presence(agent.id, Presence.AVAILABLE)
        log.info("agent.helping", agent_id=agent.id, helping=helping)
        return await self.changed(agent.id)

    async def changed(self, agent_id: str) -> Agent:
        """Tell the listeners that something else than the presence changed; the agent as they are now."""
        agent = await self.get(agent_id)
        for listener in self._listeners:
            listener(agent)
        return agent

    async def called(self, agent: Agent) -> None:
        """Note that the agent used the HTTP interface."""
        now = self._clock()
        if now - agent.called_at > _SEEN_PRECISION_S:
            await self._store.touch(agent.id, called_at=now)

    async def live(self, agent_id: str) -> None:
        """Note that the agent's desk is connected."""
        await self._store.touch(agent_id, live_at=self._clock())

    async def became_free(self, agent_id: str) -> None:
        """Note that the agent can take more from now."""
        await self._store.set_idle(agent_id, self._clock())

    def could_not_look(self) -> None:
        """Note that no sign of life could be kept until now, so that a silence says nothing about anybody."""
        self._blind_until = self._clock()

    async def expire(self) -> None:
        """Set offline whom nobody has seen for too long, since when all could be seen."""
        now = self._clock()
        if now - self._blind_until <= self._settings.agent_grace_s:
            return
        for agent in await self._store.all():
            last_seen = agent.gone_by(now, self._settings)
            if last_seen is not None:
                try:
                    await self.set_presence(agent.id, Presence.OFFLINE, gone_since=last_seen)
                except Conflict:
                    # They are back, or another node was first.
                    continue

    async def presence_log(self, agent_id: str) -> Sequence[PresenceChange]:
        """Raises NotFound."""
        await self.get(agent_id)
        return await self._store.presence_log(agent_id)


async def warn_without_admin(agents: Agents) -> None:
    """Tell the operator how the first administrator comes to be, while there is none."""
    everyone = await agents.all()
    if not any(agent.role is Role.ADMIN and agent.status is Status.ACTIVE for agent in everyone):
        log.warning("accounts.no_admin", hint="firstline user add LOGIN --role admin")
