"""Which action comes next: rules, stories, and how they are weighed against each other."""

from __future__ import annotations

from bot.events import ActionExecuted
from tests.bot.dialogue.harness import CONFIG, Bot, load

MOODBOT = """
intents: [greet, bye, mood_great, mood_unhappy, affirm, deny, bot_challenge]
entities: [city]
slots:
  level:
    type: categorical
    values: [low, high]
    initial_value: low
    mappings:
    - type: custom
responses:
  utter_greet: [{text: "Hey! How are you?"}]
  utter_cheer_up: [{text: Here is something}]
  utter_did_that_help: [{text: Did that help you?}]
  utter_happy: [{text: "Great, carry on!"}]
  utter_goodbye: [{text: Bye}]
  utter_iamabot: [{text: I am a bot}]
  utter_default: [{text: Sorry}]
"""
STORIES = """
- story: happy path
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_great
  - action: utter_happy
- story: sad path
  steps:
  - intent: greet
  - action: utter_greet
  - checkpoint: sad
- story: sad path helped
  steps:
  - checkpoint: sad
  - intent: mood_unhappy
  - action: utter_cheer_up
  - action: utter_did_that_help
  - or:
    - intent: affirm
    - intent: mood_great
  - action: utter_happy
"""
BYE = """
- rule: goodbye
  steps:
  - intent: bye
  - action: utter_goodbye
- rule: challenge
  steps:
  - intent: bot_challenge
  - action: utter_iamabot
"""


async def test_stories_are_followed_through_checkpoints_and_alternatives() -> None:
    bot = Bot(load(MOODBOT, stories=STORIES, rules=BYE))
    assert await bot.actions("/greet") == ["utter_greet", "action_listen"]
    assert await bot.actions("/mood_unhappy") == ["utter_cheer_up", "utter_did_that_help", "action_listen"]
    assert await bot.actions("/mood_great") == ["utter_happy", "action_listen"]


async def test_rule_turns_are_hidden_from_stories() -> None:
    bot = Bot(load(MOODBOT, stories=STORIES, rules=BYE))
    await bot.actions("/greet")
    assert await bot.actions("/bot_challenge") == ["utter_iamabot", "action_listen"]
    assert await bot.actions("/mood_great") == ["utter_happy", "action_listen"]


async def test_every_action_says_why() -> None:
    bot = Bot(load(MOODBOT, stories=STORIES, rules=BYE))
    await bot.actions("/bye")
    await bot.actions("/greet")
    said = {e.action: (e.policy, e.because) for e in bot.log if isinstance(e, ActionExecuted)}
    assert said["utter_goodbye"] == ("RulePolicy", "rule 'goodbye'")
    assert said["utter_greet"][0] == "MemoizationPolicy"
    assert "happy path" in (said["utter_greet"][1] or "")


async def test_what_neither_covers_falls_back_and_is_forgotten() -> None:
    bot = Bot(load(MOODBOT, stories=STORIES, rules=BYE))
    await bot.actions("/greet")
    assert await bot.actions("/deny") == ["action_default_fallback", "action_listen"]
    # The fallback rewound the message, so that the story goes on as if it had not been said.
    assert await bot.actions("/mood_great") == ["utter_happy", "action_listen"]


async def test_a_rule_may_need_a_slot() -> None:
    rules = """
- rule: low
  condition:
  - slot_was_set:
    - level: low
  steps:
  - intent: affirm
  - action: utter_cheer_up
- rule: high
  condition:
  - slot_was_set:
    - level: high
  steps:
  - intent: affirm
  - action: utter_happy
- rule: unset
  condition:
  - slot_was_set:
    - level: null
  steps:
  - intent: deny
  - action: utter_goodbye
"""
    bot = Bot(load(MOODBOT, rules=rules))
    assert await bot.actions("/affirm") == ["utter_cheer_up", "action_listen"]
    # The slot is set, so the rule that wants it unset does not apply.
    assert await bot.actions("/deny") == ["action_default_fallback", "action_listen"]


async def test_a_rule_for_the_start_applies_only_there() -> None:
    rules = """
- rule: first
  conversation_start: true
  steps:
  - intent: affirm
  - action: utter_greet
- rule: later
  steps:
  - intent: affirm
  - action: utter_happy
"""
    bot = Bot(load(MOODBOT, rules=rules))
    assert await bot.actions("/affirm") == ["utter_greet", "action_listen"]
    assert await bot.actions("/affirm") == ["utter_happy", "action_listen"]


async def test_a_rule_that_does_not_wait_goes_on() -> None:
    rules = """
- rule: begin
  wait_for_user_input: false
  steps:
  - intent: affirm
  - action: utter_cheer_up
- rule: go on
  steps:
  - action: utter_cheer_up
  - action: utter_did_that_help
"""
    bot = Bot(load(MOODBOT, rules=rules))
    assert await bot.actions("/affirm") == ["utter_cheer_up", "utter_did_that_help", "action_listen"]


