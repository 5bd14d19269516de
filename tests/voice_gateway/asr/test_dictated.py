"""Which reading of a dictated number is believed."""

from __future__ import annotations

import pytest

from voice_gateway.asr.dictated import choose, is_read
from voice_gateway.asr.judging import Decoded


def reading(text: str, log_prob: float = -0.4) -> Decoded:
    return Decoded(text=text, log_prob=log_prob, no_speech=0.05)


@pytest.mark.parametrize(
    ("text", "digits", "read"),
    [
        ("Four eight two one three.", 5, True),
        ("48213", None, True),
        ("LV-1010", None, True),
        ("4, 8, 2", 5, True),
        ("My order is 48213, where is it?", 5, True),
        ("or 8213", 5, False),
        ("51377788", 5, False),
        ("Back eight, nine, seven.", 4, False),
        ("Back eight, nine, seven.", None, False),
        ("I don't have it.", 5, False),
        ("", None, False),
    ],
)
def test_a_number_or_its_beginning_is_read(text: str, digits: int | None, read: bool) -> None:
    assert is_read(text, language="en", digits=digits) is read


@pytest.mark.parametrize(
    ("first", "digits", "others", "text"),
    [
        ("or 8213", 5, [("8 2 1 3", -0.3), ("4 8 2 1 3", -0.5)], "4 8 2 1 3"),
        ("51377788", 5, [("513777", -0.4), ("5 1 3 7 7", -0.6), ("51377", -0.5)], "51377"),
        ("Back eight, nine", 5, [("689", -0.4)], "689"),
        ("51377788", 5, [("5137778", -0.4)], "51377788"),
        ("I don't have it.", 5, [("12345", -1.3)], "I don't have it."),
        ("Eight, back, seven, eight", None, [("8678", -0.42)], "8678"),
        ("Hold on.", None, [("129", -0.4)], "Hold on."),
        ("Where is it?", None, [("1234", -0.8)], "Where is it?"),
        ("It is late.", None, [("1" * 20, -0.3)], "It is late."),
        ("or", 5, [], "or"),
    ],
)
def test_the_likeliest_number_that_fits_is_chosen(
    first: str, digits: int | None, others: list[tuple[str, float]], text: str
) -> None:
    readings = [reading(*other) for other in others]
    chosen = choose(reading(first), readings, language="en", digits=digits, voiced_s=2.0)
    assert chosen.text == text
    assert chosen in (reading(first), *readings), "its own figures come with it"
