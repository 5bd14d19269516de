"""Whither calls may be passed on outside: the operator's own list, which bot and voice gateway both keep.

A telephone number that anybody could choose is money that anybody could spend: so nothing is allowed but what
the operator names. Whoever may be dialled is found by what the number *is*, not by how it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final

import phonenumbers
from phonenumbers import PhoneNumberType
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

MOST_CHARS: Final = 200
MOST_NAME_CHARS: Final = 100
TOLD: Final = 20
"""So many contacts a refusal names."""

_SPACED: Final = re.compile(r"[ \u00a0\u202f().\-/]")
_NUMBER: Final = re.compile(r"(\+|00)?[0-9]{3,15}")
_DIALLED: Final = re.compile(r"\+?[0-9*#]{1,32}")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])"
# Without ASCII, IGNORECASE takes letters of other scripts too: the Kelvin sign for a k, a long s for an s.
_ANY_CASE: Final = re.IGNORECASE | re.ASCII
_URI: Final = re.compile(rf"(sips?):(\+?[a-z0-9._\-]{{1,63}})@({_HOST})(?::([0-9]{{1,5}}))?", _ANY_CASE)
_AT: Final = re.compile(rf"({_HOST})(?::([0-9]{{1,5}}))?", _ANY_CASE)
_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}")

# Who dials these pays more than a call, or lets somebody earn by it.
_COSTLY: Final = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
    }
)
_COSTLY_CODES: Final = frozenset({870, 878, 881, 882, 883, 979})
"""Satellites, international networks and the international premium rate."""


class NotAllowed(ValueError):
    """A call may not go there; ``why`` is `malformed`, `not_listed`, `costly` or `no_country`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _contact(value: str) -> str:
    if _DIALLED.fullmatch(_SPACED.sub("", value)):
        return _SPACED.sub("", value)
    if _URI.fullmatch(value):
        return value
    raise ValueError("a contact is a number, or a SIP URI without parameters")


def _prefix(value: str) -> str:
    plain = _SPACED.sub("", value)
    if not _PREFIX.fullmatch(plain):
        raise ValueError("numbers begin with + and a country code, for example +4722")
    return plain


def _address(value: str) -> str:
    if not (_URI.fullmatch(value) or _AT.fullmatch(value)):
        raise ValueError("an address is a host (pbx.example.com) or a SIP URI (sip:shop@example.com)")
    return value


