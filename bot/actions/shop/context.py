"""What every action of the shop works with, and how it reads a tracker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from rasa_sdk.interfaces import Tracker

from bot.contacts.contacts import Contacts
from bot.contacts.identity import Identity
from bot.contacts.records import Order

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
    clock: Callable[[], float]

    async def order_of(self, tracker: Tracker) -> Order | None:
        """The order that the conversation is about, if it is the verified customer's own."""
        number, customer_id = value(tracker, "order_number"), value(tracker, "customer_id")
        if not number or not customer_id or not value(tracker, "verified"):
            return None
        order = await self.contacts.order(number)
        return order if order is not None and order.customer_id == customer_id else None


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
    """The last value that the slot was given before the latest message, even if it was taken back since."""
    seen_latest = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            seen_latest = True
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
