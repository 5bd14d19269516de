"""Tones, and how loud one is in a recording: what was sent is recognised in what arrives."""

from __future__ import annotations

import numpy as np

from voice_gateway.audio import frame_bytes


def tone(hz: float, ms: int, rate: int, *, level: float = 0.5) -> bytes:
    """A sine as PCM; ``level`` is 0..1 of full scale."""
    at = np.arange(rate * ms // 1000) / rate
    return (np.sin(2 * np.pi * hz * at) * level * 32767).astype("<i2").tobytes()


def frames(pcm: bytes, rate: int) -> list[bytes]:
    """PCM in frames of 20 ms."""
    size = frame_bytes(rate)
    return [pcm[at : at + size] for at in range(0, len(pcm) // size * size, size)]


def loudnesses(pcm: bytes, hz: float, rate: int) -> list[float]:
    """How loud a tone is in each 100 ms of a recording, 0..1 of full scale: its Fourier coefficient."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2") / 32767
    size = rate // 10
    windows = samples[: len(samples) // size * size].reshape(-1, size)
    wave = np.exp(-2j * np.pi * hz * np.arange(size) / rate)
    return [float(loudness) for loudness in np.abs(windows @ wave) * 2 / size]


def loudness(pcm: bytes, hz: float, rate: int) -> float:
    """How loud a tone is in a recording on average."""
    windows = loudnesses(pcm, hz, rate)
    return sum(windows) / len(windows) if windows else 0.0
