"""Forms: asking, answering, validating, being interrupted, giving up."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import FormValidationAction
from rasa_sdk.events import ActionExecutionRejected as SdkRejected

from bot.actions.runner import InProcessActions
from bot.dialogue.native import EngineSettings
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    EscalationReason,
    EscalationRequested,
    HandoffAccepted,
    HandoffResolved,
    LoopInterrupted,
    SlotSet,
)
from bot.project import Project
from tests.bot.dialogue.harness import Bot, load

FORMBOT = """
intents: [greet, request_table, inform, affirm, deny, chitchat, stop, thank]
entities:
- cuisine
- number
- seating
- city:
    roles: [from, to]
slots:
  cuisine:
    type: text
    influence_conversation: false
    mappings:
    - type: from_entity
      entity: cuisine
  people:
    type: any
    mappings:
    - type: from_entity
      entity: number
  outdoors:
    type: bool
    influence_conversation: false
    mappings:
    - type: from_entity
      entity: seating
    - type: from_intent
      intent: affirm
      value: true
      conditions:
      - active_loop: table_form
        requested_slot: outdoors
    - type: from_intent
      intent: deny
      value: false
      conditions:
      - active_loop: table_form
        requested_slot: outdoors
  wishes:
    type: text
    influence_conversation: false
    mappings:
    - type: from_text
      not_intent: [stop]
      conditions:
      - active_loop: table_form
        requested_slot: wishes
forms:
  table_form:
    ignored_intents: [chitchat]
    required_slots: [cuisine, people, outdoors, wishes]
responses:
  utter_ask_cuisine: [{text: "cuisine?"}]
  utter_ask_table_form_people: [{text: "people?"}]
  utter_ask_people: [{text: "never said"}]
  utter_ask_outdoors: [{text: "outdoors?"}]
  utter_ask_wishes: [{text: "wishes?"}]
  utter_done: [{text: "{cuisine} for {people}, outdoors {outdoors}, {wishes}"}]
  utter_chitchat: [{text: "nice weather"}]
  utter_ask_continue: [{text: "go on?"}]
  utter_stopped: [{text: "stopped"}]
  utter_no_such_cuisine: [{text: "no {value}"}]
  utter_default: [{text: "sorry"}]
"""
RULES = """
- rule: open
  steps:
  - intent: request_table
  - action: table_form
  - active_loop: table_form
- rule: submit
  condition:
  - active_loop: table_form
  steps:
  - action: table_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: utter_done
- rule: chitchat
  steps:
  - intent: chitchat
  - action: utter_chitchat
"""
STORIES = """
- story: stop and go on
  steps:
  - intent: request_table
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_ask_continue
  - intent: affirm
  - action: table_form
  - active_loop: null
  - action: utter_done
