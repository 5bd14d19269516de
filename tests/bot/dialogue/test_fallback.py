"""When understanding is unsure: the fallback in two stages, then a person."""

from __future__ import annotations

import pytest

from bot.conversation import Conversation
from bot.dialogue.fallback import Fallback, guesses
from bot.dialogue.triggers import is_lost_for_words
from bot.events import (
    ActiveLoop,
    BotUttered,
    EscalationReason,
    EscalationRequested,
    Event,
    Intent,
    Parse,
    Scope,
    SessionStarted,
    UserUttered,
)
from bot.project import Project
from bot.transcript import transcript
from tests.bot.dialogue.harness import Bot, load
from tests.bot.dialogue.test_forms import FORMBOT
from tests.bot.dialogue.test_forms import RULES as FORM_RULES
from tests.bot.dialogue.test_forms import STORIES as FORM_STORIES

DOMAIN = """
intents: [greet, bye, order_status, inform]
responses:
  utter_greet: [{text: Hello}]
  utter_goodbye: [{text: Bye}]
  utter_ask_rephrase: [{text: "Say it otherwise?"}]
  utter_default: [{text: Sorry}]
"""
TWO_STAGES = """
- rule: two stages
  steps:
  - intent: nlu_fallback
  - action: action_two_stage_fallback
  - active_loop: action_two_stage_fallback
"""
RULES = f"""{TWO_STAGES}
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: bye
  steps:
  - intent: bye
  - action: utter_goodbye
"""


def project(domain: str = DOMAIN) -> Project:
    return load(domain, rules=RULES)


def reading(*ranking: tuple[str, float], in_scope: bool = True, text: str = "hm") -> Parse:
    intents = tuple(Intent(name=name, confidence=confidence) for name, confidence in ranking)
    scope = Scope(in_scope=in_scope, score=0.5, threshold=0.5)
    return Parse(text=text, intent=intents[0], intent_ranking=intents, scope=scope)


@pytest.mark.parametrize(
    ("parse", "intent"),
    [
        (reading(("greet", 0.9), ("bye", 0.05)), "greet"),
        (reading(("greet", 0.2), ("bye", 0.05)), "nlu_fallback"),
        (reading(("greet", 0.45), ("bye", 0.4)), "nlu_fallback"),
        (reading(("greet", 0.9), ("bye", 0.05), in_scope=False), "nlu_fallback"),
        (reading(("greet", 0.1), ("bye", 0.05), text="/greet"), "greet"),
    ],
)
def test_a_reading_is_unsure_by_threshold_ambiguity_or_scope(parse: Parse, intent: str) -> None:
    read = Fallback(threshold=0.3, ambiguity=0.1).read(parse)
    assert read.intent is not None
    assert read.intent.name == intent
    assert Fallback().read(read) == read


def test_the_guesses_stay_in_the_ranking() -> None:
    read = Fallback().read(reading(("greet", 0.2), ("bye", 0.19), ("inform", 0.1)))
    assert [intent.name for intent in read.intent_ranking] == ["nlu_fallback", "greet", "bye", "inform"]
    assert guesses(read) == ["greet", "bye"]


async def test_the_best_two_guesses_are_offered_as_buttons() -> None:
    bot = Bot(project())
    turn = await bot.turn("~asdf")
    (asked,) = [event for _, event in turn.events if isinstance(event, BotUttered)]
    assert [(b.title, b.payload) for b in asked.buttons] == [
        ("Greet", "/greet"),
        ("Bye", "/bye"),
        ("Something else", "/out_of_scope"),
    ]
    message = next(event for event in bot.log if isinstance(event, UserUttered))
    assert message.parse is not None
    assert message.parse.intent is not None
    assert message.parse.intent.name == "nlu_fallback"


async def test_a_domain_that_words_guesses_chooses_them() -> None:
    words = """
  utter_ask_affirmation: [{text: "Which one?"}]
  utter_guess_greet: [{text: "Say hello"}]
  utter_guess_none: [{text: "Neither"}]
"""
    turn = await Bot(project(DOMAIN + words)).turn("~asdf")
    (asked,) = [event for _, event in turn.events if isinstance(event, BotUttered)]
    assert asked.text == "Which one?"
    assert [b.title for b in asked.buttons] == ["Say hello", "Neither"]


async def test_a_chosen_guess_counts_as_said_in_the_first_place() -> None:
    bot = Bot(project())
    await bot.say("~asdf")
    assert await bot.say("/greet") == ["Hello"]
    conversation = await bot.conversation()
    assert conversation.dialogue.loop is None
    assert [line.text for line in transcript(conversation) if line.author == "customer"] == [
        "~asdf",
        "Greet",
    ]
    assert await bot.say("/bye") == ["Bye"]


async def test_asked_to_rephrase_the_customer_may_be_understood() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("~asdf")
    assert await bot.say("/out_of_scope") == ["Say it otherwise?"]
    assert await bot.say("/greet") == ["Hello"]


