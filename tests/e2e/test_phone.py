"""The phone line as callers use it: real calls over SIP to a real gateway, bot, recogniser and voice.

Other people's telephones call it in `test_phone_clients`. What the caller hears is transcribed and read. How
fast it comes is measured by `tests.bench`, not here.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.caller import Caller
from tests.support.phone_line import PhoneLine
from tests.support.recorded import Clip, digits, speech, transcribe

pytestmark = [pytest.mark.timeout(400), pytest.mark.requires("voice", "trained", "models", "espeak")]

PATIENCE_S = 60.0
QUIET_S = 1.2
"""The bot has finished when nothing was heard for so long: longer than the pauses between its sentences."""


@asynccontextmanager
async def calling(line: PhoneLine) -> AsyncIterator[Caller]:
    """A call whose greeting has been heard."""
    async with Caller(line.sip) as call:
        await call.wait_for_audio(after=call.answered_at, within_s=PATIENCE_S)
        await call.wait_for_silence(for_s=QUIET_S, within_s=PATIENCE_S)
        yield call


async def say(call: Caller, clip: Clip) -> str:
    """Say something, and what is heard in answer, once it is complete."""
    spoken = await call.say(clip.pcm)
    return await answer_after(call, spoken.at(clip.ends_ms))


async def answer_after(call: Caller, moment: float) -> str:
    await call.wait_for_audio(after=moment, within_s=PATIENCE_S)
    await call.wait_for_silence(for_s=QUIET_S, after=moment, within_s=PATIENCE_S)
    return await asyncio.to_thread(transcribe, call.heard(since=moment))


def asked_for_postcode(line: PhoneLine) -> bool:
    """Whether the bot did in the latest call: small recognisers write the word itself as "post go"."""
    events = line.events(line.conversations()[-1])
    return any(type_ == "bot_uttered" and "postcode" in data.get("text", "") for type_, data in events)


def clips(*texts: str) -> list[Clip]:
    return speech(texts)


@pytest.mark.requires("shared")
async def test_an_order_is_asked_for_by_voice(phone_line: PhoneLine) -> None:
    """The question in a synthetic voice, the numbers by a person who said digits one by one."""
    (where,) = clips("Where is my order?")
    async with calling(phone_line) as call:
        greeting = await asyncio.to_thread(transcribe, call.heard())
        assert re.search("virtual assistant", greeting, re.I), greeting
        asked = await say(call, where)
        assert re.search("number", asked, re.I), asked
        await say(call, digits("60042", speaker="lucas"))
        told = await say(call, digits("75011", speaker="lucas"))
        assert re.search("packed|reach you", told, re.I), told
    conversation = phone_line.conversations()[-1]
    assert asked_for_postcode(phone_line)
    said = [
        message["text"] for message in phone_line.transcript(conversation) if message["author"] == "customer"
    ]
    assert said[1:] == ["60042", "75011"], "digits, whichever way they were recognised"


async def test_an_order_is_asked_for_by_keys_without_waiting(phone_line: PhoneLine) -> None:
    (where,) = clips("Where is my order?")
    async with calling(phone_line) as call:
        spoken = await call.say(where.pcm)
        await call.wait_for_audio(after=spoken.at(where.ends_ms), within_s=PATIENCE_S)
        await call.press("48213")
        asked = await answer_after(call, time.monotonic())
        assert re.search("post.?code|delivery", asked, re.I), asked
        await call.press("0150#")
        told = await answer_after(call, time.monotonic())
        assert re.search("tomorrow", told, re.I), told
    assert asked_for_postcode(phone_line)
    events = phone_line.events(phone_line.conversations()[-1])
    assert any(type_ == "speech_heard" and data.get("interrupted") for type_, data in events)


async def test_the_bot_falls_silent_when_spoken_to_and_knows_what_was_heard(phone_line: PhoneLine) -> None:
    returns, hours = clips("What is your return policy?", "What are your opening hours please?")
    async with calling(phone_line) as call:
        spoken = await call.say(returns.pcm)
        began = await call.wait_for_audio(after=spoken.at(returns.ends_ms), within_s=PATIENCE_S)
        await asyncio.sleep(max(0.0, began + 1.0 - time.monotonic()))
        spoken = await call.say(hours.pcm)
        silent = call.first_silence_after(spoken.at(hours.begins_ms), for_s=0.3)
        assert silent is not None
        assert silent < spoken.at(hours.ends_ms), "while the caller still spoke"
        told = await answer_after(call, spoken.at(hours.ends_ms))
        assert re.search("nine|9|monday|open", told, re.I), told
    events = phone_line.events(phone_line.conversations()[-1])
    cut = [data for type_, data in events if type_ == "speech_heard" and data.get("interrupted")]
    assert cut
    full = {data.get("text", "") for type_, data in events if type_ == "bot_uttered"}
    assert not any(cut[0]["heard"] == text for text in full), "less than all of it was heard"


async def test_a_caller_holds_resumes_and_hangs_up_in_mid_sentence(phone_line: PhoneLine) -> None:
    (hours,) = clips("What are your opening hours?")
    async with calling(phone_line) as call:
        await call.hold()
        held = time.monotonic()
        await asyncio.sleep(1.0)
        await call.resume()
        assert not call.is_audible_between(held + 0.3, time.monotonic())
        told = await say(call, hours)
        assert re.search("nine|9|monday|open", told, re.I), told
        spoken = await call.say(hours.pcm)
        await call.wait_for_audio(after=spoken.at(hours.ends_ms), within_s=PATIENCE_S)
    conversation = phone_line.conversations()[-1]
    for _ in range(100):
        types = [type_ for type_, _ in phone_line.events(conversation)]
        if "call_ended" in types:
            break
        await asyncio.sleep(0.1)
    assert types.count("call_held") == 2
    assert "conversation_closed" in types


async def test_zero_leads_to_people_and_says_when_there_are_none(phone_line: PhoneLine) -> None:
    async with calling(phone_line) as call:
        await call.press("0")
        told = await answer_after(call, time.monotonic())
        assert re.search("colleague|available|message", told, re.I), told


async def test_killed_processes_are_not_noticed_for_long(phone_line: PhoneLine) -> None:
    hours, shipping = clips("What are your opening hours?", "How much is shipping?")
    async with calling(phone_line) as call:
        for name in ("whisper_worker", "piper_worker"):
            workers = phone_line.workers(name)
            assert workers, name
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
        told = await say(call, hours)
        assert re.search("nine|9|monday|open", told, re.I), told
        told = await say(call, shipping)
        assert told


@pytest.mark.requires("shared")
async def test_the_bot_is_restarted_in_mid_call(phone_line: PhoneLine) -> None:
    (where,) = clips("Where is my order?")
    order = digits("48213", speaker="lucas")
    async with calling(phone_line) as call:
        asked = await say(call, where)
        assert re.search("number", asked, re.I), asked
        phone_line.bot.kill()
        killed = time.monotonic()
        starting = asyncio.create_task(asyncio.to_thread(phone_line.bot.start))
        asked = await say(call, order)
        assert re.search("moment", asked, re.I), asked
        await starting
        await call.wait_for_silence(for_s=QUIET_S, within_s=PATIENCE_S)
        heard = await asyncio.to_thread(transcribe, call.heard(since=killed))
        assert re.search("post.?code|delivery", heard, re.I), heard
    assert asked_for_postcode(phone_line)
