"""How serious a complaint is, from its words: who is told about it, and how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass

SEVERE = 3
SERIOUS = 2

_SIGNS: tuple[tuple[str, int, str], ...] = (
    (
        "danger",
        3,
        r"\b(burn(t|ed|ing|s)?|fire|smok(e|ed|ing)|explod\w*|electric shock|shocked me|sparks?)\b",
    ),
    ("injury", 3, r"\b(injur\w*|hospital|bleed\w*|hurt (me|my|him|her)|cut my)\b"),
    ("legal", 3, r"\b(lawyer|solicitor|attorney|court|sue|suing|legal action|police|ombudsman)\b"),
    ("fraud or data", 3, r"\b(fraud\w*|scam\w*|stole|stolen|identity theft|my data|data breach|leaked?)\b"),
    ("conduct", 3, r"\b(racis\w*|sexis\w*|discriminat\w*|harass\w*|threaten\w*|insulted)\b"),
    ("repeated", 2, r"\b(third|fourth|fifth|tenth) time\b|\b\d+ times\b|\bagain and again\b"),
    ("long", 2, r"\b(three|four|five|six|[3-9]) (weeks|months)\b"),
    ("no answer", 2, r"\b(nobody|no one|no-one) (answer|repl|help|care)\w*\b|\bignored?\b"),
    ("anger", 1, r"\b(furious|disgust\w*|outrage\w*|unacceptable|disgrace\w*|appalling)\b"),
    ("anger", 1, r"\b(rude|terrible|awful|horrible|worst|useless|ridiculous|shit\w*|crap|fuck\w*|damn)\b"),
    ("shouting", 1, r"!{2,}|\b[A-Z]{4,}\b.*\b[A-Z]{4,}\b"),
)


@dataclass(frozen=True)
class Severity:
    """``score`` 0..3 (3: a person has to see it now), and the signs that made it."""

    score: int
    signs: tuple[str, ...]


def severity_of(text: str) -> Severity:
    """The severity of a complaint in English. The gravest sign counts, and two lesser ones one step more."""
    found: dict[str, int] = {}
    for sign, weight, pattern in _SIGNS:
        flags = 0 if sign == "shouting" else re.IGNORECASE
        if re.search(pattern, text, flags):
            found[sign] = max(weight, found.get(sign, 0))
    if not found:
        return Severity(0, ())
    top = max(found.values())
    more = 1 if len(found) > 1 and top < SEVERE else 0
    return Severity(min(top + more, SEVERE), tuple(found))


def is_dangerous(text: str) -> bool:
    """Whether somebody may get, or got, hurt: that is heard even where nothing else was understood."""
    return not {"danger", "injury"}.isdisjoint(severity_of(text).signs)


def is_severe(text: str) -> bool:
    """Whether a person has to see it now."""
    return severity_of(text).score >= SEVERE
