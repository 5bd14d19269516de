"""The edge: callers by TLS and by WebSocket get through a real Kamailio to the gateway's SIP transport, and
those who encrypt their audio through a real rtpengine too."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import re
import shutil
import socket
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import pytest
import websockets
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.typing import Subprotocol

from tests.support.baresip import RATE, Baresip, free_port
from tests.support.echo_calls import EchoCalls
from tests.support.requirements import require
from tests.voice_gateway.transports.simulators.browser import RATE as BROWSER_RATE
from tests.voice_gateway.transports.simulators.browser import Microphone
from tests.voice_gateway.transports.simulators.tones import loudness, tone
from voice_gateway.leg import Digit, Ended, Held, Refusal
from voice_gateway.transports.sip import SipSettings, SipTransport
from voice_gateway.transports.webrtc_ice import gather_at

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "docker/kamailio/kamailio.cfg"
KAMAILIO = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "kamailio"
RTPENGINE = shutil.which("rtpengine") or "rtpengine"
ORIGIN = "http://localhost:8000"
WITHIN_S = 10.0

pytestmark = pytest.mark.requires("kamailio")


@dataclass(frozen=True)
class Edge:
    """A running Kamailio: its ports, and the certificate that it shows."""

    tls: int
    ws: int
    wss: int
    certificate: Path
    media: int | None
    """The control port of its rtpengine."""


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, kept = directory / "certificate.pem", directory / "key.pem"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return shown, kept


@asynccontextmanager
async def running_edge(
    directory: Path, gateway: tuple[str, int], *, media: int | None = None
) -> AsyncIterator[Edge]:
    """``media`` is the control port of the rtpengine that audio goes through; None: it goes past the edge."""
    certificate, key = make_certificate(directory)
    tls_cfg = directory / "tls.cfg"
    settings = (ROOT / "docker/kamailio/tls.cfg").read_text()
    settings = settings.replace("/etc/kamailio/tls/privkey.pem", str(key))
    tls_cfg.write_text(settings.replace("/etc/kamailio/tls/fullchain.pem", str(certificate)))
    inside = free_port()
    tls, ws, wss = (free_port(socket.SOCK_STREAM) for _ in range(3))
    defines = {
        "EDGE_INSIDE": f"udp:127.0.0.1:{inside}",
        "EDGE_INSIDE_PORT": str(inside),
        "EDGE_TLS": f"tls:127.0.0.1:{tls}",
        "EDGE_WS": f"tcp:127.0.0.1:{ws}",
        "EDGE_WSS": f"tls:127.0.0.1:{wss}",
        "GATEWAY": f'"sip:{gateway[0]}:{gateway[1]}"',
        "TLS_CFG": f'"{tls_cfg}"',
    }
    options = [part for name, value in defines.items() for part in ("-A", f"{name}={value}")]
    if media is not None:
        options += ["-A", "WITH_RTPENGINE", "-A", f'RTPENGINE="udp:127.0.0.1:{media}"']
    log = directory / "kamailio.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            KAMAILIO,
            *("-f", str(CONFIGURATION), "-DD", "-E", "-m", "32", "-M", "4", "-Y", str(directory)),
            *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(WITHIN_S):
            while True:
                assert process.returncode is None, log.read_text()
                with suppress(ConnectionError):
                    for port in (tls, ws, wss):
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        writer.close()
                    break
                await asyncio.sleep(0.05)
        yield Edge(tls, ws, wss, certificate, media)
    finally:
        await end(process)


@asynccontextmanager
async def running_rtpengine(directory: Path) -> AsyncIterator[int]:
    """A running rtpengine of the shipped configuration; its control port."""
    control = free_port()
    log = directory / "rtpengine.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            RTPENGINE,
            f"--config-file={ROOT / 'docker/rtpengine/rtpengine.conf'}",
            f"--listen-ng=127.0.0.1:{control}",
            *("--foreground", "--log-stderr", f"--pidfile={directory / 'rtpengine.pid'}", "--delete-delay=0"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(WITHIN_S):
            while b"pong" not in await asked(control, b"d7:command4:pinge"):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        yield control
    finally:
        await end(process)


async def asked(control: int, what: bytes) -> bytes:
    """What an rtpengine answers to a bencoded dictionary (its ng protocol); nothing where it is not up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect(("127.0.0.1", control))
        # A question with the same cookie would get the same answer.
        asking.send(uuid.uuid4().hex.encode() + b" " + what)
        with suppress(ConnectionError, TimeoutError):
            return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(asking, 65_536), 0.5)
    return b""


