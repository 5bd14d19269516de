"""Bank accounts (IBAN) in a text that `masking.plain` made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.redaction.masking import Span

VISIBLE = 4
_SEPARATORS_BETWEEN = 3
_BEGINNING = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[\W_]{0,3}\d[\W_]{0,3}\d", re.IGNORECASE)
_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DKFIFKFOGLNLSD",
    19: "MKSI",
    20: "ATBAEEKZLTLUMNXK",
    21: "CHHRLILV",
    22: "BGBHCRDEGBGEIEMERSVA",
    23: "AEGIILIQOMSOTL",
    24: "ADCZESMDPKROSASESKTNVG",
    25: "LYPTST",
    26: "IRISTR",
    27: "BIDJFRGRITMCMRSM",
    28: "ALAZBYCYDOGTHNHULBNIPLSV",
    29: "BREGPSQAUA",
    30: "JOKWMUYE",
    31: "MTSC",
    32: "LC",
    33: "RU",
}
"""The countries, two letters each, by the length of their accounts: the SWIFT registry's."""
_LENGTHS = {
    countries[at : at + 2]: length
    for length, countries in _COUNTRIES.items()
    for at in range(0, len(countries), 2)
}


def account_spans(text: str) -> Iterator[Span]:
    """Where IBANs with right check digits (ISO 7064, mod 97) stand."""
    for match in _BEGINNING.finditer(text):
        length = _LENGTHS.get(match.group()[:2].upper())
        end = None if length is None else _end(text, match.start(), length)
        if end is not None:
            yield Span(match.start(), end, VISIBLE)


def _end(text: str, start: int, length: int) -> int | None:
    """Where the account that begins here ends, if one does."""
    characters = ""
    gap = 0
    for at in range(start, len(text)):
        character = text[at]
        if not (character.isascii() and character.isalnum()):
            gap += 1
            if gap > _SEPARATORS_BETWEEN or character.isalnum():
                return None
            continue
        gap = 0
        characters += character.upper()
        if len(characters) == length:
            follows = text[at + 1 : at + 2]
            return at + 1 if not follows.isalnum() and _is_valid(characters) else None
    return None


def _is_valid(characters: str) -> bool:
    turned = characters[4:] + characters[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
