"""The SIP transport by single datagrams: what it refuses, what it survives, and how it answers again."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network

import pytest
from aiosipua import parse_sdp
from aiosipua.auth import SipDigestAuth, build_credentials
from aiosipua.headers import parse_auth, stringify_auth
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.support.calls import VirtualClock
from tests.support.echo_calls import EchoCalls
from voice_gateway.errors import VoiceError
from voice_gateway.leg import Digit, Ended, Held, Refusal, TransferProgress
from voice_gateway.limits import CallLimits
from voice_gateway.settings import Settings
from voice_gateway.transports import rtp_packet, sip_sdp
from voice_gateway.transports.sip import SipSettings, SipTransport
from voice_gateway.transports.sip_auth import MOST_FAILURES, DigestGate, Verdict

SETTINGS = SipSettings(
    port=0, rtp_ports=(38_000, 38_999), codecs=("PCMU", "PCMA", "G722"), transfer_host="example.org"
)
GATEWAY = "sip:ivr@127.0.0.1"


def sdp(port: int = 4000, *, formats: str = "0 101", address: str = "127.0.0.1", more: str = "") -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{more}"
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, list[str]]
    body: str

    @classmethod
    def parse(cls, text: str) -> Answer:
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        status = int(start.split()[1]) if start.startswith("SIP/2.0 ") else 0
        return cls(status, {"": [start], **headers}, body)

    def get(self, name: str) -> str:
        return self.headers[name.lower()][0]


class Caller:
    """Datagrams of one caller, written by hand."""

    def __init__(self, target: tuple[str, int], host: str = "127.0.0.1") -> None:
        self._target = target
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.media.bind(("127.0.0.1", 0))
        self.media.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.media_port: int = self.media.getsockname()[1]
        self.call_id = f"{self.port}-{random.getrandbits(32)}"
        self.to = f"<{GATEWAY}>"
        self.sequence = 0
        self.branch = ""

    def write(self, method: str, *, body: str = "", again: bool = False, more: str = "") -> str:
        if not again and method not in ("ACK", "CANCEL"):
            self.sequence += 1
            self.branch = f"z9hG4bK{random.getrandbits(48)}"
        kind = "" if not body or "Content-Type" in more else "Content-Type: application/sdp\r\n"
        return (
            f"{method} {GATEWAY} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={self.branch};rport\r\n"
            f"From: <sip:alice@example.org>;tag=a1\r\nTo: {self.to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {self.sequence} {method}\r\nContact: <sip:alice@127.0.0.1:{self.port}>\r\n"
            f"Max-Forwards: 70\r\n{more}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def send(self, data: str | bytes) -> None:
        self.socket.sendto(data.encode() if isinstance(data, str) else data, self._target)

    async def receive(self, within_s: float = 3.0) -> Answer:
        data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.socket, 65_535), within_s)
        return Answer.parse(data.decode())

    async def final(self) -> Answer:
        while (answer := await self.receive()).status < 200:
            assert answer.status > 0, answer
        return answer

    async def ask(self, method: str, *, body: str = "", more: str = "") -> Answer:
        self.send(self.write(method, body=body, more=more))
        return await self.final()

    async def call(self, *, body: str | None = None, more: str = "") -> Answer:
        answer = await self.ask("INVITE", body=sdp(self.media_port) if body is None else body, more=more)
        if answer.status == 200:
            self.to = answer.get("To")
            self.send(self.write("ACK"))
        return answer

    async def asked(self) -> Answer:
        """The next request of the gateway."""
        while (request := await self.receive()).status:
            pass
        return request

    def reply(self, request: Answer, status: str, *, more: str = "") -> None:
        lines = [f"SIP/2.0 {status}"]
        lines += [f"{name}: {request.get(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        self.send("\r\n".join(lines) + f"\r\n{more}Content-Length: 0\r\n\r\n")


@contextmanager
def calling(transport: SipTransport, host: str = "127.0.0.1") -> Iterator[Caller]:
    caller = Caller(transport.address, host)
    try:
        yield caller
    finally:
        caller.socket.close()
        caller.media.close()


@asynccontextmanager
async def taking(calls: EchoCalls, settings: SipSettings = SETTINGS) -> AsyncIterator[SipTransport]:
    transport = SipTransport(settings)
    await transport.start(calls)
    try:
        yield transport
    finally:
        await transport.stop()


@pytest.fixture
def calls() -> EchoCalls:
    return EchoCalls()


@pytest.fixture
async def transport(calls: EchoCalls) -> AsyncIterator[SipTransport]:
    async with taking(calls) as running:
        yield running


@pytest.fixture
def caller(transport: SipTransport) -> Iterator[Caller]:
    with calling(transport) as made:
        yield made


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def test_an_answer_has_what_a_proxy_and_a_telephone_need(caller: Caller, calls: EchoCalls) -> None:
    routes = ["<sip:127.0.0.1:5070;r2=on;lr>", "<sip:127.0.0.1:5061;transport=tls;r2=on;lr>"]
    recorded = "".join(f"Record-Route: {route}\r\n" for route in routes)
    answer = await caller.call(more=f"{recorded}X-Campaign: spring\r\nUser-to-User: 616263\r\n")
    assert answer.status == 200
    assert answer.headers["record-route"] == routes
    assert "INVITE" in answer.get("Allow")
    audio = parse_sdp(answer.body).audio
    assert audio is not None
    assert audio.formats == ["0", "101"]
    info = (await calls.call()).leg.info
    assert (info.transport, info.peer, info.caller, info.called) == ("sip", "127.0.0.1", "alice", "ivr")
    assert info.parameters == {"X-Campaign": "spring", "User-to-User": "616263"}


async def test_what_comes_again_is_answered_again_and_done_once(caller: Caller, calls: EchoCalls) -> None:
    invite = caller.write("INVITE", body=sdp(caller.media_port))
    for _ in range(3):
        caller.send(invite)
    tags = {(await caller.final()).get("To") for _ in range(2)}
    assert len(tags) == 1
    caller.to = tags.pop()
    caller.send(caller.write("ACK"))
    assert len(calls.admitted) == 1
    bye = caller.write("BYE")
    caller.send(bye)
    while "BYE" not in (answer := await caller.final()).get("CSeq"):
        pass
    caller.send(bye)
    assert (answer.status, (await caller.final()).status) == (200, 200)


async def test_what_we_ask_is_asked_again_until_it_is_answered(caller: Caller, calls: EchoCalls) -> None:
    await caller.call()
    call = await calls.call()
    call.leg.hang_up("done")
    first, second = await caller.asked(), await caller.asked()
    assert first.get("CSeq") == second.get("CSeq") == "1 BYE"
    caller.reply(second, "200 OK")
    with pytest.raises(TimeoutError):
        await caller.receive(within_s=1.3)


async def test_goodbye_waits_for_the_acknowledgement(
    caller: Caller, calls: EchoCalls, transport: SipTransport
) -> None:
    answer = await caller.ask("INVITE", body=sdp(caller.media_port))
    leg = transport._legs[caller.call_id]
    events: list[object] = []
    leg.listen(events.append)
    leg.hang_up("done")
    caller.to = answer.get("To")
    assert (await caller.receive(within_s=2)).status == 200
    caller.send(caller.write("ACK"))
    assert "BYE" in (await caller.asked()).get("")
    assert events == [Ended("done")]
    await until(lambda: calls.released == calls.admitted)
    assert calls.calls == [], "who has gone is not talked to"


async def test_whoever_does_not_acknowledge_gets_no_audio(caller: Caller, calls: EchoCalls) -> None:
    """Who forges an address could have us talk for half a minute to whomever their offer names."""
    answer = await caller.ask("INVITE", body=sdp(caller.media_port))
    assert answer.status == 200
    # As our answer has come twice, more than half a second has passed.
    assert (await caller.receive(within_s=2)).status == 200
    assert calls.calls == []
    with pytest.raises(BlockingIOError):
        caller.media.recv(2000)
    caller.to = answer.get("To")
    caller.send(caller.write("ACK"))
    call = await calls.call()
    call.leg.send(b"\0" * 320)
    assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(caller.media, 2000), 3)


@pytest.mark.parametrize(
    ("origin", "media", "at_once"),
    [
        ("198.51.100.1", "127.0.0.1", True),
        ("8.8.8.8", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
async def test_nobody_outside_has_audio_sent_inside(
    calls: EchoCalls, origin: str, media: str, at_once: bool
) -> None:
    # The proxy is at another address of the loopback than the media.
    peers = (ip_network("127.0.0.0/8"),)
    proxies = (ip_network("127.0.0.2/32"),)
    networks = (ip_network("127.0.0.1/32"),) if origin.startswith("198") else ()
    settings = replace(SETTINGS, peers=peers, proxies=proxies, media_networks=networks)
    async with taking(calls, settings) as transport:
        with calling(transport, "127.0.0.2" if origin != "127.0.0.1" else origin) as caller:
            caller.send(via(caller, f"x.invalid;received={origin}"))
            answer = await caller.final()
            assert answer.status == 200
            caller.to = answer.get("To")
            caller.send(caller.write("ACK"))
            call = await calls.call()
            call.leg.send(b"\0" * 320)
            loop = asyncio.get_running_loop()
            if not at_once:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(loop.sock_recv(caller.media, 2000), 0.3)
                # Whoever is heard from is answered, as a caller behind a router.
                port = parse_sdp(answer.body).rtp_address
                assert port is not None
                packet = rtp_packet.build(
                    b"\xff" * 160, payload_type=0, marker=False, sequence=1, timestamp=160, ssrc=5
                )
                caller.media.sendto(packet, port)
                await call.hears(20)
                call.leg.send(b"\0" * 320)
            assert await asyncio.wait_for(loop.sock_recv(caller.media, 2000), 3)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (sdp(formats="18 101"), 488),
        (sdp(0), 488),
        (sdp(70_000), 488),
        (sdp(address="239.1.2.3"), 488),
        (sdp(address="caller.example.org"), 488),
        (sdp().replace("RTP/AVP", "RTP/SAVP"), 488),
        (sdp().replace("m=audio", "m=video"), 488),
        ("", 488),
        ("v=x\r\n", 400),
        (sdp(more="a=rtpmap:x y\r\n"), 400),
        ("v=0\r\n" + "a=x\r\n" * 3000, 400),
    ],
)
async def test_offers_that_nobody_could_take(
    caller: Caller, calls: EchoCalls, body: str, status: int
) -> None:
    assert (await caller.call(body=body)).status == status
    assert calls.released == calls.admitted
    assert (await caller_again(caller)).status == 200


async def caller_again(caller: Caller) -> Answer:
    caller.call_id += "x"
    return await caller.call()


@pytest.mark.parametrize(("status", "sent"), [(486, 486), (503, 503), (429, 503), (403, 403)])
async def test_refusals(caller: Caller, calls: EchoCalls, status: int, sent: int) -> None:
    calls.refusal = Refusal(status, "No")
    answer = await caller.call()
    assert answer.status == sent
    assert "retry-after" not in answer.headers


async def test_a_refusal_that_passes_says_when_to_try_again(calls: EchoCalls) -> None:
    now = [0.0]
    calls.limits = CallLimits(most_calls=2, most_a_minute=1, now=lambda: now[0], spare_loopback=False)
    async with taking(calls) as transport:
        with calling(transport) as first, calling(transport) as second:
            assert (await first.call()).status == 200
            now[0] = 17.5
            answer = await second.call()
            assert (answer.status, answer.get("Retry-After")) == (503, "43")
            now[0] = 60.0
            assert (await second.call()).status == 200
        with calling(transport) as third:
            answer = await third.call()
            assert (answer.status, answer.get("Retry-After")) == (503, "10")


async def test_a_flood_from_one_address_leaves_a_line_for_another(calls: EchoCalls) -> None:
    lines = Settings(calls=8).lines()
    calls.limits = CallLimits(most_calls=8, most_a_minute=None, now=lambda: 0.0, lines=lines)
    settings = replace(SETTINGS, proxies=(ip_network("127.0.0.0/8"),))
    async with taking(calls, settings) as transport:
        statuses: list[int] = []
        with calling(transport) as flooder:
            for number in range(40):
                flooder.call_id = f"flood-{number}"
                flooder.send(via(flooder, "x.invalid;received=198.51.100.1"))
                answer = await flooder.final()
                statuses.append(answer.status)
                assert answer.status == 200 or answer.get("Retry-After") == "10"
            with calling(transport) as other:
                other.send(via(other, "x.invalid;received=198.51.100.2"))
                assert (await other.final()).status == 200
    assert statuses == [200] * 6 + [503] * 34


async def test_who_floods_is_not_listened_to_and_another_is_answered(calls: EchoCalls) -> None:
    async with taking(calls) as transport:
        with calling(transport) as flooder, calling(transport) as caller:
            for number in range(2000):
                flooder.call_id = f"flood-{number}"
                flooder.send(flooder.write("INVITE", body="v=x\r\n"))
                if number % 100 == 99:
                    await asyncio.sleep(0)
            assert (await caller.call()).status == 200
            await until(lambda: transport._wire.dropped > 1000)


def via(caller: Caller, *sent_by: str) -> str:
    """What a caller sends through a proxy, which writes these Vias under its own."""
    own, *rest = caller.write("INVITE", body=sdp(caller.media_port)).split("\r\nFrom:", 1)
    vias = [f"Via: SIP/2.0/TLS {each};branch=z9hG4bKx" for each in sent_by]
    return "\r\n".join([own, *vias, f"From:{rest[0]}"])


async def test_callers_behind_a_proxy_are_told_apart(calls: EchoCalls) -> None:
    calls.limits = CallLimits(most_calls=9, most_a_minute=1, now=lambda: 0.0)
    settings = replace(SETTINGS, proxies=(ip_network("127.0.0.0/8"), ip_network("192.0.2.0/24")))
    answers = []
    async with taking(calls, settings) as transport:
        for vias in (
            ["x.invalid;received=198.51.100.1"],
            ["x.invalid;received=198.51.100.1", "127.0.0.1"],
            ["198.51.100.2:5061"],
            ["192.0.2.9", "x.invalid;received=198.51.100.2"],
            # What a proxy would not write: these count as one.
            ["x.invalid"],
            ['198.51.100.3;y=";received=127.0.0.1"'],
        ):
            with calling(transport) as caller:
                caller.send(via(caller, *vias))
                answers.append((await caller.final()).status)
    assert answers == [200, 503, 200, 503, 200, 503]
    assert [info.peer for info in calls.admitted] == ["198.51.100.1", "198.51.100.2", "unknown"]


async def test_without_a_trusted_proxy_a_caller_is_who_sends(calls: EchoCalls) -> None:
    async with taking(calls) as transport:
        with calling(transport) as caller:
            caller.send(via(caller, "x.invalid;received=198.51.100.1"))
            assert (await caller.final()).status == 200
    assert [info.peer for info in calls.admitted] == ["127.0.0.1"]


async def test_only_peers_may_call(calls: EchoCalls) -> None:
    settings = replace(SETTINGS, peers=(ip_network("192.0.2.0/24"),))
    async with taking(calls, settings) as transport:
        with calling(transport) as stranger:
            assert (await stranger.call()).status == 403
            stranger.send(stranger.write("OPTIONS"))
            with pytest.raises(TimeoutError):
                await stranger.receive(within_s=0.2)
        assert calls.admitted == []


async def test_unfinished_calls_are_bounded(calls: EchoCalls) -> None:
    async with taking(calls, replace(SETTINGS, most_pending=3)) as transport:
        with calling(transport) as caller:
            statuses = []
            for number in range(5):
                caller.call_id = f"flood-{number}"
                statuses.append((await caller.ask("INVITE", body=sdp())).status)
            assert statuses == [200, 200, 200, 503, 503]


async def test_a_cancel_that_comes_too_late_changes_nothing(caller: Caller, calls: EchoCalls) -> None:
    answer = await caller.ask("INVITE", body=sdp(caller.media_port))
    caller.send(caller.write("CANCEL"))
    while "CANCEL" not in (cancelled := await caller.final()).get("CSeq"):
        pass
    assert cancelled.status == 200
    caller.to = answer.get("To")
    caller.send(caller.write("ACK"))
    assert (await caller.ask("BYE")).status == 200
    assert (await (await calls.call()).event(Ended)).reason == "hangup"


async def test_requests_of_no_call(caller: Caller, calls: EchoCalls) -> None:
    options = await caller.ask("OPTIONS")
    assert options.status == 200
    offered = parse_sdp(options.body).audio
    assert offered is not None
    assert offered.formats == ["0", "8", "9", "101"]
    assert (await caller.ask("REGISTER")).status == 405
    assert (await caller.ask("BYE")).status == 481
    assert (await caller.ask("INFO")).status == 481
    caller.to += ";tag=unknown"
    assert (await caller.ask("INVITE", body=sdp())).status == 481
    assert calls.admitted == []


async def test_hold_by_any_means(caller: Caller, calls: EchoCalls) -> None:
    await caller.call()
    call = await calls.call()
    for more, address, answered in (
        ("a=sendonly\r\n", "127.0.0.1", "recvonly"),
        ("a=inactive\r\n", "127.0.0.1", "inactive"),
        ("", "0.0.0.0", "inactive"),
    ):
        for method in ("INVITE", "UPDATE"):
            held = await caller.ask(method, body=sdp(caller.media_port, more=more, address=address))
            assert f"a={answered}" in held.body
            if method == "INVITE":
                caller.send(caller.write("ACK"))
                assert (await call.event(Held)).held
                call.leg.send(bytes(320))
        resumed = await caller.ask("INVITE", body=sdp(caller.media_port))
        caller.send(caller.write("ACK"))
        assert "a=sendrecv" in resumed.body
        assert not (await call.event(Held)).held
    caller.media.setblocking(False)
    with pytest.raises(BlockingIOError):
        caller.media.recv(100)
    # An offer that nobody could take leaves the call as it was; one that is asked for tells how it is.
    assert (await caller.ask("INVITE", body=sdp(formats="8"))).status == 488
    caller.send(caller.write("ACK"))
    again = await caller.ask("INVITE")
    caller.send(caller.write("ACK"))
    assert (again.status, "a=sendrecv" in again.body) == (200, True)
    call.leg.send(bytes(320))
    await until(lambda: _has_data(caller.media))


def _has_data(bound: socket.socket) -> bool:
    try:
        return bool(bound.recv(2000))
    except BlockingIOError:
        return False


async def test_keys_in_signalling(caller: Caller, calls: EchoCalls) -> None:
    await caller.call()
    call = await calls.call()
    relay = "Content-Type: application/dtmf-relay\r\n"
    assert (await caller.ask("INFO", body="Signal=5\r\nDuration=160\r\n", more=relay)).status == 200
    assert (await caller.ask("INFO", body="#", more="Content-Type: application/dtmf\r\n")).status == 200
    assert [(await call.event(Digit)).digit for _ in range(2)] == ["5", "#"]
    assert (await caller.ask("INFO", body="Signal=flash\r\n", more=relay)).status == 415


async def test_a_transfer_names_the_conversation(caller: Caller, calls: EchoCalls) -> None:
    await caller.call()
    call = await calls.call()
    call.leg.transfer("+4722334455", context_id="c-48213")
    refer = await caller.asked()
    context = b"c-48213".hex()
    assert refer.get("Refer-To") == f"<sip:+4722334455@example.org?User-to-User={context}%3Bencoding%3Dhex>"
    assert refer.get("User-to-User") == f"{context};encoding=hex"
    assert refer.get("Referred-By") == f"<{GATEWAY}>"
    caller.reply(refer, "202 Accepted")
    for status in ("100 Trying", "486 Busy Here"):
        notify = "Event: refer\r\nContent-Type: message/sipfrag\r\n"
        assert (await caller.ask("NOTIFY", body=f"SIP/2.0 {status}\r\n", more=notify)).status == 200
    assert [(await call.event(TransferProgress)).status for _ in range(2)] == [100, 486]
    call.leg.transfer("sip:desk@127.0.0.1:5090;user=phone", context_id="c1")
    caller.reply(await caller.asked(), "405 Method Not Allowed")
    assert (await call.event(TransferProgress)).status == 405
    # Nobody transfers us.
    assert (await caller.ask("REFER", more="Refer-To: <sip:x@127.0.0.1>\r\n")).status == 501


async def test_session_timers_are_kept_with_those_who_know_them(caller: Caller) -> None:
    timers = "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n"
    answer = await caller.call(more=timers)
    assert answer.get("Session-Expires") == "600;refresher=uac"
    assert (await caller.ask("UPDATE", more=timers)).status == 200
    with_none = await caller_again_without_tag(caller)
    assert "session-expires" not in with_none.headers


async def caller_again_without_tag(caller: Caller) -> Answer:
    caller.call_id += "y"
    caller.to = f"<{GATEWAY}>"
    return await caller.call()


async def test_too_short_a_session_timer_is_refused_and_releases_the_call(
    caller: Caller, calls: EchoCalls
) -> None:
    assert (await caller.call(more="Supported: timer\r\nSession-Expires: 30\r\n")).status == 422
    assert calls.released == calls.admitted


async def test_a_caller_whose_audio_stays_away_is_lost(calls: EchoCalls) -> None:
    async with taking(calls, replace(SETTINGS, silent_for_s=0.5)) as transport:
        with calling(transport) as caller:
            await caller.call()
            assert (await (await calls.call()).event(Ended)).reason == "lost"
            assert "BYE" in (await caller.asked()).get("")


async def test_every_port_taken(calls: EchoCalls) -> None:
    async with taking(calls, replace(SETTINGS, rtp_ports=(39_000, 39_001))) as transport:
        with calling(transport) as first, calling(transport) as second:
            assert (await first.call()).status == 200
            assert (await second.call()).status == 503
            assert len(calls.released) == 1
            await first.ask("BYE")
            second.call_id += "z"
            assert (await second.call()).status == 200


async def test_stopping_says_goodbye(calls: EchoCalls) -> None:
    async with taking(calls) as transport:
        caller = Caller(transport.address)
        await caller.call()
        call = await calls.call()
    assert "BYE" in (await caller.asked()).get("")
    assert (await call.event(Ended)).reason == "shutdown"
    caller.socket.close()
    caller.media.close()


def test_an_address_that_nobody_reaches_is_refused() -> None:
    with pytest.raises(VoiceError, match="ADVERTISED"):
        SipSettings(host="0.0.0.0")
    assert SipSettings(host="0.0.0.0", advertised="192.0.2.7").advertised == "192.0.2.7"


# Garbage


MESSAGES = ["INVITE", "BYE", "ACK", "CANCEL", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY", "PRACK"]


def mutate(rng: random.Random, data: bytes) -> bytes:
    spoiled = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(spoiled))
        match rng.randrange(4):
            case 0:
                spoiled[at] = rng.randrange(256)
            case 1:
                del spoiled[at : at + rng.randrange(1, 30)]
            case 2:
                spoiled[at:at] = rng.randbytes(rng.randrange(1, 20))
            case _:
                spoiled[at:at] = rng.choice([b"\r\n", b";", b"<", b"99999999999", b"-1", b":", b"\0", b'"'])
        if not spoiled:
            return b"x"
    return bytes(spoiled)


async def test_a_call_goes_on_amid_garbage(
    transport: SipTransport, calls: EchoCalls, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(48213)
    with calling(transport) as caller, calling(transport) as attacker:
        await caller.call()
        call = await calls.call()
        port = parse_sdp((await _renewed(caller)).body).rtp_address
        assert port is not None
        # Whoever knows its tags is of the call; a stranger knows its Call-ID at most.
        attacker.call_id = caller.call_id
        for number in range(600):
            method = rng.choice(MESSAGES)
            body = sdp(rng.randrange(70_000)) if rng.random() < 0.5 else ""
            more = rng.choice(["", "Supported: timer\r\nSession-Expires: x\r\n", "Via: SIP/2.0/UDP [::1\r\n"])
            attacker.send(mutate(rng, attacker.write(method, body=body, more=more).encode()))
            attacker.send(rng.randbytes(rng.randrange(1, 200)))
            packet = rtp_packet.build(
                b"\xff" * 160, payload_type=0, marker=False, sequence=number, timestamp=number * 160, ssrc=5
            )
            caller.media.sendto(packet, port)
            attacker.media.sendto(mutate(rng, packet), port)
            if number % 10 == 9:
                await asyncio.sleep(0.01)
        await until(lambda: len(call.heard) >= 500 * 320)
        caller.sequence += 2_000_000
        assert (await caller.ask("BYE")).status == 200
        assert (await call.event(Ended)).reason == "hangup"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def _renewed(caller: Caller) -> Answer:
    answer = await caller.ask("INVITE", body=sdp(caller.media_port))
    caller.send(caller.write("ACK"))
    return answer


@given(st.binary(max_size=600))
def test_no_description_breaks_the_reader(noise: bytes) -> None:
    for body in (noise, sdp().encode() + noise, sdp().encode().replace(b"127", noise)):
        try:
            agreement = sip_sdp.agree(sip_sdp.read(body), SETTINGS.codecs)
        except (sip_sdp.BadSdp, sip_sdp.NotAcceptable):
            continue
        assert 0 < agreement.remote[1] < 65_536


# Digest


def credentials(
    challenge: str, *, user: str = "trunk", password: str = "secret", count: int = 1, method: str = "INVITE"
) -> str:
    made = build_credentials(
        SipDigestAuth(user, password), parse_auth(challenge), method, GATEWAY, nonce_count=count
    )
    assert made is not None
    return stringify_auth(made)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def gate(clock: VirtualClock) -> DigestGate:
    users = {"trunk": SecretStr("secret")}
    return DigestGate("firstline", users, clock=clock, algorithms=("SHA-256", "MD5"), secret=b"s" * 32)


@pytest.mark.parametrize("number", [0, 1])
def test_credentials_are_good_once(gate: DigestGate, number: int) -> None:
    challenge = gate.challenges("192.0.2.1")[number]
    first = credentials(challenge)
    assert gate.judge("INVITE", first, "192.0.2.1") is Verdict.GOOD
    assert gate.judge("INVITE", first, "192.0.2.1") is Verdict.BAD
    assert gate.judge("INVITE", credentials(challenge, count=2), "192.0.2.1") is Verdict.GOOD
    assert gate.judge("INVITE", credentials(challenge, count=1), "192.0.2.1") is Verdict.BAD


def test_nonces_age_and_belong_to_one_host(gate: DigestGate, clock: VirtualClock) -> None:
    challenge = gate.challenges("192.0.2.1")[0]
    assert gate.judge("INVITE", credentials(challenge), "192.0.2.2") is Verdict.STALE
    clock.advance(61)
    assert gate.judge("INVITE", credentials(challenge), "192.0.2.1") is Verdict.STALE
    assert "stale=true" in gate.challenges("192.0.2.1", stale=True)[0]


def test_wrong_credentials_are_bad_and_guessing_is_barred(gate: DigestGate, clock: VirtualClock) -> None:
    challenge = gate.challenges("h")[1]
    for wrong in (
        credentials(challenge, password="guess"),
        credentials(challenge, user="other"),
        credentials(challenge, method="BYE"),
        credentials(challenge).replace("qop=auth", "qop=auth-int"),
        credentials(challenge).replace("nc=00000001", "nc=0x000001"),
        "Basic dHJ1bms6c2VjcmV0",
        "Digest",
    ):
        assert gate.judge("INVITE", wrong, "h") is Verdict.BAD
    for _ in range(MOST_FAILURES):
        gate.judge("INVITE", credentials(challenge, password="guess"), "h")
    assert gate.judge("INVITE", credentials(challenge), "h") is Verdict.BARRED
    assert gate.judge("INVITE", credentials(gate.challenges("i")[0]), "i") is Verdict.GOOD
    clock.advance(61)
    assert gate.judge("INVITE", credentials(gate.challenges("h")[0]), "h") is Verdict.GOOD


def test_credentials_are_for_the_request_that_they_were_made_for(gate: DigestGate) -> None:
    def judge(uri: str, count: int) -> Verdict:
        made = credentials(gate.challenges("192.0.2.1")[0], count=count)
        return gate.judge("INVITE", made, "192.0.2.1", uri=uri)

    for same in (
        GATEWAY,
        f"{GATEWAY}:5060",
        f"{GATEWAY};transport=udp",
        "SIP:ivr@127.0.0.1",
        "sip:%69vr@127.0.0.1",
    ):
        assert judge(same, 1) is Verdict.GOOD
    for other in (
        "sip:boss@127.0.0.1",
        "sips:ivr@127.0.0.1",
        "sip:ivr@127.0.0.2",
        "sip:IVR@127.0.0.1",
        "sip:127.0.0.1",
    ):
        assert judge(other, 1) is Verdict.ELSEWHERE


async def test_credentials_for_another_uri_are_a_400(calls: EchoCalls) -> None:
    settings = replace(SETTINGS, users={"trunk": SecretStr("secret")})
    async with taking(calls, settings) as transport:
        with calling(transport) as caller:
            challenge = (await caller.call()).get("WWW-Authenticate")
            proof = f"Authorization: {credentials(challenge)}\r\n"
            overheard = caller.write("INVITE", body=sdp(caller.media_port), more=proof)
            caller.send(overheard.replace(f"INVITE {GATEWAY} ", "INVITE sip:boss@127.0.0.1 "))
            assert (await caller.final()).status == 400
            assert calls.admitted == []
            assert (await caller.call(more=proof)).status == 200, "the right one is not used up"


def test_nobody_is_barred_by_who_forges_their_address(gate: DigestGate) -> None:
    foreign = gate.challenges("203.0.113.9")[1]
    for _ in range(2 * MOST_FAILURES):
        assert gate.judge("INVITE", "Digest", "h") is Verdict.BAD
        assert gate.judge("INVITE", credentials(foreign, password="guess"), "h") is Verdict.STALE
        # Nor does it tell a good guess from a bad one.
        assert gate.judge("INVITE", credentials(foreign), "h") is Verdict.STALE
    assert gate.judge("INVITE", credentials(gate.challenges("h")[0]), "h") is Verdict.GOOD


def test_guessing_from_one_subscriber_of_ipv6_is_counted_together(gate: DigestGate) -> None:
    for number in range(MOST_FAILURES):
        host = f"2001:db8:1:2::{number:x}"
        guess = credentials(gate.challenges(host)[1], password="guess")
        assert gate.judge("INVITE", guess, host) is Verdict.BAD
    host = "2001:db8:1:2:ffff::1"
    assert gate.judge("INVITE", credentials(gate.challenges(host)[0]), host) is Verdict.BARRED
    host = "2001:db8:1:3::1"
    assert gate.judge("INVITE", credentials(gate.challenges(host)[0]), host) is Verdict.GOOD


async def test_a_number_is_not_dialled_at_the_exchange_that_a_caller_names(calls: EchoCalls) -> None:
    async with taking(calls, replace(SETTINGS, transfer_host="")) as transport:
        with calling(transport) as caller:
            await caller.call()
            call = await calls.call()
            call.leg.transfer("+4722334455", context_id="c1")
            assert (await call.event(TransferProgress)).status == 400
            with pytest.raises(TimeoutError):
                await caller.receive(within_s=0.3)


@given(st.text(max_size=200))
def test_no_credentials_break_the_gate(text: str) -> None:
    gate = DigestGate("firstline", {"trunk": SecretStr("secret")}, clock=VirtualClock())
    assert gate.judge("INVITE", text, "h") is Verdict.BAD
    assert gate.judge("INVITE", f'Digest qop=auth, realm="firstline", nc=00000001, nonce="{text}"', "h") in (
        Verdict.BAD,
        Verdict.STALE,
    )
