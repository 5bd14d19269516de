"""Step-by-step troubleshooting, and being called back."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from rasa_sdk.events import SlotSet
from rasa_sdk.forms import REQUESTED_SLOT
from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop.addresses import parse_phone
from bot.actions.shop.complaints import escalate_severe
from bot.actions.shop.context import Dispatcher, action_key, proved_customer, text_of, value, value_before
from bot.actions.shop.forms import Finish, ShopForm
from bot.actions.shop.severity import is_severe
from bot.actions.shop.talking import TalkingAction
from bot.actions.shop.terms import terms_in_words
from bot.actions.shop.wording import asks_to_wait, yes_or_no
from bot.contacts.records import NewTicket, TicketKind
from bot.events import EscalationReason

STEPS = {"router": 4, "headphones": 3, "vacuum": 4, "kettle": 3, "lamp": 3, "speaker": 3, "reader": 3}
"""How many steps each product has; the router's second is the response ``utter_step_router_2``."""
WORDS = {
    "router": ("router", "skerry", "wifi", "wi-fi", "internet"),
    "headphones": ("headphone", "fjord", "headset", "earphone", "earbud"),
    "vacuum": ("vacuum", "robot", "drift", "hoover"),
    "kettle": ("kettle", "nimbus"),
    "lamp": ("lamp", "aurora", "bulb", "lumen"),
    "speaker": ("speaker", "echo bay"),
    "reader": ("reader", "tern", "kindle", "e-book"),
}
OTHER = re.compile(r"\b(tent|backpack|rucksack|jacket|charger|something else)s?\b", re.IGNORECASE)
"""What there are no steps for: a person helps at once."""
NOT_YET = re.compile(
    r"^\W*((ok(ay)?|alright|all right|will do)\b\W*)?"
    r"((i'?ll|let me) (try|do)( (it|that|this))?|trying( it)?)?( now)?\W*$",
    re.IGNORECASE,
)
"""To a step that is to be tried, this is no answer yet."""
TRIED = re.compile(
    r"^\W*(i('?ve| have)? )?(already )?(tried|did|done)( (that|it|this))?( already)?\W*$", re.IGNORECASE
)
"""Nor is this."""
SOON = re.compile(r"\b(now|asap|as soon as|right away|immediately|straight away)\b", re.IGNORECASE)
CLOSED = re.compile(
    r"\b(sundays?|midnight|(at|in the) night|tonight"
    r"|(12|[1-7]) ?a\.?m|(8|9|1[01]) ?p\.?m|(0?[0-7]|2[0-3])[:.h]\d\d)\b",
    re.IGNORECASE,
)
"""Times at which nobody calls (Monday to Friday 8 to 20, Saturday 10 to 16)."""
# A number without a country code is read as of the shop's own country.
HOME_COUNTRY = "NO"


DAYTIME = (
    r"( (early|late))?( (in the )?(morning|afternoon|evening|noon))?"
    r"( (at|after|before|around|from) [\w:.]+)?"
)
OWN = ("tech_product", *(f"step_{number}" for number in range(1, max(STEPS.values()) + 1)))


def troubled_product(text: str) -> str | None:
    """The product that a text is about, as a key of `STEPS`."""
    said = text.lower()
    return next((key for key, words in WORDS.items() if any(word in said for word in words)), None)


def step_slots(product: str) -> list[str]:
    """The slots that hold whether each step helped, in order."""
    return [f"step_{number}" for number in range(1, STEPS[product] + 1)]


