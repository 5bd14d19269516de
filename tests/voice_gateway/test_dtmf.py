from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.dtmf import (
    BETWEEN_KEYS_S,
    LONE_ZERO_S,
    MOST_KEYS,
    Choice,
    KeyCollector,
    KeyEvent,
    Keys,
    Person,
)
from voice_gateway.hearing import Expectation

ANY_NUMBER = Expectation(kind="digits")
FIVE_DIGITS = Expectation(kind="digits", digits=5)
KEYS = "0123456789*#ABCD"


def collector(expectation: Expectation | None = None, *, choices: int = 0) -> KeyCollector:
    keys = KeyCollector()
    keys.expect(expectation or Expectation(), choices=choices)
    return keys


def press(keys: KeyCollector, pressed: str, *, at: float = 0.0, apart: float = 0.3) -> list[KeyEvent]:
    """Press one key after another; the last at ``at`` plus what lies between."""
    return [event for place, key in enumerate(pressed) for event in keys.press(key, at + place * apart)]


@pytest.mark.parametrize("pressed", ["48213", "99*48213", "482A13", "*48213"])
def test_a_number_is_complete_at_its_length(pressed: str) -> None:
    assert press(collector(FIVE_DIGITS), pressed) == [Keys("48213")]


def test_hash_ends_a_number_of_any_length() -> None:
    assert press(collector(ANY_NUMBER), "4821390#") == [Keys("4821390")]


def test_hash_ends_a_number_that_is_too_short() -> None:
    assert press(collector(FIVE_DIGITS), "482#") == [Keys("482")]


def test_a_pause_ends_a_number() -> None:
    keys = collector(FIVE_DIGITS)
    press(keys, "482", at=0.0, apart=1.0)

    assert keys.tick(2.0 + BETWEEN_KEYS_S - 0.01) == []
    assert keys.tick(2.0 + BETWEEN_KEYS_S) == [Keys("482")]
    assert keys.tick(100.0) == []


def test_a_pause_that_nobody_looked_at_still_parts_two_numbers() -> None:
    keys = collector(ANY_NUMBER)
    press(keys, "12")

    assert keys.press("3", 50.0) == [Keys("12")]
    assert keys.press("#", 50.1) == [Keys("3")]


def test_slow_keys_within_the_pause_stay_one_number() -> None:
    assert press(collector(FIVE_DIGITS), "48213", apart=BETWEEN_KEYS_S - 0.1) == [Keys("48213")]


def test_hash_and_star_alone_mean_nothing() -> None:
    assert press(collector(ANY_NUMBER), "#*#*") == []


def test_a_menu_key_chooses_at_once() -> None:
    assert press(collector(choices=3), "2") == [Choice(1)]


def test_only_nine_choices_have_keys() -> None:
    assert press(collector(choices=12), "9") == [Choice(8)]
    assert press(collector(choices=12), "0") == [Person()]


def test_a_key_that_the_menu_lacks_begins_a_number() -> None:
    keys = collector(choices=2)

    assert press(keys, "48213#") == [Keys("48213")]


def test_a_number_wanted_goes_before_a_menu() -> None:
    assert press(collector(FIVE_DIGITS, choices=2), "12345") == [Keys("12345")]


def test_an_order_number_is_taken_where_nothing_was_asked() -> None:
    keys = collector()
    press(keys, "48213")

    assert keys.tick(20.0) == [Keys("48213")]


@pytest.mark.parametrize("choices", [0, 4])
def test_zero_asks_for_a_person_at_once(choices: int) -> None:
    assert press(collector(choices=choices), "0") == [Person()]


def test_zero_within_a_number_is_a_digit() -> None:
    assert press(collector(), "4800#") == [Keys("4800")]


def test_a_number_may_begin_with_zero() -> None:
    postcode = Expectation(kind="digits", digits=4)

    assert press(collector(postcode), "0150") == [Keys("0150")]


@pytest.mark.parametrize("expectation", [ANY_NUMBER, FIVE_DIGITS])
def test_zero_alone_is_held_back_where_it_may_begin_a_number(expectation: Expectation) -> None:
    keys = collector(expectation)

    assert keys.press("0", 10.0) == []
    assert keys.tick(10.0 + LONE_ZERO_S - 0.01) == []
    assert keys.tick(10.0 + LONE_ZERO_S) == [Person()]
    assert press(keys, "0#", at=20.0) == [Person()]


def test_zero_is_the_answer_where_one_digit_is_wanted() -> None:
    assert press(collector(Expectation(kind="digits", digits=1)), "0") == [Keys("0")]


def test_another_question_forgets_what_was_keyed() -> None:
    keys = collector(FIVE_DIGITS)
    press(keys, "48")

    keys.expect(Expectation(kind="digits", digits=4))

    assert press(keys, "0150") == [Keys("0150")]


def test_the_same_question_again_keeps_what_was_keyed() -> None:
    keys = collector(FIVE_DIGITS)
    press(keys, "482")

    keys.expect(Expectation(kind="digits", digits=5, hot_words=("order",)))

    assert press(keys, "13", at=1.0) == [Keys("48213")]


def test_speaking_forgets_what_was_keyed() -> None:
    keys = collector(FIVE_DIGITS)
    press(keys, "482")

    keys.clear()

    assert keys.tick(100.0) == []


def test_an_endless_number_is_cut() -> None:
    assert press(collector(ANY_NUMBER), "1" * MOST_KEYS) == [Keys("1" * MOST_KEYS)]
    assert press(collector(Expectation(kind="digits", digits=99)), "1" * MOST_KEYS) == [Keys("1" * MOST_KEYS)]


expectations = st.one_of(
    st.just(Expectation()),
    st.just(Expectation(kind="yes_no")),
    st.builds(lambda n: Expectation(kind="digits", digits=n), st.none() | st.integers(0, 50)),
)
presses = st.lists(st.tuples(st.sampled_from(KEYS) | st.text(max_size=3), st.floats(0, 5)), max_size=80)


@given(expectations, st.integers(0, 12), presses)
def test_any_keys_make_only_what_they_can(
    expectation: Expectation, choices: int, pressed: list[tuple[str, float]]
) -> None:
    keys = collector(expectation, choices=choices)
    now = 0.0
    events: list[KeyEvent] = []
    for key, pause in pressed:
        now += pause
        events += keys.press(key, now)
    events += keys.tick(now + 10)

    assert keys.tick(now + 20) == []
    typed = sum(key in "0123456789" and len(key) == 1 for key, _ in pressed)
    used = 0
    for event in events:
        match event:
            case Keys(text=text):
                assert text.isascii()
                assert text.isdigit()
                assert len(text) <= MOST_KEYS
                used += len(text)
            case Choice(index=index):
                assert 0 <= index < min(choices, 9)
                used += 1
            case Person():
                used += 1
    assert used <= typed


@given(st.text("0123456789", min_size=2, max_size=MOST_KEYS - 1), st.floats(0.01, BETWEEN_KEYS_S - 0.01))
def test_a_number_ended_by_hash_is_what_was_keyed(number: str, apart: float) -> None:
    # The second key must come before a lone 0 is taken for the wish for a person.
    keys = collector(ANY_NUMBER)

    events = press(keys, number + "#", apart=min(apart, LONE_ZERO_S - 0.01))

    assert events == [Keys(number)]
