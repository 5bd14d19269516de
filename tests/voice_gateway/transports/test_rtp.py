"""RTP: packets, order, loss, keys, and who is listened to."""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from aiortp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from tests.support.calls import VirtualClock
from voice_gateway.codecs import A_LAW, MU_LAW, CodecName, codec, pcm_rate
from voice_gateway.transports import rtp_events, rtp_packet
from voice_gateway.transports.rtp_events import KeyReader
from voice_gateway.transports.rtp_ports import NoPortLeft, RtpPorts
from voice_gateway.transports.rtp_receiver import Receiver
from voice_gateway.transports.rtp_session import MediaFormat, RtpSession

ALL_SAMPLES = np.arange(65_536, dtype=np.uint16).astype("<u2").tobytes()


@pytest.mark.requires("sox")
@pytest.mark.parametrize(("law", "kind"), [(MU_LAW, "ul"), (A_LAW, "al")])
def test_g711_decodes_as_sox_does_and_encodes_no_worse(law: object, kind: str) -> None:
    assert law in (MU_LAW, A_LAW)
    chosen = MU_LAW if law is MU_LAW else A_LAW
    codes = bytes(range(256))
    raw = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-"]
    decode = ["sox", "-t", kind, "-r", "8000", "-c", "1", "-", *raw]
    assert subprocess.run(decode, input=codes, capture_output=True, check=True).stdout == chosen.decode(codes)
    encode = ["sox", "-D", *raw, "-t", kind, "-"]
    theirs = subprocess.run(encode, input=ALL_SAMPLES, capture_output=True, check=True).stdout
    samples = np.frombuffer(ALL_SAMPLES, dtype="<i2").astype(int)

    def distance(encoded: bytes) -> np.typing.NDArray[np.int64]:
        decoded = np.frombuffer(chosen.decode(encoded), dtype="<i2").astype(np.int64)
        return np.asarray(np.abs(decoded - samples), dtype=np.int64)

    assert np.all(distance(chosen.encode(ALL_SAMPLES)) <= distance(theirs))
    assert chosen.encode(bytes(2)) == (b"\xff" if law is MU_LAW else b"\xd5")


@pytest.mark.parametrize("name", ["PCMU", "PCMA", "G722"])
def test_a_tone_survives_a_codec(name: CodecName) -> None:
    rate = pcm_rate(name)
    tone = (8000 * np.sin(2 * np.pi * 700 * np.arange(rate) / rate)).astype("<i2")
    one_way = codec(name)
    heard = np.frombuffer(codec(name).decode(one_way.encode(tone.tobytes())), dtype="<i2")
    assert len(heard) == rate
    delay = 22 if name == "G722" else 0
    error = heard[1000 + delay : 5000 + delay].astype(float) - tone[1000:5000]
    assert 20 * np.log10(np.std(error) / np.std(tone)) < -25


@given(
    payload=st.binary(max_size=200),
    sources=st.lists(st.integers(0, 2**32 - 1), max_size=15),
    marker=st.booleans(),
    kind=st.integers(0, 127),
    numbers=st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
)
def test_packets_read_as_another_library_writes_them(
    payload: bytes, sources: list[int], marker: bool, kind: int, numbers: tuple[int, int, int]
) -> None:
    sequence, timestamp, ssrc = numbers
    theirs = RtpPacket(kind, int(marker), sequence, timestamp, ssrc, payload)
    theirs.csrc = sources
    assert rtp_packet.parse(theirs.serialize()) == (kind, marker, sequence, timestamp, ssrc, payload)
    if not sources:
        built = rtp_packet.build(
            payload, payload_type=kind, marker=marker, sequence=sequence, timestamp=timestamp, ssrc=ssrc
        )
        assert built == theirs.serialize()


@given(st.binary(max_size=100), st.integers(0, 255))
def test_garbage_is_read_as_another_library_reads_it_or_not_at_all(data: bytes, first: int) -> None:
    data = bytes([first]) + data
    try:
        theirs = RtpPacket.parse(data)
    except ValueError:
        return
    ours = rtp_packet.parse(data)
    assert ours is not None
    assert ours.payload == theirs.payload


