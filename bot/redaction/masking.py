"""Spans of a text, and how they are masked: the text keeps its length, so that other spans stay right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

MASK = "•"
_DECIMAL = re.compile(r"\d")
_ESCAPE = re.compile(
    r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})", re.IGNORECASE | re.ASCII
)
"""RFC 8259, section 7: a character, or two halves of one beyond the first 65,536."""
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
        carries = str.isdigit if only_digits else _carries
        places = [at for at in range(start, end) if carries(text[at])]
        for at in places[: len(places) - visible]:
            out[at] = MASK
    return "".join(out)


def mask_all(text: str) -> str:
    """The text with each letter and digit masked."""
    return mask(text, [Span(0, len(text))])


def plain(text: str) -> str:
    """The text with all scripts' digits, and full-width letters, as ASCII; each character at its place.

    Superscript, circled and dingbat digits are digits too.
    """
    if text.isascii():
        return text
    return "".join(
        character
        if character.isascii()
        else str(unicodedata.digit(character))
        if character.isdigit()
        else chr(ord(character) - _FULL_WIDTH_OFFSET)
        if ord(character) in _FULL_WIDTH
        else character
        for character in text
    )


def has_digit(text: str) -> bool:
    """Whether there is a digit of any kind."""
    return _DECIMAL.search(text) is not None or (not text.isascii() and any(map(str.isdigit, text)))


class Unescaped(NamedTuple):
    """A text with its ``\\u0034`` as the characters that they stand for, and where each stood in it."""

    text: str
    places: list[tuple[int, int]]

    def masked_in(self, original: str, masked: str) -> str:
        """The original with each place masked that is in ``masked``, an escape over its whole length."""
        pieces = []
        for (start, end), before, now in zip(self.places, self.text, masked, strict=True):
            pieces.append(original[start:end] if before == now else MASK * (end - start))
        return "".join(pieces)


def unescaped(text: str) -> Unescaped | None:
    """JSON's escapes in a text read as what they say; None where it has none."""
    if "\\u" not in text:
        return None
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for escape in _ESCAPE.finditer(text):
        characters += text[at : escape.start()]
        places += ((place, place + 1) for place in range(at, escape.start()))
        characters.append(_meant(escape))
        places.append(escape.span())
        at = escape.end()
    characters += text[at:]
    places += ((place, place + 1) for place in range(at, len(text)))
    return Unescaped("".join(characters), places) if len(characters) < len(text) else None


def _meant(escape: re.Match[str]) -> str:
    if escape[3] is not None:
        return chr(int(escape[3], 16))
    return chr(0x10000 + (int(escape[1], 16) - 0xD800) * 0x400 + int(escape[2], 16) - 0xDC00)


def _carries(character: str) -> bool:
    # Marks too: with them masked nothing shows which letter they belonged to.
    return character.isalnum() or (not character.isascii() and unicodedata.category(character)[0] == "M")
