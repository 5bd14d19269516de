"""Two legs that hear each other: the frames of one are what the other plays, at its own rate and pace."""

from __future__ import annotations

from collections import deque

from voice_gateway.audio import StreamResampler, frame_bytes

MOST_FRAMES = 6
"""120 ms: jitter that is waited out. What comes faster than it is played is dropped, oldest first."""
FIRST_FRAMES = 2
"""Frames that are waited for before playing begins, or goes on after a gap."""


class Pipe:
    """One direction of a bridge: frames are fed as they arrive, and taken one each 20 ms."""

    def __init__(self, rate: int, to: int) -> None:
        self._resampler = StreamResampler(rate, to)
        self._size = frame_bytes(to)
        self._rest = b""
        self._frames: deque[bytes] = deque(maxlen=MOST_FRAMES)
        self._flows = False

    def feed(self, pcm: bytes) -> None:
        """A frame from the one side."""
        self._rest += self._resampler.feed(pcm)
        while len(self._rest) >= self._size:
            self._frames.append(self._rest[: self._size])
            self._rest = self._rest[self._size :]

    def take(self) -> bytes | None:
        """The frame that is due to the other side; None when there is none."""
        if not self._flows and len(self._frames) < FIRST_FRAMES:
            return None
        self._flows = bool(self._frames)
        return self._frames.popleft() if self._frames else None