def feed(receiver: Receiver, *sequences: int) -> None:
    for sequence in sequences:
        payload = bytes([sequence & 0xFF]) * 160
        receiver.feed(sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, payload, sequence * 20.0)


CODES = {MU_LAW.decode(bytes([code])): code for code in range(256)}


@dataclass
class Heard:
    frames: list[tuple[int, bool]] = field(default_factory=list)

    def __call__(self, pcm: bytes, concealed: bool) -> None:
        assert len(pcm) == 320
        self.frames.append((0 if concealed else CODES[pcm[:2]], concealed))


@pytest.mark.parametrize(
    ("sequences", "played", "lost"),
    [
        ([1, 2, 3], [1, 2, 3], 0),
        ([1, 3, 2, 4], [1, 2, 3, 4], 0),
        ([1, 1, 2, 2, 3], [1, 2, 3], 0),
        ([1, 3, 4, 2, 5], [1, 2, 3, 4, 5], 0),
        ([1, 4, 5, 6], [1, 0, 0, 4, 5, 6], 2),
        # Too late for its turn: made up for, and no more.
        ([1, 3, 4, 5, 2, 6], [1, 0, 3, 4, 5, 6], 1),
        # A second or more is missing: nobody wants to hear that made up.
        ([1, 2, 102, 103], [1, 2, 102, 103], 0),
        # The sender began anew, with no word of it.
        ([250, 251, 20, 21, 22], [250, 251, 21, 22], 0),
    ],
)
def test_order_and_loss(sequences: list[int], played: list[int], lost: int) -> None:
    heard = Heard()
    receiver = Receiver(codec("PCMU"), 8000, heard)
    feed(receiver, *sequences)
    assert [number for number, _ in heard.frames] == played
    assert sum(concealed for _, concealed in heard.frames) == played.count(0)
    assert receiver.lost == lost


def test_sequence_numbers_wrap() -> None:
    heard = Heard()
    receiver = Receiver(codec("PCMU"), 8000, heard)
    feed(receiver, *range(65_530, 65_550))
    assert len(heard.frames) == 20
    assert (receiver.received, receiver.lost) == (20, 0)


def test_jitter_is_that_of_rfc_3550_and_survives_a_wrapping_timestamp() -> None:
    receiver = Receiver(codec("PCMU"), 8000, lambda pcm, concealed: None)
    rng = random.Random(1)
    expected, last = 0.0, None
    for number in range(500):
        transit = rng.uniform(0, 30)
        receiver.feed(
            number, (2**32 - 40_000 + number * 160) & 0xFFFFFFFF, b"\xff" * 160, number * 20 + transit
        )
        if last is not None:
            expected += (abs(transit - last) - expected) / 16
        last = transit
    assert receiver.quality.jitter_ms == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("size", [80, 240, 480])
def test_packets_of_any_length_become_frames_of_20_ms(size: int) -> None:
    frames: list[bytes] = []
    receiver = Receiver(codec("PCMU"), 8000, lambda pcm, concealed: frames.append(pcm))
    for number in range(12):
        receiver.feed(number, number * size, b"\xff" * size, number * size / 8)
    assert len(frames) == 12 * size // 160


@given(
    st.lists(
        st.tuples(st.integers(0, 65_535), st.integers(0, 2**32 - 1), st.binary(max_size=400)), max_size=60
    )
)
def test_no_stream_breaks_the_receiver(packets: list[tuple[int, int, bytes]]) -> None:
    frames: list[bytes] = []
    receiver = Receiver(codec("G722"), 16_000, lambda pcm, concealed: frames.append(pcm))
    for at, (sequence, timestamp, payload) in enumerate(packets):
        receiver.feed(sequence, timestamp, payload or None, at * 20.0)
    assert all(len(frame) == 640 for frame in frames)
    assert receiver.lost >= 0


