"""Forms that show or change something personal: they prove who the customer is first, and only once."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions.events import ActionEvent
from bot.actions.shop.context import (
    Dispatcher,
    Shop,
    given_before,
    intent_of,
    is_proved,
    note_proof,
    proved_customer,
    text_of,
    value,
    value_before,
)
from bot.actions.shop.forms import ShopForm
from bot.actions.shop.language import notice_language
from bot.actions.shop.talking import TalkingAction
from bot.actions.shop.wording import digits_of, masked_email, yes_or_no
from bot.contacts.identity import CodeSending, Verdict
from bot.contacts.records import Order
from bot.identity import Level

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
ON_FILE = "on_file"
"""In the slot ``code_email``: the code went to the address on file, which is not written down there."""


class IdentifiedForm(ShopForm):
    """A form that needs to know the customer and, unless ``needs_order`` is False, one of their orders.

    An order and its postcode prove enough for that order (``level`` `WEAK`). For more, and with an e-mail
    address instead of an order number, a code is sent to an address on file.
    """

    needs_order = True
    level = Level.WEAK

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        """What the form needs besides, once the customer is known surely enough."""
        return []

    async def wanted(self, tracker: Tracker) -> list[str]:
        if self._awaits_code(tracker):
            return ["code"]
        if not self.needs_order:
            if is_proved(tracker, self.level):
                return await self.details(tracker, None)
            return ["send_code"] if is_proved(tracker) else ["order_number", "postcode"]
        number = value(tracker, "order_number")
        if number is None and is_proved(tracker, Level.STRONG):
            return ["order_number"]
        order = await self.shop.proved_order(tracker, number) if number else None
        return ["order_number", "postcode"] if order is None else await self.details(tracker, order)

    def _awaits_code(self, tracker: Tracker) -> bool:
        """Whether a code is on its way that this form needs."""
        to = value(tracker, "code_email")
        if to is None or is_proved(tracker, Level.STRONG):
            return False
        return to != ON_FILE or (self.level is Level.STRONG and is_proved(tracker))

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        number, postcode = value(tracker, "order_number"), value(tracker, "postcode")
        if self._awaits_code(tracker):
            return {}
        if not self.needs_order and is_proved(tracker):
            return await self._can_prove_more(tracker)
        if not number or not postcode or await self.shop.proved_order(tracker, number) is not None:
            return {}
        proof = await self.shop.identity.by_order(tracker.sender_id, number=number, postcode=postcode)
        if proof.verdict is Verdict.PROVED and proof.customer is not None:
            self._note(tracker, proof.customer.id, by="order_and_postcode", order=number)
            # Not kept: it would prove the same again, to whoever sits there later.
            return {"postcode": None, **(await self._can_prove_more(tracker) if not self.needs_order else {})}
        if proof.verdict is not Verdict.LOCKED and ORDER_NUMBER.fullmatch(postcode):
            meant = await self._meant_as_number(tracker, number=number, given=postcode)
            if meant is not None:
                return meant
        if proof.verdict is Verdict.LOCKED:
            return {"postcode": None, "outcome": "locked"}
        return {"postcode": None, **self.invalid(dispatcher, tracker, "utter_no_match")}

    async def _can_prove_more(self, tracker: Tracker) -> dict[str, Any]:
        """Where a code is needed and there is no address to send it to, the form ends."""
        if is_proved(tracker, self.level):
            return {}
        customer_id = proved_customer(tracker) or ""
        return {} if await self.shop.identity.address_on_file(customer_id) else {"outcome": "no_codes"}

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
                self._note(tracker, proof.customer.id, by="order_and_postcode", order=given)
                return {"order_number": given, "postcode": None}
        if intent_of(tracker) == "correct" or CORRECTING.search(said):
            return {"order_number": given, "postcode": None, "form_attempts": None}
        return None

    def _note(self, tracker: Tracker, customer_id: str, *, by: str, order: str | None = None) -> None:
        tracker.proofs = [
            *getattr(tracker, "proofs", ()),
            note_proof(tracker, customer_id, by=by, order=order),
        ]

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        done: list[ActionEvent] = await super().run(dispatcher, tracker, domain)
        return [*done, *getattr(tracker, "proofs", ())]

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
        if len(both) == 2 and not is_proved(tracker) and intent_of(tracker) != "correct":
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

    async def validate_send_code(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Whether a code may go to the address on file; on a yes it goes."""
        meant = answer if isinstance(answer, bool) else yes_or_no(str(answer))
        customer_id = proved_customer(tracker)
        if meant is None:
            return {"send_code": None, **self.invalid(dispatcher, tracker, "utter_yes_or_no")}
        if not meant:
            return {"send_code": None, "outcome": "declined"}
        if customer_id is None or self.is_starting(tracker):
            return {"send_code": None}
        match await self.shop.identity.send_code_on_file(tracker.sender_id, customer_id=customer_id):
            case CodeSending.ACCEPTED:
                return {"send_code": None, "code_email": ON_FILE}
            case CodeSending.TOO_MANY:
                return {"send_code": None, "outcome": "locked"}
            case CodeSending.UNAVAILABLE:
                return {"send_code": None, "outcome": "no_codes"}

    async def validate_code(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        to, customer_id = value(tracker, "code_email"), proved_customer(tracker)
        if not self._awaits_code(tracker):
            return {"code": None}
        identity, conversation_id = self.shop.identity, tracker.sender_id
        if to == ON_FILE:
            proof = await identity.by_code_on_file(
                conversation_id, customer_id=customer_id or "", code=str(answer)
            )
        else:
            proof = await identity.by_code(conversation_id, email=to, code=str(answer))
        if proof.verdict is Verdict.PROVED and proof.customer is not None:
            self._note(tracker, proof.customer.id, by="one_time_code")
            return {"code": None, "code_email": None}
        if proof.verdict is Verdict.LOCKED:
            return {"code": None, "code_email": None, "outcome": "locked"}
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
    """Asks which order: a customer who proved more than one order picks from their own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_ask_order_number"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        said = notice_language(dispatcher, tracker)
        customer_id = proved_customer(tracker)
        if customer_id is None or not is_proved(tracker, Level.STRONG):
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


class AskSendCode(TalkingAction):
    """Asks whether a code may go to the address on file, of which only a hint is shown."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_ask_send_code"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        email = await self.shop.identity.address_on_file(proved_customer(tracker) or "")
        if email is not None:
            dispatcher.utter_message(response="utter_ask_send_code", address=masked_email(email))
        return []


def _may_be_postcode(tracker: Tracker) -> bool:
    requested, intent = tracker.slots.get("requested_slot"), intent_of(tracker)
    asked = requested == "postcode" and intent in ("inform", "correct")
    return asked or (requested is None and intent == "inform" and not is_proved(tracker))
