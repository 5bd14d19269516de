"""Who the customer is: proved by an order and its postcode, or by a one-time code, before anything personal.

A wrong answer never tells whether an order or an e-mail address is known. Wrong guesses are counted in the
store, per conversation and per order, and a guess that is repeated (an action run again) counts once.
Guesses and codes are counted before they are answered, in one transaction: many at once get no more than one
after another.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Protocol

import structlog
from pydantic import BaseModel, ConfigDict

from bot.contacts.changes import ContactChanges
from bot.contacts.contacts import Contacts
from bot.contacts.records import Customer

Clock = Callable[[], float]

CODE_DIGITS = 6
CODE_LIFE_S = 600.0
CODE_TRIES = 5
CODES_PER_HOUR = 3
GUESSES_PER_CONVERSATION = 5
GUESSES_PER_ORDER = 15
HOUR_S = 3600.0

log = structlog.get_logger(__name__)


class Verdict(StrEnum):
    """What came of a proof. ``LOCKED``: too many wrong guesses; a person has to take over."""

    PROVED = "proved"
    WRONG = "wrong"
    EXPIRED = "expired"
    LOCKED = "locked"


class Proof(BaseModel):
    """A verdict, and the customer when it is ``PROVED``."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    customer: Customer | None = None


class CodeNotSent(Exception):
    """Codes cannot be sent now, whoever they are for."""


class CodeSending(StrEnum):
    """What came of asking for a code. ``ACCEPTED`` does not tell whether the address is a customer's."""

    ACCEPTED = "accepted"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class CodeSender(Protocol):
    """Sends one-time codes to customers."""

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        """Send a code. Raises CodeNotSent.

        ``email`` is None for an address that is no customer's: the same is done then, but for the sending, so
        that neither the time it takes nor its failing tells which addresses are known.
        """


class LogCodeSender:
    """The demo's sender: the code is shown in the log and goes nowhere else."""

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        if email is not None:
            log.warning("identity.demo_code", code=code)


class NoCodeSender:
    """The sender of an installation without a mail server: customers are asked for another proof."""

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        raise CodeNotSent


class StoredCode(BaseModel):
    """A one-time code as kept: its salted hash only. ``tries`` are all that were made."""

    model_config = ConfigDict(frozen=True)

    id: int
    salt: str
    hash: str
    expires_at: float
    tries: int
    used: bool


class IdentityStore(Protocol):
    """Keeps codes and counts guesses."""

    async def take_guess(self, guess: str, limits: Mapping[str, int], *, at: float, since: float) -> bool:
        """Count a guess for each subject, before it is answered; the same one by the same subject once.

        False, and nothing is counted, when one of the subjects has made as many others since then as its
        limit.
        """

    async def give_back_guess(self, guess: str, subjects: Iterable[str]) -> None:
        """Count a guess no more: it was right."""

    async def guesses(self, subject: str, *, since: float) -> int: ...

    async def add_code(
        self,
        *,
        conversation_id: str,
        email: str,
        salt: str,
        hash: str,
        at: float,
        expires_at: float,
        since: float,
        limit: int,
    ) -> bool:
        """Keep a code; False where so many were made since then for the conversation or for the address."""

    async def latest_code(self, *, conversation_id: str, email: str) -> StoredCode | None: ...

    async def take_try(self, code_id: int, *, limit: int) -> bool:
        """Count a try of a code, before it is answered; False when it had so many."""

    async def use_code(self, code_id: int) -> bool:
        """Mark a code used; False when it was used already."""


def normalise_postcode(text: str) -> str:
    """A postcode without case, spaces and hyphens, as two spellings of it are compared."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def random_code() -> str:
    """Six unpredictable digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


