"""A browser's leg: its audio, and perhaps a data channel named ``call`` with JSON: in ``{"digit"}`` and
``{"hang_up": true}``, out ``{"state": "connected"}`` and ``{"state": "ended", "reason"}``.
"""

from __future__ import annotations

import asyncio
import fractions
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Literal

import numpy as np
import structlog
from aiortc import MediaStreamTrack, RTCDataChannel, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from voice_gateway.audio import FRAME_MS, frame_bytes, silence
from voice_gateway.clock import Clock
from voice_gateway.leg import CallInfo, Digit, Marked
from voice_gateway.pacer import MOST_CAUGHT_UP
from voice_gateway.transports.media_stream_concealment import Concealment
from voice_gateway.transports.media_stream_leg import Framer, Meter, StreamLeg

CHANNEL: Final = "call"
RATE: Final = 16_000
MOST_QUEUED: Final = 3
"""Frames that wait to be sent; beyond that the oldest is dropped, so that speech is never late."""
FLUSH_S: Final = 0.5
"""How long the last message on the data channel may take."""
MOST_CHANNEL_MESSAGE: Final = 1000

log = structlog.get_logger(__name__)


class OutgoingTrack(MediaStreamTrack):
    """What we send: a frame each 20 ms, silence when there is none."""

    kind = "audio"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._queue: deque[bytes | Any] = deque()
        self._frames = 0
        self._due: float | None = None
        self._samples = 0

    def put(self, pcm: bytes) -> None:
        """Send a frame when its time comes."""
        late_s = 0.0 if self._due is None else max(0.0, self._clock.now() - self._due)
        # After a stall of this process both who puts and who fetches make up for it, one before the other.
        if self._frames >= MOST_QUEUED + min(MOST_CAUGHT_UP, int(late_s * 1000 / FRAME_MS)):
            oldest = next(at for at, item in enumerate(self._queue) if isinstance(item, bytes))
            del self._queue[oldest]
            self._frames -= 1
        self._queue.append(pcm)
        self._frames += 1

    def after(self, callback: Any) -> None:
        """Call a function once what was put before is sent."""
        self._queue.append(callback)

    def clear(self) -> None:
        """Send no frame that waits."""
        self._queue = deque(item for item in self._queue if not isinstance(item, bytes))
        self._frames = 0

    async def recv(self) -> AudioFrame:
        """The next frame, at its time (asked for by aiortc)."""
        if self.readyState != "live":
            raise MediaStreamError
        now = self._clock.now()
        # A stall is not made up for: its frames are gone, as they are on any wire.
        due = now if self._due is None or now - self._due > 0.2 else self._due
        await self._clock.sleep_until(due)
        self._due = due + FRAME_MS / 1000
        # aiortc codes stereo, and would make mono quieter by 3 dB on the way there.
        frame = AudioFrame(format="s16", layout="stereo", samples=RATE * FRAME_MS // 1000)
        frame.planes[0].update(np.frombuffer(self._next(), dtype="<i2").repeat(2).tobytes())
        frame.sample_rate = RATE
        frame.pts = self._samples
        frame.time_base = fractions.Fraction(1, RATE)
        self._samples += frame.samples
        return frame

    def _next(self) -> bytes:
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, bytes):
                self._frames -= 1
                return item
            item()
        return silence(RATE)


