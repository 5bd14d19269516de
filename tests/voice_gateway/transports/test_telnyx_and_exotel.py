"""The near variants of Twilio's protocol: Telnyx and Exotel, over a real server."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.voice_gateway.transports.simulators.media_stream import Provider
from tests.voice_gateway.transports.simulators.serving import serving
from tests.voice_gateway.transports.simulators.taker import RecordingTaker, Taken
from tests.voice_gateway.transports.simulators.tones import frames, loudness, tone
from voice_gateway.codecs import A_LAW, MU_LAW
from voice_gateway.leg import Audio
from voice_gateway.transports.exotel import Exotel, ExotelSettings
from voice_gateway.transports.media_stream import Encoding, WireFormat
from voice_gateway.transports.telnyx import Telnyx, TelnyxSettings

TELNYX = {"x-telnyx-streaming-auth-token": "s3cret"}
EXOTEL = {"Authorization": "Basic " + base64.b64encode(b"key:s3cret").decode()}


@asynccontextmanager
async def telnyx(encoding: str, rate: int, send: WireFormat) -> AsyncIterator[tuple[Provider, Taken]]:
    taker = RecordingTaker()
    transport = Telnyx(taker, TelnyxSettings(stream_token="s3cret", send=send))
    async with serving(transport.router) as address:
        provider = await Provider.connect(f"ws://{address}/telnyx", TELNYX, stream_key="stream_id")
        await provider.say("connected", version="1.0.0")
        await provider.say(
            "start",
            sequence_number="1",
            start={
                "user_id": "u",
                "call_control_id": "v3:1",
                "from": "+4712345678",
                "to": "+4722222222",
                "tags": [],
                "client_state": None,
                "custom_parameters": {"customer": "c1", "nested": {}},
                "media_format": {"encoding": encoding, "sample_rate": rate, "channels": 1},
            },
        )
        yield provider, await taker.call()
        await provider.close()
        await transport.close()


@asynccontextmanager
async def exotel(rate: int) -> AsyncIterator[tuple[Provider, Taken]]:
    taker = RecordingTaker()
    transport = Exotel(taker, ExotelSettings(user="key", password="s3cret"))
    async with serving(transport.router) as address:
        provider = await Provider.connect(f"ws://{address}/exotel", EXOTEL, stream_key="stream_sid")
        await provider.say("connected")
        await provider.say(
            "start",
            sequence_number="1",
            start={
                "stream_sid": "MZ1",
                "call_sid": "CA9",
                "account_sid": "AC9",
                "from": "+919876543210",
                "to": "+918047491899",
                "custom_parameters": {"key1": "value1"},
                "media_format": {"encoding": "audio/x-raw", "sample_rate": str(rate), "bit_rate": "16"},
            },
        )
        yield provider, await taker.call()
        await provider.close()
        await transport.close()


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        ("PCMU", WireFormat("mulaw", 8000)),
        ("PCMA", WireFormat("alaw", 8000)),
        ("L16", WireFormat("l16-be", 16_000)),
    ],
)
async def test_telnyx_both_ways(encoding: str, wire: WireFormat) -> None:
    async with telnyx(encoding, wire.rate, WireFormat("mulaw", 8000)) as (provider, taken):
        info, rate = taken.leg.info, taken.leg.rate
        assert (info.call_id, info.caller, info.called) == ("v3:1", "+4712345678", "+4722222222")
        assert info.parameters == {"customer": "c1"}
        assert rate == wire.rate
        sound = [wire.encode(frame) for frame in frames(tone(440, 400, rate), rate)]
        for at in (0, 2, 1, *range(3, 20)):
            await provider.say_media(sound[at], chunk=at + 1, timestamp=at * 20, track="inbound")
            await provider.say_media(b"\x00" * 320, chunk=at + 1, timestamp=at * 20, track="outbound")
        await taken.until(lambda: len(taken.of(Audio)) == 20)
        assert not any(event.concealed for event in taken.of(Audio))
        assert loudness(taken.pcm, 440, rate) == pytest.approx(0.5, abs=0.02)

        for frame in frames(tone(620, 600, rate), rate):
            taken.leg.send(frame)
        taken.leg.mark("said")
        await taken.until(lambda: taken.marked == ["said"])
        heard = MU_LAW.decode(bytes(provider.media))
        assert loudness(heard[800:7200], 620, 8000) == pytest.approx(0.5, abs=0.03)
        await provider.say("dtmf", occurred_at="2026-01-01T00:00:00Z", dtmf={"digit": "5"})
        await taken.until(lambda: taken.digits == "5")
        await provider.say("stop", stop={"reason": "hangup"})
        assert await taken.until_ended() == "hangup"


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000])
async def test_exotel_both_ways_in_pieces_of_100_ms(rate: int) -> None:
    async with exotel(rate) as (provider, taken):
        info, ours = taken.leg.info, taken.leg.rate
        assert (info.call_id, info.caller, info.called) == ("CA9", "+919876543210", "+918047491899")
        assert ours == min(rate, 16_000)
        sound = tone(440, 600, rate)
        size = rate // 10 * 2
        for at in range(6):
            piece = sound[at * size : (at + 1) * size]
            await provider.say_media(piece, chunk=at + 1, timestamp=at * 100)
        await taken.until(lambda: len(taken.of(Audio)) >= 28)
        assert not any(event.concealed for event in taken.of(Audio))
        assert loudness(taken.pcm[6400:], 440, ours) == pytest.approx(0.5, abs=0.02)

        for frame in frames(tone(620, 600, ours), ours):
            taken.leg.send(frame)
        taken.leg.mark("said")
        await taken.until(lambda: taken.marked == ["said"])
        assert {len(piece) for piece in provider.pieces[:-1]} <= {size, *range(size, size + 1000)}
        assert loudness(bytes(provider.media)[size * 2 :], 620, rate) == pytest.approx(0.5, abs=0.03)
        await provider.say("stop", stop={"reason": "callended"})
        assert await taken.until_ended() == "hangup"


@pytest.mark.parametrize("encoding", ["mulaw", "alaw", "l16-le", "l16-be"])
def test_what_is_encoded_is_decoded(encoding: Encoding) -> None:
    wire = WireFormat(encoding, 8000)
    sound = tone(440, 100, 8000)
    assert loudness(wire.decode(wire.encode(sound)), 440, 8000) == pytest.approx(0.5, abs=0.01)
    assert A_LAW.encode(sound) != MU_LAW.encode(sound)


async def test_who_does_not_know_the_secret_is_refused() -> None:
    taker = RecordingTaker()
    routers = (
        Telnyx(taker, TelnyxSettings(stream_token="s3cret")).router,
        Exotel(taker, ExotelSettings(user="key", password="s3cret")).router,
    )
    async with serving(*routers) as address:
        for path, headers in (
            ("telnyx", {}),
            ("telnyx", {"x-telnyx-streaming-auth-token": "guess"}),
            ("exotel", {}),
            ("exotel", {"Authorization": "Basic !!!"}),
            ("exotel", {"Authorization": "Basic " + base64.b64encode(b"key:guess").decode()}),
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{address}/{path}", additional_headers=headers)
            assert refused.value.response.status_code == 403


async def test_without_a_secret_there_is_no_route() -> None:
    taker = RecordingTaker()
    assert Telnyx(taker, TelnyxSettings(stream_token=None)).router.routes == []
    assert Exotel(taker, ExotelSettings(user="key", password=None)).router.routes == []


@pytest.mark.parametrize(
    "media_format",
    [
        {"encoding": "OPUS", "sample_rate": 16_000},
        {"encoding": "PCMU", "sample_rate": 16_000},
        {"encoding": "L16", "sample_rate": 44_100},
        {"encoding": "L16"},
        {},
    ],
)
async def test_an_unknown_format_is_no_call(media_format: dict[str, Any]) -> None:
    taker = RecordingTaker()
    transport = Telnyx(taker, TelnyxSettings(stream_token="s3cret"))
    async with (
        serving(transport.router) as address,
        connect(f"ws://{address}/telnyx", additional_headers=TELNYX) as socket,
    ):
        start = {"call_control_id": "v3:1", "media_format": media_format}
        await socket.send(json.dumps({"event": "start", "stream_id": "S", "start": start}))
        await socket.wait_closed()
        assert socket.close_code == 1008
    assert taker.admitted == []