class Identity:
    """Proves who a customer is."""

    def __init__(
        self,
        contacts: Contacts,
        store: IdentityStore,
        sender: CodeSender,
        clock: Clock,
        *,
        changes: ContactChanges | None = None,
        new_code: Callable[[], str] = random_code,
        new_salt: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        """``changes`` tells which addresses are trusted; without it, those on file are."""
        self._contacts = contacts
        self._changes = changes
        self._store = store
        self._sender = sender
        self._clock = clock
        self._new_code = new_code
        self._new_salt = new_salt

    async def locked(self, conversation_id: str) -> bool:
        """Whether this conversation has guessed wrong too often."""
        since = self._clock() - 24 * HOUR_S
        return (
            await self._store.guesses(_conversation(conversation_id), since=since) >= GUESSES_PER_CONVERSATION
        )

    async def by_order(self, conversation_id: str, *, number: str, postcode: str) -> Proof:
        """Prove by an order number and the postcode that the order goes to."""
        given = normalise_postcode(postcode)
        guess = f"{number}/{given}"
        limits = {
            _conversation(conversation_id): GUESSES_PER_CONVERSATION,
            f"order:{number}": GUESSES_PER_ORDER,
        }
        if not await self._take(conversation_id, guess, limits):
            return Proof(verdict=Verdict.LOCKED)
        order = await self._contacts.order(number)
        expected = normalise_postcode(order.address.postcode) if order else ""
        if order is not None and given and hmac.compare_digest(expected.encode(), given.encode()):
            customer = await self._contacts.customer(order.customer_id)
            if customer is not None:
                await self._give_back(conversation_id, guess, limits)
                return Proof(verdict=Verdict.PROVED, customer=customer)
        return await self._wrong(conversation_id)

    async def send_code(self, conversation_id: str, *, email: str) -> CodeSending:
        """Send a code to an address, if it is a customer's; the answer is the same if it is not.

        An address that was put on file a few days ago is not the customer's yet (`ContactChanges`).
        """
        now = self._clock()
        email = email.strip().lower()
        if await self.locked(conversation_id):
            return CodeSending.TOO_MANY
        code, salt = self._new_code(), self._new_salt()
        kept = await self._store.add_code(
            conversation_id=conversation_id,
            email=email,
            salt=salt,
            hash=_hash(code, salt),
            at=now,
            expires_at=now + CODE_LIFE_S,
            since=now - HOUR_S,
            limit=CODES_PER_HOUR,
        )
        if not kept:
            return CodeSending.TOO_MANY
        customer = await self._customer_of(email)
        try:
            if customer is None:
                await self._sender.send(email=None, code=code, language="en")
            else:
                to = await self._trusted_email(customer) or email
                await self._sender.send(email=to, code=code, language=customer.language)
        except CodeNotSent:
            return CodeSending.UNAVAILABLE
        return CodeSending.ACCEPTED

    async def by_code(self, conversation_id: str, *, email: str, code: str) -> Proof:
        """Prove by the code that `send_code` sent. A code is good once, for ten minutes and five tries."""
        if await self.locked(conversation_id):
            return Proof(verdict=Verdict.LOCKED)
        email = email.strip().lower()
        stored = await self._store.latest_code(conversation_id=conversation_id, email=email)
        if stored is None or stored.used or stored.expires_at <= self._clock():
            return Proof(verdict=Verdict.EXPIRED)
        if not await self._store.take_try(stored.id, limit=CODE_TRIES):
            return Proof(verdict=Verdict.EXPIRED)
        digits = "".join(letter for letter in code if letter.isdigit())
        guess = f"code/{stored.id}/{digits}"
        limits = {_conversation(conversation_id): GUESSES_PER_CONVERSATION}
        if not await self._take(conversation_id, guess, limits):
            return Proof(verdict=Verdict.LOCKED)
        customer = await self._customer_of(email)
        if not hmac.compare_digest(_hash(digits, stored.salt), stored.hash) or customer is None:
            return await self._wrong(conversation_id)
        await self._give_back(conversation_id, guess, limits)
        if not await self._store.use_code(stored.id):
            return Proof(verdict=Verdict.EXPIRED)
        return Proof(verdict=Verdict.PROVED, customer=customer)

    async def address_on_file(self, customer_id: str) -> str | None:
        """The address that codes for a customer go to; None where there is none."""
        customer = await self._contacts.customer(customer_id)
        return await self._trusted_email(customer) if customer is not None else None

    async def send_code_on_file(self, conversation_id: str, *, customer_id: str) -> CodeSending:
        """Send a code to the address on file of a customer who is known by a weaker proof."""
        email = await self.address_on_file(customer_id)
        if email is None:
            return CodeSending.UNAVAILABLE
        return await self.send_code(conversation_id, email=email)

    async def by_code_on_file(self, conversation_id: str, *, customer_id: str, code: str) -> Proof:
        """Prove by the code that `send_code_on_file` sent."""
        email = await self.address_on_file(customer_id)
        if email is None:
            return Proof(verdict=Verdict.EXPIRED)
        return await self.by_code(conversation_id, email=email, code=code)

    async def _trusted_email(self, customer: Customer) -> str | None:
        if self._changes is None:
            return customer.email or None
        return await self._changes.trusted_email(customer)

    async def _customer_of(self, email: str) -> Customer | None:
        if self._changes is None:
            return await self._contacts.customer_by_email(email)
        return await self._changes.customer_of(email)

    async def _take(self, conversation_id: str, guess: str, limits: Mapping[str, int]) -> bool:
        now = self._clock()
        said = f"{conversation_id}/{guess}"
        return await self._store.take_guess(said, limits, at=now, since=now - 24 * HOUR_S)

    async def _give_back(self, conversation_id: str, guess: str, subjects: Iterable[str]) -> None:
        await self._store.give_back_guess(f"{conversation_id}/{guess}", subjects)

    async def _wrong(self, conversation_id: str) -> Proof:
        locked = await self.locked(conversation_id)
        if locked:
            # Many of these mean that somebody is guessing, each time in a new conversation.
            log.warning("identity.locked")
        return Proof(verdict=Verdict.LOCKED if locked else Verdict.WRONG)


def _conversation(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"


def _hash(code: str, salt: str) -> str:
    """A slow hash: six digits are few, so a leaked table must cost something to search."""
    return hashlib.scrypt(code.encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()
