from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway import limits
from voice_gateway.leg import CallInfo, Refusal
from voice_gateway.limits import CallLimits, PeerRate

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
