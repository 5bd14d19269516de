"""Which calls are carried by a gateway, and the end of those that none carries any more.

A gateway that dies says nothing. Each node writes down, again and again, the calls of the connections that it
has; a call that no node has written down for too long is over. Neither a gateway's reconnect nor a node's
restart takes so long.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog

from bot.call import VOICE
from bot.errors import Unavailable
from bot.handoff.calls import Calls
from bot.handoff.ports import HandoffStore

MOST_BETWEEN_LOOKS_S = 10.0

log = structlog.get_logger(__name__)


class CarriedCalls:
    """Told by the gateways' channel; `run` must be running. ``clock``: seconds since the epoch."""

    def __init__(
        self, calls: Calls, kept: HandoffStore, *, clock: Callable[[], float], gone_s: float
    ) -> None:
        self._calls = calls
        self._kept = kept
        self._clock = clock
        self._gone_s = gone_s
        self._here: Counter[str] = Counter()
        self._well_since = clock()

    async def carry(self, conversation_id: str) -> None:
        """A gateway's connection brings this call; `drop` follows once for each."""
        self._here[conversation_id] += 1
        await self._kept.note_seen({conversation_id: self._clock()})

    def drop(self, conversation_id: str) -> None:
        """The connection is gone, or the call is over."""
        self._here[conversation_id] -= 1
        if self._here[conversation_id] <= 0:
            del self._here[conversation_id]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable:
                log.warning("calls.look_put_off")
                self._well_since = self._clock()
            except Exception:
                log.exception("calls.look_failed")
                self._well_since = self._clock()
            await asyncio.sleep(min(self._gone_s / 4, MOST_BETWEEN_LOOKS_S))

    async def look(self) -> None:
        """Write down the calls that are carried here, end those that nobody carries. Raises Unavailable."""
        now = self._clock()
        if self._here:
            await self._kept.note_seen(dict.fromkeys(self._here, now))
        if now - self._well_since <= self._gone_s:
            # We have just started, or could not write: perhaps no other node could either.
            return
        for conversation_id in await self._kept.unseen(VOICE, before=now - self._gone_s):
            await self._lose(conversation_id)

    async def _lose(self, conversation_id: str) -> None:
        try:
            if await self._calls.lost(conversation_id):
                log.warning("call.gateway_lost", conversation_id=conversation_id)
        except Unavailable:
            raise
        except Exception:
            # One conversation that cannot be read must not keep all others from being ended.
            log.exception("call.lose_failed", conversation_id=conversation_id)
