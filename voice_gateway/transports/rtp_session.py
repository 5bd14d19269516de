"""The media of one call: RTP both ways, keys, and RTCP reports (RFC 3550, 3551, 4733, 4961)."""

from __future__ import annotations

import asyncio
import random
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from aiortp.clock import current_ntp_time
from aiortp.packet import (
    RtcpByePacket,
    RtcpPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)

from voice_gateway.audio import FRAME_MS
from voice_gateway.clock import Clock
from voice_gateway.codecs import CodecName, codec, pcm_rate
from voice_gateway.leg import Reception
from voice_gateway.transports import rtp_events, rtp_packet
from voice_gateway.transports.rtp_ports import PortPair
from voice_gateway.transports.rtp_receiver import CLOCK_HZ, Receiver

Address = tuple[str, int]

STEP = CLOCK_HZ * FRAME_MS // 1000
STEP_S = FRAME_MS / 1000
PAUSE_S = 0.1
"""From here on, time without a frame is a pause and no jitter of ours: the timestamp follows the clock."""
RELATCH_S = 2.0
"""A source that was silent for so long may have got another port from its router."""
REPORT_S = 5.0
MOST_KEYS_WAITING = 64


@dataclass(frozen=True)
class MediaFormat:
    """What was agreed on. ``events`` is the payload type of keys, None where the other side takes none."""

    codec: CodecName
    payload_type: int
    events: int | None = None


