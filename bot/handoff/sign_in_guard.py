"""Whether a password may be tried now: by login and address, by login, and by address.

An attacker at one address is slowed down for the login that they try, and at most by two seconds for
every other login there, so that an office behind one address goes on working. An attacker at many addresses
slows down a login everywhere but in browsers, and at addresses, from which its owner has signed in before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.errors import FirstlineError
from bot.handoff.agents import Clock
from bot.handoff.attempts import Allowance, Attempts
from bot.handoff.settings import HandoffSettings
from bot.network import counted_address

ADDRESS_DELAYS_S = (0.2, 2.0)
"""The first and the longest wait of an address as a whole."""
LINKS_PER_ADDRESS = 20
"""So many one-time links that are not valid may be tried before each has to wait."""
TELL_EVERY_S = 10.0
"""How often refusals are logged, with their number since the last time."""
_LONGEST_LOGIN = 64

log = structlog.get_logger(__name__)


class TooManyFailures(FirstlineError):
    """The password was not looked at; ``retry_after_s`` says when it may be."""

    code = "auth.too_many_failures"
    status = 429


class KnownPlaces(Protocol):
    """From where each login has signed in (`bot.store.accounts`)."""

    async def knows_browser(self, login: str | None, browser_hash: str, *, since: float) -> bool:
        """Whether the login signed in with that browser; None: whether anybody did."""
        ...

    async def knows_address(self, login: str, address: str, *, since: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was reserved: it stays a failure unless it is said to have been none."""

    attempts: Attempts
    own: tuple[str, ...]
    shared: tuple[str, ...]
    known: bool = False
    """Whether it comes from where the login has signed in before."""

    async def succeeded(self) -> None:
        """The password was right: the login's failures here are forgotten."""
        await self.attempts.forget(self.own)
        await self.attempts.take_back(self.shared)

    async def not_made(self) -> None:
        """Nothing was looked at after all."""
        await self.attempts.take_back((*self.own, *self.shared))


class SignInGuard:
    """Reserves attempts before their work is done."""

    def __init__(
        self, attempts: Attempts, known: KnownPlaces, *, settings: HandoffSettings, clock: Clock
    ) -> None:
        self._attempts = attempts
        self._known = known
        self._settings = settings
        self._clock = clock
        self._refused = 0
        self._told_at = float("-inf")

    async def sign_in(self, login: str, *, address: str, browser_hash: str | None) -> Attempt:
        """Reserve a sign-in. Raises TooManyFailures."""
        login = login[:_LONGEST_LOGIN]
        name, place = login.casefold(), counted_address(address)
        since = self._clock() - self._settings.known_browser_s
        if browser_hash and await self._known.knows_browser(login, browser_hash, since=since):
            # By login, for somebody else's success at a shared desk says nothing of this one's failures; and
            # as a whole, which no success forgets.
            own = self._strict(f"browser:{browser_hash}:{name}")
            whole = Allowance(
                f"browser:{browser_hash}", self._settings.sign_in_failures_per_login, *ADDRESS_DELAYS_S
            )
            return replace(await self._reserve(own=[own], shared=[whole]), known=True)
        here = self._strict(f"login:{name}@{place}")
        everywhere = self._strict(f"login:{name}", free=self._settings.sign_in_failures_per_login)
        whole = Allowance(f"address:{place}", self._settings.sign_in_failures_per_address, *ADDRESS_DELAYS_S)
        try:
            return await self._reserve(own=[here, everywhere], shared=[whole])
        except TooManyFailures:
            # Refused because of others, perhaps. The log-in's own limit here comes first: it costs no look.
            attempt = await self._reserve(own=[here])
            if await self._known.knows_address(login, place, since=since):
                return replace(attempt, known=True)
            await attempt.not_made()
            raise

    async def own_password(self, agent_id: str) -> Attempt:
        """Reserve a look at the password of somebody who is signed in. Raises TooManyFailures."""
        return await self._reserve(own=[self._strict(f"own:{agent_id}")])

    async def link(self, address: str) -> Attempt:
        """Reserve a look at a one-time link. Raises TooManyFailures."""
        allowance = Allowance(f"link:{counted_address(address)}", LINKS_PER_ADDRESS, *ADDRESS_DELAYS_S)
        return await self._reserve(shared=[allowance])

    def _tell_refused(self) -> None:
        """Log it, but not each of a flood."""
        self._refused += 1
        if self._clock() - self._told_at >= TELL_EVERY_S:
            log.warning("auth.limited", refused=self._refused)
            self._refused, self._told_at = 0, self._clock()

    def _strict(self, key: str, *, free: int | None = None) -> Allowance:
        settings = self._settings
        free = settings.sign_in_failures if free is None else free
        return Allowance(key, free, settings.sign_in_delay_s, settings.sign_in_longest_delay_s)

    async def _reserve(self, own: Sequence[Allowance] = (), shared: Sequence[Allowance] = ()) -> Attempt:
        wait = await self._attempts.reserve(
            [*own, *shared], now=self._clock(), window_s=self._settings.sign_in_window_s
        )
        if wait > 0:
            self._tell_refused()
            error = TooManyFailures("Too many failed attempts.", hint="wait a few seconds and try again")
            error.retry_after_s = wait
            raise error
        return Attempt(self._attempts, tuple(each.key for each in own), tuple(each.key for each in shared))
