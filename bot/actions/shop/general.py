"""What belongs to no topic: greeting, yes and no, bare answers, corrections, repeating, out of scope."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.interfaces import Tracker

from bot.actions.events import ActionEvent
from bot.actions.shop.complaints import escalate_severe
from bot.actions.shop.context import (
    Dispatcher,
    Shop,
    entity,
    faq_response,
    is_proved,
    last_buttons,
    last_said,
    standing_offer,
    text_of,
    value,
)
from bot.actions.shop.forms import STOP_CONFIRMATION, offer
from bot.actions.shop.language import notice_language
from bot.actions.shop.products import PRICE
from bot.actions.shop.severity import is_dangerous
from bot.actions.shop.talking import TalkingAction
from bot.actions.shop.terms import terms_in_words

FOLLOWUPS = {"person": "action_human_handoff", "return": "return_form", "cancel": "cancel_order_form"}
"""What a "yes, please" leads to, by what was offered."""


LIKELY = {"order_status": "order_status_form", "refund_status": "refund_form"}
"""What a fragment that looks like an answer, yet was not asked for, may have been meant as."""
LIKELY_ENOUGH = 0.2
OF_AN_ORDER = ("order_status_form", "refund_form", "invoice_form", "return_form", "cancel_order_form")
OF_A_PRODUCT = ("availability_form", "product_question_form")
"""Forms that "and for 48100", "and the kettle?" ask for once more."""
ABOUT_ORDER = re.compile(
    r"\b(when|where|arriv\w*|deliver\w*|track\w*|carrier|courier|what'?s in it|how much (was|did)|paid)\b",
    re.IGNORECASE,
)
"""Words that ask on about an order that was just told about."""
ASKING_ON = re.compile(r"^\W*(and|also|what about|how about|same|plus|or)\b", re.IGNORECASE)
QUESTION = re.compile(r"\?\s*$|^\W*(why|when|where|who|how|what|which)\b", re.IGNORECASE)
"""A text that asks something is no yes, whatever its intent."""
AGREEING = re.compile(r"\b(why not|how about yes|who wouldn'?t)\b", re.IGNORECASE)


class Greet(TalkingAction):
    """Greets, in a language of ours where the customer used one."""

    def name(self) -> str:
        return "action_greet"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        noticed = notice_language(dispatcher, tracker)
        if not noticed:
            dispatcher.utter_message(response="utter_greet")
        return noticed


class AnswerQuestion(TalkingAction):
    """Answers a frequent question, with the numbers of the shop's records."""

    def name(self) -> str:
        return "action_faq"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        response = faq_response(tracker)
        if response is None or response not in domain.get("responses", {}):
            dispatcher.utter_message(response="utter_ask_rephrase")
        else:
            dispatcher.utter_message(response=response, **terms_in_words())
        return []


class Affirm(TalkingAction):
    """Takes a yes as an answer to what was offered."""

    def name(self) -> str:
        return "action_affirm"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        offered, said = standing_offer(tracker), text_of(tracker)
        if QUESTION.search(said) and not (offered and AGREEING.search(said)):
            dispatcher.utter_message(response="utter_cannot_say")
            return [offer("person")]
        followup = FOLLOWUPS.get(offered or "")
        if followup is None:
            # An "ok" to an answer asks for nothing; a "yes" to "Anything else?" is about to.
            asked = (last_said(tracker) or "?").rstrip().endswith("?")
            dispatcher.utter_message(response="utter_go_on" if asked else "utter_all_right")
            return []
        return [SlotSet("offer", None), FollowupAction(followup)]


class Deny(TalkingAction):
    """Takes a no as an answer to what was offered, or as the end."""

    def name(self) -> str:
        return "action_deny"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        offered = standing_offer(tracker)
        if any(button.get("payload") == "/out_of_scope" for button in last_buttons(tracker)):
            # None of the guesses.
            dispatcher.utter_message(response="utter_ask_rephrase")
            return []
        dispatcher.utter_message(response="utter_offer_declined" if offered else "utter_all_right")
        return [SlotSet("offer", None)]


