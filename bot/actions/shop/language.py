"""Languages: the bot answers in English, and offers a person to those who write in another one."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop.context import Dispatcher, entity, text_of
from bot.actions.shop.talking import TalkingAction

OFFERED = {
    "nb": {"norwegian", "norsk", "bokmål", "norge"},
    "fr": {"french", "français", "francais"},
    "pt": {"portuguese", "português", "portugues"},
    "lv": {"latvian", "latviešu", "latviski"},
    "fa": {"persian", "farsi", "فارسی"},
    "de": {"german", "deutsch"},
    "es": {"spanish", "español", "espanol", "castellano"},
}
"""Languages that people at the desk speak besides English, and what customers call them."""
_ALIASES = {"no": "nb", "nn": "nb"}
MIN_WORDS = 3


def tag_of(name: str) -> str | None:
    """The tag of a language named by a customer; None for one that nobody here speaks."""
    wanted = name.strip().lower()
    if wanted in ("english", "en"):
        return "en"
    wanted = _ALIASES.get(wanted, wanted)
    return next((tag for tag, names in OFFERED.items() if wanted == tag or wanted in names), None)


def notice_language(dispatcher: Dispatcher, tracker: Tracker) -> list[ActionEvent]:
    """Once, where the customer is seen to write in a language of ours: say so, and offer a person."""
    detected = tracker.latest_message.get("language") or ""
    detected = _ALIASES.get(detected, detected)
    if (
        detected not in OFFERED
        or tracker.slots.get("language")
        or len(text_of(tracker).split()) < MIN_WORDS
        or text_of(tracker).startswith("/")
    ):
        return []
    tracker.slots["language"] = detected
    dispatcher.utter_message(response=f"utter_language_offer_{detected}")
    return [SlotSet("language", detected), SlotSet("offer", "person")]


class SwitchLanguage(TalkingAction):
    """Answers a wish for another language."""

    def name(self) -> str:
        return "action_switch_language"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        named = entity(tracker, "language")
        detected = tracker.latest_message.get("language") or ""
        written = tag_of(detected) if detected in OFFERED or detected in _ALIASES else None
        tag = (tag_of(named) if named else None) or written
        if tag is None:
            response = "utter_language_unknown" if named else "utter_which_language"
            dispatcher.utter_message(response=response)
            return [SlotSet("language", None), SlotSet("offer", "person")] if named else []
        tracker.slots["language"] = tag
        if tag == "en":
            dispatcher.utter_message(response="utter_english_it_is")
            return [SlotSet("language", tag), events.language_changed(tag)]
        dispatcher.utter_message(response=f"utter_language_offer_{tag}")
        return [SlotSet("language", tag), SlotSet("offer", "person"), events.language_changed(tag)]
