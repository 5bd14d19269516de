"""Texts are cut where people pause, the first piece short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.tts.clauses import WORDS, split
from voice_gateway.tts.speaking import _clauses


def clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello.", ["Hello."]),
        ("That's all. Shall I get a person?", ["That's all.", "Shall I get a person?"]),
        (
            "I can help with orders, returns, deliveries, invoices, your details, and broken devices.",
            ["I can help with orders,", "returns, deliveries, invoices, your details, and broken devices."],
        ),
        (
            "It left the warehouse yesterday morning and should arrive with you tomorrow",
            ["It left the warehouse yesterday morning", "and should arrive with you tomorrow"],
        ),
        ("Ask J. Smith about it now.", ["Ask J. Smith about it now."]),
        ("Das 3. Paket kommt.", ["Das 3. Paket kommt."]),
        (
            "one two three four five six seven eight nine ten",
            ["one two three four five six seven", "eight nine ten"],
        ),
    ],
)
def test_where_texts_are_cut(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("We wrote to you at ingrid.berg@example.com about it.", "ingrid.berg@example.com"),
        ("You will have to pay about 1,299.00 EUR for all of it.", "1,299.00 EUR"),
        ("Please give us a call any time on +47 22 33 44 55 today.", "+47 22 33 44 55"),
        ("Bring something to eat, e.g. a sandwich, and Mr. Smith too.", "e.g."),
        ("It will reach you at home on Tuesday 24 November 2026 at noon.", "24 November 2026"),
    ],
)
def test_what_belongs_together_is_not_cut(text: str, together: str) -> None:
    assert any(together in said.written for said in _clauses(text, "en"))


def test_a_number_is_as_long_as_it_is_to_say() -> None:
    said = _clauses("Your order 48213 with tracking number 0037071234567 has left us.", "en")
    assert len(said) > 1
    assert len(said[0].spoken.split()) <= WORDS[0][1] + 1


def test_a_bracket_is_a_rest() -> None:
    said = _clauses("Good news: order 48213 (a lamp and two bulbs) is on its way to you now.", "en")
    assert [each.written for each in said][:2] == ["Good news:", "order 48213"]
    assert said[1].stop == ","


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=4))
def test_nothing_is_lost_and_no_span_is_cut(text: str, whole: list[tuple[int, int]]) -> None:
    spans = split(text, whole=whole)
    assert (
        "".join(text[start:end] for start, end in spans).split()
        == "".join(text[start:end] for start, end in spans).split()
    )
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    for start, end in spans:
        assert start < end
        assert not any(first < end < last for first, last in whole if end < len(text.rstrip()))
