"""Custom actions: in this process, at an action server, failing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.actions.remote import RemoteActions
from bot.actions.runner import InProcessActions
from bot.dialogue.actions import ActionCall, ActionFailure, ActionRejected
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    CustomerIdentified,
    EscalationReason,
    EscalationRequested,
    RecordAccessed,
)
from bot.project import Project
from bot.project.domain import Domain
from tests.bot.dialogue.harness import Bot, load

DOMAIN = """
intents: [go, bye, hand_over]
entities: [name]
slots:
  name:
    type: text
    mappings:
    - type: from_entity
      entity: name
  shout:
    type: text
    mappings:
    - type: custom
      action: action_shout
responses:
  utter_hello: [{text: "Hello {name}, {extra}"}]
  utter_bye: [{text: Bye}]
  utter_default: [{text: Sorry}]
actions: [action_go, action_shout, action_human_handoff]
"""
RULES = """
- rule: go
  steps:
  - intent: go
  - action: action_go
- rule: bye
  steps:
  - intent: bye
  - action: utter_bye
- rule: hand over
  steps:
  - intent: hand_over
  - action: action_human_handoff
"""


def project() -> Project:
    return load(DOMAIN, rules=RULES)


class Shout(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_shout"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        return [SlotSet("shout", str(tracker.latest_message["text"]).upper())]


class Go(Action):  # type: ignore[misc]
    """Says and does whatever it was made with."""

    def __init__(self, *events: dict[str, Any], error: Exception | None = None) -> None:
        self.events = events
        self.error = error
        self.tracker: Any = None
        self.domain: Any = None

    def name(self) -> str:
        return "action_go"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        self.tracker, self.domain = tracker, domain
        if self.error is not None:
            raise self.error
        dispatcher.utter_message(
            response="utter_hello", extra="you", buttons=[{"title": "B", "payload": "/b"}]
        )
        dispatcher.utter_message(text="plain", json_message={"a": 1})
        return list(self.events)


def runner(go: Go) -> InProcessActions:
    return InProcessActions([go, Shout()])


async def test_an_action_sees_the_tracker_and_speaks_in_responses() -> None:
    go = Go(SlotSet("name", "Bo"))
    bot = Bot(project(), actions=runner(go))
    assert await bot.say('/go{"name": "Ada"}') == ["Hello Ada, you", "plain"]
    assert (await bot.slots())["name"] == "Bo"
    assert go.tracker.slots["name"] == "Ada"
    assert go.tracker.latest_message["intent"]["name"] == "go"
    assert go.tracker.sender_id == "c"
    assert go.tracker.get_latest_input_channel() == "rest"
    assert [e["event"] for e in go.tracker.events][-3:] == ["user", "slot", "slot"]
    assert go.domain["slots"]["name"]["type"] == "text"


async def test_the_message_is_durable_before_an_action_runs() -> None:
    stored: list[str] = []

    class Look(Go):
        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
            stored.extend(event.type for event in bot.log)
            return []

    bot = Bot(project(), actions=runner(Look()))
    await bot.say("/go")
    assert "user_uttered" in stored


async def test_a_turn_without_custom_actions_is_one_append() -> None:
    domain = "intents: [bye]\nresponses:\n  utter_bye: [{text: Bye}]\n  utter_default: [{text: Sorry}]\n"
    bot = Bot(load(domain, rules="- rule: bye\n  steps:\n  - intent: bye\n  - action: utter_bye\n"))
    await bot.say("/bye")
    before = bot.store.appends
    await bot.say("/bye")
    assert bot.store.appends == before + 1


async def test_a_custom_mapping_runs_its_action() -> None:
    bot = Bot(project(), actions=runner(Go()))
    await bot.say("/go")
    assert (await bot.slots())["shout"] == "/GO"


async def test_an_action_may_force_the_next() -> None:
    bot = Bot(project(), actions=runner(Go(FollowupAction("utter_bye"))))
    actions = await bot.actions("/go")
    assert actions[:2] == ["action_go", "utter_bye"]


async def test_an_action_may_say_things_that_rasa_has_no_word_for() -> None:
    go = Go(
        {"event": "firstline", "type": "customer_identified", "customer_id": "C-1", "by": "order"},
        {
            "event": "firstline",
            "type": "record_accessed",
            "record": "order",
            "record_id": "48213",
            "operation": "read",
        },
        {"event": "firstline", "type": "escalation_requested", "reason": "rule", "detail": "severe"},
    )
    bot = Bot(project(), actions=runner(go), staffed=True)
    assert (await bot.say("/go"))[-1] == "A person will be with you."
    kinds = (CustomerIdentified, RecordAccessed, EscalationRequested)
    assert [type(event) for event in bot.log if isinstance(event, kinds)] == list(kinds)
    asked = next(event for event in bot.log if isinstance(event, EscalationRequested))
    assert (asked.reason, asked.detail) == (EscalationReason.RULE, "severe")


async def test_the_built_in_handoff_asks_for_a_person() -> None:
    bot = Bot(project(), actions=runner(Go()), staffed=True)
    turn = await bot.turn("/hand_over")
    kinds = [event.type for _, event in turn.events]
    assert "escalation_requested" in kinds
    assert kinds[-1] == "action_executed"


@pytest.mark.parametrize("staffed", [True, False])
async def test_an_action_that_raises_asks_for_a_person(staffed: bool) -> None:
    bot = Bot(project(), actions=runner(Go(error=ValueError("Ada's secret"))), staffed=staffed)
    answers = await bot.say("/go")
    (failed,) = [event for event in bot.log if isinstance(event, ActionFailed)]
    assert (failed.action, failed.error) == ("action_go", "action.raised")
    asked = [event.reason for event in bot.log if isinstance(event, EscalationRequested)]
    assert asked == ([EscalationReason.ERROR] if staffed else [])
    assert answers == (["A person will be with you."] if staffed else [])
    last = [event for event in bot.log if isinstance(event, ActionExecuted)][-1]
    assert last.action == "action_listen"


async def test_where_the_only_action_is_rejected_the_bot_listens() -> None:
    bot = Bot(project(), actions=runner(Go(error=ActionExecutionRejection("action_go"))))
    assert await bot.actions("/go") == ["action_listen"]
    assert [e.action for e in bot.log if isinstance(e, ActionExecutionRejected)] == ["action_go"]


def call(name: str = "action_go") -> ActionCall:
    domain = Domain()
    domain.actions["action_go"] = None  # type: ignore[assignment]
    return ActionCall(name, {"sender_id": "c", "slots": {}, "events": []}, domain)


async def test_an_action_server_is_spoken_to_as_rasa_does() -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked.append(body)
        if "domain" not in body:
            return httpx.Response(449)
        return httpx.Response(200, json={"events": [{"event": "restart"}], "responses": [{"text": "hi"}]})

    actions = RemoteActions("http://actions.example/webhook", transport=httpx.MockTransport(answer))
    result = await actions.run(call())
    assert (list(result.events), list(result.responses)) == ([{"event": "restart"}], [{"text": "hi"}])
    assert [body["next_action"] for body in asked] == ["action_go", "action_go"]
    assert {"sender_id", "tracker", "version", "domain", "domain_digest"} <= asked[1].keys()
    await actions.close()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(404, {}, "action.unknown"), (500, {}, "action.failed"), (200, None, "action.failed")],
)
async def test_an_action_server_that_fails_is_told_apart(status: int, body: Any, code: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status, text="oops")

    actions = RemoteActions("http://actions.example/webhook", transport=httpx.MockTransport(answer))
    with pytest.raises(ActionFailure) as error:
        await actions.run(call())
    assert error.value.code == code
    await actions.close()


async def test_an_action_server_may_reject_or_be_away() -> None:
    def reject(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"action_name": "action_go", "error": "no"})

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    rejecting = RemoteActions("http://actions.example", transport=httpx.MockTransport(reject))
    with pytest.raises(ActionRejected):
        await rejecting.run(call())
    missing = RemoteActions("http://actions.example", transport=httpx.MockTransport(away))
    with pytest.raises(ActionFailure) as error:
        await missing.run(call())
    assert error.value.code == "action.unreachable"
    await rejecting.close()
    await missing.close()


async def test_a_slow_action_is_given_up() -> None:
    class Slow(Go):
        async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
            await asyncio.sleep(10)
            return []

    actions = InProcessActions([Slow()], timeout=0.01)
    with pytest.raises(ActionFailure) as error:
        await actions.run(call())
    assert error.value.code == "action.timeout"


def test_a_package_of_actions_registers_its_classes() -> None:
    actions = InProcessActions()
    actions.register_package("tests.bot.dialogue.test_actions")
    assert {"action_go", "action_shout"} <= actions.names
