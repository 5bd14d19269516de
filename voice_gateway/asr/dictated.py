"""Which of several readings of a dictated number to believe: pure rules.

A small model writes some digits as words that sound like them ("four" as "or"), or goes on where the caller
has stopped. Where a number is wanted and was not read, it is asked again for digits only; those readings
are told apart here. Measured on people and voices that were not used for choosing `LEAST_LOG_PROB`:
``tests/bench/bench_asr.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice_gateway.asr.digits import LEAST_IN_TEXT, digits_of, with_digits
from voice_gateway.asr.judging import Decoded

LEAST_LOG_PROB = -0.9
"""Digits that are less probable than this, in the mean, were not said: of words, digits have -1.2 at best."""
MOST_DIGITS_PER_S = 5.0
"""Nobody dictates faster; loops do."""
DIGITS_FREE = 2
SLACK = 0.1
"""A number whose length nobody knows must be as probable as the text, but for so much."""


def is_read(text: str, *, language: str, digits: int | None) -> bool:
    """Whether a text has the number of so many digits (None: any) that was asked for, or its beginning."""
    written = with_digits(text, language=language, expected=True)
    whole = digits_of(written)
    if whole:
        return digits is None or len(whole) <= digits
    return digits is not None and any(len(run) == digits for run in re.findall(r"\d+", written))


def choose(
    first: Decoded, others: Sequence[Decoded], *, language: str, digits: int | None, voiced_s: float
) -> Decoded:
    """The first reading, or in its place the most probable of others that are nothing but digits.

    One of the wanted length is preferred, then the beginning of one. Of unknown length, it needs
    `LEAST_IN_TEXT` digits and to be as probable as the first.
    """
    most = DIGITS_FREE + MOST_DIGITS_PER_S * voiced_s
    numbers = [
        (len(number), reading)
        for reading in sorted(others, key=lambda reading: reading.log_prob, reverse=True)
        if reading.log_prob >= LEAST_LOG_PROB
        and 0 < len(number := digits_of(with_digits(reading.text, language=language, expected=True))) <= most
    ]
    if not numbers:
        return first
    if digits is not None:
        fitting = [reading for length, reading in numbers if length == digits]
        if fitting:
            return fitting[0]
    length, likeliest = numbers[0]
    if digits is None:
        believed = length >= LEAST_IN_TEXT and likeliest.log_prob >= first.log_prob - SLACK
    else:
        believed = length < digits
    return likeliest if believed else first
