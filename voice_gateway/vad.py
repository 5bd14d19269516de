"""Voice activity: how probably somebody speaks, window by window of 32 ms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from voice_gateway.audio import SAMPLE_BYTES, Samples, to_samples

WINDOW_MS = 32
SILENT_PEAK = 16 / 32768
"""No sample of a digitally silent window is louder: nobody speaks in it, and no model need look."""
FORGET_MS = 2048
"""After so much without voice the model's memory is emptied, so that nothing it got stuck in lasts."""
FORGET_BELOW = 0.2
QUIETEST_DB = -96.0
PITCHED_FROM_DB = -45.0
"""Quieter windows are not looked at for a pitch."""
PITCH_HZ = (70, 400)


@dataclass(frozen=True, slots=True)
class Window:
    """32 ms of audio: its end in ms from the stream's start, the probability of voice, its level in dBFS.

    ``pitch`` is how periodic it and the window before are (autocorrelation, about 0..1): noises are not,
    vowels are, and so is a tone. 0 where it was too quiet to look.
    """

    end_ms: int
    probability: float
    level_db: float
    pitch: float = 0.0


class VoiceActivity(Protocol):
    """The voice activity of one stream."""

    def feed(self, pcm: bytes) -> list[Window]:
        """The windows that another piece of the stream completes, in order."""
        ...


class VoiceModel(Protocol):
    """Anything that gives the probability of voice in one window after another of one stream."""

    def probability(self, samples: Samples) -> float: ...

    def forget(self) -> None:
        """Begin anew, as with a new stream."""
        ...


class StreamActivity:
    """`VoiceActivity` by a model, which is spared silence and made to forget in long pauses."""

    def __init__(self, model: VoiceModel, rate: int) -> None:
        self._model = model
        self._rate = rate
        self._size = rate * WINDOW_MS // 1000 * SAMPLE_BYTES
        self._before = to_samples(bytes(self._size))
        self._pcm = bytearray()
        self._at_ms = 0
        self._quiet_ms = 0

    def feed(self, pcm: bytes) -> list[Window]:
        self._pcm += pcm
        windows = []
        while len(self._pcm) >= self._size:
            samples = to_samples(bytes(self._pcm[: self._size]))
            del self._pcm[: self._size]
            self._at_ms += WINDOW_MS
            level_db = _level_db(samples)
            pitch = 0.0
            if level_db >= PITCHED_FROM_DB:
                pitch = _periodicity(np.concatenate([self._before, samples]), self._rate)
            self._before = samples
            windows.append(Window(self._at_ms, self._probability(samples), level_db, pitch))
        return windows

    def _probability(self, samples: Samples) -> float:
        if float(np.abs(samples).max()) <= SILENT_PEAK:
            probability = 0.0
        else:
            probability = self._model.probability(samples)
            if not math.isfinite(probability):
                self._model.forget()
                probability = 0.0
        self._quiet_ms = self._quiet_ms + WINDOW_MS if probability < FORGET_BELOW else 0
        if self._quiet_ms >= FORGET_MS:
            self._model.forget()
            self._quiet_ms = 0
        return probability


class SileroModel:
    """Silero VAD 6 (MIT) in ONNX, at 8000 or 16000 Hz; a `VoiceModel` for one stream.

    It is given 64 samples of the window before (32 at 8 kHz) and its own state along with each window.
    """

    def __init__(self, session: onnxruntime.InferenceSession, rate: int) -> None:
        if rate not in (8000, 16000):
            raise ValueError(f"Silero VAD hears 8000 or 16000 Hz, not {rate}")
        self._session = session
        self._rate = np.array(rate, dtype=np.int64)
        self._context_size = rate // 250
        self._state: npt.NDArray[np.float32]
        self._context: Samples
        self.forget()

    def probability(self, samples: Samples) -> float:
        window = np.concatenate([self._context, samples])
        inputs = {"input": window[np.newaxis], "state": self._state, "sr": self._rate}
        output, self._state = self._session.run(None, inputs)
        self._context = window[-self._context_size :]
        return float(output[0, 0])

    def forget(self) -> None:
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context = np.zeros(self._context_size, dtype=np.float32)


@cache
def silero_session(folder: Path) -> onnxruntime.InferenceSession:
    """The model in a folder, loaded once: all streams share it. One thread, for it is small."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(folder / "silero_vad.onnx"), options, providers=["CPUExecutionProvider"]
    )


class LoudnessModel:
    """The deterministic fake: whatever is louder than -40 dBFS is voice."""

    def probability(self, samples: Samples) -> float:
        return 0.95 if _level_db(samples) > -40 else 0.02

    def forget(self) -> None:
        pass


def _level_db(samples: Samples) -> float:
    power = float(np.mean(samples**2))
    return max(QUIETEST_DB, 10 * math.log10(power)) if power > 0 else QUIETEST_DB


def _periodicity(samples: Samples, rate: int) -> float:
    """The highest autocorrelation at the lags of `PITCH_HZ`, corrected for how little overlaps there."""
    size = len(samples)
    spectrum = np.fft.rfft(samples - samples.mean(), 2 * size)
    correlation = np.fft.irfft(spectrum * spectrum.conj())[:size]
    lags = np.arange(rate // PITCH_HZ[1], rate // PITCH_HZ[0])
    # A window in which nothing moves has none.
    power = max(float(correlation[0]), 1e-9)
    return float((correlation[lags] / (size - lags)).max() * size / power)
