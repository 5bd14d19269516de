"""The words of each language for what is written in signs: months, money, units, the signs of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Forms = tuple[str, str]
"""One, and more than one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wording:
    """A language's words. ``numerals`` is its name in num2words; ``date`` has ``{day}`` and ``{month}``.

    ``identifiers`` are the words after which a number is read digit by digit, and ``codes`` those after which
    even a short one is; ``links`` may stand between such a word and the number.
    """

    numerals: str
    digits: tuple[str, ...]
    letters: Mapping[str, str] = field(default_factory=dict)
    months: tuple[str, ...]
    month_names: Mapping[str, int] = field(default_factory=dict)
    date: str
    day_is_ordinal: bool = False
    first_of_month: str | None = None
    year_link: str = " "
    hours: str
    full_hour: str
    decimal: str = ","
    point: str
    minus: str
    plus: str
    percent: str
    to: str
    half: str
    at: str
    dot: str
    dash: str
    underscore: str
    slash: str
    ampersand: str
    times: str
    alternative: str
    currencies: Mapping[str, Forms]
    minor_units: Mapping[str, Forms]
    units: Mapping[str, Forms]
    abbreviations: Mapping[str, str]
    final_abbreviations: tuple[str, ...] = ("etc.", "osv.", "usw.", "enz.", "mva.")
    weekdays: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...]
    codes: tuple[str, ...]
    links: tuple[str, ...]
    one: Mapping[str, str] = field(default_factory=dict)
    """How a number's last word changes before a noun (Spanish ``uno`` to ``un``)."""


def alike(words: Mapping[str, str]) -> dict[str, Forms]:
    """Words that are the same for one and for more."""
    return {sign: (word, word) for sign, word in words.items()}
