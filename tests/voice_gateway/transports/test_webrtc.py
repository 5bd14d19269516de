"""Calls from a browser, and an agent's headset: real WebRTC on loopback, aiortc as the browser."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from tests.voice_gateway.transports.simulators.browser import Browser
from tests.voice_gateway.transports.simulators.serving import serving
from tests.voice_gateway.transports.simulators.taker import RecordingTaker
from tests.voice_gateway.transports.simulators.tones import frames, loudnesses, tone
from voice_gateway.clock import SystemClock
from voice_gateway.leg import Audio, Digit, Refusal
from voice_gateway.limits import PeerRate
from voice_gateway.pacer import Pacer
from voice_gateway.transports.ice import IceServer, IceServers
from voice_gateway.transports.tickets import TicketReader
from voice_gateway.transports.webrtc import WebRtc, WebRtcSettings
from voice_gateway.transports.webrtc_leg import MOST_QUEUED, OutgoingTrack, parse_channel_message

FULL = Refusal(503, "full", retry_after_s=7)
UNLIMITED = PeerRate(None, now=time.monotonic)
SITE = "https://shop.example.com"


@asynccontextmanager
async def webrtc(
    taker: RecordingTaker, *, api_token: str | None = "api", questions: PeerRate = UNLIMITED, **more: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    options = WebRtcSettings(**{"origins": (SITE,), "hosts": ("127.0.0.1",), **more})
    tickets = TicketReader(api_token) if api_token else None
    transport = WebRtc(taker, taker, options, tickets=tickets, questions=questions)
    async with serving(transport.router) as address, httpx.AsyncClient(timeout=20) as http:
        try:
            yield http, f"http://{address}/webrtc/offer"
        finally:
            await transport.close()


def ticket(**claims: Any) -> str:
    key = hmac.new(b"api", b"firstline voice ticket", hashlib.sha256).digest()
    who = {"conversation_id": "c1", "handoff_id": "h1", "agent_id": "a1", "agent_name": "Ada Berg"}
    once = {"jti": secrets.token_hex(8), "exp": time.time() + 60}
    return jwt.encode({"aud": "firstline-voice", **once, **who, **claims}, key)


async def test_a_tone_goes_both_ways_and_each_side_knows_where_it_stands() -> None:
    taker = RecordingTaker()
    async with webrtc(taker) as (http, url), Browser.open(tone(440, 1500, 16_000)) as browser:
        call_id = await browser.call(http, url, language="nb-NO")
        taken = await taker.call()
        info = taken.leg.info
        assert (info.transport, info.call_id, info.peer) == ("webrtc", call_id, "127.0.0.1")
        assert info.language == "nb"
        assert taken.leg.rate == 16_000
        await browser.until_told("connected")

        speech = deque(frames(tone(620, 1000, 16_000), 16_000))

        def say() -> None:
            if speech:
                taken.leg.send(speech.popleft())
                if not speech:
                    taken.leg.mark("said")

        pacer = Pacer(SystemClock())
        pacer.add(say)
        pacing = asyncio.create_task(pacer.run())
        await taken.until(lambda: taken.marked == ["said"])
        pacing.cancel()
        await taken.until(lambda: len(taken.of(Audio)) >= 75)
        await browser.until_heard(1400)
        # A busy machine may tear a piece off either; what is heard is as loud as it was said.
        for heard, hz in ((taken.pcm, 440), (bytes(browser.heard), 620)):
            windows = loudnesses(heard, hz, 16_000)
            assert max(windows) == pytest.approx(0.5, abs=0.03)
            assert sum(window > 0.3 for window in windows) >= 6
            assert max(loudnesses(heard, 1060 - hz, 16_000)) < 0.2

        browser.say({"digit": "5"})
        await taken.until(lambda: taken.digits == "5")
        taken.leg.hang_up()
        assert await browser.until_told("ended") == {"state": "ended", "reason": "hangup"}
        assert await taken.until_ended() == "hangup"
        assert taken.leg.reception().packets >= 65
    assert len(taker.admitted) == 1


async def test_an_agent_joins_with_a_ticket_and_is_not_counted_as_a_call() -> None:
    taker = RecordingTaker(refusal=Refusal(503, "full"))
    async with webrtc(taker) as (http, url), Browser.open() as browser:
        await browser.call(http, url, token=ticket())
        taken = await taker.call()
        assert taker.tickets[0].handoff_id == "h1"
        assert taker.tickets[0].agent_name == "Ada Berg"
        await browser.until_told("connected")
        for nonsense in ("", "{", "[]", b"\x00", json.dumps({"digit": "12"}), "[" * 900):
            browser.say(nonsense)
        browser.say({"hang_up": True})
        assert await taken.until_ended() == "hangup"
        await browser.until_told("ended")


async def test_a_browser_that_goes_away_ends_the_call() -> None:
    taker = RecordingTaker()
    async with webrtc(taker) as (http, url), Browser.open() as browser:
        await browser.call(http, url)
        taken = await taker.call()
        await browser.until_told("connected")
        await browser.close()
        assert await taken.until_ended() == "hangup"


async def test_a_browser_that_dies_is_missed() -> None:
    taker = RecordingTaker()
    async with webrtc(taker, gone_s=1.0) as (http, url), Browser.open() as browser:
        await browser.call(http, url)
        taken = await taker.call()
        await taken.until(lambda: bool(taken.of(Audio)))
        browser.die()
        assert await taken.until_ended() == "lost"


async def test_an_agent_who_says_nothing_stays_and_one_who_is_gone_is_missed_soon() -> None:
    taker = RecordingTaker()
    async with webrtc(taker, agent_gone_s=2.0) as (http, url), Browser.open() as browser:
        await browser.call(http, url, token=ticket())
        taken = await taker.call()
        await taken.until(lambda: bool(taken.of(Audio)))
        # No audio, as of a microphone that was pulled out; the browser still gives signs of life.
        browser.microphone.is_dead = True
        await asyncio.sleep(3.0)
        assert not taken.ended
        began = time.monotonic()
        browser.die()
        assert await taken.until_ended() == "lost"
        assert time.monotonic() - began < WebRtcSettings.gone_s, "sooner than a caller's browser"


async def test_a_ticket_lets_in_once() -> None:
    taker = RecordingTaker()
    async with webrtc(taker) as (http, url), Browser.open() as browser, Browser.open() as other:
        token = ticket()
        await browser.call(http, url, token=token)
        await taker.call()
        again = await http.post(url, json={**await other.offer(), "token": token})
        assert (again.status_code, again.json()["code"]) == (403, "ticket.used")
        assert len(taker.tickets) == 1


async def test_browsers_are_told_of_servers_and_only_agents_of_passwords_that_last() -> None:
    servers = [
        IceServer(url="stun:stun.test:3478"),
        IceServer(url="turn:turn.test:3478", user="desk", password=SecretStr("lasting")),
        IceServer(url="turns:turn.test:5349", secret=SecretStr("shared")),
    ]
    ice = IceServers(servers, valid_s=600, now=lambda: 1_700_000_000.9)
    # By: printf 1700000600:firstline | openssl dgst -sha1 -hmac shared -binary | base64
    soon_over = {
        "urls": "turns:turn.test:5349",
        "username": "1700000600:firstline",
        "credential": "zTdSsKhoOmmovzQ9sbCsuA5WP0Q=",
    }
    async with webrtc(RecordingTaker(), ice=ice) as (http, url):
        ask = url.replace("/offer", "/ice-servers")
        for_anyone = (await http.post(ask, json={}, headers={"Origin": SITE})).json()
        assert for_anyone == {"ice_servers": [{"urls": "stun:stun.test:3478"}, soon_over]}
        token = ticket()
        for _ in range(2):
            for_agents = (await http.post(ask, json={"token": token})).json()["ice_servers"]
            assert for_agents[1] == {
                "urls": "turn:turn.test:3478",
                "username": "desk",
                "credential": "lasting",
            }
            assert for_agents[2] == soon_over
        refused = await http.post(ask, json={"token": ticket(handoff_id="")})
        assert (refused.status_code, refused.json()["code"]) == (403, "ticket.invalid")
        refused = await http.post(ask, json={}, headers={"Origin": "https://evil.example"})
        assert refused.status_code == 403


async def test_who_asks_for_servers_too_often_is_told_when_they_may_and_agents_always_may() -> None:
    taker = RecordingTaker()
    rate = PeerRate(2, now=lambda: 0.0, spare_loopback=False)
    async with webrtc(taker, questions=rate) as (http, url):
        ask = url.replace("/offer", "/ice-servers")
        answers = [await http.post(ask, json={}, headers={"Origin": SITE}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == "webrtc.asked_too_often"
        assert answers[2].headers["retry-after"] == "60"
        assert answers[2].headers["access-control-allow-origin"] == SITE
        assert (await http.post(ask, json={"token": ticket()})).status_code == 200


@pytest.mark.parametrize(
    "server",
    [
        {"url": "http://turn.test"},
        {"url": "turn:turn.test", "password": "x"},
        {"url": "turn:turn.test", "user": "u", "password": "x", "secret": "y"},
    ],
)
def test_a_server_that_could_not_be_used_is_refused(server: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        IceServer.model_validate(server)


async def test_an_offer_whose_connection_never_comes_up_is_given_back() -> None:
    taker = RecordingTaker()
    async with webrtc(taker, connect_s=0.2) as (http, url), Browser.open() as browser:
        answer = await http.post(url, json=await browser.offer())
        assert answer.status_code == 200
        async with asyncio.timeout(5):
            while not taker.released:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert taker.released == taker.admitted
        assert taker.taken.empty()


async def test_refusals_have_their_status_and_a_mend() -> None:
    taker = RecordingTaker()
    async with webrtc(taker) as (http, url), Browser.open() as browser:
        offer = await browser.offer()
        for refusal in (Refusal(403, "no"), Refusal(429, "slow"), Refusal(486, "busy"), FULL):
            taker.refusal = refusal
            answer = await http.post(url, json=offer)
            assert answer.status_code == refusal.status
            assert answer.json()["message"] == refusal.reason
            assert answer.headers.get("retry-after") == ("7" if refusal is FULL else None)
            assert answer.json()["code"] == "webrtc.refused"
            assert answer.json()["hint"]
        for wrong in ("guess", ticket(aud="x"), ticket(exp=1)):
            answer = await http.post(url, json={**offer, "token": wrong})
            assert answer.status_code == 403
            assert answer.json()["code"].startswith("ticket.")
    async with webrtc(taker, api_token=None) as (http, url):
        answer = await http.post(url, json={**offer, "token": ticket()})
        assert answer.json()["code"] == "ticket.not_set_up"
    taker.refusal = None
    async with webrtc(taker, most_pending=0) as (http, url):
        answer = await http.post(url, json=offer)
        assert (answer.status_code, answer.json()["code"]) == (503, "webrtc.full")


AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"sdp": "v=0", "type": "answer"}',
        b'{"sdp": "", "type": "offer"}',
        b'{"sdp": "v=0", "type": "offer", "token": 7}',
        json.dumps({"sdp": "x" * 70_000, "type": "offer"}).encode(),
        b" " * 200_000,
        json.dumps({"sdp": "v=0\r\n", "type": "offer"}).encode(),
        json.dumps({"sdp": "v=0\r\n" + AUDIO, "type": "offer"}).encode(),
        json.dumps({"sdp": "v=0\r\n" + AUDIO * 2, "type": "offer"}).encode(),
        json.dumps({"sdp": AUDIO + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "type": "offer"}).encode(),
        json.dumps({"sdp": AUDIO + "a=candidate:1 1 udp 1 h 1 typ host\r\n" * 99, "type": "offer"}).encode(),
    ],
)
async def test_an_offer_that_cannot_be_answered_is_a_400(body: bytes) -> None:
    taker = RecordingTaker()
    async with webrtc(taker) as (http, url):
        answer = await http.post(url, content=body)
        assert answer.status_code == 400
        assert set(answer.json()) == {"code", "message", "hint"}
    assert taker.released == taker.admitted


async def test_only_pages_of_allowed_sites_may_call() -> None:
    taker = RecordingTaker(refusal=Refusal(486, "busy"))
    async with webrtc(taker) as (http, url), Browser.open() as browser:
        offer = await browser.offer()
        allowed = await http.post(url, json=offer, headers={"Origin": SITE})
        assert allowed.status_code == 486
        assert allowed.headers["access-control-allow-origin"] == SITE
        refused = await http.post(url, json=offer, headers={"Origin": "https://evil.example.com"})
        assert (refused.status_code, refused.json()["code"]) == (403, "webrtc.origin_not_allowed")
        assert "access-control-allow-origin" not in refused.headers
        own = await http.post(url, json=offer, headers={"Origin": url.removesuffix("/webrtc/offer")})
        assert own.status_code == 486
        asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
        assert (await http.options(url, headers=asked)).status_code == 204
        assert (await http.options(url, headers={**asked, "Origin": "null"})).status_code == 403


async def test_speech_is_never_late_and_silence_fills_what_is_missing() -> None:
    track = OutgoingTrack(SystemClock())
    marks: list[str] = []
    for at in range(6):
        track.after(lambda at=at: marks.append(str(at)))
        track.put(bytes([at]) * 640)
    assert [bytes((await track.recv()).planes[0])[0] for _ in range(4)] == [3, 4, 5, 0]
    assert marks == ["0", "1", "2", "3", "4", "5"]
    for _ in range(MOST_QUEUED):
        track.put(b"\x01" * 640)
    track.clear()
    assert bytes((await track.recv()).planes[0])[0] == 0


@given(st.text(max_size=50) | st.binary(max_size=20))
def test_any_channel_message_is_borne(message: str | bytes) -> None:
    assert parse_channel_message(message) is None


def test_what_a_page_says() -> None:
    assert parse_channel_message('{"digit": "#"}') == Digit("#")
    assert parse_channel_message('{"hang_up": true}') == "hang_up"
    assert parse_channel_message('{"hang_up": 1}') is None
    assert parse_channel_message('{"digit": ""}') is None


sdp_lines = st.sampled_from(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        "a=fingerprint:sha-256 " + ":".join(["AA"] * 32),
        "a=setup:actpass",
        "a=rtpmap:111 opus/48000/2",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=candidate:1 1 udp 1 127.0.0.1 9 typ host",
        "a=candidate:",
        "a=ssrc:x",
        "a=fmtp:",
        "m=audio",
    ]
)


@settings(max_examples=20, deadline=None)
@given(st.lists(sdp_lines | st.text(max_size=30), max_size=25))
async def test_any_sdp_is_answered_or_a_400(lines: list[str]) -> None:
    taker = RecordingTaker()
    options = WebRtcSettings(hosts=("127.0.0.1",), connect_s=0.01)
    transport = WebRtc(taker, taker, options, tickets=TicketReader("api"), questions=UNLIMITED)
    app = FastAPI()
    app.include_router(transport.router)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")
    answer = await http.post("/webrtc/offer", json={"sdp": "\r\n".join(lines) or "x", "type": "offer"})
    assert answer.status_code in (200, 400)
    await transport.close()
    await http.aclose()
    assert taker.released == taker.admitted