async def test_a_rule_with_entities_wants_exactly_these() -> None:
    rules = """
- rule: with city
  steps:
  - intent: affirm
    entities:
    - city
  - action: utter_happy
- rule: without
  steps:
  - intent: affirm
  - action: utter_cheer_up
"""
    bot = Bot(load(MOODBOT, rules=rules))
    assert await bot.actions('/affirm{"city": "Oslo"}') == ["utter_happy", "action_listen"]
    assert await bot.actions("/affirm") == ["utter_cheer_up", "action_listen"]


def test_contradictions_name_the_rule_and_the_story() -> None:
    rules = "- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_goodbye\n"
    bot = Bot(load(MOODBOT, rules=rules, stories=STORIES))
    messages = [str(finding) for finding in bot.engine.findings]
    assert any("'happy path'" in m and "'greet'" in m and "utter_goodbye" in m for m in messages)
    assert all("stories.yml:" in m for m in messages)


def test_rules_that_contradict_each_other_are_found() -> None:
    rules = """
- rule: one
  steps:
  - intent: greet
  - action: utter_greet
- rule: two
  steps:
  - intent: greet
  - action: utter_goodbye
"""
    findings = Bot(load(MOODBOT, rules=rules)).engine.findings
    assert {f.code for f in findings} == {"rules.contradict_rule"}
    assert {f.place.line for f in findings} == {3, 7}


def test_a_story_that_goes_on_where_a_rule_listens_is_no_contradiction() -> None:
    rules = "- rule: unhappy\n  steps:\n  - intent: bot_challenge\n  - action: utter_iamabot\n"
    stories = """
- story: more
  steps:
  - intent: bot_challenge
  - action: utter_iamabot
  - intent: affirm
  - action: utter_happy
"""
    assert Bot(load(MOODBOT, rules=rules, stories=stories)).engine.findings == []


def test_a_rule_with_two_messages_is_refused() -> None:
    rules = """
- rule: long
  steps:
  - intent: greet
  - action: utter_greet
  - intent: bye
  - action: utter_goodbye
"""
    assert [f.code for f in Bot(load(MOODBOT, rules=rules)).engine.findings] == ["rules.several_messages"]


def test_an_incomplete_rule_is_found() -> None:
    domain = MOODBOT + "forms:\n  a_form:\n    required_slots: [level]\n"
    rules = """
- rule: opens
  steps:
  - intent: greet
  - action: a_form
  - active_loop: a_form
- rule: forgets
  steps:
  - intent: bye
  - action: a_form
  - action: utter_goodbye
"""
    findings = Bot(load(domain, rules=rules)).engine.findings
    assert ("rules.incomplete", True) in {(f.code, "'forgets'" in f.message) for f in findings}


async def test_augmented_memoisation_forgets_what_came_before() -> None:
    stories = """
- story: short
  steps:
  - intent: mood_unhappy
  - action: utter_cheer_up
  - intent: deny
  - action: utter_goodbye
- story: opening
  steps:
  - intent: greet
  - action: utter_greet
- story: closing
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_unhappy
  - action: utter_cheer_up
"""
    plain = Bot(load(MOODBOT, stories=stories, rules=BYE))
    augmented = Bot(load(MOODBOT, stories=stories, rules=BYE, config=CONFIG.replace("Memo", "AugmentedMemo")))
    for bot, expected in ((plain, "action_default_fallback"), (augmented, "utter_goodbye")):
        await bot.actions("/greet")
        await bot.actions("/mood_unhappy")
        assert (await bot.actions("/deny"))[0] == expected


async def test_a_turn_that_never_listens_is_cut_off() -> None:
    rules = """
- rule: begin
  wait_for_user_input: false
  steps:
  - intent: affirm
  - action: utter_cheer_up
- rule: around
  wait_for_user_input: false
  steps:
  - action: utter_cheer_up
  - action: utter_did_that_help
- rule: and around
  wait_for_user_input: false
  steps:
  - action: utter_did_that_help
  - action: utter_cheer_up
"""
    bot = Bot(load(MOODBOT, rules=rules))
    actions = await bot.actions("/affirm")
    assert len(actions) == 11
    assert actions[-1] == "action_listen"


async def test_a_message_may_be_matched_by_its_text() -> None:
    rules = """
- rule: by text
  steps:
  - user: "hello there"
  - action: utter_greet
- rule: by intent
  steps:
  - intent: affirm
  - action: utter_happy
"""
    domain = MOODBOT.replace("affirm, deny", "affirm, deny, inform")
    bot = Bot(load(domain, rules=rules))
    assert await bot.actions("hello there") == ["utter_greet", "action_listen"]
    assert await bot.actions("hello again") == ["action_default_fallback", "action_listen"]
    assert await bot.actions("/affirm") == ["utter_happy", "action_listen"]


async def test_a_bot_text_of_a_story_is_said() -> None:
    domain = MOODBOT + "e2e_actions:\n- Nice to meet you\n"
    stories = "- story: meet\n  steps:\n  - intent: greet\n  - bot: Nice to meet you\n"
    bot = Bot(load(domain, stories=stories))
    assert await bot.say("/greet") == ["Nice to meet you"]
