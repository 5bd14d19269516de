"""A telephone for tests and measurements: it calls over SIP, speaks, presses keys, and times what it hears.

Everything is taken down with the time (`time.monotonic`, seconds) at which it left or reached this end, the
latter by the kernel's own stamp, so that a busy test process does not count as the gateway's delay. What
the caller says is dated as if spoken live: a packet leaves when its last sample was spoken. What the caller
hears is dated by the packet's arrival, without the jitter buffer that a real telephone adds.

Audible means louder than -45 dBFS (RMS) over 10 ms: far above the noise of G.711 and any comfort noise, and
far below the quietest phoneme of a voice at telephone level. Three such stretches within 100 ms are audio;
fewer are a click.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import time
import wave
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from tests.support.sip_client import Referral, SipClient

RATE = 8000
FRAME_S = 0.02
FRAME = int(RATE * FRAME_S)
BLOCK = RATE // 100
AUDIBLE_POWER = 10 ** (-45 / 10) * 32768**2
AUDIBLE_BLOCKS = 3
WITHIN_BLOCKS = 10
TELEPHONE_EVENT = 101
KEYS = "0123456789*#ABCD"
KEY_FRAMES = 8
"""How long a key is held, in packets: 160 ms."""
SO_TIMESTAMPNS = 35
"""Linux, socket(7): have the kernel tell when each packet came. Python has no name for it."""

Pcm = npt.NDArray[np.int16]


T = TypeVar("T")


@dataclass(frozen=True)
class Packet:
    """A packet of audio and the time when it came, or left."""

    at: float
    sequence: int
    timestamp: int
    payload: bytes

    @property
    def pcm(self) -> Pcm:
        return decode(self.payload)

    @cached_property
    def audible(self) -> tuple[bool, ...]:
        """Whether each 10 ms of it can be heard."""
        powers = _POWERS[np.frombuffer(self.payload, dtype=np.uint8)]
        blocks = [powers[at : at + BLOCK] for at in range(0, len(powers), BLOCK)]
        return tuple(bool(block.mean() > AUDIBLE_POWER) for block in blocks)


@dataclass(frozen=True)
class Spoken:
    """A clip that was said: when each of its frames left."""

    sent: tuple[float, ...]

    def at(self, ms: float) -> float:
        """When a moment of the clip was spoken (see the module)."""
        frame = min(int(ms / 1000 / FRAME_S), len(self.sent) - 1)
        return self.sent[frame] - FRAME_S + ms / 1000 - frame * FRAME_S


@dataclass
class _Clip:
    frames: deque[bytes]
    done: asyncio.Future[Spoken]
    sent: list[float] = field(default_factory=list)


class Caller:
    """One call: ``async with Caller("sip:ivr@127.0.0.1:5060") as call: await call.say(pcm)``.

    Entering calls and waits for the answer (raises `CallRefused`); leaving hangs up. Speaks PCMU.
    """

    def __init__(
        self,
        target: str,
        *,
        user: str = "caller",
        headers: tuple[tuple[str, str], ...] = (),
        sends: bool = True,
        payload_type: int = 0,
    ) -> None:
        """``headers`` go with the INVITE; without ``sends`` the caller never sends a packet of media.

        ``payload_type`` is what its audio is said to be; another than 0 was not agreed on.
        """
        self.sip = SipClient(target, user=user, headers=headers)
        self.heard_packets: list[Packet] = []
        self.said_packets: list[Packet] = []
        self.digits_heard = ""
        self.answered_at = 0.0
        self._sends = sends
        self._payload_type = payload_type
        self._socket: socket.socket | None = None
        self._remote = ("", 0)
        self._on_hold = False
        self._clips: deque[_Clip] = deque()
        self._keys: deque[Callable[[], None]] = deque()
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(30)
        self._last_event = -1
        self._sender: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.sip.open()
        self._socket = _rtp_socket()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._receive)
        try:
            answer = await self.sip.invite(self._sdp("sendrecv"))
        except BaseException:
            await self._close()
            raise
        self._remote = _media_address(answer.body)
        self.answered_at = time.monotonic()
        if self._sends:
            self._sender = asyncio.create_task(self._send_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.hang_up()
        finally:
            await self._close()

    @property
    def has_ended(self) -> bool:
        """Whether either side hung up."""
        return self.sip.ended.is_set()

    @property
    def referrals(self) -> list[Referral]:
        """Where the call was passed on to."""
        return self.sip.referrals

    async def say(self, pcm: bytes) -> Spoken:
        """Say 16-bit mono PCM of 8000 Hz, after what is being said; returns when its last frame left.

        Raises ConnectionError when the call ends before that.
        """
        samples = np.frombuffer(pcm, dtype="<i2")
        samples = np.pad(samples, (0, -len(samples) % FRAME))
        coded = encode(samples)
        clip = _Clip(
            deque(coded[at : at + FRAME] for at in range(0, len(coded), FRAME)),
            asyncio.get_running_loop().create_future(),
        )
        self._clips.append(clip)
        return await self._unless_over(clip.done)

    async def press(self, keys: str, *, apart_s: float = 0.1) -> None:
        """Press keys, one after another (RFC 4733 events of 160 ms). Raises ConnectionError likewise."""
        for key in keys:
            done = asyncio.Event()
            self._hold_key(KEYS.index(key), done)
            await self._unless_over(done.wait())
            await asyncio.sleep(apart_s)

    async def hold(self) -> None:
        """Put the call on hold (RFC 3264, 8.4), and send nothing meanwhile."""
        await self.sip.invite(self._sdp("sendonly"))
        self._on_hold = True

    async def resume(self) -> None:
        """Take the call back."""
        self._on_hold = False
        self._remote = _media_address((await self.sip.invite(self._sdp("sendrecv"))).body)

    async def hang_up(self) -> None:
        """End the call; if it is over already, nothing happens."""
        await self.sip.bye()

    async def wait_for_end(self, *, within_s: float) -> None:
        """Wait until the other side hangs up. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            await self.sip.ended.wait()

    async def wait_for_audio(self, *, after: float | None = None, within_s: float) -> float:
        """`first_audio_after` (by default: now), waited for. Raises TimeoutError."""
        start = time.monotonic() if after is None else after
        return await _until(lambda: self.first_audio_after(start), within_s)

    async def wait_for_silence(self, *, for_s: float, after: float | None = None, within_s: float) -> float:
        """Wait until the other side was silent for so long; since when it is. Raises TimeoutError."""
        start = time.monotonic() if after is None else after

        def silent() -> float | None:
            since = self.silent_since(start)
            return None if since is None or time.monotonic() - since < for_s else since

        return await _until(silent, within_s)

    def first_audio_after(self, moment: float) -> float | None:
        """When the first audio came that did not come before a moment; None: none yet."""
        recent: deque[float] = deque()
        for at, audible in self._blocks(moment):
            if audible:
                recent.append(at)
                while recent[0] <= at - WITHIN_BLOCKS * 0.01:
                    recent.popleft()
                if len(recent) >= AUDIBLE_BLOCKS:
                    return recent[0]
        return None

    def silent_since(self, moment: float) -> float | None:
        """Since when the other side is silent, as far as it was heard until now.

        The end of the last audible stretch after a moment, or the moment itself where none followed; None
        while it is still speaking: something audible came within the last 100 ms.
        """
        last = moment
        for at, audible in self._blocks(moment):
            if audible:
                last = at + 0.01
        return None if time.monotonic() - last < 0.1 else last

    def first_silence_after(self, moment: float, *, for_s: float) -> float | None:
        """Since when the other side was silent for so long, the first time after a moment; None: not yet."""
        last = moment
        for at, audible in self._blocks(moment):
            if at - last >= for_s:
                return last
            if audible:
                last = at + 0.01
        return last if time.monotonic() - last >= for_s else None

    def is_audible_between(self, start: float, end: float) -> bool:
        """Whether anything of the other side could be heard in a time that is past."""
        return any(audible for at, audible in self._blocks(start) if at < end)

    def heard(self, *, since: float | None = None) -> Pcm:
        """What was heard from a moment on (by default: the answer), on the clock, silence where none came."""
        start = self.answered_at if since is None else since
        return _on_clock(self.heard_packets, start, offset_s=0.0)

    def said(self, *, since: float | None = None) -> Pcm:
        """What was said, likewise."""
        start = self.answered_at if since is None else since
        return _on_clock(self.said_packets, start, offset_s=-FRAME_S)

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write both directions, which begin together, as ``heard.wav`` and ``said.wav``."""
        paths = folder / "heard.wav", folder / "said.wav"
        for path, pcm in zip(paths, (self.heard(), self.said()), strict=True):
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(pcm.tobytes())
        return paths

    @property
    def lost_packets(self) -> int:
        """Packets of audio that the other side sent and that never came."""
        if not self.heard_packets:
            return 0
        numbers = {packet.sequence for packet in self.heard_packets}
        first = self.heard_packets[0].sequence
        span = max((number - first) & 0xFFFF for number in numbers) + 1
        return span - len(numbers)

    def _blocks(self, moment: float) -> list[tuple[float, bool]]:
        """When each 10 ms that was heard from a moment on began, and whether it was audible."""
        blocks: list[tuple[float, bool]] = []
        for packet in reversed(self.heard_packets):
            if packet.at + FRAME_S <= moment:
                break
            for number in reversed(range(len(packet.audible))):
                blocks.append((packet.at + number * 0.01, packet.audible[number]))
        return [block for block in reversed(blocks) if block[0] >= moment]

    async def _send_all(self) -> None:
        """Send a packet each 20 ms by the clock; late ones are sent at once, and dated so."""
        due = time.monotonic()
        while not self.has_ended:
            if self._keys:
                self._keys.popleft()()
            elif not self._on_hold:
                self._send_audio()
            self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _unless_over(self, sent: Awaitable[T]) -> T:
        sending = asyncio.ensure_future(sent)
        over = asyncio.ensure_future(self.sip.ended.wait())
        try:
            await asyncio.wait({sending, over}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise ConnectionError("the call ended before this was sent")
            return sending.result()
        finally:
            sending.cancel()
            over.cancel()

    def _send_audio(self) -> None:
        clip = self._clips[0] if self._clips else None
        payload = clip.frames.popleft() if clip is not None else SILENT_FRAME
        at = self._send(self._payload_type, self._timestamp, payload)
        self.said_packets.append(Packet(at, self._sequence, self._timestamp, payload))
        if clip is not None:
            clip.sent.append(at)
            if not clip.frames:
                self._clips.popleft()
                if not clip.done.done():
                    clip.done.set_result(Spoken(tuple(clip.sent)))

    def _hold_key(self, event: int, done: asyncio.Event) -> None:
        """Queue the packets of one event: all with its first time stamp, the last one three times."""
        began: list[int] = []

        def send(number: int, *, ends: bool) -> None:
            began.append(self._timestamp)
            body = struct.pack("!BBH", event, (0x80 if ends else 0) | 10, number * FRAME)
            self._send(TELEPHONE_EVENT, began[0], body, marker=number == 1)

        def finish() -> None:
            for _ in range(3):
                send(KEY_FRAMES, ends=True)
            done.set()

        for number in range(1, KEY_FRAMES):
            self._keys.append(lambda number=number: send(number, ends=False))  # type: ignore[misc]
        self._keys.append(finish)

    def _send(self, payload_type: int, timestamp: int, payload: bytes, *, marker: bool = False) -> float:
        self._sequence = (self._sequence + 1) & 0xFFFF
        second = payload_type | (0x80 if marker else 0)
        head = struct.pack("!BBHII", 0x80, second, self._sequence, timestamp, self._ssrc)
        assert self._socket is not None
        # A full buffer loses the packet, as networks do; the other side may have hung up just now.
        with suppress(BlockingIOError, ConnectionRefusedError):
            self._socket.sendto(head + payload, self._remote)
        return time.monotonic()

    def _receive(self) -> None:
        assert self._socket is not None
        # By the wall clock, which the kernel stamps with, to the monotonic one.
        offset = time.monotonic() - time.time()
        while True:
            try:
                data, extra, _, _ = self._socket.recvmsg(2048, 64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            at = time.monotonic()
            for level, kind, stamp in extra:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                    seconds, nanoseconds = struct.unpack("@ll", stamp[:16])
                    at = seconds + nanoseconds / 1e9 + offset
            self._on_packet(at, data)

    def _on_packet(self, at: float, data: bytes) -> None:
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        first, second, sequence, timestamp, _ = struct.unpack_from("!BBHII", data)
        payload = data[12 + 4 * (first & 0x0F) :]
        if second & 0x7F == 0:
            self.heard_packets.append(Packet(at, sequence, timestamp, payload))
        elif second & 0x7F == TELEPHONE_EVENT and timestamp != self._last_event and len(payload) >= 4:
            self._last_event = timestamp
            self.digits_heard += KEYS[payload[0] % len(KEYS)]

    def _sdp(self, direction: str) -> str:
        assert self._socket is not None
        host, port = self._socket.getsockname()
        lines = (
            "v=0",
            f"o=caller 1 {int(time.monotonic() * 1000)} IN IP4 {host}",
            "s=-",
            f"c=IN IP4 {host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP 0 {TELEPHONE_EVENT}",
            "a=rtpmap:0 PCMU/8000",
            f"a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000",
            f"a=fmtp:{TELEPHONE_EVENT} 0-15",
            "a=ptime:20",
            f"a={direction}",
        )
        return "\r\n".join(lines) + "\r\n"

    async def _close(self) -> None:
        self.sip.ended.set()
        if self._sender is not None:
            await self._sender
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        self.sip.close()


async def _until(found: Callable[[], float | None], within_s: float) -> float:
    async with asyncio.timeout(within_s):
        while True:
            moment = found()
            if moment is not None:
                return moment
            await asyncio.sleep(FRAME_S)


def _rtp_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


def _media_address(sdp: str) -> tuple[str, int]:
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
    if host is None or port is None:
        raise ValueError(f"no audio was answered:\n{sdp}")
    return host[1], int(port[1])


def _on_clock(packets: list[Packet], start: float, *, offset_s: float) -> Pcm:
    """Packets as one track: each stretch of them in its own rhythm (time stamps), begun when its first came.

    A stretch ends where a packet comes more than 200 ms off its rhythm: a stall, or another source.
    """
    if not packets:
        return np.zeros(0, dtype=np.int16)
    places: list[tuple[int, Pcm]] = []
    first: Packet | None = None
    for packet in packets:
        due = 0.0 if first is None else first.at + _ahead(first, packet) / RATE
        if first is None or abs(packet.at - due) > 0.2:
            first, due = packet, packet.at
        places.append((round((due + offset_s - start) * RATE), packet.pcm))
    track = np.zeros(max(0, max(place + len(pcm) for place, pcm in places)), dtype=np.int16)
    for place, pcm in places:
        if place >= 0:
            track[place : place + len(pcm)] = pcm
    return track


def _ahead(first: Packet, packet: Packet) -> int:
    difference = (packet.timestamp - first.timestamp) & 0xFFFFFFFF
    return difference - (1 << 32) if difference >> 31 else difference


def _mu_law_outputs() -> Pcm:
    """The 256 outputs of G.711 mu-law (table 2a of the recommendation), as 16-bit samples."""
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((codes & 0x0F) << 3) + 0x84) << ((codes >> 4) & 0x07)) - 0x84
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_OUTPUTS = _mu_law_outputs()
_POWERS = _OUTPUTS.astype(np.float64) ** 2


def encode(pcm: Pcm) -> bytes:
    """Samples as mu-law: sign, the segment by the top bit of the biased magnitude, four bits of it."""
    wide = pcm.astype(np.int32)
    magnitude = np.minimum(np.abs(wide), 32635) + 0x84
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    code = np.where(wide < 0, 0x80, 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F)
    return bytes((~code & 0xFF).astype(np.uint8).tobytes())


def decode(payload: bytes) -> Pcm:
    """Mu-law as samples."""
    return _OUTPUTS[np.frombuffer(payload, dtype=np.uint8)]


SILENT_FRAME = encode(np.zeros(FRAME, dtype=np.int16))