- story: stop for good
  steps:
  - intent: request_table
  - action: table_form
  - active_loop: table_form
  - intent: stop
  - action: utter_ask_continue
  - intent: deny
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_stopped
"""


def project(*, extra: str = "", stories: str = STORIES) -> Project:
    return load(FORMBOT + extra, rules=RULES, stories=stories)


def test_the_example_has_nothing_to_complain_about() -> None:
    assert Bot(project()).engine.findings == []


async def test_a_form_asks_until_every_slot_is_filled() -> None:
    bot = Bot(project())
    assert await bot.say("/request_table") == ["cuisine?"]
    assert await bot.say('/inform{"cuisine": "thai"}') == ["people?"]
    assert await bot.say('/inform{"number": 4}') == ["outdoors?"]
    assert await bot.say("/deny") == ["wishes?"]
    assert await bot.say("by the window") == ["thai for 4, outdoors False, by the window"]
    conversation = await bot.conversation()
    assert conversation.dialogue.loop is None
    assert conversation.slot("requested_slot") is None


async def test_slots_given_at_once_are_not_asked_for() -> None:
    bot = Bot(project())
    assert await bot.say('/request_table{"cuisine": "thai", "number": 2}') == ["outdoors?"]


async def test_slots_know_where_their_values_came_from() -> None:
    bot = Bot(project())
    await bot.say("/request_table")
    await bot.say('/inform{"cuisine": "thai"}')
    conversation = await bot.conversation()
    source = conversation.dialogue.slots["cuisine"].source
    assert source is not None
    assert source.sequence is not None
    assert conversation.event(source.sequence) is conversation.dialogue.latest_message


async def test_an_interruption_is_answered_and_the_form_goes_on() -> None:
    bot = Bot(project())
    await bot.say("/request_table")
    assert await bot.say("/chitchat") == ["nice weather", "cuisine?"]
    kinds = (ActionExecutionRejected, ActionExecuted, LoopInterrupted)
    happened = [getattr(e, "action", "interrupted") for e in bot.log if isinstance(e, kinds)]
    assert happened[-4:] == ["table_form", "utter_chitchat", "table_form", "action_listen"]
    assert await bot.say('/inform{"cuisine": "thai"}') == ["people?"]


async def test_an_unhappy_path_of_a_story_is_followed() -> None:
    bot = Bot(project())
    await bot.say("/request_table")
    assert await bot.say("/stop") == ["go on?"]
    assert await bot.say("/affirm") == ["cuisine?"]
    assert any(isinstance(e, LoopInterrupted) and e.is_interrupted for e in bot.log)
    other = Bot(project())
    await other.say("/request_table")
    assert await other.say("/stop") == ["go on?"]
    assert await other.say("/deny") == ["stopped"]
    assert (await other.conversation()).dialogue.loop is None


async def test_an_unhappy_path_is_followed_also_after_happy_turns() -> None:
    bot = Bot(project())
    await bot.say("/request_table")
    await bot.say('/inform{"cuisine": "thai"}')
    await bot.say("/chitchat")
    await bot.say('/inform{"number": 3}')
    assert await bot.say("/stop") == ["go on?"]
    assert await bot.say("/deny") == ["stopped"]


async def test_an_answer_to_nothing_is_rejected_and_falls_back() -> None:
    bot = Bot(project())
    await bot.say("/request_table")
    turn = await bot.turn("/thank")
    assert [e.action for _, e in turn.events if isinstance(e, ActionExecutionRejected)] == ["table_form"]
    actions = [e.action for _, e in turn.events if isinstance(e, ActionExecuted)]
    assert actions[0] == "action_default_fallback"


class Validate(FormValidationAction):  # type: ignore[misc]
    def name(self) -> str:
        return "validate_table_form"

    def validate_cuisine(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        if value == "mud":
            dispatcher.utter_message(response="utter_no_such_cuisine", value=value)
            return {"cuisine": None}
        return {"cuisine": value.capitalize()}

    async def required_slots(
        self, domain_slots: list[str], dispatcher: Any, tracker: Any, domain: Any
    ) -> list[str]:
        return [s for s in domain_slots if s != "wishes"] if tracker.get_slot("people") == 1 else domain_slots


WITH_VALIDATION = "actions: [validate_table_form]\n"


async def test_validation_refuses_changes_and_says_so() -> None:
    bot = Bot(project(extra=WITH_VALIDATION), actions=InProcessActions([Validate()]))
    await bot.say("/request_table")
    assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "cuisine?"]
    assert await bot.say('/inform{"cuisine": "thai"}') == ["people?"]
    assert (await bot.slots())["cuisine"] == "Thai"


async def test_validation_of_the_opening_message_counts() -> None:
    bot = Bot(project(extra=WITH_VALIDATION), actions=InProcessActions([Validate()]))
    assert await bot.say('/request_table{"cuisine": "mud"}') == ["no mud", "cuisine?"]
    assert (await bot.slots())["cuisine"] is None


async def test_required_slots_may_depend_on_others() -> None:
    bot = Bot(project(extra=WITH_VALIDATION), actions=InProcessActions([Validate()]))
    await bot.say('/request_table{"cuisine": "thai", "number": 1}')
    assert await bot.say("/affirm") == ["Thai for 1, outdoors True, None"]


class Reject(FormValidationAction):  # type: ignore[misc]
    def name(self) -> str:
        return "validate_table_form"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        if tracker.latest_message["intent"]["name"] == "inform":
            return [SdkRejected("table_form")]
        return []


async def test_an_action_may_reject_by_event() -> None:
    bot = Bot(project(extra=WITH_VALIDATION), actions=InProcessActions([Reject()]))
    await bot.say("/request_table")
    turn = await bot.turn('/inform{"cuisine": "thai"}')
    assert any(isinstance(e, ActionExecutionRejected) for _, e in turn.events)
    executed = [e.action for _, e in turn.events if isinstance(e, ActionExecuted)]
    assert "table_form" not in executed


@pytest.mark.parametrize("limit", [2, 3])
async def test_a_question_that_fails_too_often_asks_for_a_person(limit: int) -> None:
    bot = Bot(
        project(extra=WITH_VALIDATION),
        actions=InProcessActions([Validate()]),
        staffed=True,
        settings=EngineSettings(form_failures=limit),
    )
    await bot.say("/request_table")
    for _ in range(limit - 1):
        assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "cuisine?"]
    assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "A person will be with you."]
    (asked,) = [e for e in bot.log if isinstance(e, EscalationRequested)]
    assert (asked.reason, asked.detail) == (EscalationReason.FORM_FAILED, "cuisine")
    assert await bot.say("hello?") == []


async def test_an_answer_to_another_question_of_the_form_is_no_failure() -> None:
    bot = Bot(
        project(extra=WITH_VALIDATION),
        actions=InProcessActions([Validate()]),
        staffed=True,
        settings=EngineSettings(form_failures=2),
    )
    await bot.say("/request_table")
    assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "cuisine?"]
    assert await bot.say('/inform{"number": 2}') == ["cuisine?"]
    assert await bot.say('/inform{"number": 3}') == ["cuisine?"]
    assert await bot.say('/inform{"number": 3}') == ["A person will be with you."]


async def test_interruptions_are_no_failures() -> None:
    bot = Bot(project(), staffed=True, settings=EngineSettings(form_failures=2))
    await bot.say("/request_table")
    for _ in range(4):
        assert await bot.say("/chitchat") == ["nice weather", "cuisine?"]


async def test_a_filled_slot_is_no_failure_of_the_next() -> None:
    bot = Bot(
        project(extra=WITH_VALIDATION),
        actions=InProcessActions([Validate()]),
        staffed=True,
        settings=EngineSettings(form_failures=2),
    )
    await bot.say("/request_table")
    await bot.say('/inform{"cuisine": "thai"}')
    await bot.say('/inform{"number": 4}')
    assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "cuisine?"]


async def test_the_engine_knows_what_the_open_form_needs() -> None:
    bot = Bot(project())
    await bot.say('/request_table{"cuisine": "thai"}')
    conversation = await bot.conversation()
    assert bot.engine.missing_slots(conversation) == ("people", "outdoors", "wishes")
    assert bot.engine.expected_entities(conversation)[0] == "number"


async def test_a_trigger_intent_fills_a_slot_as_the_form_opens() -> None:
    domain = """