class RtpSession(asyncio.DatagramProtocol):
    """Made by `open`. ``on_frame`` is told 20 ms of PCM and whether it is made up, ``on_digit`` a key.

    Packets are taken from the negotiated address. With ``symmetric`` the first other source that sends
    audio before that address does is taken for the caller behind a router, and answered. Where nothing may be
    sent to the negotiated address, the first source is waited for.
    """

    def __init__(
        self,
        form: MediaFormat,
        remote: Address,
        *,
        symmetric: bool,
        clock: Clock,
        rng: random.Random,
        on_frame: Callable[[bytes, bool], None],
        on_digit: Callable[[str], None],
        may_send_to: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._codec = codec(form.codec)
        self.format = form
        self.sends = True
        """Whether the other side wants to hear us."""
        self._remote = remote
        self._negotiated = remote
        self._may_send_to = may_send_to
        self._knows_whither = may_send_to(remote[0])
        self._source: Address | None = None
        self._symmetric = symmetric
        self._clock = clock
        self._media: asyncio.DatagramTransport | None = None
        self._control: asyncio.DatagramTransport | None = None
        self._receiver = Receiver(codec(form.codec), pcm_rate(form.codec), on_frame)
        self._keys = rtp_events.KeyReader(on_digit)
        self._remote_ssrc: int | None = None
        self._next_ssrc: int | None = None
        self.heard_at = clock.now()
        """When the latest packet of the call came, or the session began."""
        self.ignored = 0
        """Packets from elsewhere, or of no agreed kind."""

        self._ssrc = rng.getrandbits(32)
        self._sequence = rng.getrandbits(16)
        self._timestamp = rng.getrandbits(32)
        self._due: float | None = None
        self._sent = 0
        self._sent_bytes = 0
        self._pressing: asyncio.Task[None] | None = None
        self._to_press: deque[str] = deque()

        self._cname = f"{rng.getrandbits(64):016x}".encode()
        self._rng = rng
        self._report_at = clock.now() + REPORT_S / 2
        self._reported = (0, 0)
        self._their_report: tuple[int, float] | None = None
        self._round_trip_ms: float | None = None

    async def open(self, ports: PortPair) -> None:
        """Take over two bound sockets."""
        loop = asyncio.get_running_loop()
        try:
            self._media, _ = await loop.create_datagram_endpoint(lambda: self, sock=ports.media)
            control, _ = await loop.create_datagram_endpoint(lambda: _Control(self), sock=ports.control)
            self._control = control
        except BaseException:
            self.close()
            ports.media.close()
            ports.control.close()
            raise

    def close(self) -> None:
        """Stop both ways; again is no error."""
        if self._pressing is not None:
            self._pressing.cancel()
        if self._control is not None and self._knows_whither:
            self._control.sendto(bytes(RtcpByePacket(sources=[self._ssrc])), self._control_address)
        for transport in (self._media, self._control):
            if transport is not None:
                transport.close()
        self._media = self._control = None

    def redirect(self, remote: Address, form: MediaFormat) -> None:
        """The other side asked for its audio elsewhere, or for keys under another number."""
        if remote != self._negotiated:
            self._remote = self._negotiated = remote
            self._source = None
            self._knows_whither = self._may_send_to(remote[0])
        self.format = form

    # What goes out

    def send(self, pcm: bytes) -> None:
        """Send one frame of 20 ms, unless a key is being pressed or the other side does not listen."""
        if self._media is None or self._pressing is not None or not self.sends:
            return
        marker = self._catch_up()
        self._emit(self._codec.encode(pcm), self.format.payload_type, marker=marker)
        self._step()

    def press(self, digits: str) -> bool:
        """Send keys, one after the other; False where the other side takes none."""
        if self.format.events is None:
            return False
        room = MOST_KEYS_WAITING - len(self._to_press)
        self._to_press.extend([digit for digit in digits if rtp_events.is_key(digit)][:room])
        if self._pressing is None and self._to_press and self._media is not None:
            self._pressing = asyncio.get_running_loop().create_task(self._press())
        return True

    async def _press(self) -> None:
        due = self._clock.now()
        try:
            while self._to_press:
                self._catch_up()
                began = self._timestamp
                for payload, marker in rtp_events.press(self._to_press.popleft()):
                    self._timestamp, now = began, self._timestamp
                    self._emit(payload, self.format.events or 0, marker=marker)
                    self._timestamp = now
                    self._step()
                    due += STEP_S
                    await self._clock.sleep_until(due)
                for _ in range(rtp_events.PRESS_STEPS):
                    self._step()
                due += rtp_events.PRESS_STEPS * STEP_S
                await self._clock.sleep_until(due)
        finally:
            self._pressing = None

    def _catch_up(self) -> bool:
        """Let the timestamp follow the clock over a pause; whether a talkspurt begins (RFC 3551, 4.1)."""
        now = self._clock.now()
        if self._due is None:
            self._due = now
            return True
        late = now - self._due
        if late < PAUSE_S:
            return False
        steps = int(late / STEP_S)
        self._timestamp = (self._timestamp + steps * STEP) & 0xFFFFFFFF
        self._due += steps * STEP_S
        return True

    def _step(self) -> None:
        self._timestamp = (self._timestamp + STEP) & 0xFFFFFFFF
        if self._due is not None:
            self._due += STEP_S

    def _emit(self, payload: bytes, payload_type: int, *, marker: bool) -> None:
        if self._media is None or not self._knows_whither:
            return
        packet = rtp_packet.build(
            payload,
            payload_type=payload_type,
            marker=marker,
            sequence=self._sequence,
            timestamp=self._timestamp,
            ssrc=self._ssrc,
        )
        self._media.sendto(packet, self._remote)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._sent += 1
        self._sent_bytes += len(payload)

    # What comes in

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        packet = rtp_packet.parse(data)
        if packet is None or packet.payload_type not in (self.format.payload_type, self.format.events):
            self.ignored += 1
            return
        now = self._clock.now()
        address = addr[:2]
        if address != self._source and not self._latch(address, now):
            self.ignored += 1
            return
        self.heard_at = now
        if packet.ssrc == self._remote_ssrc:
            self._next_ssrc = None
        elif not self._follow(packet.ssrc):
            return
        payload: bytes | None = packet.payload
        if packet.payload_type == self.format.events:
            self._keys.feed(packet.timestamp, packet.payload)
            payload = None
        self._receiver.feed(packet.sequence, packet.timestamp, payload, now * 1000)

    def error_received(self, exc: Exception) -> None:
        """The other side's port is closed, for now or for good: `heard_at` will tell."""

    def _latch(self, address: Address, now: float) -> bool:
        """Whether packets of an address are the call's; from now on only they are."""
        expected = address == self._negotiated
        behind_router = self._symmetric and (
            self._source is None or (address[0] == self._source[0] and now - self.heard_at > RELATCH_S)
        )
        if not expected and not behind_router:
            return False
        self._source = self._remote = address
        self._knows_whither = True
        return True

    def _follow(self, ssrc: int) -> bool:
        """Whether to go over to another stream: at its second packet in a row; a stray one is none."""
        if self._remote_ssrc is not None and ssrc != self._next_ssrc:
            self._next_ssrc = ssrc
            return False
        if self._remote_ssrc is not None:
            self._receiver.restart()
            self._keys.restart()
        self._remote_ssrc, self._next_ssrc = ssrc, None
        return True

    # How well it goes

    def reception(self) -> Reception:
        """So far."""
        return Reception(
            packets=self._receiver.received,
            lost=self._receiver.lost,
            jitter_ms=self._receiver.quality.jitter_ms,
            round_trip_ms=self._round_trip_ms,
        )

    def report(self, now: float) -> None:
        """Send what RTCP owes the other side, if it is time to."""
        if now < self._report_at or self._control is None or not self._knows_whither:
            return
        self._report_at = now + REPORT_S * (0.5 + self._rng.random())
        reports = [self._reception_report(now)] if self._remote_ssrc is not None else []
        head: RtcpSrPacket | RtcpRrPacket
        if self._sent:
            info = RtcpSenderInfo(
                ntp_timestamp=current_ntp_time(),
                rtp_timestamp=self._timestamp,
                packet_count=self._sent,
                octet_count=self._sent_bytes & 0xFFFFFFFF,
            )
            head = RtcpSrPacket(ssrc=self._ssrc, sender_info=info, reports=reports)
        else:
            head = RtcpRrPacket(ssrc=self._ssrc, reports=reports)
        names = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=self._ssrc, items=[(1, self._cname)])])
        self._control.sendto(bytes(head) + bytes(names), self._control_address)

    @property
    def _control_address(self) -> Address:
        return (self._remote[0], min(self._remote[1] + 1, 65_535))

    def _reception_report(self, now: float) -> RtcpReceiverInfo:
        quality = self._receiver.quality
        expected, received = quality.expected - self._reported[0], quality.received - self._reported[1]
        self._reported = (quality.expected, quality.received)
        lost_share = (expected - received) * 256 // expected if expected > received > 0 else 0
        last, delay = 0, 0
        if self._their_report is not None:
            last, at = self._their_report
            delay = int((now - at) * 65536) & 0xFFFFFFFF
        return RtcpReceiverInfo(
            ssrc=self._remote_ssrc or 0,
            fraction_lost=min(255, lost_share),
            packets_lost=min(0x7FFFFF, quality.lost),
            highest_sequence=quality.highest & 0xFFFFFFFF,
            jitter=int(quality.jitter_ms * CLOCK_HZ / 1000),
            lsr=last,
            dlsr=delay,
        )

    def control_received(self, data: bytes, host: str) -> None:
        """An RTCP datagram: the other side's view of us."""
        if host != self._remote[0] or len(data) > rtp_packet.MOST_BYTES:
            return
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, IndexError, struct.error):
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                sent = packet.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF
                self._their_report = (sent, self._clock.now())
            if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
                for block in packet.reports:
                    if block.ssrc == self._ssrc and block.lsr:
                        self._measure(block)

    def _measure(self, block: RtcpReceiverInfo) -> None:
        """The round trip, from a report about us (RFC 3550, 6.4.1)."""
        trip = ((current_ntp_time() >> 16) - block.lsr - block.dlsr) & 0xFFFFFFFF
        if trip < 10 * 65536:
            self._round_trip_ms = trip * 1000 / 65536


class _Control(asyncio.DatagramProtocol):
    def __init__(self, session: RtpSession) -> None:
        self._session = session

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._session.control_received(data, addr[0])

    def error_received(self, exc: Exception) -> None:
        """Few telephones listen for reports."""
