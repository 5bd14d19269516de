"""Speech for the tests' callers, as a telephone makes it, and what recordings say, as text.

Whatever the voice (Piper, espeak-ng, people's recordings), a clip is brought to 8000 Hz, through the band
of a telephone (300-3400 Hz), to its level (-20 dBFS while speaking), and cut to what is audible
(`tests.support.caller`), so that the moments where speech begins and ends in it are known to 10 ms.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import numpy.typing as npt
import soxr

from models import store
from tests.support.caller import AUDIBLE_POWER, BLOCK, RATE, Pcm
from tests.support.requirements import SHARED

Samples = npt.NDArray[np.float64]
Voice = Literal["piper", "espeak"]

BAND_HZ = (300, 3400)
LEVEL = 10 ** (-20 / 20)
LEAD_MS = 200
"""Silence before speech: a telephone is never cut off sharp."""
CACHE = Path(tempfile.gettempdir()) / "firstline-speech"
FSDD = SHARED / "data/audio/fsdd"


@dataclass(frozen=True)
class Clip:
    """What a caller says: 16-bit PCM of 8000 Hz, in which speech begins and ends at known times."""

    text: str
    pcm: bytes
    begins_ms: int
    ends_ms: int

    @classmethod
    def of(cls, text: str, samples: Samples, rate: int, *, trail_ms: int = 0) -> Clip:
        """A clip of any recording. Raises ValueError where nothing in it is audible."""
        pcm = _audible_part(_telephone(samples, rate), text)
        lead = np.zeros(LEAD_MS * RATE // 1000, dtype=np.int16)
        trail = np.zeros(trail_ms * RATE // 1000, dtype=np.int16)
        ends_ms = LEAD_MS + len(pcm) * 1000 // RATE
        return cls(text, np.concatenate([lead, pcm, trail]).tobytes(), LEAD_MS, ends_ms)


def speech(texts: Sequence[str], voice: Voice = "piper") -> list[Clip]:
    """Texts as a caller says them; made once and kept in the temporary folder."""
    missing = [text for text in dict.fromkeys(texts) if not _path(text, voice).exists()]
    if missing:
        CACHE.mkdir(exist_ok=True)
        {"piper": _piper, "espeak": _espeak}[voice](missing)
    return [Clip.of(text, *_read(_path(text, voice))) for text in texts]


def digits(number: str, *, speaker: str = "george", take: int = 0, pause_ms: int = 120) -> Clip:
    """A number said digit by digit by a person (FSDD; speakers george, jackson and lucas)."""
    pause = np.zeros(pause_ms * RATE // 1000)
    parts: list[Samples] = []
    for digit in number:
        samples, rate = _read(FSDD / f"{digit}_{speaker}_{take}.wav")
        spoken = _audible_part(_telephone(samples, rate), digit)
        parts += [spoken.astype(np.float64) / 32768, pause]
    return Clip.of(number, np.concatenate(parts[:-1]), RATE)


def recording(path: Path, text: str = "") -> Clip:
    """A person's recording, in any format that FFmpeg reads."""
    frames: list[Samples] = []
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="flt", layout="mono")
        rate = file.streams.audio[0].rate
        for frame in file.decode(audio=0):
            frames += [part.to_ndarray()[0].astype(np.float64) for part in resampler.resample(frame)]
    return Clip.of(text, np.concatenate(frames), rate)


def transcribe(pcm: Pcm, *, language: str = "en") -> str:
    """What a recording of 8000 Hz says, in lower case, by the recogniser that the gateway uses too.

    Meant for asking whether a word was said: ``assert "tomorrow" in transcribe(call.heard())``.
    """
    samples = soxr.resample(pcm.astype(np.float32) / 32768, RATE, 16_000)
    segments, _ = _whisper().transcribe(
        samples, language=language, beam_size=2, condition_on_previous_text=False, vad_filter=True
    )
    return " ".join(segment.text.strip() for segment in segments).lower()


@cache
def _whisper() -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(store.path("whisper-base")), device="cpu", compute_type="int8", cpu_threads=1)


def _path(text: str, voice: Voice) -> Path:
    return CACHE / f"{voice}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.wav"


def _piper(texts: Sequence[str]) -> None:
    """All texts by one process, which names its files in their order."""
    model = next(store.path("piper-en-us-joe").glob("*.onnx"))
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        subprocess.run(
            [sys.executable, "-m", "piper", "-m", str(model), "-d", folder],
            input="\n".join(texts).encode(),
            check=True,
            capture_output=True,
        )
        for text, made in zip(texts, sorted(Path(folder).glob("*.wav")), strict=True):
            made.replace(_path(text, "piper"))


def _espeak(texts: Sequence[str]) -> None:
    for text in texts:
        made = _path(text, "espeak").with_suffix(".part")
        subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(made), text], check=True, capture_output=True)
        made.replace(_path(text, "espeak"))


def _read(path: Path) -> tuple[Samples, int]:
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return pcm.astype(np.float64) / 32768, file.getframerate()


def _telephone(samples: Samples, rate: int) -> Samples:
    """8000 Hz, the telephone's band, its level."""
    narrow = np.convolve(soxr.resample(samples, rate, RATE), _band_pass(), mode="same")
    blocks = narrow[: len(narrow) // BLOCK * BLOCK].reshape(-1, BLOCK)
    powers = (blocks**2).mean(axis=1)
    # The level while speaking: of the blocks within 20 dB of the loudest.
    speaking = powers[powers > powers.max(initial=0.0) / 100]
    loudness = float(np.sqrt(speaking.mean())) if len(speaking) else 0.0
    return np.clip(narrow * (LEVEL / loudness if loudness else 0.0), -1, 1)


@cache
def _band_pass(taps: int = 255) -> Samples:
    """A linear-phase FIR: the difference of two windowed sinc low-passes."""
    at = np.arange(taps) - taps // 2
    low, high = (2 * edge / RATE * np.sinc(2 * edge / RATE * at) for edge in BAND_HZ)
    return np.asarray((high - low) * np.hamming(taps))


def _audible_part(samples: Samples, text: str) -> Pcm:
    """From the first to the last audible 10 ms."""
    pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    blocks = pcm[: len(pcm) // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    audible = np.flatnonzero((blocks**2).mean(axis=1) > AUDIBLE_POWER)
    if not len(audible):
        raise ValueError(f"nothing can be heard in the recording of {text!r}")
    return pcm[audible[0] * BLOCK : (audible[-1] + 1) * BLOCK]
