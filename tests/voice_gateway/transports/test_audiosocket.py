"""AudioSocket, over real TCP connections and a simulated Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.voice_gateway.transports.simulators.audiosocket import HEADER, AudioSocketPeer
from tests.voice_gateway.transports.simulators.taker import RecordingTaker, Taken
from tests.voice_gateway.transports.simulators.tones import frames, loudness, tone
from voice_gateway.leg import Audio, Refusal
from voice_gateway.transports.audiosocket import (
    RATES,
    AudioSocketServer,
    AudioSocketSettings,
    is_allowed,
    read_message,
)


@asynccontextmanager
async def listening(taker: RecordingTaker, **more: Any) -> AsyncIterator[AudioSocketPeer]:
    """A server, and a peer that has connected."""
    server = AudioSocketServer(taker, AudioSocketSettings(port=0, **more))
    peer = await AudioSocketPeer.connect(await server.start())
    try:
        yield peer
    finally:
        await peer.close()
        await server.close()


@asynccontextmanager
async def calling(taker: RecordingTaker, **more: Any) -> AsyncIterator[tuple[AudioSocketPeer, Taken]]:
    async with listening(taker, **more) as peer:
        await peer.call(uuid4())
        await peer.say(0x10, bytes(320))
        yield peer, await taker.call()


@pytest.mark.parametrize("kind", sorted(RATES))
async def test_a_tone_goes_both_ways_at_every_rate(kind: int) -> None:
    taker, wire = RecordingTaker(), RATES[kind]
    async with listening(taker) as peer:
        uuid = uuid4()
        await peer.call(uuid)
        for frame in frames(tone(440, 600, wire), wire):
            await peer.say(kind, frame)
        taken = await taker.call()
        assert taken.leg.info.call_id == str(uuid)
        ours = taken.leg.rate
        assert ours == (8000 if wire == 8000 else 16_000)
        await taken.until(lambda: len(taken.of(Audio)) >= 28)
        assert {len(event.pcm) for event in taken.of(Audio)} == {ours // 50 * 2}
        assert loudness(taken.pcm[ours // 5 :], 440, ours) == pytest.approx(0.5, abs=0.03)

        for frame in frames(tone(620, 600, ours), ours):
            taken.leg.send(frame)
            await asyncio.sleep(0)
        taken.leg.mark("said")
        await taken.until(lambda: taken.marked == ["said"])
        taken.leg.hang_up()
        await peer.until_closed()
        assert peer.got[-1] == (0x00, b"")
        assert loudness(peer.audio(kind)[wire // 5 :], 620, wire) == pytest.approx(0.5, abs=0.03)
        assert await taken.until_ended() == "hangup"


async def test_keys_hang_up_and_kinds_of_the_future() -> None:
    async with calling(RecordingTaker()) as (peer, taken):
        await peer.say(0x03, b"7")
        await peer.say(0x03, b"\xff")
        await peer.say(0x42, b"new")
        await peer.say(0x10, b"\x00")
        await peer.say(0x03, b"#")
        await peer.say(0x00)
        assert await taken.until_ended() == "hangup"
        assert taken.digits == "7#"
        await peer.until_closed()


async def test_an_error_ends_the_call() -> None:
    async with calling(RecordingTaker()) as (peer, taken):
        await peer.say(0xFF, b"\x04")
        assert await taken.until_ended() == "error"


async def test_clear_throws_away_what_was_not_written() -> None:
    async with calling(RecordingTaker()) as (peer, taken):
        for _ in range(30):
            taken.leg.send(bytes(320))
        taken.leg.mark("cleared")
        taken.leg.clear()
        await taken.until(lambda: taken.marked == ["cleared"])
        taken.leg.hang_up()
        await peer.until_closed()
        assert peer.got == [(0x00, b"")]


async def test_a_key_before_any_audio_is_a_call_too() -> None:
    taker = RecordingTaker()
    async with listening(taker) as peer:
        await peer.call(uuid4())
        await peer.say(0x03, b"1")
        taken = await taker.call()
        await taken.until(lambda: taken.digits == "1")
        assert taken.leg.rate == 8000


async def test_a_peer_that_sends_nothing_after_its_uuid_is_a_call_until_it_is_idle() -> None:
    taker = RecordingTaker()
    async with listening(taker, idle_s=0.1) as peer:
        await peer.call(uuid4())
        taken = await taker.call()
        assert await taken.until_ended() == "lost"
        await peer.until_closed()


@pytest.mark.parametrize(
    "sent", [b"", b"\x01", HEADER.pack(0x01, 16) + b"\x00" * 7, HEADER.pack(0x10, 320) + bytes(320)]
)
async def test_what_does_not_begin_with_a_uuid_is_closed(sent: bytes) -> None:
    taker = RecordingTaker()
    async with listening(taker, start_s=0.1) as peer:
        peer.writer.write(sent)
        await peer.until_closed()
    assert taker.admitted == []


async def test_a_peer_that_dies_in_mid_frame_ends_the_call() -> None:
    async with calling(RecordingTaker()) as (peer, taken):
        peer.writer.write(HEADER.pack(0x10, 320) + bytes(100))
        await peer.writer.drain()
        peer.writer.transport.abort()
        assert await taken.until_ended() == "lost"


async def test_a_peer_that_dies_between_its_uuid_and_its_audio_gives_its_admission_back() -> None:
    taker = RecordingTaker()
    async with listening(taker) as peer:
        await peer.call(uuid4())
        await peer.say(0x10)
        peer.writer.write(HEADER.pack(0x10, 320)[:2])
        await peer.close()
        taken = await taker.call()
        assert await taken.until_ended() == "lost"
    async with listening(taker) as peer:
        await peer.call(uuid4())
        await peer.close()
        async with asyncio.timeout(5):
            while not taker.released:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert len(taker.released) == 1


async def test_a_peer_that_floods_is_cut_off() -> None:
    async with calling(RecordingTaker()) as (peer, taken):
        with suppress(ConnectionError):
            for _ in range(2000):
                await peer.say(0x10, bytes(320))
        assert await taken.until_ended() == "error"
        assert 90 <= len(taken.of(Audio)) < 400


async def test_who_may_call() -> None:
    known = uuid4()
    taker = RecordingTaker()
    async with listening(taker, uuids=frozenset({known})) as peer:
        await peer.call(uuid4())
        await peer.until_closed()
    async with listening(taker, allow=(ip_network("10.0.0.0/8"),)) as peer:
        await peer.until_closed()
    async with listening(taker, most_connections=0) as peer:
        await peer.until_closed()
    assert taker.admitted == []
    taker.refusal = Refusal(486, "busy")
    async with listening(taker, uuids=frozenset({known})) as peer:
        await peer.call(known)
        await peer.until_closed()
        assert peer.got == [(0x00, b"")]


def test_networks() -> None:
    networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert is_allowed("127.0.0.9", networks)
    assert is_allowed("::ffff:127.0.0.1", networks)
    assert is_allowed("::1", networks)
    assert not is_allowed("10.0.0.1", networks)
    assert not is_allowed("", networks)


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_an_end(sent: bytes) -> None:
    async def read_all() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(sent)
        reader.feed_eof()
        rest = len(sent)
        try:
            while True:
                _, payload = await read_message(reader)
                rest -= HEADER.size + len(payload)
                assert rest >= 0
        except asyncio.IncompleteReadError:
            return

    asyncio.run(read_all())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=700)), max_size=30), st.binary(max_size=40))
async def test_any_messages_end_a_call_and_no_more(messages: list[tuple[int, bytes]], rest: bytes) -> None:
    taker = RecordingTaker()
    async with listening(taker) as peer:
        await peer.call(UUID(int=1))
        await peer.say(0x10, bytes(320))
        taken = await taker.call()
        with suppress(ConnectionError):
            for kind, payload in messages:
                await peer.say(kind, payload)
            peer.writer.write(rest)
            await peer.close()
        assert await taken.until_ended() in ("hangup", "error", "lost")
        assert {len(event.pcm) for event in taken.of(Audio)} == {320}
