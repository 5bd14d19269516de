from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import payload


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("/greet", "greet", {}),
        ("  /greet  ", "greet", {}),
        ('/inform{"order_number": "48213"}', "inform", {"order_number": "48213"}),
        ('/inform {"amount": 12.5, "gift": true}', "inform", {"amount": 12.5, "gift": True}),
        ("/inform{not json}", "inform", {}),
        ('/inform["a"]', 'inform["a"]', {}),
    ],
)
def test_a_payload_names_intent_and_entities(text: str, intent: str, entities: dict[str, object]) -> None:
    parse = payload.read(text)
    assert parse is not None
    assert parse.intent is not None
    assert parse.intent.name == intent
    assert {e.entity: e.value for e in parse.entities} == entities


def test_a_payload_may_name_its_confidence() -> None:
    parse = payload.read("/greet@0.7")
    assert parse is not None
    assert parse.intent is not None
    assert parse.intent.confidence == 0.7


def test_the_payload_of_a_retrieval_intent_has_its_key() -> None:
    parse = payload.read("/faq/opening_hours")
    assert parse is not None
    assert parse.intent is not None
    assert (parse.intent.name, parse.response_key) == ("faq", "faq/opening_hours")


@pytest.mark.parametrize("text", ["hello", "and/or", "", "/", "/ greet", "/two words"])
def test_ordinary_text_is_no_payload(text: str) -> None:
    assert payload.read(text) is None


@given(st.text())
def test_no_text_makes_reading_fail(text: str) -> None:
    payload.read("/" + text)
