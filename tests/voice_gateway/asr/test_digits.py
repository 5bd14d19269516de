"""Spoken numbers as digits: what people dictate and how recognition writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.asr.digits import MOST_CHARACTERS, digits_of, with_digits

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four eight two one three", "48213"),
        ("Four, eight, two, one, three.", "48213"),
        ("4-8-2-1-3", "48213"),
        ("4 8 2 1 3", "48213"),
        ("48,213", "48213"),
        ("48, 2, 13", "48213"),
        ("forty-eight two thirteen", "48213"),
        ("forty-eight thousand two hundred and thirteen", "48213"),
        ("It's 48213.", "48213"),
        ("um, four eight, uh, two one three", "48213"),
        ("yes it's forty eight two one three please", "48213"),
        ("double seven", "77"),
        ("triple two", "222"),
        ("four double eight", "488"),
        ("o one five oh", "0150"),
        ("Oh one five oh.", "0150"),
        ("zero one fifty", "0150"),
        ("seventy five oh eleven", "75011"),
        ("L V 1010", "LV1010"),
        ("LV ten ten", "LV1010"),
        ("LV-1010", "LV1010"),
        ("one thousand dash two oh five", "1000-205"),
        ("eleven ninety-three sixty-five thirty-four seventy-one", "1193653471"),
        ("5, 5, 5", "555"),
        ("two", "2"),
    ],
)
def test_an_utterance_that_is_only_a_number_becomes_its_digits(text: str, digits: str) -> None:
    assert with_digits(text) == digits
    assert with_digits(text, expected=True) == digits


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "oh",
        "for",
        "I want one of those",
        "One moment please.",
        "I have two orders",
        "It cost 1,200 euros",
        "where is my order forty eight two thirteen",
        "A 4",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert with_digits(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my order is forty eight two thirteen I believe", "my order is 48213 I believe"),
        ("for eight to one three", "48213"),
        ("I don't have the number", "I don't have the number"),
        ("I'd like to speak to someone", "I'd like to speak to someone"),
        ("oh", "oh"),
        ("oh one", "01"),
    ],
)
def test_where_digits_are_expected_they_are_found_in_the_text(text: str, wanted: str) -> None:
    assert with_digits(text, expected=True) == wanted


def test_digits_said_one_by_one_are_a_code_in_any_sentence() -> None:
    assert with_digits("where is my order 4 8 2 1 3?") == "where is my order 48213?"
    assert with_digits("where is four eight two one three") == "where is 48213"


@pytest.mark.parametrize(
    ("language", "text", "digits"),
    [
        ("nb", "fire åtte to en tre", "48213"),
        ("nb-NO", "førtiåtte to tretten", "48213"),
        ("fr", "quatre-vingt-dix-sept", "97"),
        ("fr", "quarante-huit deux cent treize", "48213"),
        ("de", "achtundvierzig zwei eins drei", "48213"),
        ("es", "cuarenta y ocho dos trece", "48213"),
        ("pt", "quarenta e oito dois um três", "48213"),
        ("xx", "4 8 2 1 3", "48213"),
    ],
)
def test_other_languages(language: str, text: str, digits: str) -> None:
    assert with_digits(text, language=language) == digits


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.sampled_from([" ", ", ", "-", ". "]))
def test_digits_are_read_back_however_they_are_written(digits: list[int], between: str) -> None:
    wanted = "".join(map(str, digits))
    assert with_digits(between.join(WORDS[n] for n in digits)) == wanted
    assert with_digits(between.join(map(str, digits))) == wanted
    assert digits_of(wanted) == wanted


@given(st.text(max_size=MOST_CHARACTERS + 50), st.booleans())
def test_any_text_is_taken(text: str, expected: bool) -> None:
    assert len(with_digits(text, expected=expected)) <= max(10 * len(text), 10)


def test_the_digits_of_a_code() -> None:
    assert digits_of("LV1010") == "1010"
    assert digits_of("1000-205") == "1000205"
    assert digits_of("order 48213") == ""