async def end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


@pytest.fixture
def calls() -> EchoCalls:
    return EchoCalls()


@pytest.fixture
async def gateway(calls: EchoCalls) -> AsyncIterator[tuple[str, int]]:
    """Where the gateway's SIP transport is."""
    transport = SipTransport(SipSettings(port=0, rtp_ports=(29_900, 29_999), codecs=("PCMU",)))
    await transport.start(calls)
    yield transport.address
    await transport.stop()


@pytest.fixture
async def edge(tmp_path: Path, gateway: tuple[str, int]) -> AsyncIterator[Edge]:
    async with running_edge(tmp_path, gateway) as running:
        yield running


@pytest.fixture
async def edge_with_media(tmp_path: Path, gateway: tuple[str, int]) -> AsyncIterator[Edge]:
    require("rtpengine")
    async with running_rtpengine(tmp_path) as media, running_edge(tmp_path, gateway, media=media) as running:
        yield running


class Connection(Protocol):
    """A caller's signalling connection, by whole messages."""

    async def send(self, message: str) -> None: ...

    async def receive(self) -> str: ...


class StreamConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, message: str) -> None:
        self._writer.write(message.encode())
        await self._writer.drain()

    async def receive(self) -> str:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?im)^content-length:\s*(\d+)", head)
        return head + (await self._reader.readexactly(int(length[1]) if length else 0)).decode()


class SocketConnection:
    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def send(self, message: str) -> None:
        await self._socket.send(message)

    async def receive(self) -> str:
        message = await self._socket.recv()
        return message if isinstance(message, str) else message.decode()


def header(message: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}:\s*(.*?)\s*$", message)
    assert found, f"no {name} in {message}"
    return found[1]


class Caller:
    """One call over a connection: as much of a telephone as the dialogue needs."""

    def __init__(self, connection: Connection, via: str, contact: str) -> None:
        self._connection = connection
        self._via, self._contact = via, contact
        self._call_id, self._tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]
        self._to = "<sip:ivr@edge.invalid>"
        self._target = "sip:ivr@edge.invalid"
        self._routes: list[str] = []
        self._sequence = 0

    async def request(self, method: str, body: str = "", *, agent: str = "test") -> None:
        if method != "ACK":
            self._sequence += 1
        lines = [
            f"{method} {self._target} SIP/2.0",
            f"Via: SIP/2.0/{self._via};branch=z9hG4bK{uuid.uuid4().hex};rport",
            f"From: <sip:caller@edge.invalid>;tag={self._tag}",
            f"To: {self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._sequence} {method}",
            f"Contact: <{self._contact}>",
            "Max-Forwards: 70",
            f"User-Agent: {agent}",
            *(f"Route: {route}" for route in self._routes),
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        await self._connection.send("\r\n".join(lines) + "\r\n\r\n" + body)

    async def answer(self) -> str:
        """The next final answer."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await self._connection.receive()
                if message.startswith("SIP/2.0 ") and not message.startswith("SIP/2.0 1"):
                    return message

    async def invite(self, sdp: str) -> str:
        await self.request("INVITE", sdp)
        answer = await self.answer()
        if answer.startswith("SIP/2.0 200"):
            self._to = header(answer, "To")
            found = re.search(r"<(.*)>", header(answer, "Contact"))
            assert found
            self._target = found[1]
            self._routes = [
                route.strip()
                for line in re.findall(r"(?im)^record-route:\s*(.*?)\s*$", answer)
                for route in line.split(",")
            ][::-1]
            await self.request("ACK")
        return answer

    async def is_asked(self, method: str) -> None:
        """Wait for a request of the other side, and say yes."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await self._connection.receive()
                if message.startswith(f"{method} "):
                    break
        kept = re.findall(r"(?im)^((?:via|from|to|call-id|cseq|record-route):.*?)\s*$", message)
        await self._connection.send("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"]) + "\r\n\r\n")


def offer(port: int, direction: str = "sendrecv") -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    )


