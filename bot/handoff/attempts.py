"""How often a password may be tried: each attempt is reserved before any work is done for it.

A reservation counts as a failure until it is taken back, so attempts made at the same moment cannot slip
through together. After so many free failures of a key, each further attempt has to wait for longer than the
one before, up to a bound of seconds: guessing becomes hopeless, and nobody is shut out for minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MOST_KEYS = 50_000
"""So many keys are remembered in memory; those that were used longest ago are forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one key may do: ``free`` failures, then one attempt after each delay (s), which doubles."""

    key: str
    free: int
    first_delay_s: float
    most_delay_s: float

    def wait(self, failures: int, last: float, now: float) -> float:
        """For how many seconds the key must wait yet, after so many failures, the last one then."""
        if failures < self.free:
            return 0.0
        # The exponent is bounded because a float's range is.
        delay = min(self.most_delay_s, self.first_delay_s * 2.0 ** min(failures - self.free, 32))
        return max(0.0, last + delay - now)


class Attempts(Protocol):
    """Counts attempts; in memory for one process, in Redis (`bot.store.redis_attempts`) for several."""

    async def reserve(self, allowances: Sequence[Allowance], *, now: float, window_s: float) -> float:
        """Count a failure of every key, if all may try now: 0; else nothing, and the seconds to wait.

        A key's failures are forgotten ``window_s`` after the last one. Raises Unavailable.
        """
        ...

    async def take_back(self, keys: Sequence[str]) -> None:
        """Undo one reservation of each key: it was no failure."""
        ...

    async def forget(self, keys: Sequence[str]) -> None:
        """Forget the failures of these keys."""
        ...


class InMemoryAttempts:
    """`Attempts` of one process. Nothing awaits in between, so each call is atomic."""

    def __init__(self, *, most_keys: int = MOST_KEYS) -> None:
        self._most_keys = most_keys
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def reserve(self, allowances: Sequence[Allowance], *, now: float, window_s: float) -> float:
        wait = max((self._wait(each, now, window_s) for each in allowances), default=0.0)
        if wait > 0:
            return wait
        for each in allowances:
            failures, _ = self._of(each.key, now, window_s)
            self._failures[each.key] = (failures + 1, now)
            self._failures.move_to_end(each.key)
        while len(self._failures) > self._most_keys:
            self._failures.popitem(last=False)
        return 0.0

    async def take_back(self, keys: Sequence[str]) -> None:
        for key in keys:
            failures, last = self._failures.get(key, (0, 0.0))
            if failures > 1:
                self._failures[key] = (failures - 1, last)
            else:
                self._failures.pop(key, None)

    async def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._failures.pop(key, None)

    def _wait(self, allowance: Allowance, now: float, window_s: float) -> float:
        return allowance.wait(*self._of(allowance.key, now, window_s), now)

    def _of(self, key: str, now: float, window_s: float) -> tuple[int, float]:
        failures, last = self._failures.get(key, (0, 0.0))
        return (0, 0.0) if now - last > window_s else (failures, last)
