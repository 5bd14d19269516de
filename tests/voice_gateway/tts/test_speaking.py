"""Clauses of audio come in order, soon, equally loud, from whichever voice works; nothing is ever raised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from voice_gateway.audio import duration_ms, to_samples
from voice_gateway.errors import VoiceError, WorkerDied
from voice_gateway.speech import Clause, Speech
from voice_gateway.tts.speaking import RETRY_S, Part, Speaking
from voice_gateway.tts.synthesizer import FakeSynthesizer, Voice

RATE = 8000
TEXT = "Good morning to you. Your order 48213 has left us. It should arrive tomorrow."
SAID = [
    "Good morning to you.",
    "Your order four eight, two one three has left us.",
    "It should arrive tomorrow.",
]


class StoppedClock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    async def sleep_until(self, when: float) -> None:
        self.time = max(self.time, when)


class GatedSynthesizer(FakeSynthesizer):
    """Speaks a clause each time it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.allowed = asyncio.Semaphore(0)

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        self.asked.append(text)
        await self.allowed.acquire()
        async for pcm in super().stream(text, voice):
            yield pcm


class EndlessSynthesizer(FakeSynthesizer):
    """Never says a thing."""

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""


def speaking(
    *engines: FakeSynthesizer, clock: StoppedClock | None = None, patience_s: float = 5.0
) -> Speaking:
    parts = [Part(engine, f"voice{number}") for number, engine in enumerate(engines)]
    return Speaking({"en": parts}, clock=clock, patience_s=patience_s)


async def said(speech: Speech, text: str = TEXT, *, language: str = "en", rate: int = RATE) -> list[Clause]:
    return [clause async for clause in speech.clauses(text, language=language, rate=rate)]


async def test_clauses_have_their_words_as_written_and_are_spoken_as_people_say_them() -> None:
    engine = FakeSynthesizer()
    clauses = await said(speaking(engine))
    assert " ".join(clause.text for clause in clauses) == TEXT
    assert engine.said == SAID
    assert all(duration_ms(clause.pcm, RATE) > 1000 for clause in clauses)


async def test_audio_is_at_the_rate_of_the_leg_and_at_the_level_of_speech() -> None:
    for rate in (8000, 16_000):
        engine = FakeSynthesizer(rate=22_050)
        clause = (await said(speaking(engine), "Hello there", rate=rate))[0]
        assert duration_ms(clause.pcm, rate) == pytest.approx(60 * len("Hello there"), abs=30)
        level = 10 * np.log10((to_samples(clause.pcm) ** 2).mean())
        assert level == pytest.approx(-20, abs=1)


async def test_what_was_said_before_is_not_made_again() -> None:
    engine = FakeSynthesizer()
    speech = speaking(engine)
    first, second = await said(speech), await said(speech)
    assert first == second
    assert engine.said == SAID


async def test_prompts_are_made_beforehand_for_every_rate_in_one_go() -> None:
    engine = FakeSynthesizer()
    speech = speaking(engine)
    await speech.warm([TEXT], language="en", rates=(8000, 16_000))
    assert engine.said == SAID
    engine.error = WorkerDied("gone")
    assert len(await said(speech, rate=8000)) == len(await said(speech, rate=16_000)) == 3


async def test_next_clause_is_made_while_the_first_is_delivered() -> None:
    engine = GatedSynthesizer()
    clauses = speaking(engine).clauses(TEXT, language="en", rate=RATE)
    engine.allowed.release()
    await anext(clauses)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert engine.asked == SAID[:2]
    await clauses.aclose()


async def test_a_stopped_text_is_not_made_any_further() -> None:
    engine = GatedSynthesizer()
    speech = speaking(engine)
    clauses = speech.clauses(TEXT, language="en", rate=RATE)
    engine.allowed.release()
    await anext(clauses)
    await clauses.aclose()
    engine.allowed.release()
    assert (await said(speech, "Hello."))[0].text == "Hello."
    assert SAID[2] not in engine.asked


async def test_first_clauses_of_others_go_before_later_ones() -> None:
    engine = GatedSynthesizer()
    clock = StoppedClock()
    speech = speaking(engine, clock=clock)
    texts = [
        f"Caller {name} is here now. And that is the rest of {name}." for name in ("one", "two", "three")
    ]
    calls = [asyncio.create_task(said(speech, text)) for text in texts]
    for _ in range(6):
        engine.allowed.release()
    await asyncio.gather(*calls)
    assert [text.startswith("Caller") for text in engine.said] == [True] * 3 + [False] * 3


async def test_next_voice_speaks_when_one_fails_and_the_failed_one_is_left_alone_for_a_while() -> None:
    broken, other, clock = FakeSynthesizer(), FakeSynthesizer(), StoppedClock()
    broken.error = WorkerDied("gone")
    speech = speaking(broken, other, clock=clock)
    await said(speech)
    assert other.said == SAID
    broken.error = None
    await said(speech, "Hello.")
    assert broken.said == []
    clock.time += RETRY_S
    await said(speech, "Hello again.")
    assert broken.said == ["Hello again."]


async def test_a_voice_that_takes_too_long_is_given_up() -> None:
    other = FakeSynthesizer()
    await said(speaking(EndlessSynthesizer(), other, patience_s=0.01), "Hello.")
    assert other.said == ["Hello."]


@pytest.mark.parametrize("error", [WorkerDied("gone"), VoiceError("refused"), ZeroDivisionError()])
async def test_silence_is_what_no_voice_can_say(error: Exception) -> None:
    engine = FakeSynthesizer()
    engine.error = error
    clauses = await said(speaking(engine), "Hello there, friend.")
    assert " ".join(clause.text for clause in clauses) == "Hello there, friend."
    pcm = b"".join(clause.pcm for clause in clauses)
    assert not any(pcm)
    assert 500 < duration_ms(pcm, RATE) < 3000


async def test_other_languages_have_the_voices_of_the_star() -> None:
    english, other = FakeSynthesizer(), FakeSynthesizer()
    speech = Speaking({"en": [Part(english, "a")], "*": [Part(other, "b")]})
    await said(speech, "Hello.", language="en-GB")
    await said(speech, "Labdien.", language="lv")
    assert (english.said, other.said) == (["Hello."], ["Labdien."])


async def test_a_voice_that_does_not_start_leaves_the_others() -> None:
    broken, other = FakeSynthesizer(), FakeSynthesizer()
    broken.error = VoiceError("not installed", hint="install it")
    speech = speaking(broken, other)
    await speech.start()
    await said(speech, "Hello.")
    await speech.stop()
    assert other.said == ["Hello."]


async def test_nothing_to_say_is_nothing_said() -> None:
    assert await said(speaking(FakeSynthesizer()), "😀 ***") == []
