"""Twilio Media Streams, over a real server and a simulated Twilio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import streamdouble.api
import streamdouble.audio
import streamdouble.session
import websockets
from streamdouble.chaos import Impairments
from streamdouble.session import SessionConfig
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.voice_gateway.transports.simulators.media_stream import TWILIO_START, Provider
from tests.voice_gateway.transports.simulators.serving import serving
from tests.voice_gateway.transports.simulators.taker import RecordingTaker, Taken
from tests.voice_gateway.transports.simulators.tones import frames, loudness, tone
from voice_gateway.codecs import MU_LAW
from voice_gateway.leg import Audio, Refusal, TransferProgress
from voice_gateway.transports import media_stream_leg
from voice_gateway.transports.twilio import Twilio, TwilioSettings, signature

TOKEN = "t0ken"
PUBLIC = "https://voice.example.com"
SIGNED = {"X-Twilio-Signature": signature(TOKEN, "wss://voice.example.com/twilio", {})}
FORM = {"CallSid": "CA1", "From": "+4712345678", "To": "+4722222222", "Digits": ""}


@asynccontextmanager
async def twilio(taker: RecordingTaker, **settings: Any) -> AsyncIterator[str]:
    transport = Twilio(taker, TwilioSettings(auth_token=TOKEN, public_url=PUBLIC, **settings))
    async with serving(transport.router) as address:
        yield address
        await transport.close()


@asynccontextmanager
async def streaming(taker: RecordingTaker, **settings: Any) -> AsyncIterator[tuple[Provider, Taken]]:
    async with twilio(taker, **settings) as address:
        provider = await Provider.connect(f"ws://{address}/twilio", SIGNED)
        await provider.say("connected", protocol="Call", version="1.0.0")
        await provider.say("start", sequenceNumber="1", start=TWILIO_START)
        yield provider, await taker.call()
        await provider.close()


def headers(form: Mapping[str, str], path: str = "/twilio/voice") -> dict[str, str]:
    signed = signature(TOKEN, PUBLIC + path, {name: [value] for name, value in form.items()})
    return {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}


def test_signs_as_twilios_documentation_does() -> None:
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+12349013030"],
        "Digits": ["1234"],
        "From": ["+12349013030"],
        "To": ["+18005551212"],
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_a_tone_goes_both_ways() -> None:
    taker = RecordingTaker()
    async with streaming(taker) as (provider, taken):
        assert taken.leg.info.call_id == "CA1"
        assert taken.leg.info.language == "no"
        assert taken.leg.info.parameters["plan"] == "gold"
        for at, frame in enumerate(frames(tone(440, 400, 8000), 8000)):
            await provider.say_media(MU_LAW.encode(frame), chunk=at + 1, timestamp=at * 20)
        await taken.until(lambda: len(taken.of(Audio)) == 20)
        assert loudness(taken.pcm, 440, 8000) == pytest.approx(0.5, abs=0.02)

        for frame in frames(tone(620, 400, 8000), 8000):
            taken.leg.send(frame)
        taken.leg.mark("said")
        await taken.until(lambda: taken.marked == ["said"])
        assert len(provider.pieces) == 20
        assert loudness(MU_LAW.decode(bytes(provider.media)), 620, 8000) == pytest.approx(0.5, abs=0.02)
        assert {message["streamSid"] for message in provider.got} == {"MZ1"}

        await provider.say("stop", stop={"callSid": "CA1"})
        assert await taken.until_ended() == "hangup"
        assert await provider.until_closed() == 1000


async def test_keys_and_a_transfer_that_is_not_ours_to_make() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        for digit in "42#":
            await provider.say("dtmf", dtmf={"track": "inbound_track", "digit": digit})
        await taken.until(lambda: taken.digits == "42#")
        taken.leg.transfer("+4711111111", context_id="c1")
        await taken.until(lambda: bool(taken.of(TransferProgress)))
        assert taken.of(TransferProgress)[0].status == 501
        taken.leg.send_digits("1")


async def test_clearing_tells_all_marks_but_not_before_it_returns() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        provider.echo_marks = False
        taken.leg.send(tone(620, 20, 8000))
        taken.leg.mark("a")
        taken.leg.mark("b")
        taken.leg.clear()
        assert taken.marked == []
        await taken.until(lambda: taken.marked == ["a", "b"])
        # Their echoes come too, and are nothing new.
        await provider.say("mark", mark={"name": "a"})
        await provider.say("dtmf", dtmf={"digit": "1"})
        await taken.until(lambda: taken.digits == "1")
        assert taken.marked == ["a", "b"]
        assert "clear" in provider.events


async def test_a_mark_that_is_never_told_of_counts_as_played_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_stream_leg, "MARK_PATIENCE_S", 0.05)
    async with streaming(RecordingTaker()) as (provider, taken):
        provider.echo_marks = False
        taken.leg.mark("a")
        await taken.until(lambda: taken.marked == ["a"])


async def test_lost_chunks_are_concealed_and_late_ones_put_in_order() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        sound = [MU_LAW.encode(frame) for frame in frames(tone(440, 200, 8000), 8000)]
        for at in (0, 2, 1, 3, 5, 6, 7, 8, 9):
            await provider.say_media(sound[at], chunk=at + 1, timestamp=at * 20)
        await taken.until(lambda: len(taken.of(Audio)) == 10)
        assert [at for at, event in enumerate(taken.of(Audio)) if event.concealed] == [4]
        assert loudness(taken.pcm, 440, 8000) > 0.4
        reception = taken.leg.reception()
        assert (reception.packets, reception.lost) == (9, 1)


async def test_our_hanging_up_sends_what_was_said_before() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        taken.leg.send(tone(620, 20, 8000))
        taken.leg.hang_up()
        assert await taken.until_ended() == "hangup"
        assert await provider.until_closed() == 1000
        assert len(provider.pieces) == 1
        taken.leg.send(tone(620, 20, 8000))
        taken.leg.mark("after")
        taken.leg.clear()


async def test_streamdouble_with_loss_and_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    taker = RecordingTaker(echo=True)
    async with twilio(taker) as address:
        signed = partial(websockets.connect, additional_headers=SIGNED)
        monkeypatch.setattr(streamdouble.session.websockets, "connect", signed)
        said = [MU_LAW.encode(frame) for frame in frames(tone(440, 3000, 8000), 8000)]
        report = await streamdouble.api.call(
            f"ws://{address}/twilio",
            frames=said,
            config=SessionConfig(
                impairments=Impairments(loss=0.02, jitter_ms=30),
                chaos_seed=7,
                quiet_period_s=0.3,
                custom_parameters={"plan": "gold"},
            ),
        )
    taken = await taker.call()
    assert report.violations == []
    assert report.result.frames_dropped > 0
    assert report.time_to_first_audio_ms is not None
    # What was lost at the end cannot be known.
    assert len(taken.of(Audio)) >= len(said) - 2
    assert sum(event.concealed for event in taken.of(Audio)) >= report.result.frames_dropped - 2
    assert taken.leg.reception().lost >= report.result.frames_dropped - 2
    assert taken.leg.info.parameters["plan"] == "gold"
    assert loudness(MU_LAW.decode(report.audio_received), 440, 8000) > 0.45
    assert await taken.until_ended() == "hangup"


async def test_an_unsigned_handshake_is_refused() -> None:
    async with twilio(RecordingTaker()) as address:
        for wrong in ({}, {"X-Twilio-Signature": "AAAA"}, {"X-Twilio-Signature": "\u00e9"}):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{address}/twilio", additional_headers=wrong)
            assert refused.value.response.status_code == 403
        # What was signed without the port, and what was signed with it, are the same to Twilio.
        ported = signature(TOKEN, "wss://voice.example.com:443/twilio", {})
        async with connect(f"ws://{address}/twilio", additional_headers={"X-Twilio-Signature": ported}):
            pass


async def test_without_a_token_there_are_no_routes() -> None:
    transport = Twilio(RecordingTaker(), TwilioSettings(auth_token=None, public_url=PUBLIC))
    async with serving(transport.router) as address, httpx.AsyncClient() as http:
        assert (await http.post(f"http://{address}/twilio/voice", data=FORM)).status_code == 404
        with pytest.raises(InvalidStatus):
            await connect(f"ws://{address}/twilio")


async def test_the_webhook_answers_with_the_stream_and_its_admission_is_kept() -> None:
    taker = RecordingTaker()
    async with twilio(taker) as address, httpx.AsyncClient() as http:
        url = f"http://{address}/twilio/voice"
        answer = await http.post(
            f"{url}?language=no", data=FORM, headers=headers(FORM, "/twilio/voice?language=no")
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert '<Connect><Stream url="wss://voice.example.com/twilio"/></Connect>' in answer.text
        # Twilio asks again when an answer got lost.
        await http.post(url, data=FORM, headers=headers(FORM))
        provider = await Provider.connect(f"ws://{address}/twilio", SIGNED)
        await provider.say("start", sequenceNumber="1", start=TWILIO_START)
        taken = await taker.call()
        assert len(taker.admitted) == 1
        assert taken.leg.info.caller == "+4712345678"
        assert taken.leg.info.called == "+4722222222"
        assert taken.leg.info.language == "no"
        assert taken.leg.info.parameters["plan"] == "gold"
        await provider.close()
        await taken.until_ended()
        assert taker.released == []


async def test_the_webhook_refuses_what_is_not_signed_or_not_admitted() -> None:
    taker = RecordingTaker()
    async with twilio(taker) as address, httpx.AsyncClient() as http:
        url = f"http://{address}/twilio/voice"
        assert (await http.post(url, data=FORM)).status_code == 403
        forged = headers(FORM)
        assert (await http.post(url, data={**FORM, "From": "+1"}, headers=forged)).status_code == 403
        assert (await http.post(url, content=b"x" * 70_000, headers=forged)).status_code == 413
        assert (
            await http.post(url, content=urlencode({"a": "b"}), headers=headers({"a": "b"}))
        ).status_code == 400
        assert taker.admitted == []
        taker.refusal = Refusal(486, "busy")
        answer = await http.post(url, data=FORM, headers=headers(FORM))
        assert '<Reject reason="busy"/>' in answer.text


async def test_an_admission_whose_stream_never_comes_is_given_back() -> None:
    taker = RecordingTaker()
    async with twilio(taker) as address, httpx.AsyncClient() as http:
        await http.post(f"http://{address}/twilio/voice", data=FORM, headers=headers(FORM))
    assert taker.released == taker.admitted != []


async def test_a_call_that_is_not_admitted_is_closed() -> None:
    taker = RecordingTaker(refusal=Refusal(503, "full"))
    async with twilio(taker) as address:
        provider = await Provider.connect(f"ws://{address}/twilio", SIGNED)
        await provider.say("start", sequenceNumber="1", start=TWILIO_START)
        assert await provider.until_closed() == 1013
        await provider.close()


async def test_a_peer_that_says_nothing_is_given_up() -> None:
    async with twilio(RecordingTaker(), start_s=0.1) as address:
        provider = await Provider.connect(f"ws://{address}/twilio", SIGNED)
        assert await provider.until_closed() == 1008
        await provider.close()
    async with streaming(RecordingTaker(), idle_s=0.1) as (provider, taken):
        assert await taken.until_ended() == "lost"


async def test_a_peer_that_dies_ends_the_call() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        provider.socket.transport.abort()
        assert await taken.until_ended() == "lost"


async def test_a_peer_that_floods_is_heard_no_faster_than_speech_and_then_cut_off() -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        frame = MU_LAW.encode(tone(440, 20, 8000))
        try:
            for at in range(3000):
                await provider.say_media(frame, chunk=at + 1, timestamp=at * 20)
        except websockets.ConnectionClosed:
            pass
        assert await taken.until_ended() == "error"
        assert 90 <= len(taken.of(Audio)) <= 400


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "null",
        '{"event": "media"}',
        '{"event": "media", "media": {"payload": "%%%"}}',
        '{"event": "media", "media": {"payload": "AAAA", "chunk": "-1"}}',
        '{"event": "media", "media": {"payload": "AAAA", "chunk": 1e300}}',
        '{"event": "dtmf", "dtmf": {"digit": "12"}}',
        '{"event": "mark", "mark": {}}',
        '{"event": "start", "start": {}}',
        '{"event": "stop", "sequenceNumber": "99999999999999999999"}',
        "[" * 100_000,
        '{"event": "media", "media": {"payload": "' + "A" * 200_000 + '"}}',
    ],
)
async def test_nonsense_is_borne_for_a_while_but_not_for_ever(message: str) -> None:
    async with streaming(RecordingTaker()) as (provider, taken):
        await provider.socket.send(message)
        await provider.socket.send(b"\x00\x01")
        await provider.say("dtmf", dtmf={"digit": "1"})
        await taken.until(lambda: taken.digits == "1")
        for _ in range(25):
            await provider.socket.send(message[:100])
        assert await taken.until_ended() == "error"


@pytest.mark.parametrize("first", ["media", "stop", "mark"])
async def test_a_stream_begins_with_its_start(first: str) -> None:
    async with twilio(RecordingTaker()) as address:
        provider = await Provider.connect(f"ws://{address}/twilio", SIGNED)
        await provider.say(first, media={"payload": "AAAA"}, mark={"name": "x"})
        assert await provider.until_closed() == 1008
        await provider.close()


async def test_closing_hangs_up_all() -> None:
    taker = RecordingTaker()
    transport = Twilio(taker, TwilioSettings(auth_token=TOKEN, public_url=PUBLIC))
    async with serving(transport.router) as address:
        providers = [await Provider.connect(f"ws://{address}/twilio", SIGNED) for _ in range(3)]
        for provider in providers:
            await provider.say("start", start=TWILIO_START)
        calls = [await taker.call() for _ in providers]
        await transport.close()
        assert [await call.until_ended() for call in calls] == ["hangup"] * 3
        await asyncio.gather(*(provider.close() for provider in providers))
