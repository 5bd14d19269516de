from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway import limits
from voice_gateway.leg import CallInfo, Refusal, Transport
from voice_gateway.limits import CallLimits, Lines, PeerRate
from voice_gateway.settings import Settings, WebRtcSection

PEER = "192.0.2.7"


class Time:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def make(
    time: Time, *, calls: int = 100, a_minute: int | None = 5, spare_loopback: bool = True
) -> CallLimits:
    return CallLimits(most_calls=calls, most_a_minute=a_minute, now=time, spare_loopback=spare_loopback)


def call(number: int, peer: str = PEER) -> CallInfo:
    return CallInfo(transport="sip", call_id=f"call-{number}", peer=peer)


def test_a_full_gateway_asks_to_try_again_until_a_call_ends() -> None:
    limits = make(Time(), calls=2, a_minute=None)
    assert limits.admit(call(1)) is None
    assert limits.admit(call(2)) is None

    refusal = limits.admit(call(3))

    assert refusal == Refusal(503, "All lines are busy", 10)
    limits.release(call(1))
    assert limits.admit(call(3)) is None
    assert limits.calls == 2


def test_releasing_twice_frees_one_line() -> None:
    limits = make(Time(), calls=2, a_minute=None)
    limits.admit(call(1))
    limits.admit(call(2))

    limits.release(call(1))
    limits.release(call(1))

    assert limits.calls == 1


def test_the_same_call_is_not_taken_twice() -> None:
    limits = make(Time())
    limits.admit(call(1))

    assert limits.admit(call(1)) == Refusal(486, "This call is up already")
    assert limits.admit(call(1, peer="192.0.2.8")) is None


def test_a_peer_that_calls_too_often_is_told_when_it_may() -> None:
    time = Time()
    limits = make(time, a_minute=2)
    assert limits.admit(call(1)) is None
    time.s += 10
    assert limits.admit(call(2)) is None
    time.s += 10.5

    refusal = limits.admit(call(3))

    assert refusal == Refusal(429, "Too many calls from this address", 40)
    assert limits.admit(call(4, peer="192.0.2.8")) is None
    time.s += 40
    assert limits.admit(call(3)) is None


def come(limits: CallLimits, transport: Transport, count: int, peer: str = "198.51.100.{}") -> list[int]:
    """The statuses of so many calls, 0 for those that are taken; ``peer`` is one address each."""
    refusals = [
        limits.admit(CallInfo(transport=transport, call_id=f"{transport}-{n}-{peer}", peer=peer.format(n)))
        for n in range(count)
    ]
    return [0 if refusal is None else refusal.status for refusal in refusals]


def test_browsers_fill_their_own_lines_and_the_trunk_still_gets_through() -> None:
    limits = CallLimits(most_calls=20, most_a_minute=30, now=Time(), lines=Settings().lines())
    assert come(limits, "webrtc", 20) == [0] * 10 + [503] * 10
    assert come(limits, "sip", 10) == [0] * 10
    assert come(limits, "sip", 11)[-1] == 503


def test_no_peer_has_all_the_lines() -> None:
    limits = CallLimits(most_calls=20, most_a_minute=None, now=Time(), lines=Settings().lines())
    assert come(limits, "webrtc", 6, "198.51.100.1") == [0] * 4 + [429] * 2
    assert come(limits, "sip", 20, "198.51.100.1") == [0] * 15 + [429] * 5
    assert come(limits, "sip", 1, "198.51.100.2") == [0], "of another peer"
    refusal = limits.admit(CallInfo(transport="sip", call_id="x", peer="198.51.100.1"))
    assert refusal is not None
    assert refusal.retry_after_s == 10
    limits.release(CallInfo(transport="sip", call_id="sip-0-198.51.100.1", peer="198.51.100.1"))
    assert limits.admit(CallInfo(transport="sip", call_id="x", peer="198.51.100.1")) is None


