"""The heartbeat of all calls: one task that ticks every 20 ms by the clock, late ticks caught up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from voice_gateway.audio import FRAME_MS
from voice_gateway.clock import Clock

MOST_CAUGHT_UP = 10
"""Ticks made up for at once after a stall. What is older is skipped: a longer burst is just noise."""

log = structlog.get_logger(__name__)
Tick = Callable[[], None]


class Pacer:
    """Calls every registered function once each 20 ms of clock time, for as long as `run` runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticks: dict[Tick, None] = {}
        self.skipped = 0
        """Ticks lost to stalls of this process."""

    def add(self, tick: Tick) -> None:
        """Have a function called at each tick."""
        self._ticks[tick] = None

    def remove(self, tick: Tick) -> None:
        """No longer; not being registered is no error."""
        self._ticks.pop(tick, None)

    async def run(self) -> None:
        """Tick until cancelled."""
        step = FRAME_MS / 1000
        due = self._clock.now() + step
        while True:
            await self._clock.sleep_until(due)
            behind = int((self._clock.now() - due) / step)
            if behind > MOST_CAUGHT_UP:
                self.skipped += behind - MOST_CAUGHT_UP
                due += (behind - MOST_CAUGHT_UP) * step
            self._tick()
            due += step

    def _tick(self) -> None:
        for tick in list(self._ticks):
            try:
                tick()
            except asyncio.CancelledError:
                raise
            except Exception:
                # One broken call must not silence the others.
                log.exception("pacer.tick_failed")
