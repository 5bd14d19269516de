"""Where an offer can have the gateway send packets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from ipaddress import ip_network
from itertools import count

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voice_gateway.transports.simulators.browser import Browser
from tests.voice_gateway.transports.simulators.taker import RecordingTaker
from tests.voice_gateway.transports.test_webrtc import webrtc
from voice_gateway.addresses import is_public, read_address
from voice_gateway.transports import webrtc as webrtc_module
from voice_gateway.transports.webrtc import WebRtcSettings
from voice_gateway.transports.webrtc_candidates import MOST_TRIED, Reach, screened

LINE = "a=candidate:1 1 udp 2122260223 {} 50000 typ host"
STRICT = Reach()
HEAD = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 10.0.0.1", "a=mid:0"]


def candidates(*lines: str, reach: Reach = STRICT) -> list[str]:
    """The addresses that are tried."""
    kept = screened("\r\n".join([*HEAD, *lines]), reach).splitlines()
    return [line.split()[4] for line in kept if line.startswith("a=candidate")]


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.168.1.1",
        "224.0.0.251",
        "0.0.0.0",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::fb",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:0:a00:1::",
        "localhost",
        "b2c9c5e0-2d41-4d3a-8b5c-1d3b7a0f8a11.local",
        "example.org",
        "0x7f000001",
        "2130706433",
        "[::1]",
    ],
)
def test_addresses_inside_and_names_are_not_tried(host: str) -> None:
    assert candidates(LINE.format(host), LINE.format("8.8.8.8")) == ["8.8.8.8"]


@pytest.mark.parametrize(
    "line",
    [
        LINE.format("8.8.8.8").replace("50000", "53"),
        LINE.format("8.8.8.8").replace("50000", "70000"),
        LINE.format("8.8.8.8").replace("50000", "-1"),
        LINE.format("8.8.8.8").replace("50000", "\u0665\u0660\u0660\u0660"),
        LINE.format("8.8.8.8").replace("udp", "tcp"),
        LINE.format("8.8.8.8").replace(":1 1 ", ":1 2 "),
        "a=candidate:",
        "a=candidate",
    ],
)
def test_what_no_browser_writes_is_not_tried(line: str) -> None:
    assert candidates(line) == []


def test_an_operator_says_where_else_browsers_are() -> None:
    reach = Reach(
        allowed=[ip_network("10.1.0.0/16"), ip_network("fd00::/8")], refused=[ip_network("8.8.0.0/16")]
    )
    hosts = ["10.1.2.3", "10.2.2.3", "fd00::5", "8.8.8.8", "9.9.9.9"]
    assert candidates(*map(LINE.format, hosts), reach=reach) == ["10.1.2.3", "fd00::5", "9.9.9.9"]
    reach = Reach(everywhere=True)
    assert candidates(*map(LINE.format, ["127.0.0.1", "10.2.2.3", "a.local"]), reach=reach) == [
        "127.0.0.1",
        "10.2.2.3",
    ]


def test_who_asks_may_be_sent_to_where_they_asked_from() -> None:
    hosts = ["10.1.2.3", "10.1.2.4", "127.0.0.1"]
    assert candidates(*map(LINE.format, hosts), reach=Reach(own="10.1.2.3")) == ["10.1.2.3"]
    assert candidates(*map(LINE.format, hosts), reach=Reach(own="127.0.0.1")) == []
    assert WebRtcSettings(hosts=("127.0.0.1",)).reach("127.0.0.1").everywhere
    assert not WebRtcSettings(hosts=("127.0.0.1",)).reach("203.0.113.9").everywhere
    assert not WebRtcSettings(hosts=("10.0.0.1",)).reach("127.0.0.1").everywhere
    assert not WebRtcSettings(hosts=None).reach("127.0.0.1").everywhere


def test_few_are_tried_and_each_once() -> None:
    many = [LINE.format(f"8.8.8.{number}") for number in range(1, 60)]
    assert len(candidates(*many, *many)) == MOST_TRIED
    assert candidates(many[0], many[0]) == ["8.8.8.1"]


def test_the_rest_of_an_offer_stays_but_for_addresses() -> None:
    more = ["a=rtcp:9 IN IP4 10.0.0.1", "a=end-of-candidates", "a=rtcp-mux"]
    related = LINE.format("8.8.8.8").replace("host", "srflx raddr 10.0.0.1 rport 5 generation 0")
    assert screened("\n".join([*HEAD, *more, related]), STRICT).splitlines() == [
        "v=0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=rtcp-mux",
        "a=candidate:1 1 udp 2122260223 8.8.8.8 50000 typ srflx",
    ]


@given(
    st.lists(
        st.sampled_from([LINE, "a=candidate:{}", "a=candidate {}", " a=candidate:{}"]) | st.text(max_size=40)
    ),
    st.text(),
)
def test_whatever_is_written_only_public_addresses_are_tried(lines: list[str], host: str) -> None:
    given_ = "\r\n".join(line.replace("{}", host) for line in lines)
    for line in screened(given_, STRICT).splitlines():
        if line.startswith("a=candidate"):
            address = read_address(line.split()[4])
            assert address is not None
            assert is_public(address)


async def test_no_packet_goes_where_an_offer_says_unless_browsers_may_be_there() -> None:
    """By the real route, and with real sockets: those of the loopback stand for the operator's network."""
    for allowed in (False, True):
        networks = [ip_network("127.0.0.0/8")] if allowed else []
        taker = RecordingTaker()
        with ExitStack() as stack:
            inside = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            inside.bind(("127.0.0.1", 0))
            inside.setblocking(False)
            port = inside.getsockname()[1]
            # Not the loopback alone: so this is no gateway that somebody tries out on their own machine.
            async with (
                webrtc(taker, hosts=("127.0.0.1", "0.0.0.0"), allowed_networks=networks, connect_s=0.8) as (
                    http,
                    url,
                ),
                Browser.open() as browser,
            ):
                offer = await browser.offer()
                lines = [line for line in offer["sdp"].splitlines() if not line.startswith("a=candidate")]
                lines.append(f"a=candidate:1 1 udp 2122260223 127.0.0.1 {port} typ host")
                body = {**offer, "sdp": "\r\n".join([*lines, ""])}
                assert (await http.post(url, json=body)).status_code == 200
                receiving = asyncio.get_running_loop().sock_recv(inside, 2000)
                if allowed:
                    assert await asyncio.wait_for(receiving, 5)
                else:
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(receiving, 0.6)


async def test_offers_that_never_connect_are_let_go_and_keep_no_agent_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.voice_gateway.transports.test_webrtc import ticket

    monkeypatch.setattr(webrtc_module, "RETRY_WHEN_FULL_S", 3)
    taker = RecordingTaker()
    async with webrtc(taker, most_pending=2, connect_s=1.5) as (http, url):
        bodies = []
        for _ in range(3):
            async with Browser.open() as browser:
                bodies.append(await browser.offer())
        answers = [await http.post(url, json=body) for body in bodies]
        assert [answer.status_code for answer in answers] == [200, 200, 503]
        assert answers[-1].headers["Retry-After"] == "3"
        async with Browser.open() as agent:
            await agent.call(http, url, token=ticket())
            await agent.until_told("connected")
        async with asyncio.timeout(10):
            for _ in count():
                if len(taker.released) == 2:
                    break
                await asyncio.sleep(0.05)
        assert (await _again(http, url)).status_code == 200


async def _again(http: httpx.AsyncClient, url: str) -> httpx.Response:
    async with Browser.open() as browser:
        return await http.post(url, json=await browser.offer())
