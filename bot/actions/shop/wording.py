"""Dates, amounts and lists in words for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.contacts.records import OrderItem

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
_SPOKEN = {
    "EUR": ("euros", "cents"),
    "NOK": ("kroner", "øre"),
    "USD": ("dollars", "cents"),
    "GBP": ("pounds", "pence"),
}
_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_NUMBER_WORDS = [*_ONES, "ten", "eleven", "twelve"]


def day(value: date, *, now: float) -> str:
    """A day as said today: ``tomorrow, Sunday 22 November``; the year only when it is another one."""
    today = as_date(now)
    away = (value - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(away)
    name = f"{value:%A} {value.day} {value:%B}" + (f" {value.year}" if value.year != today.year else "")
    if away < -14:
        return name.split(" ", 1)[1]
    return f"{near}, {name}" if near else name


def as_date(at: float) -> date:
    """The day of a time in seconds since the epoch (UTC)."""
    return datetime.fromtimestamp(at, UTC).date()


def moment(at: float, *, now: float) -> str:
    """The day of a time in seconds since the epoch, as said after a verb: ``on Sunday 22 November``."""
    said = day(as_date(at), now=now)
    return said if said.startswith(("today", "tomorrow", "yesterday")) else f"on {said}"


def money(minor: int, currency: str) -> str:
    """An amount of minor units as written: ``€49.90``, ``49,90 kr``."""
    whole, part = divmod(minor, 100)
    if currency == "NOK":
        return f"{whole},{part:02d} kr" if part else f"{whole} kr"
    text = f"{whole:,}.{part:02d}" if part else f"{whole:,}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{text}" if symbol else f"{text} {currency}"


def spoken_money(minor: int, currency: str) -> str:
    """An amount for the ear: ``49 euros 90``."""
    whole, part = divmod(minor, 100)
    unit = _SPOKEN.get(currency, (currency, ""))[0]
    return f"{whole} {unit} {part:02d}" if part else f"{whole} {unit}"


def spoken_digits(text: str) -> str:
    """Digits one by one for the ear: ``four, eight, two, one, three``."""
    return ", ".join(
        _ONES[int(letter)] if letter.isdecimal() else letter for letter in text if letter.isalnum()
    )


def number(value: int) -> str:
    """A small number as a word, a larger one as digits: ``two``, ``30``."""
    return _NUMBER_WORDS[value] if 0 <= value < len(_NUMBER_WORDS) else str(value)


def listing(names: Sequence[str], *, last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def items(lines: Sequence[OrderItem]) -> str:
    """The lines of an order: ``Aurora desk lamp and 2 Lumen smart bulbs``."""
    return listing([line.name if line.quantity == 1 else _plural(line) for line in lines])


def _plural(line: OrderItem) -> str:
    ending = "" if line.name.endswith("s") else "s"
    return f"{line.quantity} {line.name}{ending}"


def masked_email(email: str) -> str:
    """An address that its owner recognises: ``i•••@example.com``."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"


_STOPPING = re.compile(
    r"\b(stop|forget|never ?mind|nvm|cancel|quit|exit|abort|drop|leave (it|me)|no thanks?|enough|give up|"
    r"let it be|don'?t (want|bother)|changed my mind)\b",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"\b(wait|hold on|hang on|(a|one|1|just a|half a) (sec|second|moment|minute|min|mo)|sec|"
    r"let me (check|look|see|find|search)|(looking|searching) for it|bear with me)\b",
    re.IGNORECASE,
)
_NUMBERS = {
    name: str(digit)
    for digit, names in enumerate(
        ("zero oh nil", "one", "two", "three", "four for", "five", "six", "seven", "eight", "nine niner")
    )
    for name in names.split()
}


def gives_up(text: str) -> bool:
    """Whether a text says in so many words that something shall be left."""
    return bool(_STOPPING.search(text))


def asks_to_wait(text: str) -> bool:
    """Whether the customer is still looking for the answer: "one moment", "let me check"."""
    return bool(_WAITING.search(text)) and not any(letter.isdecimal() for letter in text)


def digits_of(text: str) -> str:
    """A text with digits that are written as words put as digits: ``four eight two`` becomes ``482``."""
    words = re.findall(r"\w+", text.lower())
    if not any(word in _NUMBERS for word in words):
        return text
    if any(word not in _NUMBERS and not word.isdecimal() for word in words):
        return text
    return "".join(_NUMBERS.get(word, word) for word in words)


def yes_or_no(text: str) -> bool | None:
    """What a bare answer means, when the intent did not say; None when it says neither."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    no = bool(words & {"no", "nope", "nah", "not", "dont", "never", "still", "didn", "doesn", "isn"})
    yes = bool(
        words & {"yes", "yep", "yeah", "ok", "okay", "sure", "please", "correct", "works", "fixed", "worked"}
    )
    return None if yes == no else yes