@asynccontextmanager
async def by_tls(edge: Edge) -> AsyncIterator[Caller]:
    context = ssl.create_default_context(cafile=str(edge.certificate))
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.tls, ssl=context)
    try:
        host, port = writer.get_extra_info("sockname")[:2]
        yield Caller(
            StreamConnection(reader, writer), f"TLS {host}:{port}", f"sip:caller@{host}:{port};transport=tls"
        )
    finally:
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def by_websocket(edge: Edge) -> AsyncIterator[Caller]:
    async with _websocket(f"ws://127.0.0.1:{edge.ws}/", None) as connection:
        yield Caller(connection, "WS a1b2c3.invalid", "sip:caller@a1b2c3.invalid;transport=ws")


@asynccontextmanager
async def by_secure_websocket(edge: Edge) -> AsyncIterator[Caller]:
    context = ssl.create_default_context(cafile=str(edge.certificate))
    async with _websocket(f"wss://127.0.0.1:{edge.wss}/", context) as connection:
        yield Caller(connection, "WSS a1b2c3.invalid", "sip:caller@a1b2c3.invalid;transport=wss")


@asynccontextmanager
async def _websocket(url: str, context: ssl.SSLContext | None) -> AsyncIterator[SocketConnection]:
    sip = Subprotocol("sip")
    async with websockets.connect(
        url, ssl=context, subprotocols=[sip], origin=websockets.Origin(ORIGIN), compression=None
    ) as socket:
        assert socket.subprotocol == "sip"
        yield SocketConnection(socket)


Way = Callable[[Edge], AbstractAsyncContextManager[Caller]]


@pytest.mark.parametrize("way", [by_tls, by_websocket, by_secure_websocket])
async def test_a_call_gets_through_and_ends_from_either_side(edge: Edge, calls: EchoCalls, way: Way) -> None:
    async with way(edge) as caller:
        assert (await caller.invite(offer(free_port()))).startswith("SIP/2.0 200")
        call = await calls.call(0)
        assert call.leg.info.caller == "caller"
        await caller.request("INVITE", offer(free_port(), "sendonly"))
        held = await caller.answer()
        assert "a=recvonly" in held
        await caller.request("ACK")
        assert (await call.event(Held)).held
        await caller.request("BYE")
        assert (await caller.answer()).startswith("SIP/2.0 200")
        assert (await call.event(Ended)).reason == "hangup"
    async with way(edge) as caller:
        assert (await caller.invite(offer(free_port()))).startswith("SIP/2.0 200")
        call = await calls.call(1)
        call.leg.hang_up("done")
        await caller.is_asked("BYE")
        assert (await call.event(Ended)).reason == "done"


async def test_a_page_of_another_site_may_not_call(edge: Edge) -> None:
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await websockets.connect(
            f"ws://127.0.0.1:{edge.ws}/",
            subprotocols=[Subprotocol("sip")],
            origin=websockets.Origin("https://elsewhere.example"),
        )


async def test_scanners_hear_nothing(edge: Edge, calls: EchoCalls) -> None:
    async with by_tls(edge) as caller:
        await caller.request("INVITE", offer(free_port()), agent="friendly-scanner")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await caller.answer()
    assert calls.admitted == []


@pytest.mark.requires("baresip")
async def test_a_telephone_with_tls_talks(edge: Edge, calls: EchoCalls, tmp_path: Path) -> None:
    async with Baresip.start(tmp_path / "phone", transport="tls", cafile=str(edge.certificate)) as phone:
        await phone.dial(f"sip:ivr@127.0.0.1:{edge.tls};transport=tls")
        await phone.event("CALL_ESTABLISHED")
        call = await calls.call()
        await call.hears(300)
        await phone.hang_up()
        assert (await call.event(Ended)).reason == "hangup"


