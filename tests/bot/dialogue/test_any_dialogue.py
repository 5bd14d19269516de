"""Whatever customers say, a turn ends with listening, and the log alone gives the state."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Conversation
from bot.dialogue.history import History
from bot.dialogue.policies.ensemble import Ensemble
from bot.events import ActionExecuted
from tests.bot.dialogue.harness import Bot, load
from tests.bot.dialogue.test_forms import FORMBOT, RULES, STORIES

FALLBACK = """
- rule: two stages
  steps:
  - intent: nlu_fallback
  - action: action_two_stage_fallback
  - active_loop: action_two_stage_fallback
"""
PROJECT = load(FORMBOT, rules=RULES + FALLBACK, stories=STORIES)
ENSEMBLE = Ensemble.learn(PROJECT)
MESSAGES = st.sampled_from(
    [
        "/request_table",
        '/request_table{"cuisine": "thai", "number": 2}',
        '/inform{"cuisine": "thai"}',
        '/inform{"number": 4}',
        "/affirm",
        "/deny",
        "/stop",
        "/chitchat",
        "/thank",
        "/out_of_scope",
        "/back",
        "/restart",
        "/session_start",
        "~nonsense",
        "/greet@0.2",
        "some words",
    ]
)


@settings(max_examples=60)
@given(messages=st.lists(MESSAGES, max_size=12), pause=st.booleans())
def test_every_turn_ends_with_listening_and_replays_to_the_same_state(
    messages: list[str], pause: bool
) -> None:
    async def talk() -> None:
        bot = Bot(PROJECT, ensemble=ENSEMBLE)
        for number, message in enumerate(messages):
            if pause and number == 3:
                bot.clock.now += 2 * 3600
            actions = await bot.actions(message)
            assert actions[-1] == "action_listen"
            assert len(actions) <= 12
            kept = bot.engine._memories["c"].history
            fresh = History.of(PROJECT.domain, bot.log)
            assert fresh.states() == kept.states()
            assert fresh.slots == kept.slots
            assert fresh.active_loop == kept.active_loop
            replayed = History(PROJECT.domain)
            replayed.loop_names = set(kept.loop_names)
            replayed.extend(kept.applied)
            assert replayed.states() == kept.states()
            folded = Conversation.fold("c", bot.log)
            assert folded.unanswered is None
            copied = kept.copy()
            copied.apply(ActionExecuted(timestamp=0.0, action="action_listen"))
            assert kept.states() == fresh.states()

    asyncio.run(talk())
