"""Hold music: made here, gentle, endless, and the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from voice_gateway.audio import Samples, frame_bytes, to_samples
from voice_gateway.music import hold_music, music


def dbfs(samples: Samples) -> float:
    return float(10 * np.log10((samples.astype(np.float64) ** 2).mean()))


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_music_is_a_gentle_loop_of_whole_frames(rate: int) -> None:
    loop = music(rate)
    assert len(loop) % frame_bytes(rate) == 0
    samples = to_samples(loop)
    assert 20 <= len(samples) / rate <= 30
    assert dbfs(samples) == pytest.approx(-26, abs=0.5)
    assert float(np.abs(samples).max()) < 0.5
    # Never silent for a second, so that nobody thinks that the line is dead.
    seconds = samples[: len(samples) // rate * rate].reshape(-1, rate)
    assert min(dbfs(second) for second in seconds) > -45


def test_music_meets_its_own_beginning_without_a_click() -> None:
    samples = to_samples(music(8000))
    steps = np.abs(np.diff(samples))
    assert abs(float(samples[0] - samples[-1])) <= float(steps.max())


def test_each_leg_hears_the_music_from_its_beginning_and_without_end() -> None:
    rate = 8000
    loop = music(rate)
    first, second = hold_music(rate), hold_music(rate)
    frames = len(loop) // frame_bytes(rate)
    heard = b"".join(first() for _ in range(frames + 1))
    assert heard == loop + loop[: frame_bytes(rate)]
    assert second() == loop[: frame_bytes(rate)]


def test_music_is_the_same_each_time() -> None:
    assert music.__wrapped__(8000) == music(8000)
