"""Raw speech is trimmed, levelled and resampled; the cache and the turnstile that it passes."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.audio import duration_ms, to_pcm, to_samples
from voice_gateway.tts.cache import AudioCache
from voice_gateway.tts.finish import KNEE, PAUSES_MS, active_level, finish
from voice_gateway.tts.turnstile import Turnstile

RATE = 22_050


def speech_like(seconds: float, level: float) -> bytes:
    """Bursts of noise with gaps, as syllables are."""
    count = int(RATE * seconds)
    noise = np.random.default_rng(1).normal(0, level, count)
    envelope = np.sin(2 * np.pi * 3 * np.arange(count) / RATE) > -0.3
    return to_pcm((noise * envelope).astype(np.float32))


@pytest.mark.parametrize("to", [8000, 16_000])
@pytest.mark.parametrize("level", [0.02, 0.05, 0.3])
def test_every_voice_is_equally_loud_and_not_clipped(level: float, to: int) -> None:
    samples = to_samples(finish(speech_like(2.0, level), rate=RATE, to=to))
    assert active_level(samples, to) == pytest.approx(-20, abs=1)
    assert float(np.abs(samples).max()) < 1.0


def test_peaks_are_rounded_off() -> None:
    clicks = np.zeros(RATE, dtype=np.float32)
    clicks[::200] = 1.0
    samples = to_samples(finish(to_pcm(clicks), rate=RATE, to=RATE))
    assert KNEE < float(np.abs(samples).max()) < 0.995


def test_silence_around_is_trimmed() -> None:
    quiet = bytes(2 * RATE)
    pcm = finish(quiet + speech_like(1.0, 0.1) + quiet, rate=RATE, to=8000)
    assert duration_ms(pcm, 8000) == pytest.approx(1000, abs=100)
    samples = np.abs(to_samples(pcm))
    assert float(samples[: 8000 * 50 // 1000].max()) > 0.01


def test_a_clause_rests_as_its_stop_demands() -> None:
    pcm = speech_like(1.0, 0.1)
    plain = finish(pcm, rate=RATE, to=8000)
    for stop, pause in PAUSES_MS.items():
        assert duration_ms(finish(pcm, rate=RATE, to=8000, stop=stop), 8000) == pytest.approx(
            duration_ms(plain, 8000) + pause, abs=1
        )


@given(st.binary(max_size=4000), st.sampled_from([8000, 16_000, RATE]))
def test_anything_can_be_finished(pcm: bytes, to: int) -> None:
    made = finish(pcm, rate=RATE, to=to, stop=".")
    assert len(made) % 2 == 0


def test_silence_is_nothing() -> None:
    assert finish(bytes(4000), rate=RATE, to=8000, stop=".") == b""


def test_cache_keeps_what_was_used_last_within_its_limit() -> None:
    cache = AudioCache(80)
    for key in range(8):
        cache.put(key, bytes(10))
    assert cache.get(0) is not None
    cache.put(8, bytes(10))
    assert cache.get(1) is None
    assert cache.get(0) is not None
    assert cache.size == 80
    cache.put("large", bytes(11))
    assert cache.get("large") is None


async def test_turnstile_lets_in_who_needs_it_soonest_and_forgets_who_left() -> None:
    gate = Turnstile(1)
    order: list[str] = []

    async def work(name: str, due: float) -> None:
        async with gate.passed(due):
            order.append(name)
            await asyncio.sleep(0)

    jobs = [asyncio.create_task(work(name, due)) for name, due in [("a", 5), ("b", 9), ("c", 1), ("d", 3)]]
    await asyncio.sleep(0)
    jobs[3].cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    assert order == ["a", "c", "b"]
    await asyncio.wait_for(work("e", 0), 1)
