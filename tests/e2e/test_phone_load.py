"""Eight callers at once, who really talk: each asks for an order, by voice and by keys, and hears about it.

What they are told is read in the conversations; how fast it comes is measured by `tests.bench`.
"""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from tests.support.caller import Caller
from tests.support.phone_line import PhoneLine
from tests.support.recorded import Clip, speech

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.requires("voice", "trained", "models", "espeak"),
]

PATIENCE_S = 60.0
QUIET_S = 1.2
"""The bot has finished when nothing was heard for so long: longer than the pauses between its sentences."""
APART_S = 0.4
QUESTION = "Where is my order?"
ORDERS = {
    "48213": ("0150", "on its way.*tomorrow"),
    "51377": ("1000205", "delivered"),
    "60042": ("75011", "packed|on its way"),
}
CALLS = 8


async def ask_for(order: str, line: PhoneLine, question: Clip, *, after_s: float) -> None:
    """One call, from the greeting to the answer; everything that was waited for was heard."""
    postcode, _ = ORDERS[order]
    await asyncio.sleep(after_s)
    async with Caller(line.sip) as call:
        await heard_after(call, call.answered_at)
        spoken = await call.say(question.pcm)
        await heard_after(call, spoken.at(question.ends_ms))
        for keys in (order, f"{postcode}#"):
            await call.press(keys)
            await heard_after(call, time.monotonic())


def running(line: PhoneLine) -> list[int]:
    """The gateway's workers; a gateway that died has none."""
    return [*line.workers("whisper_worker"), *line.workers("piper_worker")]


async def heard_after(call: Caller, moment: float) -> None:
    began = await call.wait_for_audio(after=moment, within_s=PATIENCE_S)
    await call.wait_for_silence(for_s=QUIET_S, after=began, within_s=PATIENCE_S)


async def test_eight_callers_at_once_each_get_their_own_answer(phone_line: PhoneLine) -> None:
    (question,) = speech([QUESTION])
    orders = [list(ORDERS)[number % len(ORDERS)] for number in range(CALLS)]
    known = set(phone_line.conversations())
    processes = running(phone_line)
    async with asyncio.TaskGroup() as group:
        for number, order in enumerate(orders):
            group.create_task(ask_for(order, phone_line, question, after_s=number * APART_S))
    assert running(phone_line) == processes, "none died under it"
    conversations = [each for each in phone_line.conversations() if each not in known]
    assert len(conversations) == CALLS
    told = []
    for conversation in conversations:
        messages = phone_line.transcript(conversation)
        said = [message["text"] for message in messages if message["author"] == "customer"]
        order = next((text for text in said if text in ORDERS), "")
        assert order, f"no order was keyed: {said}"
        postcode, answer = ORDERS[order]
        assert said[-1] == postcode, said
        after = " ".join(message["text"] for message in messages[-2:] if message["author"] == "bot")
        assert re.search(answer, after, re.I), after
        told.append(order)
    assert sorted(told) == sorted(orders)
