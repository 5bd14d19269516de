"""What kind of answer the bot waits for, read from a project that it has never seen."""

from __future__ import annotations

import pytest

from bot.conversation import Conversation
from bot.dialogue.expectation import HOT_WORDS, Expectations
from bot.events import (
    ActiveLoop,
    BotUttered,
    Button,
    ConversationStarted,
    Event,
    HandoffQueued,
    SlotSet,
    UserUttered,
)
from bot.project import Project
from tests.bot.dialogue.harness import load

DOMAIN = """
intents: [inform, affirm, deny]
entities: [pin, zip, member, town]
slots:
  pin:
    type: text
    mappings: [{type: from_entity, entity: pin}]
  zip:
    type: text
    mappings: [{type: from_entity, entity: zip}]
  member:
    type: text
    mappings: [{type: from_entity, entity: member}]
  pin_or_zip:
    type: text
    mappings: [{type: from_entity, entity: pin}, {type: from_entity, entity: zip}]
  town:
    type: text
    mappings: [{type: from_entity, entity: town}]
  sure:
    type: any
    mappings:
    - {type: from_intent, intent: affirm, value: true, conditions: [{active_loop: f, requested_slot: sure}]}
    - {type: from_intent, intent: deny, value: false, conditions: [{active_loop: f, requested_slot: sure}]}
  elsewhere:
    type: any
    mappings:
    - {type: from_intent, intent: affirm, value: true, conditions: [{active_loop: g}]}
    - {type: from_intent, intent: deny, value: false, conditions: [{active_loop: g}]}
    - {type: from_text}
  flag:
    type: bool
    mappings: [{type: from_text}]
forms:
  f: {required_slots: [pin, zip, member, pin_or_zip, town, sure, elsewhere, flag]}
  g: {required_slots: [elsewhere]}
responses:
  utter_shall_i:
  - text: "Shall I?"
    buttons: [{title: "Yes", payload: /affirm}, {title: "No", payload: /deny}]
  - channel: voice
    text: "Shall I do it?"
  utter_menu:
  - text: "What now?"
    buttons: [{title: "A", payload: /a}, {title: "B", payload: /b}, {title: "None", payload: /deny}]
  utter_bye:
  - text: "Bye."
"""
NLU = """
- intent: inform
  examples: |
    - my pin is [4821](pin)
    - [0000](pin)
    - [1234](zip)
    - [12345](zip)
    - [12-345](zip)
    - [A17](member)
    - [B18](member)
    - to [lisbon](town)
    - to [lissabon](town)
    - to [oslo](town)
- synonym: Lisbon
  examples: |
    - lisbon
    - lissabon
- regex: pin
  examples: |
    - (?<!zip )\\\\b\\\\d{4}\\\\b
- lookup: town
  examples: |
    - lisbon
    - oslo
""".replace("\\\\\\\\", "\\\\")


@pytest.fixture(scope="module")
def project() -> Project:
    return load(DOMAIN, nlu=NLU)


@pytest.fixture(scope="module")
def expectations(project: Project) -> Expectations:
    return Expectations(project, expected_entities=lambda _conversation: ("town",))


def conversation(*events: Event) -> Conversation:
    started = ConversationStarted(timestamp=0.0, channel="voice")
    return Conversation.fold("c1", [started, UserUttered(timestamp=0.0, message_id="m", text="x"), *events])


def asking(slot: str, form: str = "f") -> Conversation:
    return conversation(
        ActiveLoop(timestamp=0.0, name=form), SlotSet(timestamp=0.0, name="requested_slot", value=slot)
    )


@pytest.mark.parametrize(
    ("slot", "kind", "digits"),
    [
        ("pin", "digits", 4),
        ("zip", "digits", None),
        ("pin_or_zip", "digits", None),
        ("member", "free", None),
        ("town", "free", None),
        ("sure", "yes_no", None),
        ("flag", "yes_no", None),
        ("elsewhere", "free", None),
    ],
)
def test_a_form_tells_by_its_slot(
    expectations: Expectations, slot: str, kind: str, digits: int | None
) -> None:
    expected = expectations.of(asking(slot))
    assert (expected.kind, expected.digits) == (kind, digits)


def test_the_same_slot_is_another_question_in_another_form(expectations: Expectations) -> None:
    assert expectations.of(asking("elsewhere", "g")).kind == "yes_no"


def test_a_spoken_variation_asks_what_the_written_one_does(expectations: Expectations) -> None:
    def kind(text: str, response: str) -> str:
        return expectations.of(conversation(BotUttered(timestamp=0.0, text=text, response=response))).kind

    assert kind("Shall I do it?", "utter_shall_i") == "yes_no"
    assert kind("Say do it.", "utter_shall_i") == "free"
    assert kind("What now?", "utter_menu") == "free"
    assert kind("Bye?", "utter_bye") == "free"
    assert kind("?", "utter_unknown") == "free"


def test_prompts_of_the_gateway_change_nothing(expectations: Expectations) -> None:
    asked = BotUttered(timestamp=0.0, text="Shall I do it?", response="utter_shall_i")
    prompt = BotUttered(timestamp=0.0, text="Still there?", metadata={"prompt": True, "report_id": "r"})
    assert expectations.of(conversation(asked, prompt)).kind == "yes_no"


def test_choices_and_then_names_are_likely_words(expectations: Expectations) -> None:
    buttons = (Button(title="Stop the newsletter", payload="/x"),)
    hot_words = expectations.of(conversation(BotUttered(timestamp=0.0, buttons=buttons))).hot_words
    assert hot_words == ("Stop the newsletter", "Lisbon", "oslo")
    many = tuple(Button(title=f"Choice {n}", payload="/x") for n in range(60))
    hot_words = expectations.of(conversation(BotUttered(timestamp=0.0, buttons=many))).hot_words
    assert len(hot_words) == HOT_WORDS


def test_nothing_is_expected_while_somebody_else_holds(expectations: Expectations) -> None:
    held = asking("pin")
    held.apply(HandoffQueued(timestamp=0.0, handoff_id="h", queue="general"))
    assert expectations.of(held).kind == "free"
