"""How many calls may come in, and how often one peer may do what anyone may."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

from voice_gateway.leg import CallInfo, Refusal

WINDOW_S = 60.0
MOST_PEERS = 10_000
"""Peers whose rate is remembered; beyond that, those who called longest ago are forgotten first."""
RETRY_WHEN_FULL_S = 10
"""When to try again at a full gateway: calls end all the time, so it is worth trying soon."""


class PeerRate:
    """Counts what peers do.

    ``most_a_minute``: of one peer in any 60 s; None is no limit. ``spare_loopback``: peers on this machine
    (the edge proxy, a test) have no rate. ``now`` is monotonic time in seconds.
    """

    def __init__(
        self, most_a_minute: int | None, *, now: Callable[[], float], spare_loopback: bool = True
    ) -> None:
        self._most_a_minute = most_a_minute
        self._now = now
        self._spare_loopback = spare_loopback
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, peer: str) -> int:
        """Seconds until the peer may; 0 is now, and then this once is counted."""
        if self._most_a_minute is None or (self._spare_loopback and _is_loopback(peer)):
            return 0
        now = self._now()
        recent = self._recent.pop(peer, None) or deque(maxlen=self._most_a_minute)
        self._recent[peer] = recent
        if len(self._recent) > MOST_PEERS:
            self._recent.popitem(last=False)
        if len(recent) == self._most_a_minute:
            wait_s = recent[0] + WINDOW_S - now if recent else WINDOW_S
            if wait_s > 0:
                return ceil(wait_s)
        recent.append(now)
        return 0


class CallLimits:
    """Counts calls from their admission to their end.

    ``most_calls``: at once. The others are as of `PeerRate`, for the calls that are admitted.
    """

    def __init__(
        self,
        *,
        most_calls: int,
        most_a_minute: int | None,
        now: Callable[[], float],
        spare_loopback: bool = True,
    ) -> None:
        self._most_calls = most_calls
        self._rate = PeerRate(most_a_minute, now=now, spare_loopback=spare_loopback)
        self._admitted: set[tuple[str, str, str]] = set()

    @property
    def calls(self) -> int:
        """How many there are now."""
        return len(self._admitted)

    def admit(self, info: CallInfo) -> Refusal | None:
        """Count a call in, or say why not; what was admitted is to be given back with `release`.

        A refused attempt does not count towards the peer's rate, so that a phone which tries again patiently
        gets through.
        """
        if _key(info) in self._admitted:
            return Refusal(486, "This call is up already")
        if len(self._admitted) >= self._most_calls:
            return Refusal(503, "All lines are busy", RETRY_WHEN_FULL_S)
        wait_s = self._rate.wait_s(_whose(info))
        if wait_s > 0:
            return Refusal(429, "Too many calls from this address", wait_s)
        self._admitted.add(_key(info))
        return None

    def release(self, info: CallInfo) -> None:
        """The call is over; again, or for one that was not admitted, is no error."""
        self._admitted.discard(_key(info))


PROVIDERS: Final = frozenset({"twilio", "telnyx", "exotel"})
"""Their address is that of all their callers, so the caller's number stands for the peer."""


def _whose(info: CallInfo) -> str:
    return info.caller if info.transport in PROVIDERS and info.caller else info.peer


def _key(info: CallInfo) -> tuple[str, str, str]:
    # The id is the peer's own choice: another peer's call of the same id is another call.
    return info.transport, info.peer, info.call_id


def _is_loopback(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
