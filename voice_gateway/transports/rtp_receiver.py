"""From packets as they arrive to 20 ms frames in order: reordering, concealment, and how well it goes.

A packet that comes in its order is passed on at once, so that an even network costs no delay. After a gap,
up to `REORDER` packets are held for the missing one; then it is made up for.
"""

from __future__ import annotations

from collections.abc import Callable

from aiortp.plc import PcmConcealer

from voice_gateway.audio import FRAME_MS, frame_bytes
from voice_gateway.codecs import Codec

REORDER = 2
"""Packets that may overtake another: 40 ms."""
JUMP = 50
"""A larger step forward (1 s) is a new beginning and no loss."""
LATE = 100
"""A packet that is older than this, and its successor, tell that the sender began anew."""
CLOCK_HZ = 8000


class Quality:
    """Loss and interarrival jitter of one stream (RFC 3550, A.1, A.3, A.8)."""

    def __init__(self) -> None:
        self.received = 0
        self.jitter_ms = 0.0
        self._base: int | None = None
        self._highest = 0
        self._transit: float | None = None

    def add(self, sequence: int, timestamp: int, arrival_ms: float) -> None:
        """A packet that is no duplicate."""
        self.received += 1
        if self._base is None:
            self._base = self._highest = sequence
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead < 0x8000:
            self._highest += ahead
        # The difference of two transit times, modulo the timestamp's range: a stream may wrap at any time.
        transit = (arrival_ms - timestamp * 1000 / CLOCK_HZ) % _TIMESTAMP_RANGE_MS
        if self._transit is not None:
            step = abs(transit - self._transit)
            step = min(step, _TIMESTAMP_RANGE_MS - step)
            if step < JUMP * FRAME_MS:
                self.jitter_ms += (step - self.jitter_ms) / 16
        self._transit = transit

    @property
    def highest(self) -> int:
        """The extended highest sequence number."""
        return self._highest

    @property
    def expected(self) -> int:
        return 0 if self._base is None else self._highest - self._base + 1

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.received)


_TIMESTAMP_RANGE_MS = 2**32 * 1000 / CLOCK_HZ


class Receiver:
    """``on_frame`` is told 20 ms of PCM and whether it is made up."""

    def __init__(self, codec: Codec, rate: int, on_frame: Callable[[bytes, bool], None]) -> None:
        self._codec = codec
        self._on_frame = on_frame
        self._frame = frame_bytes(rate)
        self._concealer = PcmConcealer(rate)
        self._rest = b""
        self._last = b""
        self._concealing = False
        self._next: int | None = None
        self._held: dict[int, bytes | None] = {}
        self._restart: int | None = None
        self._past = (0, 0)
        self.quality = Quality()

    @property
    def received(self) -> int:
        """Packets of all streams so far."""
        return self._past[0] + self.quality.received

    @property
    def lost(self) -> int:
        """Packets that all streams so far lost."""
        return self._past[1] + self.quality.lost

    def restart(self) -> None:
        """Another stream follows (its SSRC changed, or its sender began anew)."""
        self._past = (self.received, self.lost)
        self.quality = Quality()
        self._next = None
        self._restart = None
        self._held.clear()

    def feed(self, sequence: int, timestamp: int, payload: bytes | None, arrival_ms: float) -> None:
        """A packet; ``payload`` None for one that takes a sequence number but holds no audio (a key)."""
        if self._next is None:
            self._next = sequence
        ahead = (sequence - self._next) & 0xFFFF
        if ahead == 0:
            self.quality.add(sequence, timestamp, arrival_ms)
            self._next = (sequence + 1) & 0xFFFF
            self._play(payload)
            if self._held:
                self._drain()
        elif ahead < 0x8000:
            if ahead > JUMP:
                self._begin_anew(sequence, timestamp, payload, arrival_ms)
            elif sequence not in self._held:
                self.quality.add(sequence, timestamp, arrival_ms)
                self._held[sequence] = payload
                if len(self._held) > REORDER:
                    self._give_up()
        elif ahead < 0x10000 - LATE:
            if sequence == self._restart:
                self._begin_anew(sequence, timestamp, payload, arrival_ms)
            else:
                self._restart = (sequence + 1) & 0xFFFF
        # What else is late or a duplicate has been played or made up for: it counts as lost or not at all.

    def _begin_anew(self, sequence: int, timestamp: int, payload: bytes | None, arrival_ms: float) -> None:
        self._next = sequence
        for held in sorted(self._held, key=lambda number: (number - sequence) & 0xFFFF):
            self._play(self._held[held])
        self.restart()
        self.feed(sequence, timestamp, payload, arrival_ms)

    def _drain(self) -> None:
        while self._next in self._held:
            payload = self._held.pop(self._next)
            self._next = (self._next + 1) & 0xFFFF
            self._play(payload)

    def _give_up(self) -> None:
        assert self._next is not None
        missing = min((sequence - self._next) & 0xFFFF for sequence in self._held)
        self._conceal(missing)
        self._next = (self._next + missing) & 0xFFFF
        self._drain()

    def _play(self, payload: bytes | None) -> None:
        if not payload:
            return
        pcm = self._codec.decode(payload)
        self._last = pcm
        self._concealing = False
        if len(pcm) == self._frame and not self._rest:
            self._on_frame(pcm, False)
        else:
            self._cut(pcm, concealed=False)

    def _conceal(self, packets: int) -> None:
        if not self._last:
            return
        if not self._concealing:
            # Only now, and not at each packet: most are not lost.
            self._concealer.update(self._last)
            self._concealing = True
        self._cut(self._concealer.conceal(packets * len(self._last) // 2), concealed=True)

    def _cut(self, pcm: bytes, *, concealed: bool) -> None:
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % self._frame
        for start in range(0, whole, self._frame):
            self._on_frame(pcm[start : start + self._frame], concealed)
        self._rest = pcm[whole:]
