"""How many calls may come in, and how often one peer may do what anyone may.

Each transport has lines of its own, so that who calls by one of them cannot take those of all the others; and
no peer has all the lines of a transport.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from voice_gateway.addresses import is_loopback, peer_of
from voice_gateway.leg import CallInfo, Refusal, Transport

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
        if self._most_a_minute is None or (self._spare_loopback and is_loopback(peer)):
            return 0
        now, peer = self._now(), peer_of(peer)
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


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Calls at once by one transport: ``most`` in all, and ``per_peer`` of one peer; None is no limit of its
    own. ``reserved`` lines are kept free for it, whatever comes by the others."""

    most: int | None = None
    per_peer: int | None = None
    reserved: int = 0


class CallLimits:
    """Counts calls from their admission to their end.

    ``most_calls``: at once, by all transports; ``lines``: of them, by each. The others are as of `PeerRate`,
    for the calls that are admitted; ``spare_loopback`` goes for the lines of one peer too.
    """

    def __init__(
        self,
        *,
        most_calls: int,
        most_a_minute: int | None,
        now: Callable[[], float],
        spare_loopback: bool = True,
        lines: Mapping[Transport, Lines] | None = None,
    ) -> None:
        self._most_calls = most_calls
        self._rate = PeerRate(most_a_minute, now=now, spare_loopback=spare_loopback)
        self._spare_loopback = spare_loopback
        self._lines = dict(lines or {})
        self._admitted: dict[tuple[str, str, str], tuple[Transport, str]] = {}
        self._by_transport: Counter[Transport] = Counter()
        self._by_peer: Counter[tuple[Transport, str]] = Counter()

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
        if not self._has_line(info.transport):
            return Refusal(503, "All lines are busy", RETRY_WHEN_FULL_S)
        caller = (info.transport, peer_of(_whose(info)))
        most = self._lines.get(info.transport, Lines()).per_peer
        spared = self._spare_loopback and is_loopback(_whose(info))
        if most is not None and not spared and self._by_peer[caller] >= most:
            return Refusal(429, "Too many calls at once from this address", RETRY_WHEN_FULL_S)
        wait_s = self._rate.wait_s(_whose(info))
        if wait_s > 0:
            return Refusal(429, "Too many calls from this address", wait_s)
        self._admitted[_key(info)] = caller
        self._by_transport[info.transport] += 1
        self._by_peer[caller] += 1
        return None

    def _has_line(self, transport: Transport) -> bool:
        """Whether the transport has a line left, besides those that are kept for others."""
        own = self._lines.get(transport, Lines())
        if own.most is not None and self._by_transport[transport] >= own.most:
            return False
        kept = sum(
            max(0, lines.reserved - self._by_transport[other])
            for other, lines in self._lines.items()
            if other != transport
        )
        return len(self._admitted) + kept < self._most_calls

    def release(self, info: CallInfo) -> None:
        """The call is over; again, or for one that was not admitted, is no error."""
        caller = self._admitted.pop(_key(info), None)
        if caller is None:
            return
        self._by_transport[caller[0]] -= 1
        self._by_peer[caller] -= 1
        if not self._by_peer[caller]:
            del self._by_peer[caller]


PROVIDERS: Final = frozenset({"twilio", "telnyx", "exotel"})
"""Their address is that of all their callers, so the caller's number stands for the peer."""


def _whose(info: CallInfo) -> str:
    return info.caller if info.transport in PROVIDERS and info.caller else info.peer


def _key(info: CallInfo) -> tuple[str, str, str]:
    # The id is the peer's own choice: another peer's call of the same id is another call.
    return info.transport, info.peer, info.call_id
