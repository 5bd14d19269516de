"""Who the customer of a conversation is, and how surely: read off the log's `CustomerIdentified` events.

This is the only truth about it. Slots such as ``verified`` are views that the dialogue engine makes from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.events import CustomerIdentified

WEAK_S = 30 * 60.0
"""How long an order number with its postcode proves something, in seconds."""
STRONG_S = 60 * 60.0
"""How long a one-time code or a site's sign-in does. It is not prolonged by talking on."""
SIGNED_TOKEN = "signed_token"
EARLIER_SESSION = "earlier_session"


class Level(StrEnum):
    """How surely we know who the customer is, from nothing to `STRONG`.

    ``HINT``: they named something of somebody's, an order number for one. ``WEAK``: they know what is printed
    on a parcel; it counts for that order only. ``STRONG``: they read a code that was sent to an address on
    file, or the site signed them in.
    """

    NONE = "none"
    HINT = "hint"
    WEAK = "weak"
    STRONG = "strong"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS: Mapping[Level, int] = {level: rank for rank, level in enumerate(Level)}
LEVEL_OF_METHOD: Mapping[str, Level] = {
    SIGNED_TOKEN: Level.STRONG,
    "one_time_code": Level.STRONG,
    "order_and_postcode": Level.WEAK,
    "order_number": Level.HINT,
    "caller_number": Level.HINT,
}
"""What a method proves where its event does not say; a method that is not listed proves `WEAK`."""
LIFE_S: Mapping[Level, float] = {Level.WEAK: WEAK_S, Level.STRONG: STRONG_S}


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer, and until when what was proved of them holds (seconds since the epoch; 0: never proved).

    ``by`` is the strongest method's name. ``orders`` are the (order number, until) pairs that weak proofs are
    for. ``proved_at`` is the time of the latest proof.
    """

    customer_id: str
    by: str
    proved_at: float
    strong_until: float = 0.0
    weak_until: float = 0.0
    orders: tuple[tuple[str, float], ...] = ()

    def level(self, now: float) -> Level:
        """What holds at ``now``; what has run out is a hint."""
        if now < self.strong_until:
            return Level.STRONG
        return Level.WEAK if now < self.weak_until else Level.HINT

    def at_least(self, level: Level, now: float, *, order: str | None = None) -> bool:
        """Whether a level holds at ``now``; with ``order``, for that order.

        A strong proof is for all orders *of this customer*: whose an order is, the caller has to know.
        """
        held = self.level(now)
        if held.rank < level.rank:
            return False
        if order is None or level is not Level.WEAK or held is Level.STRONG:
            return True
        return any(number == order and now < until for number, until in self.orders)

    def proved_orders(self, now: float) -> tuple[str, ...]:
        """The orders that weak proofs are for and that still count."""
        return tuple(number for number, until in self.orders if now < until)

    def expires_at(self, now: float) -> float | None:
        """When the level that holds at ``now`` runs out; None for a hint."""
        held = self.level(now)
        return {Level.STRONG: self.strong_until, Level.WEAK: self.weak_until}.get(held)


def level_of(event: CustomerIdentified) -> Level:
    """What an event proves. Events of before levels came say only their method."""
    if event.strength is not None:
        return Level(event.strength)
    if not event.verified:
        return Level.HINT
    return LEVEL_OF_METHOD.get(event.by, Level.WEAK)


def identified(known: Identity | None, event: CustomerIdentified) -> Identity:
    """The identity after a proof.

    Proofs of one customer add up. A proof of another customer replaces what was known; only a hint does not
    replace a proof that holds.
    """
    new = _of(event)
    if known is None:
        return new
    now, level = event.timestamp, level_of(event)
    held = known.level(now)
    if known.customer_id != new.customer_id:
        return known if level is Level.HINT and held is not Level.HINT else new
    if level is Level.HINT:
        return known
    still = tuple(pair for pair in known.orders if now < pair[1] and pair[0] not in event.orders)
    return replace(
        new,
        by=known.by if held.rank > level.rank else new.by,
        strong_until=max(known.strong_until, new.strong_until),
        weak_until=max(known.weak_until, new.weak_until),
        orders=(*still, *new.orders),
    )


def of_earlier_session(known: Identity) -> Identity:
    """What is left of an identity when a new session begins: whoever sits there now may be somebody else."""
    return Identity(known.customer_id, EARLIER_SESSION, known.proved_at)


def as_json(identity: Identity | None, *, now: float) -> dict[str, Any]:
    """An identity for action servers and other programs."""
    if identity is None:
        return {
            "level": Level.NONE.value,
            "customer_id": None,
            "method": None,
            "orders": [],
            "expires_at": None,
        }
    return {
        "level": identity.level(now).value,
        "customer_id": identity.customer_id,
        "method": identity.by,
        "orders": list(identity.proved_orders(now)),
        "expires_at": identity.expires_at(now),
    }


def _of(event: CustomerIdentified) -> Identity:
    level = level_of(event)
    life = LIFE_S.get(level, 0.0)
    until = event.expires_at if event.expires_at is not None else event.timestamp + life
    return Identity(
        event.customer_id,
        event.by,
        event.timestamp,
        strong_until=until if level is Level.STRONG else 0.0,
        weak_until=until if level is Level.WEAK else 0.0,
        orders=tuple((order, until) for order in event.orders) if level is Level.WEAK else (),
    )
