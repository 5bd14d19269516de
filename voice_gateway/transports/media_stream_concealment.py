"""Making up for what was lost on the way, so that a gap is heard as a breath and not as a click."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voice_gateway.audio import FRAME_MS, silence

FADE_MS = 60
"""Nothing is heard of a repetition after this: longer, it would sound like a machine."""
MOST_FRAMES = 10
"""Frames made up for at once; a longer gap is skipped, so that the call is not late ever after."""


class Concealment:
    """Repeats the last frame, turned round so that its ends meet, and fades it out."""

    def __init__(self, rate: int) -> None:
        self._silence = silence(rate)
        self._last = self._silence

    def heard(self, frame: bytes) -> None:
        """A frame that did come."""
        self._last = frame

    def fill(self, frames: int) -> Iterator[bytes]:
        """Frames for a gap, `MOST_FRAMES` at most."""
        last = np.frombuffer(self._last, dtype="<i2")
        steps = FADE_MS // FRAME_MS
        for at in range(min(frames, MOST_FRAMES)):
            if at >= steps:
                yield self._silence
                continue
            # Backwards and forwards in turn: the end of one piece is the beginning of the next.
            piece = last[::-1] if at % 2 == 0 else last
            fade = np.linspace(1 - at / steps, 1 - (at + 1) / steps, len(piece), dtype=np.float32)
            yield (piece * fade).astype("<i2").tobytes()
