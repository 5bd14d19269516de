from __future__ import annotations

import numpy as np
import pytest

from tests.support.caller import RATE
from tests.support.recorded import Clip, digits, speech, transcribe


def tone(hz: float, seconds: float = 0.5, rate: int = 22_050) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def test_the_moments_of_speech_are_known() -> None:
    quiet = np.zeros(11_025)

    clip = Clip.of("tone", np.concatenate([quiet, tone(1000), quiet]), 22_050, trail_ms=300)

    assert clip.ends_ms - clip.begins_ms == pytest.approx(500, abs=30)
    assert len(clip.pcm) == (clip.ends_ms + 300) * RATE // 1000 * 2


def test_speech_has_the_band_of_a_telephone() -> None:
    clip = Clip.of("tones", tone(100) + tone(1000) + tone(3800), 22_050)

    powers = np.abs(np.fft.rfft(np.frombuffer(clip.pcm, dtype="<i2"))) ** 2
    hz = np.fft.rfftfreq(len(clip.pcm) // 2, 1 / RATE)

    within = powers[(hz > 900) & (hz < 1100)].sum()
    assert powers[hz < 150].sum() < within / 1000
    assert powers[hz > 3700].sum() < within / 1000


def test_silence_is_no_speech() -> None:
    with pytest.raises(ValueError, match="nothing can be heard"):
        Clip.of("nothing", np.zeros(8000), 8000)


@pytest.mark.requires("voice", "shared")
def test_what_people_say_is_understood_through_the_telephone() -> None:
    heard = transcribe(np.frombuffer(digits("48213").pcm, dtype="<i2"))

    assert "".join(letter for letter in heard if letter.isdigit()) == "48213"


@pytest.mark.requires("voice")
def test_what_the_voice_says_is_understood_through_the_telephone() -> None:
    (clip,) = speech(["Where is my order?"])

    assert "my order" in transcribe(np.frombuffer(clip.pcm, dtype="<i2"))