class TransferSettings(BaseModel):
    """Whither agents may pass calls on outside. Nothing is set: nowhere.

    ``contacts``: a name that agents read, and its number (as the exchange dials it) or SIP URI. ``numbers``:
    what a number may begin with that an agent types, in international form; costly ones (premium rate,
    shared cost, satellites) must be listed whole. ``addresses``: SIP URIs, or hosts whose every user may be
    called but those who may be numbers (more digits than letters). ``country``: two letters; where a number
    is that has no country code.
    """

    model_config = ConfigDict(frozen=True)

    contacts: dict[str, Annotated[str, AfterValidator(_contact)]] = Field(
        {}, description="Names that agents choose from, each with its number or SIP URI."
    )
    numbers: list[Annotated[str, AfterValidator(_prefix)]] = Field(
        [], description="What a number may begin with that an agent types: +4722."
    )
    addresses: list[Annotated[str, AfterValidator(_address)]] = Field(
        [], description="SIP URIs, or hosts, that an agent may type."
    )
    country: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="Where a number without a country code is: NO."
    )

    @field_validator("contacts")
    @classmethod
    def _named(cls, contacts: dict[str, str]) -> dict[str, str]:
        for name in contacts:
            if name != name.strip() or not 0 < len(name) <= MOST_NAME_CHARS or not name.isprintable():
                raise ValueError(f"a contact's name has 1 to {MOST_NAME_CHARS} characters: {name!r}")
        return contacts

    @property
    def is_set(self) -> bool:
        """Whether calls may be passed on anywhere."""
        return bool(self.contacts or self.numbers or self.addresses)

    @property
    def has_numbers(self) -> bool:
        """Whether a bare number can come out of it, which needs an exchange to be one of."""
        return bool(self.numbers) or any(_DIALLED.fullmatch(each) for each in self.contacts.values())

    def contact(self, name: str) -> str:
        """Where a contact is. Raises NotAllowed."""
        try:
            return self.contacts[name]
        except KeyError:
            raise NotAllowed("not_listed") from None

    def allowed(self, target: str) -> str:
        """A target as it is dialled: a number in international form or a SIP URI. Raises NotAllowed."""
        if len(target) > MOST_CHARS:
            raise NotAllowed("malformed")
        # A contact's number may be one that only the operator's own exchange knows.
        if target in self.contacts.values():
            return target
        address = _URI.fullmatch(target)
        if address is not None:
            self._check_address(target, address)
            return target
        return self._number(target)

    def told(self) -> str:
        """What is allowed, for people."""
        parts = []
        if self.contacts:
            parts.append(f"contacts: {_listed(self.contacts)}")
        if self.numbers:
            parts.append(f"numbers that begin with {_listed(self.numbers)}")
        if self.addresses:
            parts.append(f"SIP addresses: {_listed(self.addresses)}")
        return "; ".join(parts) or "no target outside is set up (settings: transfers)"

    def _number(self, typed: str) -> str:
        plain = _SPACED.sub("", typed)
        if not _NUMBER.fullmatch(plain):
            raise NotAllowed("malformed")
        if plain.startswith("00"):
            plain = f"+{plain[2:]}"
        if not plain.startswith("+") and self.country is None:
            raise NotAllowed("no_country")
        try:
            number = phonenumbers.parse(plain, self.country)
        except phonenumbers.NumberParseException:
            raise NotAllowed("malformed") from None
        if not phonenumbers.is_possible_number(number):
            raise NotAllowed("malformed")
        dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if dialled in self.numbers:
            return dialled
        if not dialled.startswith(tuple(self.numbers)):
            raise NotAllowed("not_listed")
        if is_costly(number):
            raise NotAllowed("costly")
        return dialled

    def _check_address(self, target: str, address: re.Match[str]) -> None:
        wanted = _parts(address)
        hosts = []
        for listed in self.addresses:
            whole = _URI.fullmatch(listed)
            if whole is None:
                hosts.append(_at(listed))
            elif _parts(whole) == wanted:
                return
        _, user, host, port = wanted
        if (host, port) not in hosts:
            raise NotAllowed("not_listed")
        # An exchange dials the number in front of the @, whatever stands behind it.
        if _is_dialled(user):
            self._number(user)


def _is_dialled(user: str) -> bool:
    """Whether an exchange may take the user of a SIP URI for a number: it has fewer letters than digits, or
    none. Many exchanges pass over what is no digit, so a letter or two among them make no name."""
    letters = sum(character.isalpha() for character in user)
    digits = sum(character.isdigit() for character in user)
    return user.startswith("+") or letters == 0 or digits > letters


def is_costly(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a call to it costs more than a call does, or is to a network where it may."""
    return number.country_code in _COSTLY_CODES or phonenumbers.number_type(number) in _COSTLY


def masked(target: str) -> str:
    """A target for the log, which tells of it no more than is needed to recognise it."""
    user, at, host = target.partition("@")
    if at:
        scheme, _, name = user.rpartition(":")
        return f"{_word(scheme)}:{_dots(name)}@{_word(host)}"
    return _dots(target)


def _dots(text: str) -> str:
    plain = _word(text)
    return f"{plain[:3]}…{plain[-2:]}" if len(plain) > 7 else "…"


def _word(text: str) -> str:
    """Without what could break a line of the log."""
    return "".join(character for character in text[:64] if character.isprintable())


def _listed(values: Iterable[str]) -> str:
    several = list(values)
    return ", ".join(several[:TOLD]) + (", …" if len(several) > TOLD else "")


def _parts(address: re.Match[str]) -> tuple[str, str, str, str | None]:
    scheme, user, host, port = address.groups()
    return scheme.lower(), user, host.lower(), port


def _at(listed: str) -> tuple[str, str | None]:
    match = _AT.fullmatch(listed)
    assert match is not None  # Checked as it was set.
    return match[1].lower(), match[2]
