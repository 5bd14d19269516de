"""What is made before calls want it: the greeting at once, in quiet times the rest and the bot's answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from voice_gateway.errors import BotUnreachable
from voice_gateway.preparing import REST, Preparation
from voice_gateway.texts import text
from voice_gateway.tts.speaking import Part, Speaking
from voice_gateway.tts.synthesizer import FakeSynthesizer, Voice

TOOK_S = 0.5
ANSWERS = ["We are open from ten to seven. On Sundays we are closed.", "It is free."]


class Time:
    """Time that passes when somebody sleeps; sleeps are written down."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep_until(self, when: float) -> None:
        self.slept.append(round(when - self.time, 3))
        self.time = max(self.time, when)
        await asyncio.sleep(0)


class SlowVoice(FakeSynthesizer):
    """Each clause takes a while."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self.time = time
        self.spoke = asyncio.Event()

    async def until_said(self, words: str) -> None:
        while words not in self.said:
            self.spoke.clear()
            await self.spoke.wait()

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        self.time.time += TOOK_S
        async for pcm in super().stream(text, voice):
            yield pcm
        self.spoke.set()


class House:
    """A preparation with all around it."""

    def __init__(self, *, cache_bytes: int = 64 << 20, offers: bool = True) -> None:
        self.time = Time()
        self.voice = SlowVoice(self.time)
        self.live = 0
        self.asked = asyncio.Event()
        self.answers: list[str] | None = ANSWERS
        parts = {"en": [Part(self.voice, "voice")]}
        self.preparation = Preparation(
            Speaking(parts, clock=self.time, cache_bytes=cache_bytes),
            name="Shop",
            languages=["en"],
            answers=self.offer if offers else None,
            live_calls=lambda: self.live,
            clock=self.time,
        )

    async def until_asked(self) -> None:
        async with asyncio.timeout(10):
            await self.asked.wait()

    async def offer(self, language: str) -> list[str]:
        self.asked.set()
        if self.answers is None:
            raise BotUnreachable("It is away.")
        return self.answers

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.preparation.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def until_said(self, words: str) -> None:
        async with asyncio.timeout(10):
            await self.voice.until_said(words)


async def test_the_greeting_is_made_at_once_and_nothing_else() -> None:
    house = House()
    await house.preparation.greeting()
    assert text("ask", "en") in house.voice.said
    assert text("moment", "en") not in house.voice.said
    assert not house.time.slept


async def test_prompts_come_first_and_then_the_beginnings_of_the_bots_answers() -> None:
    house = House()
    house.preparation.bot_came()
    async with house.running():
        await house.until_said("It is free.")
    said = house.voice.said
    assert "We are open from ten to seven." in said
    assert "On Sundays we are closed." not in said, "it is made while the beginning is heard"
    assert said.index(text("moment", "en")) < said.index("We are open from ten to seven.")
    assert REST * TOOK_S in house.time.slept


async def test_nothing_is_made_while_a_call_is_live() -> None:
    house = House()
    house.live = 1
    async with house.running():
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not house.voice.said
        house.live = 0
        await house.until_said(text("moment", "en"))


async def test_a_bot_that_comes_back_is_asked_again_and_what_is_known_is_not_made_twice() -> None:
    house = House()
    house.answers = None
    house.preparation.bot_came()
    async with house.running():
        await house.until_asked()
        house.answers = ANSWERS
        house.preparation.bot_came()
        await house.until_said("It is free.")
        house.answers = [*ANSWERS, "It is new."]
        house.preparation.bot_came()
        await house.until_said("It is new.")
    assert house.voice.said.count("It is free.") == 1


async def test_no_more_is_made_than_half_the_memory_holds() -> None:
    house = House(cache_bytes=400_000)
    house.answers = [f"This is answer number {number} of very many." for number in range(50)]
    house.preparation.bot_came()
    async with house.running():
        await asyncio.sleep(0.3)
    assert 0 < len(house.voice.said) < 10
