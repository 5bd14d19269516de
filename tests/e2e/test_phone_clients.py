"""The phone line as other people's telephones use it: baresip, Twilio by streamdouble over a bad network, and
Asterisk by both of its protocols. What they heard is transcribed and read; facts are read in the log too.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.caller import RATE, Caller
from tests.support.phone_line import PhoneLine
from tests.support.recorded import digits, speech, transcribe
from tests.support.sip_client import CallRefused, SipClient
from tests.support.telephones import (
    PATIENCE_S,
    QUIET_S,
    Keypad,
    answer,
    ask,
    audible_until,
    key,
    on_audiosocket,
    on_baresip,
    on_channel,
    on_twilio,
    quiet,
)
from tests.voice_gateway.transports.simulators.audiosocket import AudioSocketPeer
from tests.voice_gateway.transports.simulators.media_stream import TWILIO_START

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.requires("voice", "trained", "models"),
]

OPEN = "monday|saturday|ten to seven"
LOG_WITHIN_S = 15.0
UNHEARD_S = 18.0
"""After which a caller of whom nothing is heard has been greeted, and asked again."""


async def until(condition: Callable[[], Any], *, within_s: float = LOG_WITHIN_S) -> None:
    """Wait for something to be in a log, which is written beside the call."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.1)


def said(line: PhoneLine, conversation: str) -> list[str]:
    """What the customer said, as it was understood, or keyed."""
    return [message["text"] for message in line.transcript(conversation) if message["author"] == "customer"]


@pytest.mark.requires("baresip", "shared")
async def test_baresip_asks_for_an_order_by_voice(phone_line: PhoneLine, tmp_path: Path) -> None:
    """The question in a synthetic voice, the numbers by a person who said digits one by one."""
    (where,) = speech(["Where is my order?"])
    async with on_baresip(tmp_path, phone_line.sip) as phone:
        assert re.search("virtual assistant", await answer(phone), re.I)
        asked = await ask(phone, where)
        assert re.search("number", asked, re.I), asked
        asked = await ask(phone, digits("60042", speaker="lucas"))
        assert re.search("post.?code|delivery", asked, re.I), asked
        told = await ask(phone, digits("75011", speaker="lucas"))
        assert re.search("packed|reach you", told, re.I), told
    assert said(phone_line, phone_line.conversations()[-1])[1:] == ["60042", "75011"]


@pytest.mark.requires("baresip")
async def test_baresip_asks_for_an_order_by_keys(phone_line: PhoneLine, tmp_path: Path) -> None:
    (where,) = speech(["Where is my order?"])
    async with on_baresip(tmp_path, phone_line.sip) as phone:
        # Without waiting for the end of the greeting.
        await phone.say(where)
        await quiet(phone)
        asked = await key(phone, "48213")
        assert re.search("post.?code|delivery", asked, re.I), asked
        told = await key(phone, "0150#")
        assert re.search("tomorrow", told, re.I), told
    assert said(phone_line, phone_line.conversations()[-1])[1:] == ["48213", "0150"]


@pytest.mark.requires("baresip")
async def test_baresip_interrupts_the_bot(phone_line: PhoneLine, tmp_path: Path) -> None:
    returns, shops = speech(["What is your return policy?", "Where are your shops please?"])
    async with on_baresip(tmp_path, phone_line.sip) as phone:
        await quiet(phone)
        await phone.say(returns)
        asked_at = len(phone.heard())
        await until(lambda: audible_until(phone, since=asked_at) > asked_at + RATE)
        interrupted_at = len(phone.heard())
        await phone.say(shops)
        silent_from = audible_until(phone, since=interrupted_at)
        said_at = interrupted_at + shops.ends_ms * RATE // 1000
        assert silent_from < said_at - RATE // 2, "the bot fell silent while the caller still spoke"
        told = await answer(phone, since=len(phone.heard()))
        assert re.search("oslo|lisbon|paris|riga", told, re.I), told
    events = phone_line.events(phone_line.conversations()[-1])
    cut = [data for type_, data in events if type_ == "speech_heard" and data.get("interrupted")]
    assert len(cut) == 1
    full = {data.get("text", "") for type_, data in events if type_ == "bot_uttered"}
    assert cut[0]["heard"] not in full, "less than all of it was heard"


