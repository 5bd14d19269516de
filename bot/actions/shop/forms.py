"""What the shop's forms share: asking in the right order, giving up, failing, and ending.

A Rasa form lists its slots in the domain, in a fixed order; which of them are needed depends on the
customer and the order. Rasa asks the *first empty one of the list* when it comes back from an interruption,
so a form here fills those that it passes over with `NOT_NEEDED`: then both orders agree.

A form ends in one of these ways, which the slot ``outcome`` tells its finishing action: None (everything is
known), ``stopped`` (the customer gave up), ``failed`` (three answers that do not fit), ``locked`` (too many
wrong proofs of identity), ``no_codes`` and ``declined`` (the code that is needed cannot or may not be sent),
or a word of the form's own.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction
from rasa_sdk.interfaces import Action, Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop.context import (
    NOT_NEEDED,
    Dispatcher,
    Shop,
    form_before,
    intent_of,
    text_of,
    value,
    value_before,
)
from bot.actions.shop.wording import asks_to_wait, gives_up, yes_or_no
from bot.events import EscalationReason

MAX_INVALID = 3
STOP_CONFIRMATION = "stop_confirmation"
SHARED = ("outcome", "form_attempts", "stopping", STOP_CONFIRMATION)
"""Slots of whichever form is open."""
TOLD = frozenset({"return_reason", "problem_details", "complaint_text", "feedback_text"})
"""Slots for the customer's own words, which may sound like giving up ("I don't need it")."""
OPENED_BY = {
    "order_status_form": ("order_status",),
    "change_order_form": ("change_order",),
    "cancel_order_form": ("cancel_order",),
    "return_form": ("return_item",),
    "refund_form": ("refund_status",),
    "delivery_problem_form": ("delivery_late", "item_damaged", "item_missing", "wrong_item"),
    "invoice_form": ("invoice_copy",),
    "contact_change_form": ("change_address", "change_phone", "change_email"),
    "deletion_form": ("delete_my_data",),
    "newsletter_form": ("unsubscribe_newsletter",),
    "availability_form": ("product_availability",),
    "product_question_form": ("product_question",),
    "voucher_form": ("voucher_problem",),
    "complaint_form": ("complaint",),
    "feedback_form": ("give_feedback",),
    "troubleshooting_form": ("technical_support",),
    "callback_form": ("request_callback",),
}
"""The intents that open a form (rules.yml)."""
SHORT_QUESTIONS = ("order_status_form", "refund_form", "availability_form", "product_question_form")
"""Forms that only look something up: answered at once, the form that was open before goes on."""


