"""The engine holds every action to the proof of identity that the project declares, whoever calls it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.actions.remote import RemoteActions
from bot.dialogue.actions import ActionCall, ActionResult
from bot.events import (
    ActionExecuted,
    ActionFailed,
    CustomerIdentified,
    EscalationRequested,
    Event,
    FollowupAction,
    ProofRequired,
    SessionStarted,
    SlotSet,
)
from bot.identity import STRONG_S
from bot.project import Project
from tests.bot.dialogue.harness import CONFIG, Bot

DOMAIN = """
intents: [account, prove, stop, hello, inform, open, extract]
entities: [order, verified]
slots:
  verified: {type: bool, influence_conversation: false, mappings: [{type: custom}]}
  customer_id: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  order: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: order}]}
  pin:
    type: text
    influence_conversation: false
    mappings: [{type: from_text, conditions: [{active_loop: proof_form, requested_slot: pin}]}]
  detail:
    type: text
    influence_conversation: false
    mappings: [{type: from_text, conditions: [{active_loop: secret_form, requested_slot: detail}]}]
forms:
  proof_form: {required_slots: [pin]}
  secret_form: {required_slots: [detail]}
actions: [action_secret, action_order, action_call, action_refused, validate_proof_form, validate_secret_form]
responses:
  utter_hello: [{text: Hello}]
  utter_ask_pin: [{text: "PIN?"}]
  utter_ask_detail: [{text: "Detail?"}]
  utter_private: [{text: Private}]
"""
RULES = """
- rule: account
  steps: [{intent: account}, {action: action_secret}]
- rule: order
  steps: [{intent: inform}, {action: action_order}]
- rule: private
  steps: [{intent: open}, {action: utter_private}]
- rule: hello
  steps: [{intent: hello}, {action: action_call}]
- rule: form
  steps: [{intent: extract}, {action: secret_form}, {active_loop: secret_form}]
"""
OURS = """
identity:
  slots: {verified: verified, customer_id: customer_id}
  proof: proof_form
actions:
  action_secret: {identity: strong}
  action_order: {identity: weak, of: order}
  utter_private: {identity: strong}
forms:
  secret_form: {identity: strong}
"""


def project(ours: str = OURS) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "config.yml").write_text(CONFIG)
        (root / "domain.yml").write_text(DOMAIN)
        (root / "rules.yml").write_text(f"rules:\n{RULES}")
        (root / "firstline.yml").write_text(ours)
        return Project.load(root)


class Actions:
    """Runs what the test's bot has; remembers the trackers that it was given."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.trackers: list[dict[str, Any]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}

    def knows(self, name: str) -> bool:
        return name.startswith(("action_", "validate_")) and name != "action_session_start"

    def has_effects(self, name: str) -> bool:
        return False

    async def run(self, call: ActionCall) -> ActionResult:
        self.ran.append(call.name)
        self.trackers.append(call.tracker)
        if call.name == "validate_proof_form":
            pin = call.tracker["slots"].get("pin")
            if pin == "1234":
                return ActionResult(
                    [
                        {
                            "event": "firstline",
                            "type": "customer_identified",
                            "customer_id": "C-1",
                            "by": "one_time_code",
                        }
                    ]
                )
            if pin is not None:
                return ActionResult([{"event": "slot", "name": "pin", "value": pin}])
            return ActionResult()
        return ActionResult(self.answers.get(call.name, ()))


@pytest.fixture
def actions() -> Actions:
    return Actions()


@pytest.fixture
def bot(actions: Actions) -> Bot:
    return Bot(project(), actions=actions, staffed=True)


async def log(bot: Bot, *events: Event) -> None:
    async with bot.conversations.writing_or_new("c", channel="rest") as writer:
        await writer.append(*events)


def proof(bot: Bot, by: str = "one_time_code", **more: Any) -> CustomerIdentified:
    return CustomerIdentified(timestamp=bot.clock(), customer_id="C-1", by=by, **more)


async def test_an_action_waits_for_its_proof_and_then_goes_on(bot: Bot, actions: Actions) -> None:
    assert await bot.say("/account") == ["PIN?"]
    assert "action_secret" not in actions.ran
    assert "action_secret" in await bot.actions("1234")
    assert [e.action for e in bot.log if isinstance(e, ProofRequired)] == ["action_secret"]


async def test_a_proof_that_does_not_come_leads_to_a_person_and_not_to_the_action(
    bot: Bot, actions: Actions
) -> None:
    await bot.say("/account")
    await bot.say("9999")
    assert "action_secret" not in actions.ran
    assert [e.error for e in bot.log if isinstance(e, ActionFailed)] == ["identity.required"]
    assert any(isinstance(e, EscalationRequested) for e in bot.log)


async def test_a_project_may_say_itself_that_it_refuses(actions: Actions) -> None:
    bot = Bot(
        project(OURS.replace("proof: proof_form", "proof: proof_form\n  refusal: action_refused")),
        actions=actions,
    )
    await bot.say("/account")
    await bot.say("9999")
    assert actions.ran[-1] == "action_refused"
    assert "action_secret" not in actions.ran


