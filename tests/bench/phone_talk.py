"""What the callers of the measurement do: ask, dictate, interrupt; each turn is timed at their own ear."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.support.caller import Caller
from tests.support.recorded import Clip
from tests.support.sip_client import CallRefused

GREETED_WITHIN_S = 10.0
ANSWERED_WITHIN_S = 10.0
SPEECH_WITHIN_S = 60.0
BOT_IS_DONE_S = 1.2
"""A bot that was silent for so long has said all it wanted: longer than its pauses between sentences."""
EARLY_S = 0.15
"""An answer may not begin earlier than this before the caller's last word is over."""

QUESTIONS = (
    "What are your opening hours on Saturday?",
    "How much is shipping to Bergen?",
    "Can I return something after two weeks?",
    "How long does delivery take?",
    "Which payment methods do you accept?",
    "What is your returns policy?",
    "Are you open on Sundays?",
    "Do you ship to Portugal?",
    "How do I change my delivery address?",
    "How do I get a refund?",
    "When will my parcel arrive?",
    "Do you have the Aurora desk lamp in stock?",
    "Can I pay by invoice?",
    "Where is your shop?",
    "What does it cost to return an item?",
    "My parcel is damaged, what can I do?",
)
ORDERS = (
    ("Where is my order?", "four eight two one three", "zero one five zero"),
    ("I would like to know the status of my order.", "six zero zero four two", "seven five zero one one"),
    ("Can you track my parcel for me?", "five one three seven seven", "one zero zero zero two zero five"),
)
INTERRUPTIONS = (
    "Wait, please, I have another question.",
    "No, that is not what I wanted to know.",
    "Sorry, can you stop for a moment?",
    "Thank you, that is enough for now.",
)
GOODBYE = "Thank you, that is all."
QUESTIONS_A_CALL = 4


@dataclass(frozen=True)
class Turn:
    """``answered_s``: from the caller's last audible moment to the first audio; None: no answer came."""

    text: str
    answered_s: float | None
    cut_off: bool = False
    """The other side spoke before the caller had finished."""


@dataclass
class Talk:
    """All that was measured in some calls."""

    turns: list[Turn] = field(default_factory=list)
    greeted_s: list[float] = field(default_factory=list)
    stopped_s: list[float] = field(default_factory=list)
    not_stopped: int = 0
    calls: int = 0
    failed: int = 0
    """Calls that were not answered, or not greeted."""
    lost_packets: int = 0

    @property
    def latencies(self) -> list[float]:
        return [turn.answered_s for turn in self.turns if turn.answered_s is not None and not turn.cut_off]


def scripts(seed: int) -> Iterator[list[str]]:
    """What the callers say, call by call without end: some questions, an order by its number, goodbye."""
    order = random.Random(seed)
    while True:
        yield [*order.sample(QUESTIONS, QUESTIONS_A_CALL), *order.choice(ORDERS), GOODBYE]


def every_text() -> list[str]:
    """All that any caller says."""
    return [*QUESTIONS, *(text for order in ORDERS for text in order), *INTERRUPTIONS, GOODBYE]


async def converse(target: str, clips: Sequence[Clip], talk: Talk) -> None:
    """One call: say each clip when the other side has finished, until it hangs up."""
    talk.calls += 1
    try:
        async with Caller(target) as call:
            await _greeting(call, talk)
            for clip in clips:
                if call.has_ended:
                    break
                talk.turns.append(await _turn(call, clip))
            talk.lost_packets += call.lost_packets
    except (TimeoutError, CallRefused):
        talk.failed += 1


async def interrupt(target: str, question: Clip, interruption: Clip, talk: Talk, *, after_s: float) -> None:
    """One call: ask, let the answer run for a while, speak over it, and time until it falls silent.

    Silence counts when it lasts a second: longer than any pause of the bot's. An answer that was over before
    the caller interrupted it counts for nothing.
    """
    async with Caller(target) as call:
        await _greeting(call, talk)
        spoken = await call.say(question.pcm)
        try:
            began = await call.wait_for_audio(after=spoken.at(question.ends_ms), within_s=ANSWERED_WITHIN_S)
        except TimeoutError:
            return
        await asyncio.sleep(max(0.0, began + after_s - time.monotonic()))
        interrupting = await call.say(interruption.pcm)
        start = interrupting.at(interruption.begins_ms)
        if not call.is_audible_between(start - 0.2, start):
            return
        stopped = call.first_silence_after(start, for_s=1.0)
        if stopped is None:
            talk.not_stopped += 1
        else:
            talk.stopped_s.append(stopped - start)


async def _greeting(call: Caller, talk: Talk) -> None:
    began = await call.wait_for_audio(after=call.answered_at, within_s=GREETED_WITHIN_S)
    talk.greeted_s.append(began - call.answered_at)
    await call.wait_for_silence(for_s=BOT_IS_DONE_S, after=began, within_s=SPEECH_WITHIN_S)


async def _turn(call: Caller, clip: Clip) -> Turn:
    try:
        spoken = await call.say(clip.pcm)
    except ConnectionError:
        return Turn(clip.text, None)
    begins, ends = spoken.at(clip.begins_ms), spoken.at(clip.ends_ms)
    try:
        first = await call.wait_for_audio(after=ends - EARLY_S, within_s=ANSWERED_WITHIN_S)
    except TimeoutError:
        return Turn(clip.text, None)
    await call.wait_for_silence(for_s=BOT_IS_DONE_S, after=first, within_s=SPEECH_WITHIN_S)
    cut_off = first < ends or call.is_audible_between(begins, ends - EARLY_S)
    return Turn(clip.text, first - ends, cut_off)