class Inform(TalkingAction):
    """Makes the best of a bare answer that nobody asked for."""

    def name(self) -> str:
        return "action_inform"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        if tracker.active_loop_name:
            # The form that is open asks again by itself.
            if tracker.slots.get("requested_slot") == STOP_CONFIRMATION:
                dispatcher.utter_message(response="utter_going_on")
                return [SlotSet("stopping", None)]
            dispatcher.utter_message(response="utter_not_understood_in_form")
            return []
        said, last = text_of(tracker), tracker.slots.get("last_form")
        if entity(tracker, "order_number"):
            again = last in OF_AN_ORDER and ASKING_ON.search(said)
            return [SlotSet("told", None), FollowupAction(last if again else "order_status_form")]
        if entity(tracker, "postcode") and value(tracker, "order_number") and not is_proved(tracker):
            return [FollowupAction("order_status_form")]
        if entity(tracker, "product") and last in (*OF_A_PRODUCT, "return_form") and ASKING_ON.search(said):
            return [FollowupAction(last)]
        if value(tracker, "product") and last in OF_A_PRODUCT and any(w in said.lower() for w in PRICE):
            return [SlotSet("question", said), FollowupAction("product_question_form")]
        ranking = tracker.latest_message.get("intent_ranking") or []
        likely = [LIKELY.get(r["name"]) for r in ranking[1:2] if r["confidence"] >= LIKELY_ENOUGH]
        if likely and likely[0]:
            return [FollowupAction(likely[0])]
        if tracker.slots.get("told") and ABOUT_ORDER.search(said):
            return [FollowupAction("order_status_form")]
        if entity(tracker, "product"):
            dispatcher.utter_message(response="utter_what_about_product")
            return []
        dispatcher.utter_message(response="utter_what_for")
        return []


class Correct(TalkingAction):
    """Does the last thing again with what was corrected."""

    def name(self) -> str:
        return "action_correct"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        if tracker.active_loop_name:
            dispatcher.utter_message(response="utter_sorry_again")
            return []
        last, corrected = tracker.slots.get("last_form"), tracker.latest_message.get("entities")
        if last and corrected:
            return [SlotSet("told", None), FollowupAction(str(last))]
        dispatcher.utter_message(response="utter_what_did_you_mean")
        return []


class Repeat(TalkingAction):
    """Says the last answer again; an open form asks again by itself."""

    def name(self) -> str:
        return "action_repeat"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        if tracker.active_loop_name:
            return []
        said: list[dict[str, Any]] = []
        users = 0
        for event in reversed(tracker.events):
            if event.get("event") == "user":
                users += 1
                if users == 2 or said:
                    break
            elif event.get("event") == "bot" and event.get("text") and not _is_prompt(event):
                said.insert(0, event)
        if not said:
            dispatcher.utter_message(response="utter_nothing_to_repeat")
        for event in said:
            buttons = (event.get("data") or {}).get("buttons") or []
            dispatcher.utter_message(text=event["text"], buttons=buttons)
        return []


class Stop(TalkingAction):
    """Drops what is open: a form that an unanswered wish for a person left open, or nothing."""

    def name(self) -> str:
        return "action_stop"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        if tracker.active_loop_name:
            dispatcher.utter_message(response="utter_stopped")
            return [ActiveLoop(None), SlotSet("requested_slot", None)]
        cancelling = "cancel" in text_of(tracker).lower()
        if cancelling and value(tracker, "order_number"):
            # "cancel it", of the order that was talked about; the form asks before it does.
            return [FollowupAction("cancel_order_form")]
        dispatcher.utter_message(response="utter_cancel_what" if cancelling else "utter_nothing_open")
        return [SlotSet("offer", None)]


class OutOfScope(TalkingAction):
    """Says what the bot can do and offers a person; the second time in a row more plainly."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_out_of_scope"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        if noticed := notice_language(dispatcher, tracker):
            return noticed
        if is_dangerous(text_of(tracker)):
            return await escalate_severe(self.shop, dispatcher, tracker, text_of(tracker))
        if (
            tracker.slots.get("told")
            and not tracker.active_loop_name
            and ABOUT_ORDER.search(text_of(tracker))
        ):
            return [FollowupAction("order_status_form")]
        again = _out_of_scope_just_before(tracker)
        dispatcher.utter_message(response="utter_out_of_scope_again" if again else "utter_out_of_scope")
        return [offer("person")]


def _out_of_scope_just_before(tracker: Tracker) -> bool:
    users = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            users += 1
            if users == 2:
                return False
        elif users == 1 and event.get("event") == "action" and event.get("name") == "action_out_of_scope":
            return True
    return False


def _is_prompt(event: dict[str, Any]) -> bool:
    """Whether the voice gateway said it by itself: "are you still there?" is no answer to repeat."""
    return bool((event.get("metadata") or {}).get("prompt"))
