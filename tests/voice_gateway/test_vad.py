"""Voice activity: windows of frames, sparing the model silence, and never being stuck."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.support import speech
from tests.voice_gateway.listening import silero
from voice_gateway.audio import Samples, to_pcm
from voice_gateway.vad import FORGET_MS, WINDOW_MS, LoudnessModel, StreamActivity


class Counting(LoudnessModel):
    def __init__(self, value: float | None = None) -> None:
        self.asked = 0
        self.forgot = 0
        self._value = value

    def probability(self, samples: Samples) -> float:
        self.asked += 1
        return super().probability(samples) if self._value is None else self._value

    def forget(self) -> None:
        self.forgot += 1


@pytest.mark.parametrize("rate", [8000, 16000])
def test_frames_of_20_ms_become_windows_of_32(rate: int) -> None:
    activity = StreamActivity(Counting(), rate)
    tone = to_pcm((0.1 * np.sin(np.arange(rate))).astype(np.float32))
    frame = rate // 50 * 2
    windows = [w for at in range(0, len(tone), frame) for w in activity.feed(tone[at : at + frame])]
    assert [window.end_ms for window in windows] == [WINDOW_MS * (n + 1) for n in range(31)]
    assert all(window.probability > 0.9 and -24 < window.level_db < -22 for window in windows)


def test_digital_silence_costs_no_inference() -> None:
    model = Counting()
    windows = StreamActivity(model, 8000).feed(bytes(16000))
    assert model.asked == 0
    assert all(window.probability == 0 for window in windows)


def test_the_model_forgets_in_long_pauses_and_after_nonsense() -> None:
    quiet = to_pcm(speech.noise(FORGET_MS / 1000 * 2.1, level_db=-60))
    model = Counting()
    StreamActivity(model, 16000).feed(quiet)
    assert model.forgot == 2
    broken = Counting(math.nan)
    assert all(window.probability == 0 for window in StreamActivity(broken, 16000).feed(quiet[:8000]))
    assert broken.forgot > 0


@pytest.mark.requires("shared", "voice")
@pytest.mark.parametrize("rate", [8000, 16000])
def test_silero_tells_digits_from_noise(rate: int) -> None:
    parts = [speech.silence(1.0), speech.at_level(speech.digit(7)), speech.silence(1.0), speech.cough()]
    samples = speech.joined(*parts, speech.silence(0.5))
    pcm = to_pcm(np.asarray(samples[:: 16000 // rate], dtype=np.float32))
    windows = silero(rate).feed(pcm)
    digit_ends_ms = round(1000 * (1.0 + len(parts[1]) / 16000))
    assert max(w.probability for w in windows if 1000 < w.end_ms < digit_ends_ms) > 0.7
    assert max(w.probability for w in windows if w.end_ms < 950 or w.end_ms > digit_ends_ms + 250) < 0.5
