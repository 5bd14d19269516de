"""What every action of the shop works with, and how it reads a tracker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.contacts.changes import ContactChanges
from bot.contacts.contacts import Contacts
from bot.contacts.identity import Identity
from bot.contacts.notices import Notice, Notices
from bot.contacts.records import Order
from bot.identity import LEVEL_OF_METHOD, Level

NOT_NEEDED = "-"
"""What a form puts into a slot that it does not need now: see `bot.actions.shop.forms`."""


class Dispatcher(Protocol):
    """The part of rasa-sdk's CollectingDispatcher that we use."""

    def utter_message(self, **values: Any) -> None: ...


@dataclass(frozen=True)
class Shop:
    """The services behind the actions."""

    contacts: Contacts
    identity: Identity
    changes: ContactChanges
    notices: Notices
    clock: Callable[[], float]

    async def order_of(self, tracker: Tracker) -> Order | None:
        """The order that the conversation is about, if it is proved to be the customer's."""
        number = value(tracker, "order_number")
        return await self.proved_order(tracker, number) if number else None

    async def proved_order(self, tracker: Tracker, number: str) -> Order | None:
        """An order that the customer may hear about: proved itself, or, with a strong proof, their own."""
        if not is_proved(tracker, order=number):
            return None
        order = await self.contacts.order(number)
        return order if order is not None and order.customer_id == proved_customer(tracker) else None

    async def tell_owner(self, tracker: Tracker, order: Order, notice: Notice) -> None:
        """Tell the address on file what somebody did with an order who knew only what is printed on it."""
        if is_proved(tracker, Level.STRONG):
            return
        customer = await self.contacts.customer(order.customer_id)
        email = await self.changes.trusted_email(customer) if customer is not None else None
        if customer is not None and email is not None:
            self.notices.tell(email, notice, language=customer.language, about=order.number)


def level_of(tracker: Tracker) -> Level:
    """How surely we know who the customer is, as the engine says: never read from a slot."""
    return Level(_identity(tracker).get("level") or Level.NONE)


def is_proved(tracker: Tracker, level: Level = Level.WEAK, *, order: str | None = None) -> bool:
    """Whether a level is reached; with ``order``, for that order."""
    held = level_of(tracker)
    if held.rank < level.rank:
        return False
    return order is None or held is Level.STRONG or order in (_identity(tracker).get("orders") or ())


def proved_customer(tracker: Tracker) -> str | None:
    """The customer's id once it is proved at all."""
    found = _identity(tracker).get("customer_id")
    return str(found) if found and is_proved(tracker) else None


def note_proof(tracker: Tracker, customer_id: str, *, by: str, order: str | None = None) -> ActionEvent:
    """Take a proof in for the rest of this action's run. The event by which the engine learns of it."""
    known, level = _identity(tracker), LEVEL_OF_METHOD[by]
    same = known.get("customer_id") == customer_id
    held = level_of(tracker) if same else Level.NONE
    tracker.identity = {
        "customer_id": customer_id,
        "level": max(held, level, key=lambda one: one.rank).value,
        "method": by,
        "orders": [*((known.get("orders") or ()) if same else ()), *([order] if order else [])],
    }
    return events.customer_identified(customer_id, by=by, orders=[order] if order else [])


def _identity(tracker: Tracker) -> dict[str, Any]:
    return getattr(tracker, "identity", None) or {}


def value(tracker: Tracker, slot: str) -> Any:
    """A slot's value; None as well for one that was never set or is not needed."""
    found = tracker.slots.get(slot)
    return None if found == NOT_NEEDED else found


def text_of(tracker: Tracker) -> str:
    """What the customer just wrote."""
    return str(tracker.latest_message.get("text") or "")


def intent_of(tracker: Tracker) -> str | None:
    """The intent of the latest message."""
    name = (tracker.latest_message.get("intent") or {}).get("name")
    return str(name) if name else None


def faq_response(tracker: Tracker) -> str | None:
    """The response to the frequent question that the customer just asked, if it was one."""
    if intent_of(tracker) != "faq":
        return None
    if text_of(tracker).startswith("/faq/"):
        return f"utter_{text_of(tracker)[1:]}"
    selected = tracker.latest_message.get("response_selector") or {}
    found = selected.get("faq") or selected.get("default") or {}
    key = (found.get("response") or {}).get("intent_response_key")
    return f"utter_{key}" if key else None


def value_before(tracker: Tracker, slot: str) -> Any:
    """The slot's value before the latest message."""
    seen_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            seen_latest = True
        elif seen_latest and event.get("event") == "slot" and event.get("name") == slot:
            return event.get("value")
    return None


def given_before(tracker: Tracker, slot: str) -> Any:
    """The last value that the slot was given before the latest message, even if it was taken back since.

    Only what was given to the form that is open: a postcode that proved something before proves nothing now.
    """
    seen_latest = opened = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            if opened:
                return None
            seen_latest = True
        elif seen_latest and event.get("event") == "active_loop":
            opened = True
        elif (
            seen_latest
            and event.get("event") == "slot"
            and event.get("name") == slot
            and event.get("value") not in (None, NOT_NEEDED)
        ):
            return event["value"]
    return None


def form_before(tracker: Tracker) -> str | None:
    """The form that was open when the latest message came."""
    seen_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            seen_latest = True
        elif seen_latest and event.get("event") == "active_loop":
            name = event.get("name")
            return str(name) if name else None
    return None


def entity(tracker: Tracker, name: str) -> str | None:
    """The last value of an entity in the latest message."""
    found = [e.get("value") for e in tracker.latest_message.get("entities") or () if e.get("entity") == name]
    return str(found[-1]) if found else None


def action_key(tracker: Tracker, what: str) -> str:
    """A key that is the same whenever this action is run for the same message (`Contacts`)."""
    users = [event for event in tracker.events if event.get("event") == "user"]
    latest = users[-1] if users else {}
    mark = latest.get("message_id") or latest.get("timestamp") or len(users)
    return f"{what}:{tracker.sender_id}:{mark}"[:200]


def _last_utterance(tracker: Tracker) -> dict[str, Any] | None:
    """The last thing said to the customer before the latest message."""
    seen_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            seen_latest = True
        elif seen_latest and event.get("event") == "bot":
            return dict(event)
    return None


def last_said(tracker: Tracker) -> str | None:
    """The text of the last thing said before the latest message."""
    said = _last_utterance(tracker)
    return str(said["text"]) if said is not None and said.get("text") else None


def last_buttons(tracker: Tracker) -> list[dict[str, Any]]:
    """The buttons under the last thing said before the latest message."""
    said = _last_utterance(tracker)
    return list(((said or {}).get("data") or {}).get("buttons") or [])


def standing_offer(tracker: Tracker) -> str | None:
    """What the bot offered in the answer just before the latest message, if it offered anything."""
    seen_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            if seen_latest:
                return None
            seen_latest = True
        elif seen_latest and event.get("event") == "slot" and event.get("name") == "offer":
            offered = event.get("value")
            return str(offered) if offered else None
    return None
