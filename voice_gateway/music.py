"""What is heard while nobody speaks: hold music, made here, so that it is ours to play.

Everything is computed from the sample rate alone: the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from voice_gateway.audio import Samples, frame_bytes, to_pcm

MUSIC_DBFS = -26.0
BEAT_S = 0.75
CHORD_BEATS = 4
# A minor, F, C, G and back, as notes of an equal-tempered piano (69 is the A of 440 Hz).
CHORDS = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67)) * 2
# One note of the chord above it on each beat; the second time through it moves otherwise.
MELODY = (3, 2, 1, 2, 3, 2, 1, 0, 2, 3, 2, 1, 1, 2, 3, 2, 2, 1, 2, 3, 0, 1, 2, 3, 3, 1, 2, 0, 3, 2, 1, 1)
PARTIALS = ((1, 1.0), (2, 0.35), (3, 0.12), (4, 0.05))
PAD_LEVEL = 0.35
ECHO_S = 0.3
ECHO_LEVEL = 0.25


def hold_music(rate: int) -> Callable[[], bytes]:
    """Music for one leg, from its beginning: each call gives the next frame at ``rate`` Hz, without end."""
    loop = music(rate)
    size = frame_bytes(rate)
    at = 0

    def next_frame() -> bytes:
        nonlocal at
        frame = loop[at : at + size]
        at += size
        if at >= len(loop):
            at = 0
        return frame

    return next_frame


@cache
def music(rate: int) -> bytes:
    """The loop that is played on hold: PCM of whole frames, about 24 s, whose end meets its beginning."""
    beat = int(rate * BEAT_S)
    beat -= beat % (rate // 50)
    total = beat * CHORD_BEATS * len(CHORDS)
    loop = np.zeros(total, dtype=np.float64)
    for index, chord in enumerate(CHORDS):
        start = index * CHORD_BEATS * beat
        for note in chord[:3]:
            _add(loop, start, PAD_LEVEL * _pad(note, beat * CHORD_BEATS, rate))
        for step in range(CHORD_BEATS):
            note = chord[MELODY[index * CHORD_BEATS + step]] + 12
            _add(loop, start + step * beat, _plucked(note, 3 * beat, rate))
    loop += ECHO_LEVEL * np.roll(loop, int(ECHO_S * rate))
    return to_pcm(_level(loop, MUSIC_DBFS))


def _add(loop: npt.NDArray[np.float64], start: int, sound: npt.NDArray[np.float64]) -> None:
    """Add a sound, what hangs over the end going to the beginning."""
    room = len(loop) - start
    loop[start : start + len(sound)] += sound[:room]
    if len(sound) > room:
        loop[: len(sound) - room] += sound[room:]


def _hz(note: int) -> float:
    return 440.0 * float(2.0 ** ((note - 69) / 12))


def _pad(note: int, count: int, rate: int) -> npt.NDArray[np.float64]:
    """A soft held note, slightly out of tune with itself; it fades in and out over half again its length."""
    longer = count * 3 // 2
    time = np.arange(longer) / rate
    wave = np.sin(2 * np.pi * _hz(note) * time) + 0.6 * np.sin(2 * np.pi * _hz(note) * 1.003 * time)
    return np.asarray(wave * np.sin(np.pi * np.arange(longer) / longer) ** 2)


def _plucked(note: int, count: int, rate: int) -> npt.NDArray[np.float64]:
    """A note that dies away, the higher partials sooner; those that the line cannot carry are left out."""
    time = np.arange(count) / rate
    wave = np.zeros(count)
    for number, level in PARTIALS:
        if _hz(note) * number < rate * 0.45:
            wave += level * np.sin(2 * np.pi * _hz(note) * number * time) * np.exp(-time * (1.2 + number))
    return np.asarray(wave * _edges(count, rate // 100))


def _edges(count: int, edge: int) -> npt.NDArray[np.float64]:
    envelope = np.ones(count)
    ramp = np.sin(np.linspace(0, np.pi / 2, min(edge, count // 2))) ** 2
    envelope[: len(ramp)] *= ramp
    envelope[count - len(ramp) :] *= ramp[::-1]
    return envelope


def _level(wave: npt.NDArray[np.float64], dbfs: float) -> Samples:
    """At an RMS level, the loudest peaks rounded off."""
    rms = float(np.sqrt((wave**2).mean()))
    scaled = wave * (10 ** (dbfs / 20) / rms)
    return np.tanh(scaled).astype(np.float32)
