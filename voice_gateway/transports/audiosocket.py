"""Calls by Asterisk's AudioSocket (``AudioSocket(uuid,host:9092)`` in a dialplan, or its channel driver):
a TCP connection a call, and messages of a kind (u8), a length (u16, big-endian) and so much payload
(https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/).

The protocol has no secret: who may connect is an allow-list of networks, and of call UUIDs if they are known.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from uuid import UUID

import structlog

from voice_gateway.audio import FRAME_MS, StreamResampler
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker, Digit, Marked
from voice_gateway.pacer import MOST_CAUGHT_UP
from voice_gateway.transports.media_stream_leg import Framer, Meter, Outbox, StreamLeg, carry

HEADER: Final = struct.Struct(">BH")
DIGITS: Final = frozenset("0123456789*#ABCD")
RATE_S: Final = 1.0
"""How long the first audio is waited for: it tells the rate. Then it is taken for 8000 Hz."""
MESSAGES_PER_S: Final = 250.0
CLOSE_S: Final = 1.0
"""How long those who hang up may take to read that."""

log = structlog.get_logger(__name__)

Network = IPv4Network | IPv6Network
LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Kind(IntEnum):
    """The kinds of messages other than audio."""

    HANG_UP = 0x00
    UUID = 0x01
    DTMF = 0x03
    ERROR = 0xFF


NARROWBAND: Final = 0x10
RATES: Final = {
    NARROWBAND: 8000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
}
"""Hz of the 16-bit little-endian audio of a kind."""


class BadPeer(VoiceError):
    """What a peer sends is not this protocol."""

    code = "audiosocket.bad_message"


@dataclass(frozen=True, kw_only=True)
class AudioSocketSettings:
    """``allow``: networks that may connect; ``uuids``: the calls that may, None for all. Times in seconds."""

    host: str = "127.0.0.1"
    port: int = 9092
    allow: Sequence[Network] = LOOPBACK
    uuids: frozenset[UUID] | None = None
    most_connections: int = 200
    start_s: float = 5.0
    idle_s: float = 30.0


class AudioSocketLeg(StreamLeg):
    """A call over AudioSocket. Its PCM has 8000 Hz when the peer's has, else 16000."""

    def __init__(self, info: CallInfo, *, kind: int, clock: Clock, idle_s: float) -> None:
        super().__init__(info, rate=8000 if RATES[kind] == 8000 else 16_000, clock=clock)
        self._idle_s = idle_s
        self._framer = Framer(self.rate)
        # There is no flush: a peer plays all that it was sent, so little may ever wait for it.
        self._outbox: Outbox[bytes] = Outbox(most_waiting=MOST_CAUGHT_UP)
        self._messages = Meter(clock, per_s=MESSAGES_PER_S, burst=4 * MESSAGES_PER_S)
        self._speak(kind)

    def send(self, pcm: bytes) -> None:
        audio = self._out.feed(pcm)
        if audio and not self.is_over:
            self._outbox.media(HEADER.pack(self._kind, len(audio)) + audio)

    def mark(self, name: str) -> None:
        if not self.is_over:
            # What was written last is still to be played.
            self._outbox.after(lambda: self._told(name))

    def clear(self) -> None:
        self._outbox.clear()

    def hang_up(self, reason: str = "hangup") -> None:
        if not self.is_over:
            self._outbox.after(HEADER.pack(Kind.HANG_UP, 0))
        self._outbox.close()
        self.end(reason)

    async def read(self, reader: asyncio.StreamReader, first: tuple[int, bytes] | None = None) -> str:
        """Until the other side ends it: why. Raises TimeoutError, EOFError and OSError."""
        message = first
        while True:
            if message is not None and (reason := self._handle(*message)) is not None:
                return reason
            async with asyncio.timeout(self._idle_s):
                message = await read_message(reader)
            if not self._messages.allow():
                log.warning("audiosocket.flood", call=self.info.call_id)
                return "error"

    async def write(self, writer: asyncio.StreamWriter) -> None:
        """Send what there is to be sent, until we hang up."""

        # Not in our own buffers either: `drain` waits until the kernel has it all.
        writer.transport.set_write_buffer_limits(0)

        async def write(message: bytes) -> None:
            writer.write(message)
            await writer.drain()

        await self._outbox.run(write)

    def _handle(self, kind: int, payload: bytes) -> str | None:
        match kind:
            case Kind.HANG_UP:
                return "hangup"
            case Kind.ERROR:
                log.warning("audiosocket.error", call=self.info.call_id, code=payload[:4].hex())
                return "error"
            case Kind.DTMF:
                digit = payload.decode("ascii", "replace")
                if digit in DIGITS:
                    self._tell(Digit(digit))
            case _ if kind in RATES:
                self._heard(kind, payload)
        # Anything else is of a newer Asterisk.
        return None

    def _speak(self, kind: int) -> None:
        """Send and hear audio of a kind from now on."""
        self._kind = kind
        self._in = StreamResampler(RATES[kind], self.rate)
        self._out = StreamResampler(self.rate, RATES[kind])

    def _heard(self, kind: int, payload: bytes) -> None:
        if kind != self._kind:
            self._speak(kind)
        self._packets += 1
        for frame in self._framer.feed(self._in.feed(payload[: len(payload) // 2 * 2])):
            self._hear(frame)

    def _told(self, name: str) -> None:
        self._loop.call_later(FRAME_MS / 1000, self._tell, Marked(name))


@dataclass
class AudioSocketServer:
    """Listens for Asterisk."""

    taker: CallTaker
    settings: AudioSocketSettings
    clock: Clock = field(default_factory=SystemClock)
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)
    _legs: set[AudioSocketLeg] = field(default_factory=set)

    async def start(self) -> int:
        """Begin to listen; the port, which is chosen when the setting is 0. Raises OSError."""
        self._server = await asyncio.start_server(self._accept, self.settings.host, self.settings.port)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Listen no more, and hang up."""
        if self._server is not None:
            self._server.close()
        for leg in list(self._legs):
            leg.hang_up()
        if self._connections:
            _, silent = await asyncio.wait(self._connections, timeout=CLOSE_S)
            for connection in silent:
                connection.cancel()
            await asyncio.gather(*silent, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: str = (writer.get_extra_info("peername") or ("",))[0]
        allowed = is_allowed(peer, self.settings.allow)
        if not allowed or len(self._connections) >= self.settings.most_connections:
            log.warning("audiosocket.refused_connection", peer=peer)
            writer.close()
            return
        connection = asyncio.create_task(self._serve(peer, reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._call(peer, reader, writer)
        except (BadPeer, TimeoutError, OSError, EOFError) as error:
            log.warning("audiosocket.not_begun", peer=peer, problem=type(error).__name__)
        finally:
            writer.close()

    async def _call(self, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self.settings.start_s):
            kind, payload = await read_message(reader)
        if kind != Kind.UUID or len(payload) != 16:
            raise BadPeer("The first message is no UUID.")
        uuid = UUID(bytes=payload)
        if self.settings.uuids is not None and uuid not in self.settings.uuids:
            raise BadPeer("The UUID is not one of the calls awaited.")
        info = CallInfo(transport="audiosocket", call_id=str(uuid), peer=peer)
        refusal = self.taker.admit(info)
        if refusal is not None:
            log.info("audiosocket.refused", status=refusal.status)
            writer.write(HEADER.pack(Kind.HANG_UP, 0))
            return
        try:
            first = await self._first_message(reader)
        except BaseException:
            self.taker.release(info)
            raise
        kind = first[0] if first is not None and first[0] in RATES else NARROWBAND
        leg = AudioSocketLeg(info, kind=kind, clock=self.clock, idle_s=self.settings.idle_s)
        self._legs.add(leg)
        try:
            await carry(leg, self.taker, read=leg.read(reader, first), write=leg.write(writer))
        finally:
            self._legs.discard(leg)

    async def _first_message(self, reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
        """What comes after the UUID; None when nothing does for a while."""
        try:
            async with asyncio.timeout(RATE_S):
                # Nothing is taken from the stream before the whole header is there.
                kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
        except TimeoutError:
            return None
        async with asyncio.timeout(self.settings.start_s):
            return kind, await reader.readexactly(length)


async def read_message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One message: its kind and payload. Raises asyncio.IncompleteReadError when the peer is gone."""
    kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
    return kind, await reader.readexactly(length) if length else b""


def is_allowed(peer: str, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