class WebRtcLeg(StreamLeg):
    """A browser's leg; its PCM has 16000 Hz."""

    def __init__(
        self,
        info: CallInfo,
        connection: RTCPeerConnection,
        *,
        clock: Clock,
        gone_s: float,
    ) -> None:
        """``gone_s``: so long after the last sign of life the browser is lost."""
        super().__init__(info, rate=RATE, clock=clock)
        self.connection = connection
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._clock = clock
        self._gone_s = gone_s
        self._alive_at = clock.now()
        self._track = OutgoingTrack(clock)
        self._channel: RTCDataChannel | None = None
        self._incoming: asyncio.Future[MediaStreamTrack] = self._loop.create_future()
        self._hung_up: asyncio.Future[str] = self._loop.create_future()
        self._messages = Meter(clock, per_s=10, burst=50)
        self._reason = "hangup"
        connection.addTrack(self._track)
        connection.on("track", self._on_track)
        connection.on("datachannel", self._on_channel)
        connection.on("connectionstatechange", self._on_state)

    def send(self, pcm: bytes) -> None:
        if not self.is_over and len(pcm) == frame_bytes(RATE):
            self._track.put(pcm)

    def mark(self, name: str) -> None:
        if not self.is_over:
            self._track.after(lambda: self._soon(Marked(name)))

    def clear(self) -> None:
        self._track.clear()

    def hang_up(self, reason: str = "hangup") -> None:
        self._closed(reason)
        self.end(reason)

    async def wait_connected(self, within_s: float) -> bool:
        """Whether audio can flow before the time is over."""
        await asyncio.wait(
            (self._connected, self._hung_up), timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        return self._connected.done() and not self._hung_up.done()

    async def read(self) -> str:
        """Until the browser ends it, or is lost: why."""
        watching = [asyncio.create_task(work) for work in (self._listen(), self._miss())]
        try:
            done, _ = await asyncio.wait((self._hung_up, *watching), return_when=asyncio.FIRST_COMPLETED)
            return self._hung_up.result() if self._hung_up.done() else done.pop().result()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def write(self) -> None:
        """Until we hang up; aiortc fetches what there is to be sent."""
        await self.wait_over()

    async def close(self) -> None:
        """Tell the browser that it is over, and close the connection."""
        self._tell_browser({"state": "ended", "reason": self._reason})
        channel = self._channel
        if channel is not None and channel.readyState == "open" and channel.bufferedAmount:
            sent = asyncio.Event()
            channel.on("bufferedamountlow", sent.set)
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await sent.wait()
        self._track.stop()
        await self.connection.close()

    def end(self, reason: str) -> None:
        if not self.is_over:
            self._reason = reason
        super().end(reason)

    def alive(self) -> None:
        """Something came of the browser."""
        self._alive_at = self._clock.now()

    async def _miss(self) -> str:
        self.alive()
        while (due := self._alive_at + self._gone_s) > self._clock.now():
            await self._clock.sleep_until(due)
        return "lost"

    async def _listen(self) -> str:
        track = await self._incoming
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        concealment = Concealment(RATE)
        framer = Framer(RATE)
        expected: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return "hangup"
            if not isinstance(frame, AudioFrame):
                continue
            self._packets += 1
            if frame.pts is not None:
                self._jitter.arrived(self._clock.now() * 1000, frame.pts * 1000 / frame.sample_rate)
                gap = 0 if expected is None else frame.pts - expected
                missing = round(gap / frame.samples) if 0 < gap < 10 * frame.sample_rate else 0
                self._lost += missing
                for pcm in concealment.fill(missing):
                    self._hear(pcm, concealed=True)
                expected = frame.pts + frame.samples
                # The resampler would make up for gaps too, in its own way.
                frame.pts = None
            for resampled in resampler.resample(frame):
                for pcm in framer.feed(bytes(resampled.planes[0])[: resampled.samples * 2]):
                    concealment.heard(pcm)
                    self._hear(pcm)

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and not self._incoming.done():
            self._incoming.set_result(track)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        if self._connected.done():
            self._tell_browser({"state": "connected"})

    def _on_message(self, message: str | bytes) -> None:
        if not self._messages.allow():
            return
        match parse_channel_message(message):
            case Digit() as digit:
                self._tell(digit)
            case "hang_up":
                self._closed("hangup")
            case None:
                log.warning("webrtc.bad_channel_message", call=self.info.call_id)

    def _on_state(self) -> None:
        match self.connection.connectionState:
            case "connected":
                if not self._connected.done():
                    self._connected.set_result(None)
                self._tell_browser({"state": "connected"})
            case "failed":
                self._closed("lost")
            case "closed":
                self._closed("hangup")

    def _closed(self, reason: str) -> None:
        if not self._hung_up.done():
            self._hung_up.set_result(reason)

    def _tell_browser(self, message: Mapping[str, str]) -> None:
        channel = self._channel
        if channel is not None and channel.readyState == "open":
            channel.send(json.dumps(message))


def parse_channel_message(message: str | bytes) -> Digit | Literal["hang_up"] | None:
    """What a browser says on the data channel; None when it is nothing known."""
    if not isinstance(message, str) or len(message) > MOST_CHANNEL_MESSAGE:
        return None
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    digit = said.get("digit")
    if isinstance(digit, str) and len(digit) == 1 and digit in "0123456789*#ABCD":
        return Digit(digit)
    return "hang_up" if said.get("hang_up") is True else None
