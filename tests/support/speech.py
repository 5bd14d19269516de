"""Recorded and made speech for tests and measurements: mixtures, telephone band, noises, word errors.

Recordings are those of ``data/audio`` in the folder that `FIRSTLINE_SHARED` names. What is made here is the
same in every run.
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from faster_whisper.audio import decode_audio
from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

from tests.support.requirements import SHARED
from voice_gateway.audio import ASR_RATE, Samples

AUDIO = SHARED / "data" / "audio"
TELEPHONE_RATE = 8000
TELEPHONE_BAND_HZ = (300, 3400)
MU = 255


@dataclass(frozen=True)
class Recording:
    """A recording and what is said in it."""

    path: Path
    text: str
    language: str

    @property
    def samples(self) -> Samples:
        """At `ASR_RATE`."""
        return load(self.path)


def recordings(*sets: str, language: str = "en") -> Iterator[Recording]:
    """The recordings of some folders of ``data/audio`` that have a transcript, in a language."""
    for name in sets:
        with (AUDIO / name / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["language"] == language and row["text"]:
                    yield Recording(AUDIO / name / row["file"], row["text"], row["language"])


@cache
def load(path: Path) -> Samples:
    """A recording at `ASR_RATE`."""
    return np.asarray(decode_audio(str(path), sampling_rate=ASR_RATE), dtype=np.float32)


def digit(value: int, *, speaker: str = "george", take: int = 0) -> Samples:
    """A spoken digit of the Free Spoken Digit Dataset, without the silence around it."""
    return trimmed(load(AUDIO / "fsdd" / f"{value}_{speaker}_{take}.wav"))


@cache
def espeak(text: str, *, voice: str = "en-gb", words_per_minute: int = 160) -> Samples:
    """Text spoken by espeak-ng (a robot, but the same on every machine of a version)."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-w", file.name, text], check=True
        )
        return trimmed(load(Path(file.name)))


@cache
def piper(text: str, model: Path) -> Samples:
    """Text spoken by a Piper voice, in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["python", "-m", "piper", "-m", str(model), "-f", file.name, "--", text]
        subprocess.run(command, check=True, capture_output=True)
        return trimmed(load(Path(file.name)))


def trimmed(samples: Samples, *, below: float = 0.02) -> Samples:
    """Without what is quieter than a share of the peak at both ends."""
    loud = np.flatnonzero(np.abs(samples) > below * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * ASR_RATE), dtype=np.float32)


def noise(seconds: float, *, level_db: float = -60.0, seed: int = 1) -> Samples:
    """White noise of a level in dBFS."""
    made = np.random.default_rng(seed).normal(0, 10 ** (level_db / 20), round(seconds * ASR_RATE))
    return made.astype(np.float32)


def cough(*, seed: int = 1) -> Samples:
    """Something like a cough: a burst of low-passed noise with a steep attack, and a weaker one behind it."""
    rng = np.random.default_rng(seed)
    bursts = []
    for seconds, level in ((0.16, 0.5), (0.05, 0.0), (0.22, 0.25)):
        length = round(seconds * ASR_RATE)
        burst = rng.normal(0, level, length) * np.exp(-np.linspace(0, 5, length))
        bursts.append(np.convolve(burst, np.ones(6) / 6, mode="same"))
    return np.clip(np.concatenate(bursts), -1, 1).astype(np.float32)


def click(*, seed: int = 1) -> Samples:
    """A knock on the microphone."""
    rng = np.random.default_rng(seed)
    length = int(0.04 * ASR_RATE)
    return (rng.normal(0, 0.6, length) * np.exp(-np.linspace(0, 8, length))).clip(-1, 1).astype(np.float32)


def breath(*, seed: int = 1) -> Samples:
    """Breathing into the receiver."""
    length = int(0.7 * ASR_RATE)
    made = np.random.default_rng(seed).normal(0, 0.03, length) * np.hanning(length)
    return np.asarray(made, dtype=np.float32)


def joined(*parts: Samples, floor_db: float | None = -62.0) -> Samples:
    """One after another, over a floor of noise: lines are never digitally silent."""
    samples = np.concatenate(parts)
    if floor_db is None:
        return samples
    return samples + noise(len(samples) / ASR_RATE, level_db=floor_db)[: len(samples)]


def mixed(first: Samples, second: Samples, *, snr_db: float) -> Samples:
    """A voice over a noise that is so many dB weaker; the noise is repeated as needed."""
    noise_floor = np.resize(second, len(first))
    power = float(np.mean(first**2)) / max(1e-12, float(np.mean(noise_floor**2)))
    return np.asarray(first + noise_floor * np.sqrt(power / 10 ** (snr_db / 10)), dtype=np.float32)


def telephone(samples: Samples) -> Samples:
    """As it comes out of a telephone line: 300 to 3400 Hz, mu-law at 8 kHz; given at `ASR_RATE` again."""
    narrow = soxr.resample(samples, ASR_RATE, TELEPHONE_RATE)
    spectrum = np.fft.rfft(narrow)
    frequency = np.fft.rfftfreq(len(narrow), 1 / TELEPHONE_RATE)
    spectrum[(frequency < TELEPHONE_BAND_HZ[0]) | (frequency > TELEPHONE_BAND_HZ[1])] = 0
    narrow = np.fft.irfft(spectrum, len(narrow))
    coded = np.round(127 * np.sign(narrow) * np.log1p(MU * np.abs(narrow).clip(0, 1)) / np.log1p(MU)) / 127
    narrow = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return np.asarray(soxr.resample(narrow, TELEPHONE_RATE, ASR_RATE), dtype=np.float32)


def at_level(samples: Samples, *, level_db: float = -23.0) -> Samples:
    """With a level in dBFS, as a telephone network brings them."""
    power = float(np.mean(samples**2))
    return np.asarray(samples * np.sqrt(10 ** (level_db / 10) / max(power, 1e-12)), dtype=np.float32).clip(
        -1, 1
    )


@dataclass(frozen=True)
class WordErrors:
    """Errors among the words of a reference."""

    errors: int
    words: int

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.errors + other.errors, self.words + other.words)

    @property
    def rate(self) -> float:
        return self.errors / self.words if self.words else 0.0


def word_errors(reference: str, text: str) -> WordErrors:
    """Substitutions, insertions and deletions after Whisper's own English normalisation."""
    wanted, got = _normalised(reference), _normalised(text)
    row = list(range(len(got) + 1))
    for n, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], n
        for m, other in enumerate(got, 1):
            diagonal, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, diagonal + (word != other))
    return WordErrors(row[-1], len(wanted))


def _normalised(text: str) -> Sequence[str]:
    normal: str = _normalizer()(text)
    return normal.split()


@cache
def _normalizer() -> EnglishTextNormalizer:
    # transformers types only some of its modules.
    normalizer: Callable[[dict[str, str]], EnglishTextNormalizer] = EnglishTextNormalizer
    return normalizer({})