def test_of_ipv6_a_subscriber_is_one_peer_and_of_ipv4_it_does_not_matter_how_it_is_written() -> None:
    lines: dict[Transport, Lines] = {"webrtc": Lines(per_peer=2)}
    limits = CallLimits(most_calls=20, most_a_minute=None, now=Time(), lines=lines)
    assert come(limits, "webrtc", 3, "2001:db8:1:2::{}") == [0, 0, 429]
    assert come(limits, "webrtc", 1, "2001:db8:1:3::{}") == [0]
    assert come(limits, "webrtc", 2, "198.51.100.1") == [0, 0]
    assert come(limits, "webrtc", 1, "::ffff:198.51.100.1") == [429]
    rate = PeerRate(1, now=Time())
    assert rate.wait_s("2001:db8::1") == 0
    assert rate.wait_s("2001:db8::ffff:2") == 60


def test_callers_of_a_provider_are_told_apart_by_their_numbers() -> None:
    lines: dict[Transport, Lines] = {"twilio": Lines(per_peer=1)}
    limits = CallLimits(most_calls=20, most_a_minute=None, now=Time(), lines=lines)

    def ring(call_id: str, caller: str) -> Refusal | None:
        info = CallInfo(transport="twilio", call_id=call_id, peer="198.51.100.1", caller=caller)
        return limits.admit(info)

    assert ring("a", "+4712345678") is None
    assert ring("b", "+4712345679") is None
    assert ring("c", "+4712345678") is not None


def test_reserved_lines_are_kept_for_their_transport() -> None:
    lines: dict[Transport, Lines] = {"sip": Lines(reserved=2), "twilio": Lines(reserved=1)}
    limits = CallLimits(most_calls=5, most_a_minute=None, now=Time(), lines=lines)
    assert come(limits, "webrtc", 4) == [0, 0, 503, 503]
    assert come(limits, "twilio", 2) == [0, 503]
    assert come(limits, "sip", 3) == [0, 0, 503]
    assert limits.calls == 5


def test_a_small_gateway_has_a_line_for_browsers_and_settings_say_otherwise() -> None:
    assert Settings(calls=1).lines()["webrtc"] == Lines(most=1, per_peer=1)
    section = WebRtcSection(calls=7, calls_per_peer=6, reserved_calls=5)
    assert Settings(webrtc=section).lines()["webrtc"] == Lines(most=7, per_peer=6, reserved=5)
    assert Settings(calls=40).lines()["sip"] == Lines(most=40, per_peer=30)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_loopback_has_no_rate_unless_told_so(peer: str) -> None:
    spared, strict = make(Time(), a_minute=1), make(Time(), a_minute=1, spare_loopback=False)

    for each in (spared, strict):
        each.admit(call(1, peer))

    assert spared.admit(call(2, peer)) is None
    assert strict.admit(call(2, peer)) is not None


def test_a_peer_without_a_known_address_has_a_rate_too() -> None:
    limits = make(Time(), a_minute=1)
    limits.admit(call(1, "trunk.example"))

    assert limits.admit(call(2, "trunk.example")) is not None


def test_a_flood_of_addresses_does_not_grow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_PEERS", 10)
    rate = PeerRate(1, now=Time())

    for number in range(100):
        rate.wait_s(f"198.51.100.{number}")

    assert len(rate._recent) == 10
    assert rate.wait_s("198.51.100.99") > 0


@given(st.integers(1, 4), st.lists(st.tuples(st.floats(0, 50), st.booleans()), max_size=40))
def test_no_minute_has_more_calls_than_allowed(a_minute: int, steps: list[tuple[float, bool]]) -> None:
    time = Time()
    gateway = make(time, a_minute=a_minute, calls=5)
    admitted: list[float] = []
    for number, (pause, hangs_up) in enumerate(steps):
        time.s += pause
        if gateway.admit(call(number)) is None:
            admitted.append(time.s)
        if hangs_up:
            gateway.release(call(number))
        assert gateway.calls <= 5
    for at in admitted:
        assert sum(at - 60 < other <= at for other in admitted) <= a_minute