async def test_misunderstood_twice_the_bot_asks_for_a_person() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("~asdf")
    assert await bot.say("~qwer") == ["A person will be with you."]
    (asked,) = [event for event in bot.log if isinstance(event, EscalationRequested)]
    assert asked.reason is EscalationReason.OUT_OF_SCOPE
    assert asked.cause is not None
    caused = (await bot.conversation()).event(asked.cause)
    assert isinstance(caused, UserUttered)
    assert caused.text == "~qwer"


async def test_unsure_about_what_is_in_scope_is_low_confidence() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("/greet@0.2")
    await bot.say("/greet@0.2")
    (asked,) = [event for event in bot.log if isinstance(event, EscalationRequested)]
    assert asked.reason is EscalationReason.LOW_CONFIDENCE


async def test_a_second_no_also_asks_for_a_person() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("~asdf")
    await bot.say("/out_of_scope")
    turn = await bot.say("~qwer")
    assert turn != []
    assert await bot.say("/out_of_scope") == ["A person will be with you."]


async def test_with_nobody_behind_it_the_bot_says_that_it_cannot_help() -> None:
    bot = Bot(project())
    await bot.say("~asdf")
    assert await bot.say("~qwer") == ["Sorry"]
    assert await bot.say("/greet") == ["Hello"]


async def test_without_a_fallback_classifier_the_best_intent_stands() -> None:
    bot = Bot(load(DOMAIN, rules=RULES, config="policies:\n- name: RulePolicy\n"))
    assert await bot.say("/greet@0.2") == ["Hello"]


async def test_anger_repeated_asks_for_a_person() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("/greet")
    bot.understanding.sentiment = -0.9
    assert await bot.say("/greet") == ["Hello"]
    assert await bot.say("/greet") == ["A person will be with you."]
    (asked,) = [event for event in bot.log if isinstance(event, EscalationRequested)]
    assert asked.reason is EscalationReason.SENTIMENT


async def test_a_form_that_the_fallback_interrupted_goes_on() -> None:
    bot = Bot(load(FORMBOT, rules=FORM_RULES + TWO_STAGES, stories=FORM_STORIES), staffed=True)
    await bot.say("/request_table")
    assert await bot.say("~mumble") == ["Did you mean one of these?"]
    assert await bot.say('/inform{"cuisine": "thai"}') == ["people?"]
    conversation = await bot.conversation()
    assert conversation.dialogue.loop is not None
    assert conversation.dialogue.loop.name == "table_form"
    assert await bot.say('/inform{"number": 2}') == ["outdoors?"]


async def test_out_of_scope_again_after_being_asked_to_rephrase_the_bot_gives_up() -> None:
    bot = Bot(project(), staffed=True)
    await bot.say("~asdf")
    assert await bot.say("/out_of_scope") == ["Say it otherwise?"]
    assert await bot.say("/out_of_scope") == ["A person will be with you."]


def test_guesses_can_be_limited_to_likely_and_suitable_ones() -> None:
    read = reading(("greet", 0.5), ("bye", 0.3), ("inform", 0.05))
    assert guesses(read, count=3, likely=0.1) == ["greet", "bye"]
    assert guesses(read, suits=lambda intent: intent != "greet") == ["bye", "inform"]


def uttered(intent: str, *, channel: str = "voice", text: str = "hm") -> UserUttered:
    return UserUttered(
        timestamp=0.0, message_id="m", text=text, parse=reading((intent, 0.9)), channel=channel
    )


@pytest.mark.parametrize(
    ("log", "lost"),
    [
        ([uttered("nlu_fallback")], False),
        ([uttered("nlu_fallback"), uttered("nlu_fallback")], True),
        ([uttered("out_of_scope"), uttered("nlu_fallback")], True),
        ([uttered("nlu_fallback"), uttered("x", text="/x"), uttered("nlu_fallback")], True),
        ([uttered("nlu_fallback"), uttered("greet"), uttered("nlu_fallback")], False),
        ([uttered("nlu_fallback"), uttered("nlu_fallback", channel="rest")], False),
        ([uttered("nlu_fallback"), SessionStarted(timestamp=0.0), uttered("nlu_fallback")], False),
        (
            [
                uttered("nlu_fallback"),
                EscalationRequested(timestamp=0.0, reason=EscalationReason.LOW_CONFIDENCE),
                uttered("nlu_fallback"),
            ],
            False,
        ),
    ],
)
def test_caller_who_is_not_understood_twice_is_not_asked_again(log: list[Event], lost: bool) -> None:
    domain = project().domain
    conversation = Conversation.fold("c", log)
    assert is_lost_for_words(conversation, domain, messages=2) is lost
    assert not is_lost_for_words(conversation, domain, messages=0)


def test_a_form_counts_its_own_failures() -> None:
    formbot = load(FORMBOT, rules=FORM_RULES, stories=FORM_STORIES)
    form = next(iter(formbot.domain.forms))
    log: list[Event] = [ActiveLoop(timestamp=0.0, name=form), *[uttered("nlu_fallback")] * 3]
    assert not is_lost_for_words(Conversation.fold("c", log), formbot.domain, messages=2)
