"""Responses: which variation, and what is filled in."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.responses import Responses, fill
from tests.bot.dialogue.harness import Bot, load

DOMAIN = """
intents:
- faq
- ask
entities: []
slots:
  level:
    type: categorical
    values: [gold, basic]
    mappings:
    - type: custom
  name:
    type: text
    mappings:
    - type: custom
responses:
  utter_hello:
  - text: plain
  - text: spoken
    channel: voice
  - text: golden
    condition:
    - type: slot
      name: level
      value: Gold
  - text: golden spoken
    channel: voice
    condition:
    - type: slot
      name: level
      value: gold
  utter_many: [{text: a}, {text: b}, {text: c}]
  utter_only_voice:
  - text: spoken
    channel: voice
  utter_rich:
  - text: "for {name}"
    buttons:
    - title: "{name}!"
      payload: '/ask{"name": "x"}'
    image: "https://example.org/{name}.png"
    custom: {to: "{name}", list: ["{name}"]}
  utter_faq/hours: [{text: nine to five}]
  utter_faq/returns: [{text: thirty days}]
  utter_default: [{text: sorry}]
"""
NLU = """
- intent: faq/hours
  examples: |
    - when are you open
- intent: faq/returns
  examples: |
    - can I return it
"""
RULES = """
- rule: faq
  steps:
  - intent: faq
  - action: utter_faq
"""


def responses(seed: int = 1) -> Responses:
    return Responses(load(DOMAIN, nlu=NLU, rules=RULES).domain, chance=random.Random(seed))


def text(name: str, slots: dict[str, object], channel: str = "rest", seed: int = 1) -> str | None:
    said = responses(seed).say(name, slots, channel=channel, at=0.0)
    return said.text if said is not None else None


def test_condition_and_channel_choose_in_rasas_order() -> None:
    assert text("utter_hello", {}) == "plain"
    assert text("utter_hello", {"level": "gold"}) == "golden"
    assert text("utter_hello", {}, "voice") == "spoken"
    assert text("utter_hello", {"level": "GOLD"}, "voice") == "golden spoken"


def test_a_response_for_another_channel_only_is_none() -> None:
    assert text("utter_only_voice", {}) is None


def test_variations_vary_and_repeat_with_the_same_seed() -> None:
    said = [text("utter_many", {}, seed=seed) for seed in range(20)]
    assert set(said) == {"a", "b", "c"}
    assert said == [text("utter_many", {}, seed=seed) for seed in range(20)]


def test_slots_are_filled_in_everywhere() -> None:
    said = responses().say("utter_rich", {"name": "Ada"}, channel="rest", at=0.0)
    assert said is not None
    assert (said.text, said.image) == ("for Ada", "https://example.org/Ada.png")
    assert said.custom == {"to": "Ada", "list": ["Ada"]}
    assert (said.buttons[0].title, said.buttons[0].payload) == ("Ada!", '/ask{"name": "x"}')


def test_an_unknown_name_leaves_the_text_as_it_is() -> None:
    assert fill("{name} and {other}", {"name": "Ada"}) == "{name} and {other}"


@given(st.text())
def test_filling_never_fails(value: str) -> None:
    assert isinstance(fill(value, {"name": "Ada"}), str)


@given(st.text())
def test_what_is_filled_in_is_not_filled_again(value: str) -> None:
    assert fill("{name}", {"name": value}) == value


async def test_a_retrieval_intent_answers_with_its_own_response() -> None:
    bot = Bot(load(DOMAIN, nlu=NLU, rules=RULES))
    assert await bot.say("/faq/returns") == ["thirty days"]
    assert await bot.say("/faq/hours") == ["nine to five"]


FIXED = """
intents: [ask]
slots:
  language: {type: text, mappings: [{type: custom}]}
  name: {type: text, mappings: [{type: custom}]}
responses:
  utter_both:
  - text: written
  - text: spoken
    channel: voice
  utter_written_for_some:
  - text: for all
  - text: norsk
    condition: [{type: slot, name: language, value: nb}]
  - text: spoken by name
    channel: voice
    condition: [{type: slot, name: name, value: Ada}]
  utter_slot:
  - text: "Hello {name}"
  utter_elsewhere:
  - text: elsewhere
    channel: webchat
  utter_picture:
  - image: "https://example.org/a.png"
  utter_again:
  - text: for all
"""


def test_fixed_texts_are_those_that_a_channel_may_say_as_they_are_written() -> None:
    responses = Responses(load(FIXED).domain, chance=random.Random(1))
    assert responses.fixed(channel="voice") == ["spoken", "spoken by name", "for all", "norsk"]
    assert responses.fixed(channel="voice", language="en") == ["spoken", "spoken by name", "for all"]
    assert "elsewhere" in responses.fixed(channel="webchat")
