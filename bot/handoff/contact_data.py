"""How to reach a customer, read out of their words: an e-mail address or a phone number, checked for form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.handoff.texts import base_language

_EMAIL = re.compile(r"[^\s@<>,;:()\[\]\"]+@[^\s@<>,;:()\[\]\"]+")
_AT_SIGNS: Final = ("@", "\uff20")
_LONGEST = 500
"""Characters of a message that are looked at: contact data is short, and reading numbers takes time."""
_REGIONS: Final = {"nb": "NO", "fr": "FR", "pt": "PT", "es": "ES", "de": "DE", "lv": "LV", "fa": "IR"}
_FEWEST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class ContactData:
    """An e-mail address, or a phone number in E.164; ``source`` says where it came from."""

    kind: Literal["email", "phone"]
    value: str
    source: Literal["given", "on_file", "caller"]


def read_contact(text: str, *, language: str | None, country: str | None = None) -> ContactData | None:
    """The first e-mail address, or else phone number, in a text; None when there is none that can be used.

    Numbers without a country code are of ``country`` (ISO 3166), else of the language's where it has one.
    """
    text = text[:_LONGEST].replace(_AT_SIGNS[1], "@")
    for found in _EMAIL.finditer(text):
        email = read_email(found.group().strip(".'`!?*_"))
        if email is not None:
            return ContactData("email", email, "given")
    region = country or _REGIONS.get(base_language(language) or "")
    for match in phonenumbers.PhoneNumberMatcher(
        re.sub(r"(?<!\d)00(?=[1-9])", "+", text), region, leniency=phonenumbers.Leniency.POSSIBLE
    ):
        # A number of its own country, so that an order number is not taken for one.
        if phonenumbers.is_possible_number(match.number):
            number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            return ContactData("phone", number, "given")
    return None


def read_email(text: str) -> str | None:
    """An e-mail address in its normal form; None for what is none."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def looks_like_contact(text: str) -> bool:
    """Whether somebody seems to have tried to write an address or a number."""
    return any(sign in text for sign in _AT_SIGNS) or sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def masked(email: str) -> str:
    """An address as its owner recognises it and nobody else reads it: ``k•••@example.no``."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
