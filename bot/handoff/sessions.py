"""Desk sessions: a random token in a cookie, of which only the hash is stored.

A browser that has signed in keeps a second cookie, which says that it is known: who guesses passwords
elsewhere cannot keep it out (`bot.handoff.sign_in_guard`). It gives no rights.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.errors import FirstlineError, Unavailable
from bot.handoff.agents import Agent, Agents, Clock, Status
from bot.handoff.attempts import Attempts, InMemoryAttempts
from bot.handoff.passwords import is_outdated
from bot.handoff.settings import HandoffSettings
from bot.handoff.sign_in_guard import KnownPlaces, SignInGuard, TooManyFailures
from bot.network import counted_address

__all__ = ["OpenSession", "SessionStore", "Sessions", "SignInFailed", "TooManyFailures", "hash_of"]

LONGEST_CLIENT = 200


class SignInFailed(FirstlineError):
    code = "auth.failed"
    status = 401


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner may see it; ``id`` names it and opens nothing. Times: s since the epoch.

    ``client`` is what the browser called itself when it signed in.
    """

    id: str
    created_at: float | None
    used_at: float
    address: str
    client: str


class SessionStore(KnownPlaces, Protocol):
    """Where sessions and known browsers are kept (`bot.store.agents`)."""

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
        """Open a session, unless the agent was disabled or has another password by now; whether it did."""
        ...

    async def find(self, token_hash: str) -> tuple[str, float] | None:
        """The agent's id and when the session expires."""
        ...

    async def still_open(self, token_hashes: Collection[str], *, now: float) -> set[str]: ...

    async def of_agent(self, agent_id: str, *, now: float) -> Sequence[tuple[str, float, OpenSession]]:
        """Each session's token hash and expiry with it, latest first."""
        ...

    async def extend(self, token_hash: str, *, expires_at: float) -> None: ...

    async def remove(self, token_hash: str) -> None: ...

    async def remove_of(self, agent_id: str, *, but: str | None = None, session_id: str | None = None) -> int:
        """End an agent's sessions, or the one of that id, but the one with this hash; how many."""
        ...

    async def remember_browser(
        self, agent_id: str, browser_hash: str, *, address: str, at: float, forget_before: float
    ) -> None: ...


class Sessions:
    """Signs agents in and out, and knows who a token belongs to."""

    def __init__(
        self,
        store: SessionStore,
        agents: Agents,
        *,
        settings: HandoffSettings,
        clock: Clock,
        attempts: Attempts | None = None,
    ) -> None:
        self._store = store
        self._agents = agents
        self._settings = settings
        self._clock = clock
        self.guard = SignInGuard(attempts or InMemoryAttempts(), store, settings=settings, clock=clock)

    async def sign_in(
        self, login: str, password: str, *, address: str, browser: str | None = None, client: str = ""
    ) -> tuple[Agent, str]:
        """The agent and a new session's token. Raises SignInFailed, TooManyFailures, Unavailable.

        The attempt is reserved before the password is looked at. ``browser`` is the token that
        `remember_browser` gave.
        """
        attempt = await self.guard.sign_in(
            login, address=address, browser_hash=hash_of(browser) if browser else None
        )
        try:
            found = await self._agents.check_password_and_hash(login, password, known=attempt.known)
        except Unavailable:
            await attempt.not_made()
            raise
        if found is None:
            raise SignInFailed("The login or the password is wrong.")
        agent, password_hash = found
        now = self._clock()
        token = secrets.token_urlsafe(32)
        if not await self._store.add(
            hash_of(token),
            agent.id,
            password_hash=password_hash,
            at=now,
            expires_at=now + self._settings.session_s,
            address=counted_address(address),
            client="".join(filter(str.isprintable, client))[:LONGEST_CLIENT],
        ):
            raise SignInFailed("The login or the password is wrong.")
        await attempt.succeeded()
        if is_outdated(password_hash):
            await self._agents.rehash(agent, password, password_hash)
        return agent, token

    async def remember_browser(self, agent: Agent, *, address: str, browser: str | None = None) -> str:
        """Know the browser that this agent signed in with from now on; its token, kept or new.

        Only a token that we made is kept: one that somebody planted is somebody's to use elsewhere.
        """
        now = self._clock()
        since = now - self._settings.known_browser_s
        if not browser or not await self._store.knows_browser(None, hash_of(browser), since=since):
            browser = secrets.token_urlsafe(32)
        await self._store.remember_browser(
            agent.id,
            hash_of(browser),
            address=counted_address(address),
            at=now,
            forget_before=since,
        )
        return browser

    async def agent_of(self, token: str | None) -> Agent | None:
        """Whose session it is, or None; using it puts off its end."""
        if not token:
            return None
        hashed = hash_of(token)
        found = await self._store.find(hashed)
        now = self._clock()
        if found is None or found[1] <= now:
            return None
        agent_id, expires_at = found
        # Written once a session's hundredth part: sliding, without a write on every request.
        if expires_at - now < self._settings.session_s * 0.99:
            await self._store.extend(hashed, expires_at=now + self._settings.session_s)
        agent = await self._agents.find(agent_id)
        return agent if agent is not None and agent.status is Status.ACTIVE else None

    async def is_open(self, token: str) -> bool:
        """Whether the session has not ended; asking does not put off its end."""
        return bool(await self.still_open([token]))

    async def still_open(self, tokens: Collection[str]) -> set[str]:
        """Which of these sessions have not ended; asking does not put off their end."""
        by_hash = {hash_of(token): token for token in tokens}
        open_ = await self._store.still_open(by_hash.keys(), now=self._clock())
        return {by_hash[hashed] for hashed in open_}

    async def of_agent(self, agent: Agent, *, token: str | None) -> list[tuple[OpenSession, bool]]:
        """An agent's sessions, latest first, and whether each is the one with this token."""
        own = hash_of(token) if token else None
        found = await self._store.of_agent(agent.id, now=self._clock())
        return [
            (
                OpenSession(
                    id=session.id,
                    created_at=session.created_at,
                    used_at=expires_at - self._settings.session_s,
                    address=session.address,
                    client=session.client,
                ),
                hashed == own,
            )
            for hashed, expires_at, session in found
        ]

    async def sign_out(self, token: str) -> None:
        """Revoke the session."""
        await self._store.remove(hash_of(token))

    async def end(self, agent: Agent, *, but: str | None = None, session_id: str | None = None) -> int:
        """End an agent's sessions, but the one with this token, or only the one of that id; how many."""
        ended = await self._store.remove_of(
            agent.id, but=hash_of(but) if but else None, session_id=session_id
        )
        await self._agents.changed(agent.id)
        return ended


def hash_of(token: str) -> str:
    """What is stored of a random token."""
    # The token is 256 random bits, so a fast hash without salt is enough.
    return hashlib.sha256(token.encode()).hexdigest()
