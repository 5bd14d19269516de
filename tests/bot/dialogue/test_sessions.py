"""Sessions: begun, expired, carried over; and the default commands."""

from __future__ import annotations

import pytest

from bot.events import ActionExecuted, SessionStarted
from tests.bot.dialogue.harness import Bot, load

DOMAIN = """
intents: [greet, bye, inform]
entities: [name]
slots:
  name:
    type: text
    mappings:
    - type: from_entity
      entity: name
responses:
  utter_greet: [{text: "Hello {name}"}]
  utter_goodbye: [{text: Bye}]
  utter_restart: [{text: Afresh}]
  utter_back: [{text: Back}]
  utter_default: [{text: Sorry}]
session_config:
  session_expiration_time: 10
  carry_over_slots_to_new_session: CARRY
"""
RULES = """
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: bye
  steps:
  - intent: bye
  - action: utter_goodbye
"""


def bot_with(*, carry: bool = True) -> Bot:
    return Bot(load(DOMAIN.replace("CARRY", str(carry).lower()), rules=RULES))


def sessions(bot: Bot) -> int:
    return sum(isinstance(event, SessionStarted) for event in bot.log)


async def test_a_conversation_begins_with_a_session() -> None:
    bot = bot_with()
    await bot.say("/greet")
    assert [event.type for event in bot.log[:4]] == [
        "conversation_started",
        "action_executed",
        "session_started",
        "action_executed",
    ]


@pytest.mark.parametrize(("carry", "known"), [(True, "Ada"), (False, None)])
async def test_after_a_long_silence_a_session_begins_anew(carry: bool, known: str | None) -> None:
    bot = bot_with(carry=carry)
    await bot.say('/greet{"name": "Ada"}')
    bot.clock.now += 9 * 60
    await bot.say("/bye")
    assert sessions(bot) == 1
    bot.clock.now += 11 * 60
    assert await bot.say("/greet") == [f"Hello {known}"]
    assert sessions(bot) == 2
    assert (await bot.slots()).get("name") == known


async def test_restart_forgets_everything() -> None:
    bot = bot_with()
    await bot.say('/greet{"name": "Ada"}')
    assert await bot.say("/restart") == ["Afresh"]
    assert await bot.say("/greet") == ["Hello None"]


async def test_back_takes_the_message_before_back() -> None:
    bot = bot_with()
    await bot.say("/greet")
    await bot.say('/greet{"name": "Ada"}')
    assert await bot.say("/back") == ["Back"]
    assert (await bot.slots()).get("name") is None


async def test_session_start_can_be_asked_for() -> None:
    bot = bot_with()
    await bot.say("/greet")
    actions = await bot.actions("/session_start")
    assert actions[0] == "action_session_start"
    assert sessions(bot) == 2


async def test_the_first_fallback_does_not_repeat_itself() -> None:
    bot = bot_with()
    assert await bot.say("/inform") == ["Sorry"]
    actions = [event.action for event in bot.log if isinstance(event, ActionExecuted)]
    assert actions.count("action_default_fallback") == 1
    assert actions[-1] == "action_listen"
