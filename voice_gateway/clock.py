"""Time, injected: calls, pacing and time-outs ask a `Clock`, so that tests run them on a virtual one."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic time in seconds."""

    def now(self) -> float: ...

    async def sleep_until(self, when: float) -> None:
        """Return at ``when`` or, if that is past, after others had their turn."""
        ...


class SystemClock:
    """The machine's."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep_until(self, when: float) -> None:
        await asyncio.sleep(max(0.0, when - time.monotonic()))
