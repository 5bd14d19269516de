"""Reading a postal address, a phone number or an e-mail address from a customer's line."""

from __future__ import annotations

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.contacts.records import Address

_POSTCODE = re.compile(
    r"^(?:[A-Z]{1,2}[- ]?)?\d{3,10}(?:[- ]\d{3})?$|^[A-Z]\d{2} ?[A-Z0-9]{4}$", re.IGNORECASE
)


def parse_address(text: str, *, country: str) -> Address | None:
    """``Storgata 5, 0155 Oslo`` as an address; None where the street, its number, postcode or city lacks."""
    parts = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    if len(parts) < 2:
        return None
    street, rest = parts[0], " ".join(parts[1:]).split()
    if not re.search(r"\d", street) or not re.search(r"[^\W\d_]{2}", street):
        return None
    for start in range(len(rest)):
        # A postcode may be written with a space in it: the longest reading counts.
        for stop in range(min(start + 2, len(rest)), start, -1):
            candidate = " ".join(rest[start:stop])
            city = " ".join(rest[:start] + rest[stop:])
            if _POSTCODE.match(candidate) and re.search(r"[^\W\d_]{2}", city):
                return Address(street=street, postcode=candidate, city=city, country=country)
    return None


def parse_phone(text: str, *, country: str | None) -> str | None:
    """A phone number as E.164, read as of ``country`` when it has no country code; None when it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_email(text: str) -> str | None:
    """The e-mail address in a line, normalised; None when there is none. Nothing is looked up."""
    for word in text.replace("<", " ").replace(">", " ").split():
        if "@" in word:
            try:
                return validate_email(
                    word.strip(".,;:!?()"), check_deliverability=False, test_environment=True
                ).normalized
            except EmailNotValidError:
                continue
    return None