@pytest.mark.requires("baresip")
async def test_baresip_holds_resumes_and_hangs_up_in_mid_sentence(
    phone_line: PhoneLine, tmp_path: Path
) -> None:
    (hours,) = speech(["What are your opening hours?"])
    async with on_baresip(tmp_path, phone_line.sip) as phone:
        await quiet(phone)
        await phone.baresip.hold()
        conversation = phone_line.conversations()[-1]
        await until(lambda: held(phone_line, conversation) == 1)
        while_held = await phone.baresip.packets_received()
        await asyncio.sleep(0.5)
        assert await phone.baresip.packets_received() == while_held
        await phone.baresip.resume()
        await until(lambda: held(phone_line, conversation) == 2)
        # What is heard after a hold is not recorded (`Baresip.recording`): the gateway tells of it instead.
        await phone.say(hours)
        await until(lambda: heard_in_full(phone_line, conversation, OPEN), within_s=PATIENCE_S)
        assert await phone.baresip.packets_received() > while_held + 200
        saying = asyncio.create_task(phone.say(hours))
        await asyncio.sleep(hours.ends_ms / 2000)
        await phone.baresip.hang_up()
        await saying
    await until(lambda: "conversation_closed" in dict(phone_line.events(conversation)))


def heard_in_full(line: PhoneLine, conversation: str, words: str) -> bool:
    """Whether the caller heard a sentence with these words to its end."""
    return any(
        type_ == "speech_heard" and not data.get("interrupted") and re.search(words, data["heard"], re.I)
        for type_, data in line.events(conversation)
    )


def held(line: PhoneLine, conversation: str) -> int:
    return sum(type_ == "call_held" for type_, _ in line.events(conversation))


async def test_twilio_over_a_bad_network_and_asterisk_by_both_ways_are_answered_at_once(
    phone_line: PhoneLine,
) -> None:
    """Twilio loses 2 % of what is said, and is up to 30 ms late; the others ask for an order by keys."""
    known = set(phone_line.conversations())
    shops, where = speech(["Where are your shops?", "Where is my order?"])

    async def by_twilio() -> None:
        url, signature = f"{phone_line.sockets}/twilio", phone_line.twilio_signature
        async with on_twilio(url, signature, loss=0.02, jitter_ms=30) as phone:
            await quiet(phone)
            told = await ask(phone, shops)
            assert re.search("oslo|lisbon|paris|riga", told, re.I), told
        assert phone.result.violations == []
        assert phone.result.frames_dropped > 0

    async def by_keys(phone: Keypad, order: str, postcode: str, answered: str) -> None:
        await quiet(phone)
        asked = await ask(phone, where)
        assert re.search("number", asked, re.I), asked
        asked = await key(phone, order)
        assert re.search("post.?code|delivery", asked, re.I), asked
        told = await key(phone, f"{postcode}#")
        assert re.search(answered, told, re.I), told

    async def by_audiosocket() -> None:
        async with on_audiosocket(phone_line.audiosocket_port) as phone:
            await by_keys(phone, "48213", "0150", "tomorrow")

    async def by_channel() -> None:
        async with on_channel(f"{phone_line.sockets}/asterisk") as phone:
            await by_keys(phone, "51377", "1000205", "delivered")

    async with asyncio.TaskGroup() as group:
        for call in (by_twilio(), by_audiosocket(), by_channel()):
            group.create_task(call)
    new = [each for each in phone_line.conversations() if each not in known]
    assert sorted(said(phone_line, each)[1:] for each in new) == [[], ["48213", "0150"], ["51377", "1000205"]]


OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=sendrecv\r\n"
)
"""Of a caller who listens at the discard port."""
AT_ONCE = 30
UNKNOWN_TYPE = 111


async def flood(line: PhoneLine, over: asyncio.Event) -> Counter[int]:
    """Call as often as it goes until told to stop, and hang up where it is answered; the answers."""
    answers: Counter[int] = Counter()

    async def call() -> None:
        client = SipClient(line.sip, user="flood")
        await client.open()
        try:
            answers[(await client.invite(OFFER)).status] += 1
            await client.bye()
        except CallRefused as refused:
            answers[refused.status] += 1
        finally:
            client.close()

    while not over.is_set():
        await asyncio.gather(*(call() for _ in range(AT_ONCE)))
    return answers


async def talk_nonsense(line: PhoneLine, over: asyncio.Event) -> None:
    """Connect as Asterisk and Twilio do and send what is no protocol, at the start and in a call."""
    noise = random.Random(3)
    while not over.is_set():
        peer = await AudioSocketPeer.connect(line.audiosocket_port)
        if noise.random() < 0.5:
            await peer.call(UUID(int=noise.getrandbits(128)))
        peer.writer.write(noise.randbytes(5000))
        await peer.close()
        for path, headers in (("asterisk", {}), ("twilio", {"X-Twilio-Signature": line.twilio_signature})):
            with suppress(ConnectionClosed):
                async with connect(f"{line.sockets}/{path}", additional_headers=headers) as socket:
                    if noise.random() < 0.5:
                        await socket.send("MEDIA_START connection_id:1 channel_id:1 format:slin16")
                        await socket.send(json.dumps({"event": "start", "start": TWILIO_START}))
                    for _ in range(30):
                        await socket.send(noise.randbytes(500))
                        await socket.send(noise.randbytes(500).decode("latin-1"))
        await asyncio.sleep(0.1)


async def test_a_call_goes_on_amid_floods_and_nonsense(phone_line: PhoneLine) -> None:
    """Beside it are two who are never heard: one sends audio of a kind not agreed on, one sends none."""
    (shops,) = speech(["Where are your shops?"])
    processes = [*phone_line.workers("whisper_worker"), *phone_line.workers("piper_worker")]
    over = asyncio.Event()
    async with (
        Caller(phone_line.sip) as call,
        Caller(phone_line.sip, payload_type=UNKNOWN_TYPE) as misheard,
        Caller(phone_line.sip, sends=False) as silent,
    ):
        await call.wait_for_audio(after=call.answered_at, within_s=PATIENCE_S)
        flooding = asyncio.create_task(flood(phone_line, over))
        nonsense = asyncio.create_task(talk_nonsense(phone_line, over))
        await call.wait_for_silence(for_s=QUIET_S, within_s=PATIENCE_S)
        spoken = await call.say(shops.pcm)
        asked = spoken.at(shops.ends_ms)
        await call.wait_for_audio(after=asked, within_s=PATIENCE_S)
        await call.wait_for_silence(for_s=QUIET_S, after=asked, within_s=PATIENCE_S)
        told = await asyncio.to_thread(transcribe, call.heard(since=asked))
        assert re.search("oslo|lisbon|paris|riga", told, re.I), told
        assert call.lost_packets == 0
        over.set()
        answers = await flooding
        await nonsense
        await asyncio.sleep(max(0.0, silent.answered_at + UNHEARD_S - time.monotonic()))
        for caller in (misheard, silent):
            told = await asyncio.to_thread(transcribe, caller.heard())
            assert re.search("virtual assistant.*(still there|hear you)", told, re.I), told
    assert set(answers) == {200, 503}, "some were answered, the others told that all lines are busy"
    assert [*phone_line.workers("whisper_worker"), *phone_line.workers("piper_worker")] == processes
