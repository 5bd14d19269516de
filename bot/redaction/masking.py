"""Spans of a text, and how they are masked: the text keeps its length, so that other spans stay right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

MASK = "•"
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FULL_WIDTH_OFFSET = 0xFEE0


class Span(NamedTuple):
    """``text[start:end]`` is masked: letters and digits, or ``only_digits``, but for the last ``visible``."""

    start: int
    end: int
    visible: int = 0
    only_digits: bool = False


def mask(text: str, spans: Iterable[Span]) -> str:
    """The text with the spans masked; separators stay."""
    out = list(text)
    for start, end, visible, only_digits in spans:
        carries = str.isdecimal if only_digits else _carries
        places = [at for at in range(start, end) if carries(text[at])]
        for at in places[: len(places) - visible]:
            out[at] = MASK
    return "".join(out)


def mask_all(text: str) -> str:
    """The text with each letter and digit masked."""
    return mask(text, [Span(0, len(text))])


def plain(text: str) -> str:
    """The text with all scripts' digits, and full-width letters, as ASCII; each character at its place."""
    if text.isascii():
        return text
    return "".join(
        character
        if character.isascii()
        else str(int(character))
        if character.isdecimal()
        else chr(ord(character) - _FULL_WIDTH_OFFSET)
        if ord(character) in _FULL_WIDTH
        else character
        for character in text
    )


def _carries(character: str) -> bool:
    # Marks too: with them masked nothing shows which letter they belonged to.
    return character.isalnum() or (not character.isascii() and unicodedata.category(character)[0] == "M")
