"""Passing a caller on to a number outside, and waiting for what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from bot.transfer_targets import MOST_CHARS
from voice_gateway.clock import Clock
from voice_gateway.leg import Leg
from voice_gateway.talker import TellReport

OUTCOME_WITHIN_S = 60.0
"""Who has not been told how it went by then takes the caller back."""
NOBODY_TOLD = 408
CALLED_OFF = 487
NOT_ALLOWED = 403
ANOTHER_UNDER_WAY = 491


class PassingOn:
    """One attempt at a time; each is reported as it begins and with the SIP status of its end."""

    def __init__(
        self,
        leg: Leg,
        clock: Clock,
        *,
        context_id: str,
        report: TellReport,
        on_taken: Callable[[], None],
        on_failed: Callable[[bool], None],
    ) -> None:
        """``on_failed`` is told whether it was the last resort: nobody else is left for the caller."""
        self._leg = leg
        self._clock = clock
        self._context_id = context_id
        self._report = report
        self._on_taken = on_taken
        self._on_failed = on_failed
        self._target = ""
        self._since: float | None = None
        self._is_last_resort = False

    @property
    def is_under_way(self) -> bool:
        return self._since is not None

    def begin(self, target: str, *, is_last_resort: bool = False) -> bool:
        """Whether it was begun: not while another is under way."""
        if self.is_under_way:
            self._report("transfer", target=target, status=ANOTHER_UNDER_WAY)
            return False
        self._target, self._since, self._is_last_resort = target, self._clock.now(), is_last_resort
        self._report("transfer", target=target, status=100)
        self._leg.transfer(target, context_id=self._context_id)
        return True

    def refuse(self, target: str) -> None:
        """It may not go there; nothing is begun."""
        self._report("transfer", target=target[:MOST_CHARS], status=NOT_ALLOWED)

    def progress(self, status: int) -> None:
        """How it goes. A failure that comes after the caller was taken back is no news any more."""
        if status < 200 or (status >= 300 and not self.is_under_way):
            return
        self._since = None
        self._report("transfer", target=self._target, status=status)
        if status < 300:
            self._on_taken()
        else:
            self._on_failed(self._is_last_resort)

    def tick(self) -> None:
        """Give up waiting when it is time."""
        if self._since is not None and self._clock.now() - self._since > OUTCOME_WITHIN_S:
            self.progress(NOBODY_TOLD)

    def call_off(self) -> None:
        """Take the caller back without waiting for how it goes."""
        if self.is_under_way:
            self._since = None
            self._report("transfer", target=self._target, status=CALLED_OFF)
