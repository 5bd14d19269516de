"""What a call asks of the bot, one thing after the other, the caller being told when it takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from voice_gateway.bot_link import Answer
from voice_gateway.clock import Clock
from voice_gateway.errors import BotUnreachable

AGAIN_S = 8.0

log = structlog.get_logger(__name__)

Errand = Callable[[], Awaitable[None]]


class Errands:
    """Runs errands in order; `run` must be running."""

    def __init__(
        self,
        clock: Clock,
        *,
        patience_s: float,
        on_slow: Callable[[], None],
        on_failure: Callable[[], None],
    ) -> None:
        """``on_slow``: an answer takes longer than ``patience_s``, and then each `AGAIN_S`.

        ``on_failure``: none will come.
        """
        self._clock = clock
        self._patience_s = patience_s
        self._on_slow = on_slow
        self._on_failure = on_failure
        self._waiting: asyncio.Queue[Errand] = asyncio.Queue()
        self._busy = False

    @property
    def is_idle(self) -> bool:
        return self._waiting.empty() and not self._busy

    def add(self, errand: Errand) -> None:
        """Run this after what waits already."""
        self._waiting.put_nowait(errand)

    async def ask(
        self, request: Awaitable[Answer], *, on_refusal: Callable[[], None] | None = None
    ) -> Answer | None:
        """The bot's answer; None when it cannot be had, and then the failure was told.

        ``on_refusal`` is told in its place where the bot may well refuse what is asked.
        """
        slow = asyncio.create_task(self._tell_when_slow())
        try:
            return await request
        except BotUnreachable as error:
            log.warning("call.bot_unreachable", code=error.code)
            if error.is_refusal and on_refusal is not None:
                on_refusal()
            else:
                self._on_failure()
            return None
        finally:
            slow.cancel()

    async def run(self) -> None:
        """Run errands until cancelled. One that breaks is told as a failure; the next ones follow."""
        while True:
            errand = await self._waiting.get()
            self._busy = True
            try:
                await errand()
            except Exception:
                log.exception("call.errand_failed")
                self._on_failure()
            finally:
                self._busy = False

    async def _tell_when_slow(self) -> None:
        await self._clock.sleep_until(self._clock.now() + self._patience_s)
        while True:
            self._on_slow()
            await self._clock.sleep_until(self._clock.now() + AGAIN_S)