class TroubleshootingForm(ShopForm):
    """Which product, and then one step after the other until one helps."""

    form = "troubleshooting_form"
    own = OWN

    async def wanted(self, tracker: Tracker) -> list[str]:
        product = value(tracker, "tech_product")
        return ["tech_product"] if product is None else step_slots(str(product))

    async def validate_tech_product(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        said = text_of(tracker)
        if is_severe(said):
            return {"tech_product": said, "outcome": "severe"}
        found = troubled_product(str(answer))
        before = None if self.is_starting(tracker) else value_before(tracker, "tech_product")
        if before in STEPS and found in (None, before):
            # "my router still does nothing", in the middle of its steps.
            return {"tech_product": before}
        if found is not None:
            return {"tech_product": found, **dict.fromkeys(step_slots(found))}
        if str(answer) == "other" or OTHER.search(str(answer)):
            return {"tech_product": None, "outcome": "unresolved"}
        return {"tech_product": None, **self.invalid(dispatcher, tracker, "utter_no_steps_for_product")}

    async def validate_step_1(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return self._step("step_1", answer, dispatcher, tracker)

    async def validate_step_2(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return self._step("step_2", answer, dispatcher, tracker)

    async def validate_step_3(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return self._step("step_3", answer, dispatcher, tracker)

    async def validate_step_4(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return self._step("step_4", answer, dispatcher, tracker)

    async def validate_stop_confirmation(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        # "didn't help" may sound like giving up; while a step is tried it is the answer to it.
        requested = str(tracker.slots.get(REQUESTED_SLOT))
        if answer == "ask" and requested.startswith("step_") and yes_or_no(text_of(tracker)) is False:
            return {"stop_confirmation": None, **self._step(requested, False, dispatcher, tracker)}
        return await super().validate_stop_confirmation(answer, dispatcher, tracker, domain)

    def _step(self, slot: str, answer: Any, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        if NOT_YET.search(text_of(tracker)) or asks_to_wait(text_of(tracker)):
            dispatcher.utter_message(response="utter_take_your_time")
            return {slot: None}
        if TRIED.search(text_of(tracker)):
            dispatcher.utter_message(response="utter_yes_or_no_tried")
            return {slot: None}
        helped = answer if isinstance(answer, bool) else yes_or_no(str(answer))
        if helped is None:
            return {slot: None, **self.invalid(dispatcher, tracker, "utter_yes_or_no")}
        return {slot: True, "outcome": "solved"} if helped else {slot: False}


class AskStep(TalkingAction):
    """Says the step to try now."""

    def __init__(self, number: int) -> None:
        self.number = number

    def name(self) -> str:
        return f"action_ask_step_{self.number}"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        dispatcher.utter_message(response=f"utter_step_{value(tracker, 'tech_product')}_{self.number}")
        return []


class EndTroubleshooting(Finish):
    """Glad when a step helped; otherwise a person goes on, who sees what was tried."""

    form = "troubleshooting_form"
    own = OWN

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        if outcome == "severe":
            # Smoke and sparks are not for troubleshooting.
            return await escalate_severe(self.shop, dispatcher, tracker, str(value(tracker, "tech_product")))
        if outcome == "solved":
            dispatcher.utter_message(response="utter_solved")
            return []
        product = value(tracker, "tech_product") or "another product"
        tried = STEPS.get(str(product), 0)
        said = "" if tried or text_of(tracker).startswith("/") else text_of(tracker)
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, "technical"),
            NewTicket(
                kind=TicketKind.TECHNICAL,
                text=f"Trouble with {product}: {tried} steps tried, none helped. {said}".strip(),
                created_at=self.shop.clock(),
                customer_id=proved_customer(tracker),
                conversation_id=tracker.sender_id,
            ),
        )
        dispatcher.utter_message(response="utter_unresolved" if tried else "utter_no_steps")
        detail = f"troubleshooting of {product} did not help" if tried else f"trouble with {product}"
        return [
            events.record_accessed("ticket", ticket.id, "create", "technical"),
            events.escalation_requested(EscalationReason.RULE, detail=detail),
        ]


class CallbackForm(ShopForm):
    """Where and when to call."""

    form = "callback_form"
    own = ("callback_phone", "callback_time")

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["callback_phone", "callback_time"]

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if (
            self.is_starting(tracker)
            and not value(tracker, "callback_time")
            and SOON.search(text_of(tracker))
        ):
            changes["callback_time"] = "as soon as possible"
        if self.is_starting(tracker) and not value(tracker, "callback_phone"):
            country = await self._country(tracker)
            for found in phonenumbers.PhoneNumberMatcher(text_of(tracker), country):
                changes["callback_phone"] = parse_phone(found.raw_string, country=country)
        return changes

    async def _country(self, tracker: Tracker) -> str:
        customer = await self.shop.contacts.customer(proved_customer(tracker) or "")
        return customer.address.country if customer else HOME_COUNTRY

    async def validate_callback_phone(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        phone = parse_phone(str(answer), country=await self._country(tracker))
        if phone is None:
            return {"callback_phone": None, **self.invalid(dispatcher, tracker, "utter_invalid_phone")}
        return {"callback_phone": phone}

    async def validate_callback_time(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = str(answer).strip()
        if not any(letter.isalnum() for letter in text):
            return {"callback_time": None, **self.invalid(dispatcher, tracker, "utter_invalid_time")}
        if CLOSED.search(text) or CLOSED.search(text_of(tracker)):
            return {
                "callback_time": None,
                **self.invalid(dispatcher, tracker, "utter_callback_hours", **terms_in_words()),
            }
        if SOON.search(text):
            return {"callback_time": "as soon as possible"}
        # Only the day is an entity: "tomorrow afternoon" is a day and more.
        more = re.search(re.escape(text) + DAYTIME, text_of(tracker), re.IGNORECASE)
        return {"callback_time": more.group() if more else text}


class RequestCallback(Finish):
    """Makes the call-back a ticket."""

    form = "callback_form"
    own = ("callback_phone", "callback_time")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        phone, when = str(value(tracker, "callback_phone")), str(value(tracker, "callback_time"))
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, "callback"),
            NewTicket(
                kind=TicketKind.CALLBACK,
                text=f"Call the customer back: {when}.",
                created_at=self.shop.clock(),
                customer_id=proved_customer(tracker),
                conversation_id=tracker.sender_id,
                order_number=value(tracker, "order_number"),
                priority=1,
                details={"phone": phone, "when": when},
            ),
        )
        dispatcher.utter_message(response="utter_callback_made", phone=phone, when=when)
        return [events.record_accessed("ticket", ticket.id, "create", "call-back"), SlotSet("phone", phone)]