def test_a_key_is_told_once_and_without_its_end() -> None:
    told: list[str] = []
    reader = KeyReader(told.append)
    for digit, began in (("5", 1000), ("5", 4000), ("#", 9000)):
        for payload, _ in list(rtp_events.press(digit))[:-3]:
            reader.feed(began, payload)
        # The last packet of the key before comes late.
        reader.feed(1000, next(iter(rtp_events.press("5")))[0])
    reader.feed(12_000, b"\x10\x00\x00\xa0")  # flash: no key
    reader.feed(13_000, b"\x01")
    assert told == ["5", "5", "#"]


# A session between real sockets, on a virtual clock.

FORM = MediaFormat("PCMU", 0, 101)


class Peer:
    """The other end: a plain socket."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.address: tuple[str, int] = self.socket.getsockname()

    async def receive(self) -> rtp_packet.Packet:
        data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.socket, 2000), 5)
        packet = rtp_packet.parse(data)
        assert packet is not None
        return packet

    def say(
        self,
        sequence: int,
        to: int,
        *,
        ssrc: int = 7,
        kind: int = 0,
        timestamp: int | None = None,
        payload: bytes = b"\xff" * 160,
    ) -> None:
        packet = rtp_packet.build(
            payload,
            payload_type=kind,
            marker=False,
            sequence=sequence,
            timestamp=sequence * 160 if timestamp is None else timestamp,
            ssrc=ssrc,
        )
        self.socket.sendto(packet, ("127.0.0.1", to))


@pytest.fixture
def peers() -> Iterator[list[Peer]]:
    made = [Peer(), Peer()]
    yield made
    for peer in made:
        peer.socket.close()


@dataclass
class Running:
    session: RtpSession
    port: int
    clock: VirtualClock
    frames: list[bytes] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)

    async def settle(self) -> None:
        """Let what is on its way arrive."""
        for _ in range(3):
            await asyncio.sleep(0.01)

    async def passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture(params=[True])
async def running(request: pytest.FixtureRequest, peers: list[Peer]) -> AsyncIterator[Running]:
    clock = VirtualClock()
    ports = RtpPorts("127.0.0.1", 36_000, 36_999, rng=random.Random()).open()
    frames: list[bytes] = []
    digits: list[str] = []
    session = RtpSession(
        FORM,
        peers[0].address,
        symmetric=request.param,
        clock=clock,
        rng=random.Random(1),
        on_frame=lambda pcm, concealed: frames.append(pcm),
        on_digit=digits.append,
    )
    await session.open(ports)
    yield Running(session, ports.port, clock, frames, digits)
    session.close()


async def test_timestamps_follow_the_clock_over_a_pause(running: Running, peers: list[Peer]) -> None:
    frame = bytes(320)
    for _ in range(3):
        running.session.send(frame)
        await running.passes(0.02)
    await running.passes(1.0)
    running.session.send(frame)
    first, second, third, later = [await peers[0].receive() for _ in range(4)]
    assert [packet.marker for packet in (first, second, third, later)] == [True, False, False, True]
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 160
    assert (later.timestamp - third.timestamp) & 0xFFFFFFFF == 160 * 51
    assert (later.sequence - first.sequence) & 0xFFFF == 3


async def test_only_the_negotiated_address_is_heard_once_it_spoke(
    running: Running, peers: list[Peer]
) -> None:
    caller, stranger = peers
    caller.say(1, running.port)
    await running.settle()
    stranger.say(2, running.port)
    stranger.say(3, running.port)
    caller.say(2, running.port)
    await running.settle()
    assert len(running.frames) == 2
    assert running.session.ignored == 2


async def test_a_caller_behind_a_router_is_answered_where_they_are(
    running: Running, peers: list[Peer]
) -> None:
    router = peers[1]
    router.say(1, running.port)
    await running.settle()
    running.session.send(bytes(320))
    assert (await router.receive()).payload == b"\xff" * 160


@pytest.mark.parametrize("running", [False], indirect=True)
async def test_without_symmetry_nobody_else_is_heard(running: Running, peers: list[Peer]) -> None:
    peers[1].say(1, running.port)
    await running.settle()
    assert running.frames == []


async def test_another_stream_takes_over_and_a_stray_packet_does_not(
    running: Running, peers: list[Peer]
) -> None:
    caller = peers[0]
    for sequence, ssrc in ((1, 7), (2, 7), (900, 8), (3, 7), (901, 8), (4, 7)):
        caller.say(sequence, running.port, ssrc=ssrc)
    await running.settle()
    assert len(running.frames) == 4
    for sequence in (902, 903, 904):
        caller.say(sequence, running.port, ssrc=8)
    await running.settle()
    assert len(running.frames) == 6
    assert running.session.reception().lost == 0


async def test_keys_come_between_audio_without_being_loss(running: Running, peers: list[Peer]) -> None:
    caller = peers[0]
    event = next(iter(rtp_events.press("9")))[0]
    caller.say(1, running.port)
    for sequence in (2, 3):
        caller.say(sequence, running.port, kind=101, timestamp=320, payload=event)
    caller.say(4, running.port)
    await running.settle()
    assert running.digits == ["9"]
    assert (len(running.frames), running.session.reception().lost) == (2, 0)


async def test_pressed_keys_are_spaced_and_silence_the_audio(running: Running, peers: list[Peer]) -> None:
    assert running.session.press("5x")
    await asyncio.sleep(0)
    running.session.send(bytes(320))
    for _ in range(20):
        await running.passes(0.02)
    running.session.send(bytes(320))
    packets = [await peers[0].receive() for _ in range(11)]
    keys, audio = packets[:10], packets[10]
    assert {packet.payload_type for packet in keys} == {101}
    assert len({packet.timestamp for packet in keys}) == 1
    assert [bool(packet.payload[1] & 0x80) for packet in keys] == [False] * 7 + [True] * 3
    assert audio.payload_type == 0
    assert (audio.timestamp - keys[0].timestamp) & 0xFFFFFFFF >= 160 * 18


async def test_nothing_is_sent_to_who_does_not_listen(running: Running, peers: list[Peer]) -> None:
    running.session.sends = False
    running.session.send(bytes(320))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await peers[0].receive()


async def test_reports_tell_the_round_trip(running: Running, peers: list[Peer]) -> None:
    other = RtpPorts("127.0.0.1", 36_000, 36_999, rng=random.Random()).open()
    answering = RtpSession(
        FORM,
        ("127.0.0.1", running.port),
        symmetric=True,
        clock=running.clock,
        rng=random.Random(2),
        on_frame=lambda pcm, concealed: None,
        on_digit=lambda digit: None,
    )
    await answering.open(other)
    try:
        running.session.redirect(("127.0.0.1", other.port), FORM)
        for _ in range(2):
            running.session.send(bytes(320))
            answering.send(bytes(320))
            await running.passes(10)
            await running.settle()
            running.session.report(running.clock.now())
            await running.settle()
            answering.report(running.clock.now())
            await running.settle()
        trip = running.session.reception().round_trip_ms
        assert trip is not None
        assert 0 <= trip < 5000
    finally:
        answering.close()


async def test_garbage_changes_nothing(running: Running, peers: list[Peer]) -> None:
    rng = random.Random(3)
    caller = peers[0]
    for sequence in range(1, 200):
        noise = rng.randbytes(rng.randrange(60))
        caller.socket.sendto(noise, ("127.0.0.1", running.port))
        caller.socket.sendto(b"\x80" + noise, ("127.0.0.1", running.port + 1))
        caller.socket.sendto(b"\x81\xc8" + noise, ("127.0.0.1", running.port + 1))
        caller.say(sequence, running.port)
        # A socket is read one packet at a time.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await running.settle()
    assert len(running.frames) == 199


def test_ports_run_out_and_come_back() -> None:
    ports = RtpPorts("127.0.0.1", 37_000, 37_003, rng=random.Random(1))
    taken = [ports.open(), ports.open()]
    with pytest.raises(NoPortLeft):
        ports.open()
    for pair in taken:
        assert pair.port % 2 == 0
        pair.media.close()
        pair.control.close()
    again = ports.open()
    again.media.close()
    again.control.close()
