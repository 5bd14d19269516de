"""Forms that show or change something personal: they prove who the customer is first, and only once."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop.context import (
    Dispatcher,
    Shop,
    given_before,
    intent_of,
    text_of,
    value,
    value_before,
)
from bot.actions.shop.forms import ShopForm
from bot.actions.shop.language import notice_language
from bot.actions.shop.talking import TalkingAction
from bot.actions.shop.wording import digits_of
from bot.contacts.identity import CodeSending, Verdict
from bot.contacts.records import Order

ORDER_NUMBER = re.compile(r"(?<!\d)\d{5}(?!\d)")
# No longer than RFC 5321 allows (section 4.5.3.1), nor than the tables hold.
EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,180}\.[^\s@<>.,;!?]{1,63}")
CORRECTING = re.compile(
    r"\b(sorry|sry|oops|no|wait|actually|meant|typo|wrong|i said|told you|order)\b", re.IGNORECASE
)
NO_NUMBER = re.compile(
    r"\b(don'?t|do not|dont|can'?t|cannot|cant|lost|no idea)\b.*\b(know|have|find|remember|number|it|idea)\b"
    r"|\bno (idea|clue|number)\b|\bidk\b|\blost (it|the)\b",
    re.IGNORECASE,
)
# The shortest and the longest that postal systems use, once spaces and hyphens are gone.
POSTCODE_LENGTHS = range(3, 11)
BUTTONS_SHOWN = 4


class IdentifiedForm(ShopForm):
    """A form that needs a verified customer and, unless ``needs_order`` is False, one of their orders.

    A customer is verified by an order and its postcode, or, with an e-mail address instead of an order
    number, by a code that is sent there.
    """

    needs_order = True

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        """What the form needs besides, once the customer is verified."""
        return []

    async def wanted(self, tracker: Tracker) -> list[str]:
        if not value(tracker, "verified"):
            if value(tracker, "code_email"):
                return ["code"]
            return ["order_number", "postcode"]
        if not self.needs_order:
            return await self.details(tracker, None)
        order = await self.shop.order_of(tracker)
        if order is None:
            return ["order_number"]
        return await self.details(tracker, order)

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        number, postcode = value(tracker, "order_number"), value(tracker, "postcode")
        if value(tracker, "verified"):
            return await self._keep_to_own_orders(tracker, number)
        if value(tracker, "code_email") or not number or not postcode:
            return {}
        proof = await self.shop.identity.by_order(tracker.sender_id, number=number, postcode=postcode)
        if proof.verdict is Verdict.PROVED and proof.customer is not None:
            return {"verified": True, "customer_id": proof.customer.id}
        if proof.verdict is not Verdict.LOCKED and ORDER_NUMBER.fullmatch(postcode):
            meant = await self._meant_as_number(tracker, number=number, given=postcode)
            if meant is not None:
                return meant
        if proof.verdict is Verdict.LOCKED:
            return {"postcode": None, "outcome": "locked"}
        return {"postcode": None, **self.invalid(dispatcher, tracker, "utter_no_match")}

    async def _meant_as_number(self, tracker: Tracker, *, number: str, given: str) -> dict[str, Any] | None:
        """Five digits given for a postcode that are the right order number: "sorry, 48213"."""
        said = text_of(tracker)
        if given == number or tracker.slots.get("requested_slot") != "postcode" or "postcode" in said.lower():
            return None
        if earlier := given_before(tracker, "postcode"):
            # A postcode that did not go with the wrong number: it may go with this one.
            proof = await self.shop.identity.by_order(tracker.sender_id, number=given, postcode=earlier)
            if proof.verdict is Verdict.LOCKED:
                return {"postcode": None, "outcome": "locked"}
            if proof.verdict is Verdict.PROVED and proof.customer is not None:
                return {
                    "order_number": given,
                    "postcode": earlier,
                    "verified": True,
                    "customer_id": proof.customer.id,
                }
        if intent_of(tracker) == "correct" or CORRECTING.search(said):
            return {"order_number": given, "postcode": None, "form_attempts": None}
        return None

    async def _keep_to_own_orders(self, tracker: Tracker, number: str | None) -> dict[str, Any]:
        """Another person's order, or an unknown one, has to be proved anew: both look the same."""
        if not number or not self.needs_order or await self.shop.order_of(tracker) is not None:
            return {}
        postcode = value(tracker, "postcode")
        if postcode:
            proof = await self.shop.identity.by_order(tracker.sender_id, number=number, postcode=postcode)
            if proof.verdict is Verdict.PROVED and proof.customer is not None:
                return {"customer_id": proof.customer.id}
        return {"verified": None, "customer_id": None, "postcode": None, "code_email": None}

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        known = tracker.slots.get("customer_id")
        done: list[ActionEvent] = await super().run(dispatcher, tracker, domain)
        found = [e["value"] for e in done if e.get("event") == "slot" and e["name"] == "customer_id"]
        if found and found[-1] and found[-1] != known:
            by = "one_time_code" if value(tracker, "code_email") else "order_and_postcode"
            done.append(events.customer_identified(found[-1], by=by))
        return done

    async def validate_order_number(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = digits_of(str(answer))
        if email := EMAIL.search(text):
            return {"order_number": None, **await self._send_code(email.group(), dispatcher, tracker)}
        number = ORDER_NUMBER.search(text)
        if number is None and NO_NUMBER.search(text) and not self.is_starting(tracker):
            dispatcher.utter_message(response="utter_no_number")
            return {"order_number": None}
        if number is None:
            return {"order_number": None, **self.invalid(dispatcher, tracker, "utter_invalid_order_number")}
        both = ORDER_NUMBER.findall(text_of(tracker))
        if len(both) == 2 and not value(tracker, "verified") and intent_of(tracker) != "correct":
            # "60042, 75011": the postcode has five digits as well.
            proof = await self.shop.identity.by_order(tracker.sender_id, number=both[0], postcode=both[1])
            if proof.verdict is Verdict.PROVED:
                return {"order_number": both[0], "postcode": both[1]}
        if _may_be_postcode(tracker) and (before := value_before(tracker, "order_number")):
            # "75011" after an order number was named: five digits can be either.
            proof = await self.shop.identity.by_order(
                tracker.sender_id, number=str(before), postcode=number.group()
            )
            if proof.verdict is Verdict.PROVED:
                return {"order_number": str(before), "postcode": number.group()}
        changed = number.group() != value_before(tracker, "order_number")
        return {"order_number": number.group(), **({"code_email": None} if changed else {})}

    async def validate_postcode(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        words = digits_of(str(answer).strip())
        # In a whole sentence the postcode is what has digits in it.
        with_digits = [word.strip(".,!?") for word in words.split() if any(c.isdigit() for c in word)]
        length = sum(c.isalnum() for c in words)
        if len(with_digits) == 1 and ORDER_NUMBER.fullmatch(with_digits[0]):
            words, length = with_digits[0], len(with_digits[0])
        text = words if length in POSTCODE_LENGTHS else " ".join(with_digits)
        if not with_digits or sum(c.isalnum() for c in text) not in POSTCODE_LENGTHS:
            return {"postcode": None, **self.invalid(dispatcher, tracker, "utter_invalid_postcode")}
        return {"postcode": text}

    async def validate_code(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        email = value(tracker, "code_email")
        if email is None or value(tracker, "verified"):
            return {"code": None}
        proof = await self.shop.identity.by_code(tracker.sender_id, email=email, code=str(answer))
        if proof.verdict is Verdict.PROVED and proof.customer is not None:
            return {"code": None, "verified": True, "customer_id": proof.customer.id}
        if proof.verdict is Verdict.LOCKED:
            return {"code": None, "outcome": "locked"}
        if proof.verdict is Verdict.EXPIRED:
            said = self.invalid(dispatcher, tracker, "utter_code_expired")
            return {"code": None, "code_email": None, **said}
        return {"code": None, **self.invalid(dispatcher, tracker, "utter_invalid_code")}

    async def _send_code(self, email: str, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        match await self.shop.identity.send_code(tracker.sender_id, email=email):
            case CodeSending.ACCEPTED:
                return {"code_email": email}
            case CodeSending.TOO_MANY:
                return {"outcome": "locked"}
            case CodeSending.UNAVAILABLE:
                # Said also when the form has just been opened: the customer expects a mail.
                dispatcher.utter_message(response="utter_no_codes")
                return {}


class AskOrderNumber(TalkingAction):
    """Asks which order: a verified customer picks from their own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_ask_order_number"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        said = notice_language(dispatcher, tracker)
        customer_id = value(tracker, "customer_id")
        if not value(tracker, "verified") or not customer_id:
            again = value(tracker, "form_attempts") is not None
            dispatcher.utter_message(response="utter_which_order_number" + ("_again" if again else ""))
            return said
        own = (await self.shop.contacts.orders_of(customer_id))[:BUTTONS_SHOWN]
        buttons = [
            {
                "title": f"{order.number}: {order.items[0].name}",
                "payload": f'/inform{{"order_number": "{order.number}"}}',
            }
            for order in own
        ]
        dispatcher.utter_message(response="utter_which_of_your_orders", buttons=buttons)
        return said


def _may_be_postcode(tracker: Tracker) -> bool:
    requested, intent = tracker.slots.get("requested_slot"), intent_of(tracker)
    asked = requested == "postcode" and intent in ("inform", "correct")
    return asked or (requested is None and intent == "inform" and not value(tracker, "verified"))
