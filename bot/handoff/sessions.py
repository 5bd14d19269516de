"""Desk sessions: a random token in a cookie, of which only the hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from typing import Protocol

import structlog

from bot.errors import FirstlineError
from bot.handoff.agents import Agent, Agents, Clock
from bot.handoff.settings import HandoffSettings

log = structlog.get_logger(__name__)


class SignInFailed(FirstlineError):
    code = "auth.failed"
    status = 401


class TooManyFailures(FirstlineError):
    code = "auth.too_many_failures"
    status = 429


class SessionStore(Protocol):
    """Where sessions and failed sign-ins are kept (`bot.store.agents`)."""

    async def add(self, token_hash: str, agent_id: str, *, expires_at: float) -> None: ...

    async def find(self, token_hash: str) -> tuple[str, float] | None:
        """The agent's id and when the session expires."""
        ...

    async def extend(self, token_hash: str, *, expires_at: float) -> None: ...

    async def remove(self, token_hash: str) -> None: ...

    async def remove_expired(self, now: float) -> None: ...

    async def add_failure(self, login: str, address: str, *, at: float, forget_before: float) -> None: ...

    async def count_failures(self, address: str, *, since: float, login: str | None = None) -> int: ...

    async def clear_failures(self, login: str, address: str) -> None: ...


class Sessions:
    """Signs agents in and out, and knows who a token belongs to."""

    def __init__(
        self, store: SessionStore, agents: Agents, *, settings: HandoffSettings, clock: Clock
    ) -> None:
        self._store = store
        self._agents = agents
        self._settings = settings
        self._clock = clock

    async def sign_in(self, login: str, password: str, *, address: str) -> tuple[Agent, str]:
        """The agent and a new session's token. Raises SignInFailed, TooManyFailures.

        Failures are counted for a login from an address and for an address as a whole, never for a login
        alone, so that nobody can lock an agent out from elsewhere.
        """
        now = self._clock()
        since = now - self._settings.sign_in_window_s
        if (
            await self._store.count_failures(address, since=since, login=login)
            >= self._settings.sign_in_failures
            or await self._store.count_failures(address, since=since)
            >= self._settings.sign_in_failures_per_address
        ):
            log.warning("auth.sign_in_limited")
            raise TooManyFailures("Too many failed sign-ins.", hint="wait a few minutes and try again")
        agent = await self._agents.check_password(login, password)
        if agent is None:
            await self._store.add_failure(login, address, at=now, forget_before=since)
            raise SignInFailed("The login or the password is wrong.")
        await self._store.clear_failures(login, address)
        await self._store.remove_expired(now)
        token = secrets.token_urlsafe(32)
        await self._store.add(_hash(token), agent.id, expires_at=now + self._settings.session_s)
        await self._agents.called(agent)
        return agent, token

    async def agent_of(self, token: str | None) -> Agent | None:
        """Whose session it is, or None; using it puts off its end."""
        if not token:
            return None
        hashed = _hash(token)
        found = await self._store.find(hashed)
        now = self._clock()
        if found is None or found[1] <= now:
            return None
        agent_id, expires_at = found
        # Written once a session's hundredth part: sliding, without a write on every request.
        if expires_at - now < self._settings.session_s * 0.99:
            await self._store.extend(hashed, expires_at=now + self._settings.session_s)
        return await self._agents.find(agent_id)

    async def is_open(self, token: str) -> bool:
        """Whether the session has not ended; asking does not put off its end."""
        found = await self._store.find(_hash(token))
        return found is not None and found[1] > self._clock()

    async def sign_out(self, token: str) -> None:
        """Revoke the session."""
        await self._store.remove(_hash(token))


def _hash(token: str) -> str:
    # The token is 256 random bits, so a fast hash without salt is enough.
    return hashlib.sha256(token.encode()).hexdigest()
