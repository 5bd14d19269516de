# ruff: noqa: RUF001 - the marks of other languages are what is looked for
"""Numbers to words."""

from __future__ import annotations

import re
from functools import lru_cache

from num2words import num2words

from voice_gateway.tts.wording import Wording

MAX_CARDINAL_DIGITS = 12
GROUP = 4
"""Digits of a code that are said without a pause, at most."""

NUMBER = r"(?:\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?)(?![\d])"
"""A written number, with or without thousands marks and decimals."""
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?")


@lru_cache(maxsize=4096)
def cardinal(number: int, wording: Wording) -> str:
    """A whole number; one that is too long to be grasped is said digit by digit."""
    digits = str(abs(number))
    sign = f"{wording.minus} " if number < 0 else ""
    if len(digits) > MAX_CARDINAL_DIGITS:
        return sign + spelled(digits, wording)
    return sign + str(num2words(abs(number), lang=wording.numerals))


@lru_cache(maxsize=512)
def ordinal(number: int, wording: Wording) -> str:
    """A place in a row."""
    return str(num2words(number, lang=wording.numerals, to="ordinal"))


@lru_cache(maxsize=512)
def year(number: int, wording: Wording) -> str:
    """A year, as people say it."""
    return str(num2words(number, lang=wording.numerals, to="year"))


def counted(number: int, wording: Wording) -> str:
    """A whole number before what it counts."""
    words = cardinal(number, wording)
    head, space, last = words.rpartition(" ")
    return f"{head}{space}{wording.one.get(last, last)}"


def decimal(written: str, wording: Wording) -> str:
    """A written number with perhaps thousands marks and decimals."""
    whole, fraction = parts(written, wording)
    words = cardinal(whole, wording)
    if not fraction:
        return words
    return f"{words} {wording.point} {' '.join(wording.digits[int(digit)] for digit in fraction)}"


def parts(written: str, wording: Wording, *, money: bool = False) -> tuple[int, str]:
    """The whole number and the decimals of a written number.

    A mark before three digits is a thousands mark where the language writes decimals with the other one,
    and always in an amount of money.
    """
    if _THOUSANDS.fullmatch(written):
        mark = next(character for character in written if not character.isdigit())
        if mark != wording.decimal or money or written.count(mark) > 1:
            whole, _, fraction = _split_last(written, mark)
            return int(whole), fraction
    whole, _, fraction = written.replace(",", ".").partition(".")
    return int("".join(filter(str.isdigit, whole)) or "0"), "".join(filter(str.isdigit, fraction))


def _split_last(written: str, mark: str) -> tuple[str, str, str]:
    bare = written.replace(mark, "")
    whole, dot, fraction = bare.replace(",", ".").partition(".")
    return whole, dot, fraction


def spelled(code: str, wording: Wording) -> str:
    """Letters and digits one by one, with a pause where the code has a mark, and within what is long."""
    groups: list[str] = []
    for part in re.split(r"[^0-9A-Za-zÀ-ÿ]+", code):
        groups += [part[start : start + size] for start, size in _chunks(len(part))]
    return ", ".join(" ".join(_said(character, wording) for character in group) for group in groups)


def _said(character: str, wording: Wording) -> str:
    if character in "0123456789":
        return wording.digits[int(character)]
    upper = character.upper()
    return wording.letters.get(upper, upper)


def _chunks(length: int) -> list[tuple[int, int]]:
    """Even groups of up to `GROUP`, the longer ones last (5 is 2 and 3, 10 is 3, 3 and 4)."""
    count = -(-length // GROUP)
    chunks: list[tuple[int, int]] = []
    start = 0
    for index in range(count):
        size = (length - start) // (count - index)
        chunks.append((start, size))
        start += size
    return chunks
