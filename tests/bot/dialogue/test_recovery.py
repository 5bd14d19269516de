"""A turn cut off anywhere goes on from the log, and is answered once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from bot.actions.runner import InProcessActions
from bot.conversation import Conversation, Summary
from bot.conversations import Conversations
from bot.dialogue.history import History
from bot.dialogue.native import NativeEngine
from bot.dialogue.virtual_agent import IncomingMessage, VirtualAgent
from bot.events import ActionExecuted, BotUttered, Event, UserUttered
from bot.project import Project
from tests.bot.dialogue.harness import Bot, Clock, Commands, MemoryStore, Queue, load
from tests.bot.dialogue.test_forms import FORMBOT, RULES, STORIES

DOMAIN = """
intents: [go]
entities: []
slots:
  done:
    type: bool
    influence_conversation: false
    mappings:
    - type: custom
responses:
  utter_one: [{text: one}]
  utter_two: [{text: two}]
  utter_default: [{text: Sorry}]
actions: [action_go]
"""
GO = """
- rule: go
  steps:
  - intent: go
  - action: utter_one
  - action: action_go
  - action: utter_two
"""


class Go(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_go"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        return [SlotSet("done", True)]


def restarted(project: Project, log: list[Event]) -> tuple[VirtualAgent, MemoryStore]:
    """A new process over a log."""
    store = MemoryStore()
    store.logs["c"] = list(log)
    engine = NativeEngine(project, escalator=Queue(), actions=InProcessActions([Go()]))
    agent = VirtualAgent(
        conversations=Conversations(store, clock=Clock()),
        understanding=Commands(),
        engine=engine,
        escalator=Queue(),
    )
    return agent, store


def happened(log: list[Event]) -> list[str | None]:
    kinds = (BotUttered, ActionExecuted)
    return [e.text if isinstance(e, BotUttered) else e.action for e in log if isinstance(e, kinds)]


async def test_a_turn_goes_on_from_wherever_it_was_cut_off() -> None:
    project = load(DOMAIN, rules=GO)
    bot = Bot(project, actions=InProcessActions([Go()]))
    await bot.say("/go")
    message = IncomingMessage(conversation_id="c", text="/go", message_id="m1", channel="rest")
    for kept in range(4, len(bot.log)):
        cut = bot.log[:kept]
        last = cut[-1]
        if isinstance(last, ActionExecuted) and last.action not in ("action_listen", "action_session_start"):
            # An action and what it does are appended together.
            continue
        agent, store = restarted(project, cut)
        await agent.handle(message)
        assert happened(store.logs["c"]) == happened(bot.log)


class UnreadableStore(MemoryStore):
    """Has one log that cannot be read."""

    async def load(self, conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        if conversation_id == "unreadable":
            raise ValueError("an event of a later version")
        return await super().load(conversation_id, after=after)


async def test_a_conversation_that_cannot_be_read_does_not_keep_others_unanswered() -> None:
    project = load(DOMAIN, rules=GO)
    bot = Bot(project, actions=InProcessActions([Go()]))
    await bot.say("/go")
    cut = next(n for n, event in enumerate(bot.log, 1) if isinstance(event, UserUttered))
    store = UnreadableStore()
    for conversation_id in ("unreadable", "c"):
        store.logs[conversation_id] = bot.log[:cut]
        store.known[conversation_id] = Summary.of(Conversation.fold(conversation_id, bot.log[:cut]))
    agent = VirtualAgent(
        conversations=Conversations(store, clock=Clock()),
        understanding=Commands(),
        engine=NativeEngine(project, escalator=Queue(), actions=InProcessActions([Go()])),
        escalator=Queue(),
    )
    assert await agent.recover() == 1
    assert happened(store.logs["c"]) == happened(bot.log)


async def test_a_message_sent_again_is_not_answered_again() -> None:
    project = load(DOMAIN, rules=GO)
    bot = Bot(project, actions=InProcessActions([Go()]))
    await bot.say("/go")
    length = len(bot.log)
    bot._count = 0
    assert await bot.say("/go") == ["one", "two"]
    assert len(bot.log) == length


async def test_the_history_kept_between_turns_is_that_of_the_log() -> None:
    project = load(FORMBOT, rules=RULES, stories=STORIES)
    bot = Bot(project)
    for text in (
        "/request_table",
        "/chitchat",
        '/inform{"cuisine": "thai"}',
        "/thank",
        "/stop",
        "/deny",
        "/back",
        '/request_table{"number": 2}',
        "/restart",
        "/request_table",
    ):
        await bot.say(text)
        kept = bot.engine._memories["c"].history
        fresh = History.of(project.domain, bot.log)
        assert fresh.states() == kept.states()
        assert fresh.slots == kept.slots
        assert (fresh.active_loop, fresh.followup_action) == (kept.active_loop, kept.followup_action)
