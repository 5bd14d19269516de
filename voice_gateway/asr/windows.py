"""The windows of audio that Whisper looks at.

Whisper pads everything to 30 s, and its cost is that of the window. An encoder given a shorter one works as
well down to about 8 s with at least a second of silence behind the speech; with less it loops.
"""

from __future__ import annotations

import numpy as np

from voice_gateway.audio import ASR_RATE, Samples

SHORTEST_S = 8.0
PADDING_S = 1.0
LONGEST_S = 30.0
MOST_SPEECH_S = 28.0
EARLIEST_SPLIT_S = 14.0
SPLIT_LOOK_S = 0.2


def window_s(speech_s: float, *, shortest_s: float = SHORTEST_S) -> float:
    """The window for so many seconds of audio."""
    return min(LONGEST_S, max(shortest_s, speech_s + PADDING_S))


def split_at_pauses(samples: Samples) -> list[Samples]:
    """Pieces of at most `MOST_SPEECH_S`, cut where it is quietest."""
    pieces = []
    most, earliest, look = (int(s * ASR_RATE) for s in (MOST_SPEECH_S, EARLIEST_SPLIT_S, SPLIT_LOOK_S))
    while len(samples) > most:
        energy = np.convolve(samples[earliest:most] ** 2, np.ones(look), mode="valid")
        cut = earliest + int(energy.argmin()) + look // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]
