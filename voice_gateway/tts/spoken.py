# ruff: noqa: RUF001 - the marks of other languages are what is looked for
"""Written text to what people say: numbers, amounts, dates, times, addresses and codes in words."""

from __future__ import annotations

import re
import unicodedata

from voice_gateway.tts.plain import has_words, plain
from voice_gateway.tts.readings import Reading, digit_readings, readings
from voice_gateway.tts.wordings import wording

_PAUSE = re.compile(r"\s*[()\[\]{}|…–—;]+\s*|\s+-+\s+")
_REPEATED = re.compile(r"(?:\s*[,.:!?]){2,}")
_STOPS = ".!?:,"


def read(text: str, language: str) -> list[Reading]:
    """What of a plain text is not said as it is written. Never raises."""
    words = wording(language)
    return readings(text, words) if words is not None else digit_readings(text)


def apply(text: str, found: list[Reading], start: int = 0, end: int | None = None) -> str:
    """The characters ``start`` to ``end`` of a plain text with its readings put in, free of signs."""
    end = len(text) if end is None else end
    said: list[str] = []
    at = start
    for reading in found:
        if start <= reading.start and reading.end <= end:
            said += [text[at : reading.start], reading.spoken]
            at = reading.end
    said.append(text[at:end])
    return _tidy("".join(said)) or _bare(text[start:end])


def spoken(text: str, language: str) -> str:
    """What is said of a written text, markup and all; empty only for a text without words. Never raises."""
    written = plain(text)
    return apply(written, read(written, language)) if written else _bare(text)


def _tidy(text: str) -> str:
    """Only what a voice reads or pauses at: letters, digits, apostrophes, hyphens within words, and stops."""
    text = _PAUSE.sub(", ", text)
    text = "".join(character if _is_said(character) else " " for character in text)
    text = re.sub(r"(?<!\w)['’-]+|['’-]+(?!\w)", " ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" (?=[,.:!?])", "", text)
    text = _REPEATED.sub(_strongest, text).lstrip(" ,.:!?").rstrip()
    return text if has_words(text) else ""


def _is_said(character: str) -> bool:
    return (
        character.isalnum()
        # With the joiner of Persian, and the vowel marks of many scripts.
        or character in " ,.:!?'’-\u200c"
        or unicodedata.category(character).startswith("M")
    )


def _strongest(match: re.Match[str]) -> str:
    """Of several stops in a row, the one that says most; a dotted abbreviation keeps its own."""
    stops = match[0]
    return min((character for character in stops if character in _STOPS), key="?!.:,".index)


def _bare(text: str) -> str:
    """The last resort: letters and digits alone."""
    kept = "".join(character if character.isalnum() else " " for character in text)
    return re.sub(r"\s+", " ", kept).strip()
