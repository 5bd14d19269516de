"""What all legs over a connection have in common: events kept until somebody listens, what goes out in order,
frames cut from pieces of any size, and bounds on what a peer may send."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Generic, TypeVar

import structlog

from voice_gateway.audio import frame_bytes
from voice_gateway.clock import Clock
from voice_gateway.leg import (
    Audio,
    CallInfo,
    CallTaker,
    Ended,
    LegEvent,
    LegEvents,
    Marked,
    Reception,
    TransferProgress,
)

MOST_WAITING = 50
"""Media messages that wait for a peer to read (a second); beyond that the oldest are thrown away."""
STUCK_S = 10.0
"""How long a peer may leave its connection unread."""
MARK_PATIENCE_S = 3.0
"""After which a mark that the other side never told of counts as played: the core sends at the pace of
speech, so that little is ever queued there."""
FLOOD_BURST_FRAMES = 100
"""Audio that may come faster than it is spoken: what a network held back for 2 s. The rest is dropped."""

log = structlog.get_logger(__name__)
Message = TypeVar("Message", str, bytes, str | bytes)


class StreamLeg(ABC):
    """The half of a `voice_gateway.leg.Leg` that does not depend on a protocol.

    Events are never told from within a method of the leg, but by the event loop afterwards: whoever calls
    `clear` or `hang_up` is not called back before it returns.
    """

    continuous = False

    def __init__(self, info: CallInfo, *, rate: int, clock: Clock) -> None:
        self._info = info
        self._rate = rate
        self._loop = asyncio.get_running_loop()
        self._events = LegEvents()
        self._over = asyncio.Event()
        self._flood = Meter(clock, per_s=50, burst=FLOOD_BURST_FRAMES)
        self._marks: dict[str, asyncio.TimerHandle] = {}
        self._packets = 0
        self._lost = 0
        self._jitter = Jitter()

    @property
    def info(self) -> CallInfo:
        return self._info

    @property
    def rate(self) -> int:
        return self._rate

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def listen(self, on_event: Callable[[LegEvent], None]) -> None:
        """As `voice_gateway.leg.Leg.listen`."""
        self._events.listen(on_event)

    def send_digits(self, digits: str) -> None:
        """These protocols have no message for keys towards the caller: nothing is pressed."""
        log.warning("transport.digits_not_sent", transport=self._info.transport, count=len(digits))

    def transfer(self, target: str, *, context_id: str) -> None:
        """Answered 501: the one who connected the call to us decides where it goes."""
        self._soon(TransferProgress(501, f"calls by {self._info.transport} are passed on by their own side"))

    @abstractmethod
    def send(self, pcm: bytes) -> None:
        """Send one frame."""

    @abstractmethod
    def mark(self, name: str) -> None:
        """Have `Marked` told when what was sent so far has been played."""

    @abstractmethod
    def clear(self) -> None:
        """Throw away what the other side has not played yet, if it can."""

    @abstractmethod
    def hang_up(self, reason: str = "hangup") -> None:
        """End the call; `Ended` follows."""

    def reception(self) -> Reception:
        return Reception(packets=self._packets, lost=self._lost, jitter_ms=self._jitter.ms)

    async def wait_over(self) -> None:
        """Until the leg has ended."""
        await self._over.wait()

    def end(self, reason: str) -> None:
        """The leg is over; only the first reason counts."""
        if self._over.is_set():
            return
        for handle in self._marks.values():
            handle.cancel()
        self._soon(Ended(reason))
        self._over.set()

    def _soon(self, event: LegEvent) -> None:
        if not self._over.is_set():
            self._loop.call_soon(self._events.tell, event)

    def _tell(self, event: LegEvent) -> None:
        if not self._over.is_set():
            self._events.tell(event)

    def _hear(self, pcm: bytes, *, concealed: bool = False) -> None:
        """Tell one frame, unless the peer sends far more than is spoken."""
        if self._flood.allow():
            self._tell(Audio(pcm, concealed))

    def _expect(self, mark: str) -> None:
        """Remember a mark until the other side tells that it was played."""
        self._marks[mark] = self._loop.call_later(MARK_PATIENCE_S, self._played, mark)

    def _played(self, mark: str) -> None:
        handle = self._marks.pop(mark, None)
        if handle is not None:
            handle.cancel()
            self._soon(Marked(mark))

    def _played_all(self) -> None:
        for mark in list(self._marks):
            self._played(mark)


class Outbox(Generic[Message]):
    """What a leg sends, so that sending never blocks: media and marks in order, urgent things before them.

    ``most_waiting``: media messages kept for a peer that does not read.
    """

    def __init__(self, *, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._urgent: deque[Message] = deque()
        self._ordered: deque[tuple[Message | Callable[[], None], bool]] = deque()
        self._media = 0
        self._held = False
        self._closed = False
        self._wake = asyncio.Event()
        self.dropped = 0
        """Media messages thrown away because the peer did not read."""

    def media(self, message: Message) -> None:
        """Send a piece of audio."""
        if self._closed:
            return
        if self._media >= self._most_waiting:
            self.dropped += 1
            self._drop_oldest()
        self._media += 1
        self._put(message, media=True)

    def after(self, message: Message | Callable[[], None]) -> None:
        """Send a message, or call a function, once what was put before is sent."""
        self._put(message, media=False)

    def now(self, message: Message) -> None:
        """Send a message before everything that waits."""
        self._urgent.append(message)
        self._wake.set()

    def clear(self) -> None:
        """Throw away audio that waits."""
        self._ordered = deque(item for item in self._ordered if not item[1])
        self._media = 0

    def hold(self, held: bool) -> None:
        """Keep audio (and what comes after it) back for now; no more of it than may wait."""
        self._held = held
        self._wake.set()

    def close(self) -> None:
        """Nothing more will be put: `run` returns when all is sent."""
        self._closed = True
        self._wake.set()

    async def run(self, write: Callable[[Message], Awaitable[None]]) -> None:
        """Send, until closed. Raises TimeoutError when the peer does not read for `STUCK_S`."""
        while True:
            item = self._next()
            if item is None:
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
            elif callable(item):
                item()
            else:
                async with asyncio.timeout(STUCK_S):
                    await write(item)

    def _put(self, item: Message | Callable[[], None], *, media: bool) -> None:
        if not self._closed:
            self._ordered.append((item, media))
            self._wake.set()

    def _next(self) -> Message | Callable[[], None] | None:
        if self._urgent:
            return self._urgent.popleft()
        if self._ordered and not self._held:
            item, media = self._ordered.popleft()
            self._media -= media
            return item
        return None

    def _drop_oldest(self) -> None:
        for at, (_, media) in enumerate(self._ordered):
            if media:
                del self._ordered[at]
                self._media -= 1
                return


class Framer:
    """Frames of 20 ms cut from PCM that comes in pieces of any size."""

    def __init__(self, rate: int) -> None:
        self._size = frame_bytes(rate)
        self._rest = bytearray()

    def feed(self, pcm: bytes) -> Iterator[bytes]:
        """The frames that are whole with this piece."""
        if not self._rest and len(pcm) == self._size:
            yield pcm
            return
        self._rest += pcm
        while len(self._rest) >= self._size:
            frame = bytes(self._rest[: self._size])
            del self._rest[: self._size]
            yield frame


class Meter:
    """How much a peer may send: so much a second, and a burst on top."""

    def __init__(self, clock: Clock, *, per_s: float, burst: float) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at = clock.now()

    def allow(self) -> bool:
        """Count one; False when it is one too many."""
        now = self._clock.now()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Jitter:
    """How unevenly packets arrive, in ms, by RFC 3550, 6.4.1."""

    def __init__(self) -> None:
        self.ms = 0.0
        self._transit: float | None = None

    def arrived(self, at_ms: float, timestamp_ms: float) -> None:
        """A packet of a timestamp came at a time."""
        transit = at_ms - timestamp_ms
        if self._transit is not None:
            # A sender whose clock jumps is no network that stutters.
            self.ms += (min(abs(transit - self._transit), 1000.0) - self.ms) / 16
        self._transit = transit


async def carry(
    leg: StreamLeg,
    taker: CallTaker,
    *,
    read: Coroutine[Any, Any, str],
    write: Coroutine[Any, Any, None],
) -> None:
    """Run an admitted call until its leg is over, and have its reading and writing stopped then.

    ``read`` returns the reason why the other side ended it; ``write`` returns when we ended it and all is
    sent. When this returns the connection may be closed; whoever took the call may still be writing it up.
    """
    reading = asyncio.create_task(read)
    writing = asyncio.create_task(write)
    taking = asyncio.create_task(_take(leg, taker))
    try:
        await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not reading.cancelled():
            leg.end(_reason(reading))
        elif not writing.cancelled() and writing.exception() is not None:
            leg.end("lost")
    finally:
        leg.end("hangup")
        for task in (reading, writing):
            task.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
        _writing_up.add(taking)
        taking.add_done_callback(_writing_up.discard)


_writing_up: set[asyncio.Task[None]] = set()
"""The event loop itself keeps only weak references to its tasks."""


async def _take(leg: StreamLeg, taker: CallTaker) -> None:
    try:
        await taker.take(leg)
    except Exception:
        log.exception("transport.take_failed", transport=leg.info.transport)
        leg.hang_up("error")
    else:
        leg.hang_up()


def _reason(reading: asyncio.Task[str]) -> str:
    error = reading.exception()
    if error is None:
        return reading.result()
    if isinstance(error, TimeoutError | OSError | EOFError):
        return "lost"
    log.error("transport.read_failed", exc_info=error)
    return "error"
