"""Raw speech of any voice to what a call plays: trimmed, equally loud, at the call's rate."""

from __future__ import annotations

import numpy as np
import soxr

from voice_gateway.audio import Samples, to_pcm, to_samples

TARGET_DBFS = -20.0
"""Level of active speech, as telephone networks expect it (ITU-T P.56 measures it so)."""
MAX_GAIN_DB = 24.0
KNEE = 0.7
"""What is louder (0..1) is rounded off below full scale, and not clipped."""
LEAD_MS = 20
TAIL_MS = 40
PAUSES_MS = {".": 260, "!": 260, "?": 260, ":": 160, ",": 110}
"""How long a voice rests after a clause, by the stop at its end."""
_BLOCK_MS = 10
_ACTIVE_BELOW_PEAK_DB = 30.0


def finish(pcm: bytes, *, rate: int, to: int, stop: str = "") -> bytes:
    """A clause of PCM at ``rate`` Hz, as it is played at ``to`` Hz.

    It begins at most `LEAD_MS` before the first sound, and ends with the rest that belongs to the
    ``stop`` after it. What holds no sound comes back empty.
    """
    samples = _trimmed(to_samples(pcm[: len(pcm) - len(pcm) % 2]), rate)
    if samples.size == 0:
        return b""
    if rate != to:
        samples = np.asarray(soxr.resample(samples, rate, to, quality="HQ"), dtype=np.float32)
    level = active_level(samples, to)
    gain = 10 ** (min(MAX_GAIN_DB, TARGET_DBFS - level) / 20)
    return to_pcm(_limited(samples * np.float32(gain))) + bytes(2 * (to * PAUSES_MS.get(stop, 0) // 1000))


def active_level(samples: Samples, rate: int) -> float:
    """dBFS RMS of the blocks in which somebody speaks; -120 for silence."""
    powers = _powers(samples, rate)
    if powers.size == 0:
        return -120.0
    active = powers[powers >= powers.max() * 10 ** (-_ACTIVE_BELOW_PEAK_DB / 10)]
    return float(10 * np.log10(max(active.mean(), 1e-12)))


def _powers(samples: Samples, rate: int) -> Samples:
    size = rate * _BLOCK_MS // 1000
    blocks = np.resize(samples, (len(samples) // size, size)) if len(samples) >= size else samples[None]
    return np.asarray((blocks**2).mean(axis=1) if blocks.size else np.zeros(0), dtype=np.float32)


def _trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence around it, and with edges that do not click."""
    powers = _powers(samples, rate)
    if powers.size == 0 or powers.max() < 1e-8:
        return samples[:0]
    size = rate * _BLOCK_MS // 1000
    # 40 dB below the loudest block is breath and noise; soft consonants are above.
    heard = np.flatnonzero(powers >= powers.max() * 1e-4)
    start = max(0, int(heard[0]) * size - rate * LEAD_MS // 1000)
    end = min(len(samples), (int(heard[-1]) + 1) * size + rate * TAIL_MS // 1000)
    kept = samples[start:end].copy()
    edge = min(rate * 5 // 1000, len(kept))
    ramp = np.linspace(0.0, 1.0, edge, dtype=np.float32)
    kept[:edge] *= ramp
    kept[len(kept) - edge :] *= ramp[::-1]
    return kept


def _limited(samples: Samples) -> Samples:
    room = np.float32(0.99 - KNEE)
    loud = np.abs(samples) > KNEE
    if loud.any():
        over = samples[loud]
        samples[loud] = np.sign(over) * (KNEE + room * np.tanh((np.abs(over) - KNEE) / room))
    return samples
