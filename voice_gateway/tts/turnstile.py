"""A gate that lets a few through at once, those first who need it soonest."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Turnstile:
    """``places`` may be inside at once."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._arrivals = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def passed(self, due: float) -> AsyncIterator[None]:
        """Be inside. ``due`` says when the result is needed, in seconds of a clock; equals go by arrival."""
        await self._enter(due)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, due: float) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (due, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
