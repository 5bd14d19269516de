"""What is said when the proof of identity that an action needs did not come."""

from __future__ import annotations

from typing import Any

from rasa_sdk.interfaces import Action, Tracker

from bot.actions.events import ActionEvent
from bot.actions.shop.complaints import escalate_severe
from bot.actions.shop.context import Dispatcher, Shop, value
from bot.actions.shop.forms import Finish, cleared, ended_early, offer


class NotProved(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Ends a form that did not find out who it talks to: the engine runs it instead of the refused action."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_not_proved"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        form, outcome = _form_that_ended(tracker), tracker.slots.get("outcome")
        done = ended_early(dispatcher, form, outcome)
        if done is None and outcome == "severe":
            # Danger is told to a person whoever tells of it.
            told = str(value(tracker, "problem_details"))
            done = await escalate_severe(self.shop, dispatcher, tracker, told)
        if done is None:
            dispatcher.utter_message(response="utter_not_proved")
            done = [offer("person")]
        own = next((kind.own for kind in Finish.__subclasses__() if kind.form == form), ())
        return [*done, *cleared(tracker, form, own)]


def _form_that_ended(tracker: Tracker) -> str:
    names = [event.get("name") for event in tracker.events if event.get("event") == "active_loop"]
    return next((str(name) for name in reversed(names) if name), "")
