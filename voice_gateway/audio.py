"""Audio as the media core handles it: 16-bit little-endian mono PCM as bytes, in frames of 20 ms.

A call runs at its transport's own rate (8000 Hz for G.711, 16000 Hz for G.722 and WebRTC), so that no frame
is resampled on its way; what needs another rate (recognition, a bridge between two legs) resamples there.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import soxr

FRAME_MS = 20
SAMPLE_BYTES = 2
ASR_RATE = 16_000
"""Hz: what recognition and end-of-turn models hear."""

Samples = npt.NDArray[np.float32]
"""Mono samples, -1..1."""


def frame_bytes(rate: int) -> int:
    """The size of one frame at a rate in Hz."""
    return rate * FRAME_MS // 1000 * SAMPLE_BYTES


@cache
def silence(rate: int) -> bytes:
    """One frame of digital silence."""
    return bytes(frame_bytes(rate))


def duration_ms(pcm: bytes, rate: int) -> int:
    """How long PCM of a rate in Hz plays."""
    return len(pcm) // SAMPLE_BYTES * 1000 // rate


def to_samples(pcm: bytes) -> Samples:
    """PCM as float samples -1..1."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0


def to_pcm(samples: Samples) -> bytes:
    """Float samples as PCM; what is louder than full scale is clipped."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768.0).astype("<i2").tobytes()


def resample(pcm: bytes, rate: int, to: int) -> bytes:
    """A whole clip at another rate in Hz."""
    if rate == to or not pcm:
        return pcm
    return bytes(soxr.resample(np.frombuffer(pcm, dtype="<i2"), rate, to, quality="HQ").tobytes())


class StreamResampler:
    """A stream of frames at another rate; it holds back a few ms, which `feed` gives with later frames."""

    def __init__(self, rate: int, to: int) -> None:
        self._stream = soxr.ResampleStream(rate, to, 1, dtype="int16", quality="LQ") if rate != to else None

    def feed(self, pcm: bytes) -> bytes:
        """What can be given after another piece of the stream; perhaps nothing yet."""
        if self._stream is None:
            return pcm
        return bytes(self._stream.resample_chunk(np.frombuffer(pcm, dtype="<i2")).tobytes())
