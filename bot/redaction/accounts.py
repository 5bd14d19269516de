"""Bank accounts (IBAN) in a text that `masking.plain` made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.redaction.masking import Span

VISIBLE = 4
_SEPARATORS_BETWEEN = 3
_BEGINNING = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[\W_]{0,3}\d[\W_]{0,3}\d", re.IGNORECASE)
# Country and length, from the SWIFT registry.
_LENGTHS = {
    country[:2]: int(country[2:])
    for country in [
        "AD24",
        "AE23",
        "AL28",
        "AT20",
        "AZ28",
        "BA20",
        "BE16",
        "BG22",
        "BH22",
        "BI27",
        "BR29",
        "BY28",
        "CH21",
        "CR22",
        "CY28",
        "CZ24",
        "DE22",
        "DJ27",
        "DK18",
        "DO28",
        "EE20",
        "EG29",
        "ES24",
        "FI18",
        "FK18",
        "FO18",
        "FR27",
        "GB22",
        "GE22",
        "GI23",
        "GL18",
        "GR27",
        "GT28",
        "HN28",
        "HR21",
        "HU28",
        "IE22",
        "IL23",
        "IQ23",
        "IR26",
        "IS26",
        "IT27",
        "JO30",
        "KW30",
        "KZ20",
        "LB28",
        "LC32",
        "LI21",
        "LT20",
        "LU20",
        "LV21",
        "LY25",
        "MC27",
        "MD24",
        "ME22",
        "MK19",
        "MN20",
        "MR27",
        "MT31",
        "MU30",
        "NI28",
        "NL18",
        "NO15",
        "OM23",
        "PK24",
        "PL28",
        "PS29",
        "PT25",
        "QA29",
        "RO24",
        "RS22",
        "RU33",
        "SA24",
        "SC31",
        "SD18",
        "SE24",
        "SI19",
        "SK24",
        "SM27",
        "SO23",
        "ST25",
        "SV28",
        "TL23",
        "TN24",
        "TR26",
        "UA29",
        "VA22",
        "VG24",
        "XK20",
        "YE30",
    ]
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
