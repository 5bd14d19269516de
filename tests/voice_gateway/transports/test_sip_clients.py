"""The SIP transport as telephones see it: baresip and sipp on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from tests.support import sipp
from tests.support.baresip import RATE, Baresip
from tests.support.echo_calls import EchoCalls
from voice_gateway.leg import Digit, Ended, Held, Marked, Refusal, TransferProgress
from voice_gateway.transports.sip import SipSettings, SipTransport

SETTINGS = SipSettings(port=0, rtp_ports=(34_000, 34_999), codecs=("PCMU", "PCMA", "G722"))


@asynccontextmanager
async def taking_calls(taker: EchoCalls, settings: SipSettings = SETTINGS) -> AsyncIterator[SipTransport]:
    transport = SipTransport(settings)
    await transport.start(taker)
    try:
        yield transport
    finally:
        await transport.stop()


def uri(transport: SipTransport) -> str:
    host, port = transport.address
    return f"sip:ivr@{host}:{port}"


def tone_share(samples: np.typing.NDArray[np.int16], rate: int, hz: float) -> float:
    """How much of a sound's energy is within 20 Hz of a frequency, 0..1."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    return float(power[np.abs(frequencies - hz) < 20].sum() / power.sum())


async def until(condition: Callable[[], bool], *, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


@pytest.mark.requires("baresip")
@pytest.mark.parametrize(
    ("codec", "rate"), [("PCMU/8000/1", 8000), ("PCMA/8000/1", 8000), ("G722/16000/1", 16_000)]
)
async def test_a_telephone_hears_itself(tmp_path: Path, codec: str, rate: int) -> None:
    calls = EchoCalls()
    async with taking_calls(calls) as transport, Baresip.start(tmp_path, codecs=[codec]) as phone:
        await phone.dial(uri(transport))
        await phone.event("CALL_ESTABLISHED")
        call = await calls.call()
        assert call.leg.rate == rate
        assert (call.leg.info.caller, call.leg.info.called) == ("caller", "ivr")
        await call.hears(800)
        await phone.hang_up()
        assert (await call.event(Ended)).reason == "hangup"
        await phone.event("CALL_CLOSED")
        assert transport.calls == 0
    heard = np.frombuffer(bytes(call.heard), dtype="<i2")
    assert tone_share(heard[-rate // 2 :], rate, 440) > 0.9
    said, said_rate = phone.recording("dec")
    assert tone_share(said[-said_rate // 4 :], said_rate, 440) > 0.9
    assert call.leg.reception().lost == 0


@pytest.mark.requires("baresip")
async def test_keys_go_both_ways_and_hold_silences_us(tmp_path: Path) -> None:
    calls = EchoCalls(echo=False)
    async with taking_calls(calls) as transport, Baresip.start(tmp_path) as phone:
        await phone.dial(uri(transport))
        call = await calls.call()
        await phone.event("CALL_ESTABLISHED")
        await phone.press("48*#")
        assert [(await call.event(Digit)).digit for _ in range(4)] == list("48*#")

        call.leg.send_digits("7D")
        assert [(await phone.event("CALL_DTMF_START"))["param"] for _ in range(2)] == list("7D")

        await phone.hold()
        assert (await call.event(Held)).held
        before = len(call.heard)
        await asyncio.sleep(0.2)
        assert len(call.heard) == before
        await phone.resume()
        assert not (await call.event(Held)).held
        await call.hears(200)

        call.leg.mark("end of the greeting")
        assert (await call.event(Marked)).name == "end of the greeting"
        call.leg.hang_up("done")
        await phone.event("CALL_CLOSED")
        assert (await call.event(Ended)).reason == "done"


@pytest.mark.requires("baresip")
async def test_a_caller_who_gives_up_while_it_rings_is_released(tmp_path: Path) -> None:
    calls = EchoCalls()
    settings = replace(SETTINGS, ring_s=30)
    async with taking_calls(calls, settings) as transport, Baresip.start(tmp_path) as phone:
        await phone.dial(uri(transport))
        await phone.event("CALL_RINGING")
        await phone.hang_up()
        await until(lambda: len(calls.released) == 1)
        assert calls.released == calls.admitted
        assert (transport.calls, calls.calls) == (0, [])


@pytest.mark.requires("baresip")
async def test_only_those_who_know_the_password_come_in(tmp_path: Path) -> None:
    calls = EchoCalls()
    settings = replace(SETTINGS, users={"trunk": SecretStr("correct-horse")})
    async with taking_calls(calls, settings) as transport:
        async with Baresip.start(tmp_path / "good", user="trunk", password="correct-horse") as phone:
            await phone.dial(uri(transport))
            await phone.event("CALL_ESTABLISHED")
            await (await calls.call()).hears(100)
        async with Baresip.start(tmp_path / "bad", user="trunk", password="wrong") as phone:
            await phone.dial(uri(transport))
            closed = await phone.event("CALL_CLOSED")
            assert "401" in closed["param"] or "Auth" in closed["param"], closed
        assert len(calls.admitted) == 1


@pytest.mark.requires("baresip")
async def test_a_full_house_is_busy(tmp_path: Path) -> None:
    calls = EchoCalls()
    calls.refusal = Refusal(486, "Busy Here")
    async with taking_calls(calls) as transport, Baresip.start(tmp_path) as phone:
        await phone.dial(uri(transport))
        assert (await phone.event("CALL_CLOSED"))["param"].startswith("486")


@pytest.mark.requires("baresip")
async def test_a_call_is_transferred_to_another_telephone(tmp_path: Path) -> None:
    calls = EchoCalls()
    async with (
        taking_calls(calls) as transport,
        Baresip.start(tmp_path / "caller") as caller,
        Baresip.start(tmp_path / "agent", user="phone", answer="auto") as agent,
    ):
        await caller.dial(uri(transport))
        call = await calls.call()
        await caller.event("CALL_ESTABLISHED")
        call.leg.transfer(agent.uri, context_id="conversation-48213")
        arrived = await agent.event("CALL_ESTABLISHED")
        assert arrived["peeruri"] == "sip:caller@127.0.0.1"
        while (progress := await call.event(TransferProgress)).status < 200:
            pass
        assert progress.status == 200
        call.leg.hang_up("transferred")
        assert (await call.event(Ended)).reason == "transferred"


@pytest.mark.requires("baresip")
async def test_a_transfer_that_fails_is_told_and_the_call_goes_on(tmp_path: Path) -> None:
    calls = EchoCalls()
    async with taking_calls(calls) as transport, Baresip.start(tmp_path) as phone:
        await phone.dial(uri(transport))
        call = await calls.call()
        await phone.event("CALL_ESTABLISHED")
        # The transport itself has no room for a second call.
        calls.refusal = Refusal(486, "Busy Here")
        call.leg.transfer(uri(transport), context_id="c1")
        while (progress := await call.event(TransferProgress)).status < 200:
            pass
        assert progress.status == 486
        call.leg.transfer("sip:no such\r\nX: y", context_id="c1")
        assert (await call.event(TransferProgress)).status == 400


@pytest.mark.requires("sipp")
@pytest.mark.parametrize(("number", "talk_s"), [(20, 3), pytest.param(100, 30, marks=pytest.mark.slow)])
async def test_calls_at_once_lose_nothing(tmp_path: Path, number: int, talk_s: int) -> None:
    calls = EchoCalls()
    tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)).astype("<i2").tobytes()
    async with taking_calls(calls, replace(SETTINGS, most_pending=number)) as transport:
        outcome = await sipp.call(tmp_path, transport.address, calls=number, talk_s=talk_s, pcm=tone)
        await until(lambda: transport.calls == 0)
    assert (outcome.successful, outcome.failed) == (number, 0), outcome.output
    receptions = [call.leg.reception() for call in calls.calls]
    assert sum(reception.lost for reception in receptions) == 0
    assert all(reception.packets > 40 * talk_s for reception in receptions)
    assert sum(call.concealed for call in calls.calls) == 0


@pytest.mark.requires("sipp")
async def test_keys_of_another_make(tmp_path: Path) -> None:
    calls = EchoCalls()
    async with taking_calls(calls) as transport:
        outcome = await sipp.call(tmp_path, transport.address, calls=1, talk_s=0.2, keys="15#")
    assert outcome.successful == 1, outcome.output
    digits = [event.digit for event in calls.calls[0].events if isinstance(event, Digit)]
    assert digits == ["1", "5", "#"]
