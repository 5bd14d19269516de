"""chan_websocket, over a real server and a simulated Asterisk."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import Any

import pytest
import websockets
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.voice_gateway.transports.simulators.asterisk import Channel
from tests.voice_gateway.transports.simulators.serving import serving
from tests.voice_gateway.transports.simulators.taker import RecordingTaker, Taken
from tests.voice_gateway.transports.simulators.tones import frames, loudness, tone
from voice_gateway.audio import frame_bytes
from voice_gateway.leg import Audio, Refusal
from voice_gateway.transports.asterisk import FORMATS, Asterisk, AsteriskSettings, BadControl, parse

BASIC = {"Authorization": "Basic " + base64.b64encode(b"firstline:s3cret").decode()}


@asynccontextmanager
async def listening(taker: RecordingTaker, **settings: Any) -> AsyncIterator[str]:
    transport = Asterisk(taker, AsteriskSettings(**{"token": "s3cret", **settings}))
    async with serving(transport.router) as address:
        yield f"ws://{address}/asterisk"
        await transport.close()


@asynccontextmanager
async def calling(
    *, audio_format: str = "slin", is_json: bool = False, query: str = "", **settings: Any
) -> AsyncIterator[tuple[Channel, Taken]]:
    taker = RecordingTaker()
    async with listening(taker, **settings) as url:
        channel = await Channel.connect(url + query, BASIC, is_json=is_json)
        await channel.start(audio_format, 160)
        yield channel, await taker.call()
        await channel.close()


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("audio_format", sorted(FORMATS))
async def test_a_tone_goes_both_ways(audio_format: str, is_json: bool) -> None:
    query = "?caller=%2B4712345678&called=100&language=no"
    wire = FORMATS[audio_format]
    async with calling(audio_format=audio_format, is_json=is_json, query=query) as (channel, taken):
        info, rate = taken.leg.info, taken.leg.rate
        assert (info.call_id, info.caller, info.called) == ("pbx1-1.9", "+4712345678", "100")
        assert info.language == "no"
        assert info.parameters.get("TENANT") == ("acme" if is_json else None)
        assert rate == wire.rate
        assert channel.socket.subprotocol == "media"
        for frame in frames(tone(440, 400, rate), rate):
            await channel.socket.send(wire.encode(frame))
        await taken.until(lambda: len(taken.of(Audio)) == 20)
        assert loudness(taken.pcm, 440, rate) == pytest.approx(0.5, abs=0.02)

        for frame in frames(tone(620, 400, rate), rate):
            taken.leg.send(frame)
        taken.leg.mark("said")
        await taken.until(lambda: taken.marked == ["said"])
        assert loudness(wire.decode(bytes(channel.media)), 620, rate) == pytest.approx(0.5, abs=0.02)
        await channel.say("DTMF_END", digit="4")
        await taken.until(lambda: taken.digits == "4")

        taken.leg.hang_up()
        assert await taken.until_ended() == "hangup"
        assert await channel.until_closed() == 1000
        mark = "MARK_MEDIA" if is_json else "REPORT_QUEUE_DRAINED"
        assert channel.commands == ["ANSWER", mark, "HANGUP"]


@pytest.mark.parametrize("is_json", [False, True])
async def test_clearing_flushes_and_tells_all_marks(is_json: bool) -> None:
    async with calling(is_json=is_json) as (channel, taken):
        channel.tells_marks = False
        taken.leg.send(bytes(320))
        taken.leg.mark("a")
        taken.leg.mark("b")
        taken.leg.clear()
        await taken.until(lambda: taken.marked == ["a", "b"])
        await channel.say("STATUS", queue_length="0")
        await channel.say("DTMF_END", digit="1")
        await taken.until(lambda: taken.digits == "1")
        assert "FLUSH_MEDIA" in channel.commands


async def test_nothing_is_sent_while_asterisk_has_too_much_and_no_more_than_a_second_is_kept() -> None:
    async with calling() as (channel, taken):
        await channel.say("MEDIA_XOFF")
        await channel.say("DTMF_END", digit="1")
        await taken.until(lambda: taken.digits == "1")
        for at in range(80):
            taken.leg.send(at.to_bytes(2, "little") * 160)
        taken.leg.mark("said")
        await channel.say("DTMF_END", digit="2")
        await taken.until(lambda: taken.digits == "12")
        assert channel.pieces == []
        await channel.say("MEDIA_XON")
        await taken.until(lambda: taken.marked == ["said"])
        assert [piece[0] for piece in channel.pieces] == list(range(30, 80))


async def test_hanging_up_gets_through_while_asterisk_has_too_much() -> None:
    async with calling() as (channel, taken):
        await channel.say("MEDIA_XOFF")
        await channel.say("DTMF_END", digit="1")
        await taken.until(lambda: taken.digits == "1")
        taken.leg.send(bytes(320))
        taken.leg.hang_up()
        await channel.until_closed()
        assert channel.commands[-1] == "HANGUP"


async def test_the_other_side_hangs_up() -> None:
    async with calling() as (channel, taken):
        await channel.say("HANGUP")
        assert await taken.until_ended() == "hangup"
    async with calling() as (channel, taken):
        await channel.close()
        assert await taken.until_ended() == "hangup"


async def test_frames_of_any_size_are_cut_to_20_ms() -> None:
    async with calling(audio_format="slin16") as (channel, taken):
        sound = tone(440, 400, 16_000)
        for at in range(0, len(sound), 1000):
            await channel.socket.send(sound[at : at + 1000])
        await taken.until(lambda: len(taken.of(Audio)) == 20)
        assert {len(event.pcm) for event in taken.of(Audio)} == {frame_bytes(16_000)}
        assert taken.pcm == sound


async def test_who_may_connect() -> None:
    taker = RecordingTaker()
    async with listening(taker) as url:
        bearer = {"Authorization": "Bearer s3cret"}
        async with connect(url, additional_headers=bearer):
            pass
        for wrong in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic %%%"}):
            with pytest.raises(InvalidStatus):
                await connect(url, additional_headers=wrong)
    async with listening(taker, token=None, allow=(ip_network("127.0.0.0/8"),)) as url:
        async with connect(url):
            pass
        with pytest.raises(InvalidStatus):
            await connect(url, origin=Origin("https://anywhere.example"))
    async with listening(taker, allow=(ip_network("10.0.0.0/8"),)) as url:
        with pytest.raises(InvalidStatus):
            await connect(url, additional_headers=BASIC)
    assert Asterisk(taker, AsteriskSettings()).router.routes == []


async def test_a_call_that_is_not_admitted_is_closed() -> None:
    async with listening(RecordingTaker(refusal=Refusal(503, "full"))) as url:
        channel = await Channel.connect(url, BASIC)
        await channel.start("ulaw", 160)
        assert await channel.until_closed() == 1013
        await channel.close()


@pytest.mark.parametrize(
    "first",
    [
        "",
        "hello",
        b"\x00\x01",
        "MEDIA_XON",
        "MEDIA_START",
        "MEDIA_START channel_id:1 format:opus",
        "MEDIA_START format:ulaw",
        '{"event": 1}',
        "{" * 70_000,
    ],
)
async def test_what_does_not_begin_with_a_channel_is_closed(first: str | bytes) -> None:
    taker = RecordingTaker()
    async with listening(taker) as url:
        channel = await Channel.connect(url, BASIC)
        await channel.socket.send(first)
        assert await channel.until_closed() == 1008
        await channel.close()
    assert taker.admitted == []


async def test_a_peer_that_says_nothing_is_given_up() -> None:
    async with listening(RecordingTaker(), start_s=0.1) as url:
        channel = await Channel.connect(url, BASIC)
        assert await channel.until_closed() == 1008
        await channel.close()
    async with calling(idle_s=0.1) as (channel, taken):
        assert await taken.until_ended() == "lost"


async def test_a_peer_that_dies_ends_the_call() -> None:
    async with calling() as (channel, taken):
        channel.socket.transport.abort()
        assert await taken.until_ended() == "lost"


async def test_a_peer_that_floods_is_cut_off() -> None:
    async with calling() as (channel, taken):
        with suppress(websockets.ConnectionClosed):
            for _ in range(3000):
                await channel.socket.send(bytes(320))
        assert await taken.until_ended() == "error"
        assert 90 <= len(taken.of(Audio)) < 400


async def test_nonsense_is_borne_for_a_while_but_not_for_ever() -> None:
    async with calling() as (channel, taken):
        for nonsense in ("", "\u0000", "DTMF_END", "DTMF_END digit:xx", "{}", "[]", bytes(70_000)):
            await channel.socket.send(nonsense)
        await channel.say("SOMETHING_NEW", id="1")
        await channel.say("DTMF_END", digit="1")
        await taken.until(lambda: taken.digits == "1")
        for _ in range(20):
            await channel.socket.send("?")
        assert await taken.until_ended() == "error"


def test_an_id_may_stand_alone() -> None:
    assert parse("MEDIA_MARK_PROCESSED m1").fields == {"correlation_id": "m1"}
    assert parse("QUEUE_DRAINED").fields == {}


@settings(max_examples=50)
@given(st.text(max_size=300) | st.from_regex(r"[A-Z_]{1,10}( [a-z_]{1,5}:?.{0,10}){0,5}"))
def test_any_text_is_a_control_message_or_a_bad_one(text: str) -> None:
    with suppress(BadControl):
        control = parse(text)
        assert all(isinstance(value, str) for value in control.fields.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=50)
@given(st.fixed_dictionaries({"event": json_values}, optional={"channel_variables": json_values}))
def test_any_json_is_a_control_message_or_a_bad_one(message: dict[str, Any]) -> None:
    with suppress(BadControl):
        assert parse(json.dumps(message)).is_json
