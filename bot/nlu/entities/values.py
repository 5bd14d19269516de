"""What libraries make of a surface: dates as ISO 8601, amounts with their currency, phones in E.164."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import phonenumbers
from price_parser import Price

_REGIONS = {
    "nb": "NO",
    "nn": "NO",
    "no": "NO",
    "fr": "FR",
    "pt": "PT",
    "lv": "LV",
    "fa": "IR",
    "de": "DE",
    "es": "ES",
}
_DATE_LOCALES = {"nb": ["nb", "en"], "no": ["nb", "en"]}
_CURRENCIES = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "gbp": "GBP",
    "$": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "usd": "USD",
    "kr": "NOK",
    "kroner": "NOK",
    "nok": "NOK",
}
LONGEST_SURFACE = 320
"""Characters of an entity with a normal form: those of the longest mail address (RFC 3696, errata 1690)."""
_CURRENCY = re.compile(r"[€£$]|[^\W\d_]+")


class Kind(StrEnum):
    """Types of entity that have a normal form."""

    DATE = "date"
    AMOUNT = "amount"
    PHONE = "phone"
    EMAIL = "email"


_KINDS = {
    "date": Kind.DATE,
    "time": Kind.DATE,
    "amount": Kind.AMOUNT,
    "amount-of-money": Kind.AMOUNT,
    "price": Kind.AMOUNT,
    "phone": Kind.PHONE,
    "phone-number": Kind.PHONE,
    "phone_number": Kind.PHONE,
    "email": Kind.EMAIL,
    "e-mail": Kind.EMAIL,
}


def kinds_of(entities: Iterable[str], configured: Mapping[str, str]) -> dict[str, Kind]:
    """The kind of each entity that has one: as configured, or by its name."""
    kinds = {name: _KINDS[name.lower()] for name in entities if name.lower() in _KINDS}
    return kinds | {name: Kind(kind) for name, kind in configured.items()}


def region_of(language: str) -> str | None:
    """The country whose phone numbers need no ``+`` when a conversation is in ``language``."""
    return _REGIONS.get(language)


class Normalizer:
    """Normal forms for one text, for the first entities of it: the libraries are slow."""

    def __init__(self, *, language: str, now: float, most: int) -> None:
        self._language = language
        self._now = now
        self._left = most

    def normalize(self, kind: Kind, surface: str) -> Any:
        """As the function; None for what is too long to be one, and once there have been too many."""
        if self._left == 0 or len(surface) > LONGEST_SURFACE:
            return None
        self._left -= 1
        return normalize(kind, surface, language=self._language, now=self._now)


def normalize(kind: Kind, surface: str, *, language: str, now: float) -> Any:
    """The normal form of ``surface``, or None when the library finds none in it.

    ``now`` (seconds since the epoch) is what "tomorrow" is counted from, in UTC.
    """
    if kind is Kind.EMAIL:
        return surface.lower()
    if kind is Kind.PHONE:
        return _phone(surface, language)
    if kind is Kind.AMOUNT:
        return _amount(surface)
    return _date(surface, language, now)


def _phone(surface: str, language: str) -> str | None:
    try:
        number = phonenumbers.parse(re.sub(r"^00", "+", surface.strip()), region_of(language))
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _amount(surface: str) -> dict[str, Any] | None:
    price = Price.fromstring(surface)
    if price.amount is None:
        return None
    words = [_CURRENCIES.get(word.lower()) for word in _CURRENCY.findall(surface)]
    currency = next((word for word in words if word), None)
    return {"value": float(price.amount), "currency": currency}


def _date(surface: str, language: str, now: float) -> str | None:
    import dateparser  # a quarter of a second that a bot without dates need not spend

    found = dateparser.parse(
        surface,
        languages=_DATE_LOCALES.get(language, [language] if language == "en" else [language, "en"]),
        settings={
            "RELATIVE_BASE": datetime.fromtimestamp(now, UTC).replace(tzinfo=None),
            "DATE_ORDER": "DMY",
            "PREFER_DATES_FROM": "current_period",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return found.date().isoformat() if found is not None else None
