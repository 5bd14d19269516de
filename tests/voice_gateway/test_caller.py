"""The tests' own telephone, tried on sipp, which answers and sends back what it hears."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.support.caller import FRAME, RATE, Caller, decode, encode
from tests.support.requirements import require
from tests.support.sip_client import CallRefused, Message

BEEP = (np.sin(np.arange(RATE // 2) * 2 * np.pi * 440 / RATE) * 8000).astype("<i2").tobytes()
QUIET = bytes(RATE)


ANSWER = """<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
]]></send><recv request="ACK"/>"""
BYE = """<recv request="BYE"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[str]:
    """A SIP URI at which everything that is said comes back."""
    with _sipp(tmp_path, "-sn", "uas") as uri:
        yield uri


@pytest.fixture
def echo_with_hold(tmp_path: Path) -> Iterator[str]:
    """Another, which takes two re-INVITEs."""
    scenario = tmp_path / "hold.xml"
    invites = ('<recv request="INVITE"/>' + ANSWER) * 3
    scenario.write_text(f'<?xml version="1.0"?><scenario name="hold">{invites}{BYE}</scenario>')
    with _sipp(tmp_path, "-sf", str(scenario)) as uri:
        yield uri


@contextmanager
def _sipp(folder: Path, *scenario: str) -> Iterator[str]:
    require("sipp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    local = ("-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-mp", str(20_000 + port // 4 * 2))
    process = subprocess.Popen(
        ["sipp", *scenario, "-rtp_echo", "-nostdin", *local],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield f"sip:ivr@127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


async def test_a_call_is_timed_and_recorded_in_both_directions(echo: str, tmp_path: Path) -> None:
    async with Caller(echo) as call:
        await call.say(QUIET)
        spoken = await call.say(BEEP)
        began = await call.wait_for_audio(after=spoken.at(0) - 0.2, within_s=5.0)
        ended = await call.wait_for_silence(for_s=0.3, after=began, within_s=5.0)

        # The echo's first packet leaves when 20 ms were spoken.
        assert spoken.at(0) <= began
        assert ended - began == pytest.approx(0.5, abs=0.1)
        assert call.lost_packets == 0
        assert call.first_audio_after(ended + 0.05) is None
        heard, said = call.save(tmp_path)
        assert _loud_ms(said) == pytest.approx(500, abs=20)
        assert _loud_ms(heard) == pytest.approx(500, abs=20)
    assert call.has_ended
    assert not call.sip.ended_by_peer


async def test_keys_are_telephone_events(echo: str) -> None:
    async with Caller(echo) as call:
        await call.press("48*#0")
        await asyncio.sleep(0.2)

    assert call.digits_heard == "48*#0"


async def test_a_phone_on_hold_sends_nothing(echo_with_hold: str) -> None:
    async with Caller(echo_with_hold) as call:
        await call.hold()
        await asyncio.sleep(0.06)
        sent = len(call.said_packets)
        await asyncio.sleep(0.2)
        assert len(call.said_packets) == sent
        await call.resume()
        await call.say(BEEP)
        assert len(call.said_packets) >= sent + 25


async def test_who_hung_up_says_nothing_more(echo: str) -> None:
    async with Caller(echo) as call:
        saying = asyncio.create_task(call.say(BEEP))
        await asyncio.sleep(0.1)
        await call.hang_up()
        with pytest.raises(ConnectionError, match="the call ended"):
            await saying
        with pytest.raises(ConnectionError, match="the call ended"):
            await call.press("1")


async def test_what_nobody_answers_is_refused_or_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.sip_client.ANSWER_WITHIN_S", 0.7)
    with pytest.raises(TimeoutError):
        async with Caller("sip:ivr@127.0.0.1:9"):
            pass


async def test_a_busy_answer_is_an_error_with_its_status() -> None:
    class Busy(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            request = Message.parse(data)
            if request.method == "INVITE":
                same = tuple(
                    each for each in request.headers if each[0] in ("via", "from", "to", "call-id", "cseq")
                )
                self.transport.sendto(Message("SIP/2.0 486 Busy Here", same).pack(), addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Busy, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        with pytest.raises(CallRefused, match="486") as caught:
            async with Caller(f"sip:ivr@127.0.0.1:{port}"):
                pass
    finally:
        transport.close()
    assert caught.value.status == 486


def test_mu_law_is_that_of_the_recommendation() -> None:
    assert decode(bytes([0xFF, 0x7F, 0x80, 0x00])).tolist() == [0, 0, 32124, -32124]
    assert encode(decode(bytes(range(256)))) == bytes(0xFF if code == 0x7F else code for code in range(256))
    samples = np.arange(-32768, 32768, dtype=np.int32)
    error = np.abs(decode(encode(samples.astype(np.int16))) - samples)
    assert (error <= np.maximum(8, np.abs(samples) / 30 + 4)).mean() > 0.98


def _loud_ms(path: Path) -> int:
    with wave.open(str(path)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)
    return int((np.sqrt((frames**2).mean(axis=1)) > 500).sum()) * 20