@pytest.mark.requires("baresip", "rtpengine")
async def test_a_call_that_comes_to_nothing_leaves_no_ports_taken(tmp_path: Path) -> None:
    calls = EchoCalls()
    transport = SipTransport(SipSettings(port=0, rtp_ports=(29_800, 29_899), ring_s=30))
    await transport.start(calls)
    try:
        async with (
            running_rtpengine(tmp_path) as media,
            running_edge(tmp_path, transport.address, media=media) as edge,
            Baresip.start(tmp_path / "phone", transport="tls", cafile=str(edge.certificate)) as phone,
        ):
            for refusal in (None, Refusal(486, "Busy Here")):
                calls.refusal = refusal
                await phone.dial(f"sip:ivr@127.0.0.1:{edge.tls};transport=tls")
                if refusal is None:
                    await phone.event("CALL_RINGING")
                    assert await open_calls(media) == 1
                    await phone.hang_up()
                await phone.event("CALL_CLOSED")
                async with asyncio.timeout(WITHIN_S):
                    while await open_calls(media):  # noqa: ASYNC110 - nothing tells of it
                        await asyncio.sleep(0.05)
    finally:
        await transport.stop()


async def open_calls(control: int) -> int:
    """How many calls an rtpengine has ports open for."""
    listed = re.search(rb"5:callsl(.*?)e6:result", await asked(control, b"d7:command4:liste"))
    assert listed
    return len(re.findall(rb"\d+:", listed[1]))


@pytest.mark.requires("baresip")
@pytest.mark.parametrize("encryption", ["srtp-mand", "dtls_srtp"])
async def test_a_telephone_that_encrypts_its_audio_talks(
    edge_with_media: Edge, calls: EchoCalls, tmp_path: Path, encryption: Literal["srtp-mand", "dtls_srtp"]
) -> None:
    edge = edge_with_media
    async with Baresip.start(
        tmp_path / "phone", transport="tls", cafile=str(edge.certificate), encryption=encryption
    ) as phone:
        await phone.dial(f"sip:ivr@127.0.0.1:{edge.tls};transport=tls")
        await phone.event("CALL_ESTABLISHED")
        call = await calls.call()
        await call.hears(500)
        assert "secure=yes" in await phone.command("audio_debug")
        await phone.press("5#")
        assert [(await call.event(Digit)).digit for _ in range(2)] == list("5#")
        await phone.hold()
        assert (await call.event(Held)).held
        await phone.resume()
        assert not (await call.event(Held)).held
        before = await phone.packets_received()
        await call.hears(1000)
        assert await phone.packets_received() > before + 40
        await phone.hang_up()
        assert (await call.event(Ended)).reason == "hangup"
        await phone.event("CALL_CLOSED")
    assert loudness(bytes(call.heard[-8000:]), 440, RATE) > 0.2
    heard, rate = phone.recording("dec")
    assert loudness(heard[-rate // 2 :].tobytes(), 440, rate) > 0.2


async def test_a_page_talks_by_sip(edge_with_media: Edge, calls: EchoCalls) -> None:
    """A browser's audio: ICE, and SRTP with its keys by DTLS; its signalling by secure WebSocket."""
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.addTrack(Microphone(tone(440, 20_000, BROWSER_RATE)))
    heard = bytearray()
    listening: list[asyncio.Task[None]] = []
    page.on("track", lambda track: listening.append(asyncio.create_task(listen(track, heard))))
    async with by_secure_websocket(edge_with_media) as caller:
        gather_at(page.getTransceivers()[0].receiver.transport.transport.iceGatherer, ("127.0.0.1",))
        await page.setLocalDescription(await page.createOffer())
        answered = await caller.invite(page.localDescription.sdp)
        assert answered.startswith("SIP/2.0 200"), answered
        await page.setRemoteDescription(RTCSessionDescription(answered.partition("\r\n\r\n")[2], "answer"))
        call = await calls.call()
        await call.hears(3000)
        await caller.request("BYE")
        assert (await caller.answer()).startswith("SIP/2.0 200")
        assert (await call.event(Ended)).reason == "hangup"
    await page.close()
    await asyncio.gather(*listening)
    assert loudness(bytes(call.heard[-8000:]), 440, RATE) > 0.2
    assert loudness(bytes(heard[-BROWSER_RATE:]), 440, BROWSER_RATE) > 0.2


async def listen(track: MediaStreamTrack, heard: bytearray) -> None:
    """Keep what a browser hears, as PCM."""
    resampler = AudioResampler(format="s16", layout="mono", rate=BROWSER_RATE)
    with suppress(MediaStreamError):
        while True:
            frame = await track.recv()
            assert isinstance(frame, AudioFrame)
            for part in resampler.resample(frame):
                heard += bytes(part.planes[0])[: part.samples * 2]