intents: [book, inform]
entities: [x]
slots:
  kind:
    type: text
    mappings:
    - type: from_trigger_intent
      intent: book
      value: booking
      conditions:
      - active_loop: a_form
  name:
    type: text
    mappings:
    - type: from_text
      conditions:
      - active_loop: a_form
        requested_slot: name
forms:
  a_form:
    required_slots: [kind, name]
responses:
  utter_ask_kind: [{text: "kind?"}]
  utter_ask_name: [{text: "name?"}]
"""
    rules = "- rule: open\n  steps:\n  - intent: book\n  - action: a_form\n  - active_loop: a_form\n"
    bot = Bot(load(domain, rules=rules))
    assert await bot.say("/book") == ["name?"]
    assert (await bot.slots())["kind"] == "booking"


async def test_an_entity_that_two_slots_take_fills_the_one_that_was_asked_for() -> None:
    domain = """
intents: [book, inform]
entities:
- city:
    roles: [to]
slots:
  origin:
    type: text
    mappings:
    - type: from_entity
      entity: city
  destination:
    type: text
    mappings:
    - type: from_entity
      entity: city
      role: to
    - type: from_entity
      entity: city
forms:
  trip_form:
    required_slots: [origin, destination]
responses:
  utter_ask_origin: [{text: "from?"}]
  utter_ask_destination: [{text: "to?"}]
"""
    rules = "- rule: open\n  steps:\n  - intent: book\n  - action: trip_form\n  - active_loop: trip_form\n"
    bot = Bot(load(domain, rules=rules))
    await bot.say("/book")
    assert await bot.say('/inform{"city": "Oslo"}') == ["to?"]
    slots = await bot.slots()
    assert (slots["origin"], slots.get("destination")) == ("Oslo", None)
    other = Bot(load(domain, rules=rules))
    await other.say("/book")
    assert await other.say('/inform{"city#to": "Paris"}') == ["from?"]
    assert (await other.slots())["destination"] == "Paris"


async def test_a_form_that_ends_leaves_the_loop_in_the_log() -> None:
    bot = Bot(project())
    await bot.say('/request_table{"cuisine": "thai", "number": 2}')
    await bot.say("/affirm")
    await bot.say("none")
    loops = [event.name for event in bot.log if isinstance(event, ActiveLoop)]
    asked = [e.value for e in bot.log if isinstance(e, SlotSet) and e.name == "requested_slot"]
    assert loops == ["table_form", None]
    assert asked == ["outdoors", "wishes", None]


async def test_with_nobody_to_ask_a_failing_question_is_asked_again() -> None:
    bot = Bot(
        project(extra=WITH_VALIDATION),
        actions=InProcessActions([Validate()]),
        settings=EngineSettings(form_failures=1),
    )
    await bot.say("/request_table")
    assert await bot.say('/inform{"cuisine": "mud"}') == ["no mud", "cuisine?"]


async def test_a_form_is_closed_once_a_person_has_handled_it() -> None:
    bot = Bot(
        project(extra=WITH_VALIDATION),
        actions=InProcessActions([Validate()]),
        staffed=True,
        settings=EngineSettings(form_failures=1),
    )
    await bot.say("/request_table")
    await bot.say('/inform{"cuisine": "mud"}')
    assert bot.engine.missing_slots(await bot.conversation())[0] == "cuisine"
    async with bot.conversations.writing("c") as writer:
        who = {"handoff_id": "h1", "agent_id": "a1"}
        await writer.append(
            HandoffAccepted(timestamp=writer.now(), agent_name="Ada", **who),
            HandoffResolved(timestamp=writer.now(), disposition="done", return_to_bot=True, **who),
        )
    assert await bot.say("/chitchat") == ["nice weather"]
    assert (await bot.conversation()).dialogue.loop is None
