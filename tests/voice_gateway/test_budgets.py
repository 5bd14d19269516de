"""Whoever fills the lines of one transport leaves those of another: by real sockets, without the voices."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.support.echo_calls import EchoCalls
from tests.voice_gateway.transports.simulators.browser import Browser
from tests.voice_gateway.transports.simulators.serving import serving
from tests.voice_gateway.transports.simulators.taker import RecordingTaker
from tests.voice_gateway.transports.test_sip import SETTINGS, calling, taking
from voice_gateway.limits import CallLimits, PeerRate
from voice_gateway.settings import Settings
from voice_gateway.transports.webrtc import WebRtc, WebRtcSettings


async def test_twenty_browsers_fill_their_lines_and_a_telephone_is_still_answered() -> None:
    settings = Settings(calls=20)
    calls = EchoCalls(echo=False)
    calls.limits = CallLimits(
        most_calls=settings.calls, most_a_minute=None, now=time.monotonic, lines=settings.lines()
    )
    browsers = WebRtc(
        calls,
        RecordingTaker(),
        WebRtcSettings(hosts=("127.0.0.1",)),
        tickets=None,
        questions=PeerRate(None, now=time.monotonic),
    )
    async with (
        serving(browsers.router) as address,
        taking(calls, SETTINGS) as transport,
        httpx.AsyncClient(timeout=30) as http,
    ):
        async with Browser.open() as browser:
            offer = await browser.offer()
        # Nobody stands behind these offers: they are half open, and take lines all the same.
        posts = (http.post(f"http://{address}/webrtc/offer", json=offer) for _ in range(20))
        answers = await asyncio.gather(*posts)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] * 10 + [503] * 10
        refused = [answer for answer in answers if answer.status_code == 503]
        assert {answer.headers["Retry-After"] for answer in refused} == {"10"}
        assert {answer.json()["code"] for answer in refused} == {"webrtc.refused"}
        with calling(transport) as telephone:
            assert (await telephone.call()).status == 200
            await calls.call()
        await browsers.close()
