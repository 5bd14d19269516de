"""National identity numbers: those with right check digits, and those whose form is enough to tell them.

Of numbers that are written like phone numbers or order numbers only the check digits tell; with wrong ones
they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.be import nn
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.lv import pvn
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import cc, nif
from stdnum.se import personnummer
from stdnum.us import ssn

from bot.redaction.masking import Span, plain

Check = Callable[[str], bool]
_SEPARATOR = r"[ .\-\u2010-\u2015\u00a0\u202f]?"


def _digits(*groups: int) -> str:
    """Groups of digits with or without a separator between them."""
    return _SEPARATOR.join(rf"\d{{{size}}}" for size in groups)


def _is_melli(digits: str) -> bool:
    """Iran: ten digits, the last a check digit."""
    if len(set(digits)) == 1:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def _is_persons_nif(digits: str) -> bool:
    """Portugal: those of companies begin otherwise, and mobile numbers with 9."""
    return (digits[0] in "123" or digits.startswith("45")) and nif.is_valid(digits)


_FORMS: tuple[tuple[str, Check], ...] = (
    # Norway (also D numbers), Poland, Latvia's old form, Belgium, Germany: eleven digits
    (_digits(6, 5), fodselsnummer.is_valid),
    (_digits(6, 5), pvn.is_valid),
    (_digits(11), pesel.is_valid),
    (_digits(6, 3, 2), nn.is_valid),
    (_digits(2, 3, 3, 3), idnr.is_valid),
    # Latvia's new form has no check digit
    (r"3[2-9]\d{4}[ -]?\d{5}", lambda digits: True),
    (_digits(3, 3, 3), _is_persons_nif),
    (rf"\d{{8}}{_SEPARATOR}\d{_SEPARATOR}[A-Z0-9]{{2}}\d", cc.is_valid),
    (
        rf"[12]{_SEPARATOR}"
        + _SEPARATOR.join([r"\d\d", r"\d\d", r"(?:\d\d|2[AB])", *[r"\d{3}"] * 2, r"\d\d"]),
        nir.is_valid,
    ),
    (_digits(3, 6, 1), _is_melli),
    (r"\d{8}[ -]?[A-Z]", dni.is_valid),
    (r"[XYZ][ -]?\d{7}[ -]?[A-Z]", nie.is_valid),
    (
        r"(?:19|20)?\d{6}[-+ ]?\d{4}",
        lambda digits: _is_birthday(digits[-10:-4]) and personnummer.is_valid(digits),
    ),
    (r"\d{6}[- ]\d{4}", cpr.is_valid),
    (r"\d{6}[-+A]\d{3}[0-9A-Y]", hetu.is_valid),
    (r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]", codicefiscale.is_valid),
    # United States and United Kingdom: no check digits, so the usual writing has to tell
    (r"\d{3}[- \u2010-\u2015]\d{2}[- \u2010-\u2015]\d{4}", ssn.is_valid),
    (
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]",
        lambda digits: True,
    ),
)
_PATTERNS = [(re.compile(rf"(?<![\w+]){form}(?!\w)", re.IGNORECASE), check) for form, check in _FORMS]
# Numbers that any number of their length may be by chance count after these words only.
_NAMED = re.compile(
    r"(?:nhs|bsn|burger\s?service|ssn|social(?:\s+security)?(?:\s+number)?)\D{0,15}"
    r"(\d{9,10}|\d{3}[ -]\d{3}[ -]\d{3,4})",
    re.IGNORECASE,
)


def _is_birthday(digits: str) -> bool:
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) % 60 <= 31


def national_id_spans(text: str) -> list[Span]:
    """Where national ids stand."""
    return list(_ids(plain(text)))


def _ids(text: str) -> Iterator[Span]:
    if not any(character.isdigit() for character in text):
        return
    for pattern, check in _PATTERNS:
        for match in pattern.finditer(text):
            if _passes(check, re.sub(r"[^\w+]", "", match.group()).upper(), match.group()):
                yield Span(*match.span())
    for match in _NAMED.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        if ssn.is_valid(digits) or nhs.is_valid(digits) or bsn.is_valid(digits):
            yield Span(*match.span(1))


def _passes(check: Check, compact: str, written: str) -> bool:
    for candidate in (compact, written):
        try:
            if check(candidate):
                return True
        except (ValueError, IndexError):
            continue
    return False