class ShopForm(FormValidationAction):  # type: ignore[misc]
    """The validation action of a form. ``own`` are the slots that mean nothing outside the form."""

    has_effects = False  # of guesses and codes it keeps count itself
    form = ""
    own: tuple[str, ...] = ()

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return f"validate_{self.form}"

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        """What follows from the slots together, after each was validated."""
        return {}

    async def wanted(self, tracker: Tracker) -> list[str]:
        """The slots that are needed, in the order to ask for them."""
        raise NotImplementedError

    def is_starting(self, tracker: Tracker) -> bool:
        """Whether the form is just being opened: then nothing is said about values that do not fit."""
        return form_before(tracker) != self.form

    def invalid(
        self, dispatcher: Dispatcher, tracker: Tracker, response: str, **values: Any
    ) -> dict[str, Any]:
        """Say that an answer does not fit; the third time the form fails."""
        if self.is_starting(tracker):
            return {}
        if asks_to_wait(text_of(tracker)):
            dispatcher.utter_message(response="utter_take_your_time")
            return {}
        form, _, count = str(tracker.slots.get("form_attempts") or "").partition(":")
        attempts = (int(count) if form == self.form else 0) + 1
        if attempts >= MAX_INVALID:
            return {"outcome": "failed"}
        dispatcher.utter_message(response=response, **values)
        return {"form_attempts": f"{self.form}:{attempts}"}

    async def get_validation_events(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        names = self.domain_slots(domain)
        candidates = {k: v for k, v in tracker.slots_to_validate().items() if k in names}
        changes: dict[str, Any] = {}
        if self.is_starting(tracker):
            # Left over from when this form was last left for another one.
            stale = [slot for slot in self.own if tracker.slots.get(slot) == value_before(tracker, slot)]
            changes = dict.fromkeys(stale)
            tracker.slots.update(changes)
            candidates = {k: v for k, v in candidates.items() if k not in stale}
        for slot, candidate in candidates.items():
            if candidate is None or candidate == NOT_NEEDED:
                continue
            changes[slot] = candidate
            tracker.slots[slot] = candidate
            validate = getattr(self, f"validate_{slot}")
            fitted = await validate(candidate, dispatcher, tracker, domain)
            changes |= fitted
            tracker.slots.update(fitted)
        settled = await self.settle(dispatcher, tracker)
        tracker.slots.update(settled)
        changes |= settled
        upcoming = await self._next(tracker)
        wanted = [] if upcoming is None else await self.wanted(tracker)
        changes |= self._passed_over(names, wanted, upcoming, tracker)
        if not changes and not self.is_starting(tracker) and intent_of(tracker) in OPENED_BY[self.form]:
            # "so where is my order?" once more, while the form asks for its number: no other rule answers
            # that. An event makes it an answer, and the form asks again.
            changes = {"outcome": tracker.slots.get("outcome")}
        return [SlotSet(slot, new) for slot, new in changes.items()]

    async def next_requested_slot(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> ActionEvent:
        event: ActionEvent = SlotSet(REQUESTED_SLOT, await self._next(tracker))
        return event

    async def _next(self, tracker: Tracker) -> str | None:
        if tracker.slots.get("outcome"):
            return None
        if tracker.slots.get("stopping") == self.form:
            return STOP_CONFIRMATION
        return next((slot for slot in await self.wanted(tracker) if value(tracker, slot) is None), None)

    @staticmethod
    def _passed_over(
        names: list[str], wanted: list[str], upcoming: str | None, tracker: Tracker
    ) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if upcoming is None or upcoming == STOP_CONFIRMATION:
            return changes
        # What is left empty is what is missing: to the form when it comes back, and to a person at the desk.
        for name in names:
            held = tracker.slots.get(name)
            if name in wanted and held == NOT_NEEDED:
                changes[name] = None
            elif name not in wanted and held is None:
                changes[name] = NOT_NEEDED
        return changes

    def first_telling(self, tracker: Tracker, text: str, *, words: int) -> str | None:
        """A text as it was asked for; of the message that opened the form, only one that tells the story."""
        short = len(text.split()) < words or text.startswith("/")
        return None if self.is_starting(tracker) and short else text.strip()

    async def validate_stop_confirmation(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if self.is_starting(tracker):
            # "cancel it" opened the form.
            return {STOP_CONFIRMATION: None}
        if answer is True:
            return {STOP_CONFIRMATION: None, "stopping": None, "outcome": "stopped"}
        if answer is False:
            return {STOP_CONFIRMATION: None, "stopping": None}
        requested = tracker.slots.get(REQUESTED_SLOT)
        if requested in TOLD and not gives_up(text_of(tracker)):
            return {STOP_CONFIRMATION: None, requested: text_of(tracker).strip()}
        # "stop" itself: the first time it is a wish to be confirmed, the second time it is the confirmation.
        if tracker.slots.get("stopping") == self.form:
            return {STOP_CONFIRMATION: None, "stopping": None, "outcome": "stopped"}
        return {STOP_CONFIRMATION: None, "stopping": self.form}

    async def validate_confirm(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A yes or no, by its intent or by its words."""
        if isinstance(answer, bool):
            return {"confirm": answer}
        meant = yes_or_no(str(answer))
        if meant is None:
            return {"confirm": None, **self.invalid(dispatcher, tracker, "utter_yes_or_no")}
        return {"confirm": meant}


class Finish(Action):  # type: ignore[misc]
    """What is done when a form has ended; clears what was only its own."""

    form = ""
    own: tuple[str, ...] = ()

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return f"action_{self.form.removesuffix('_form')}"

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        """Do what the form was for; ``outcome`` is a word of the form's own, or None."""
        raise NotImplementedError

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        outcome = tracker.slots.get("outcome")
        done = ended_early(dispatcher, self.form, outcome)
        if done is None:
            done = await self.finish(dispatcher, tracker, outcome)
        return [*done, *cleared(tracker, self.form, self.own), *self._go_on(tracker, done)]

    def _go_on(self, tracker: Tracker, done: list[ActionEvent]) -> list[ActionEvent]:
        """Back to the form that was open, after a question beside it that needed no answers."""
        before = form_before(tracker)
        offered = any(event.get("event") == "slot" and event.get("name") == "offer" for event in done)
        if self.form not in SHORT_QUESTIONS or before in (None, self.form) or offered:
            return []
        return [FollowupAction(before)]


def ended_early(dispatcher: Dispatcher, form: str, outcome: str | None) -> list[ActionEvent] | None:
    """What is said and done when a form ended before it knew everything; None when it did not."""
    match outcome:
        case "stopped":
            dispatcher.utter_message(response="utter_stopped")
            return []
        case "failed":
            dispatcher.utter_message(response="utter_form_failed")
            subject = form.removesuffix("_form").replace("_", " ")
            return [events.escalation_requested(EscalationReason.FORM_FAILED, detail=subject)]
        case "locked":
            dispatcher.utter_message(response="utter_identity_locked")
            detail = "identity could not be verified"
            return [events.escalation_requested(EscalationReason.RULE, detail=detail)]
        case "no_codes":
            dispatcher.utter_message(response="utter_no_code_on_file")
            detail = "no code can be sent to an address on file"
            return [events.escalation_requested(EscalationReason.RULE, detail=detail)]
        case "declined":
            dispatcher.utter_message(response="utter_code_declined")
            return [offer("person")]
    return None


def cleared(tracker: Tracker, form: str, own: tuple[str, ...]) -> list[ActionEvent]:
    """What is forgotten when a form has ended."""
    outcome = tracker.slots.get("outcome")
    passed_over = [slot for slot, held in tracker.slots.items() if held == NOT_NEEDED]
    gone: list[ActionEvent] = [SlotSet(slot, None) for slot in dict.fromkeys((*own, *SHARED, *passed_over))]
    if outcome is not None:
        # An address that a code was sent to must not be asked about the next time.
        gone.append(SlotSet("code_email", None))
    return [*gone, SlotSet("last_form", form)]


def offer(what: str) -> ActionEvent:
    """Remember that the answer ended in an offer, for a "yes, please" that may follow."""
    event: ActionEvent = SlotSet("offer", what)
    return event