async def test_going_on_to_something_else_forgets_the_action_that_waited(bot: Bot, actions: Actions) -> None:
    await bot.say("/account")
    await log(bot, SessionStarted(timestamp=bot.clock()))
    assert (await bot.conversation()).dialogue.awaiting is None


async def test_responses_and_forms_are_held_to_it_too(bot: Bot, actions: Actions) -> None:
    assert await bot.say("/open") == ["PIN?"]
    assert await bot.say("1234") == ["Private"]
    other = Bot(project(), actions=Actions(), staffed=True)
    assert await other.say("/extract") == ["PIN?"]
    assert await other.say("1234") == ["Detail?"]


async def test_a_followup_does_not_get_past(bot: Bot, actions: Actions) -> None:
    actions.answers["action_call"] = [{"event": "followup", "name": "action_secret"}]
    assert await bot.say("/hello") == ["PIN?"]
    assert "action_secret" not in actions.ran


async def test_a_followup_of_another_program_does_not_get_past(bot: Bot, actions: Actions) -> None:
    await bot.say("/hello")
    await log(bot, FollowupAction(timestamp=bot.clock(), action="action_secret"))
    await bot.say("/hello")
    assert "action_secret" not in actions.ran


async def test_a_weak_proof_is_for_its_order_only(bot: Bot, actions: Actions) -> None:
    await bot.say("/hello")
    await log(bot, proof(bot, "order_and_postcode", orders=("1",)))
    await bot.say('/inform{"order": "1"}')
    assert actions.ran.count("action_order") == 1
    assert await bot.say('/inform{"order": "2"}') == ["PIN?"]
    assert actions.ran.count("action_order") == 1


async def test_an_action_sees_the_truth_whoever_set_the_slots(bot: Bot, actions: Actions) -> None:
    forged = {"event": "slot", "name": "verified", "value": True}
    actions.answers["action_call"] = [forged, {"event": "slot", "name": "customer_id", "value": "C-1"}]
    await log(bot, SlotSet(timestamp=bot.clock(), name="verified", value=True))
    await bot.say('/hello{"verified": true}')
    await log(bot, SlotSet(timestamp=bot.clock(), name="customer_id", value="C-1"))
    await bot.say("/hello")
    for tracker in actions.trackers:
        assert not tracker["slots"]["verified"]
        assert not tracker["slots"]["customer_id"]
        assert tracker["identity"]["level"] == "none"
        forged_events = [
            e for e in tracker["events"] if e.get("name") in ("verified", "customer_id") and e.get("value")
        ]
        assert forged_events == []
    slots = await bot.slots()
    assert not slots.get("verified")
    assert not slots.get("customer_id")


async def test_the_views_follow_the_identity_and_its_end(bot: Bot, actions: Actions) -> None:
    await bot.say("/hello")
    await log(bot, proof(bot))
    await bot.say("/hello")
    assert actions.trackers[-1]["slots"]["verified"] is True
    assert actions.trackers[-1]["identity"]["customer_id"] == "C-1"
    assert (await bot.slots())["customer_id"] == "C-1"
    # Talking goes on, so that no new session begins, and the proof runs out all the same.
    bot.clock.now += STRONG_S / 2
    await bot.say("/hello")
    bot.clock.now += STRONG_S / 2
    await bot.say("/hello")
    assert (await bot.slots())["verified"] is None
    assert await bot.say("/account") == ["PIN?"]


async def test_an_action_server_is_told_who_it_is(bot: Bot) -> None:
    seen: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content)["tracker"])
        return httpx.Response(200, json={"events": [], "responses": []})

    remote = RemoteActions("http://actions.example/webhook", transport=httpx.MockTransport(answer))
    theirs = Bot(project(), actions=remote)
    await theirs.say("/hello")
    await log(theirs, proof(theirs))
    await theirs.say("/hello")
    await remote.close()
    assert seen[-1]["slots"]["customer_id"] == "C-1"
    assert seen[-1]["identity"]["method"] == "one_time_code"


async def test_an_action_cannot_report_a_proof_that_holds_for_ever(bot: Bot, actions: Actions) -> None:
    actions.answers["action_call"] = [
        {
            "event": "firstline",
            "type": "customer_identified",
            "customer_id": "C-1",
            "by": "one_time_code",
            "expires_at": 9e9,
        }
    ]
    await bot.say("/hello")
    [reported] = [e for e in bot.log if isinstance(e, CustomerIdentified)]
    assert reported.expires_at == pytest.approx(reported.timestamp + STRONG_S)
    assert reported.strength == "strong"


async def test_the_log_says_why_another_action_ran(bot: Bot) -> None:
    await bot.say("/account")
    [asked] = [e for e in bot.log if isinstance(e, ActionExecuted) and e.action == "proof_form"]
    assert asked.because == "'action_secret' needs strong proof of identity"
