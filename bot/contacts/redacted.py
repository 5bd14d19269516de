"""Records that pass the redaction gate on the way in: what customers say stands in tickets too."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import BaseModel

from bot.contacts.contacts import Contacts
from bot.contacts.records import (
    Address,
    Customer,
    CustomerChange,
    NewReturn,
    NewTicket,
    Order,
    Return,
    Ticket,
)
from bot.errors import Conflict
from bot.redaction import MASK, Gate, redact

_R = TypeVar("_R", bound=BaseModel)


def redacted(contacts: Contacts, gate: Gate) -> Contacts:
    """The same records; texts of tickets and returns are masked as the log's are.

    Contact data itself is kept, but for card numbers, and never overwritten by what was masked.
    """
    return cast(Contacts, _RedactedContacts(contacts, gate))


class _RedactedContacts:
    def __init__(self, contacts: Contacts, gate: Gate) -> None:
        self._contacts = contacts
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        # What only reads, or takes identifiers.
        return getattr(self._contacts, name)

    async def create_ticket(self, key: str, new: NewTicket) -> Ticket:
        masked = {"text": self._gate.text(new.text), "details": redact.value(new.details)}
        return await self._contacts.create_ticket(key, new.model_copy(update=masked))

    async def create_return(self, key: str, new: NewReturn) -> Return:
        reason = self._gate.text(new.reason)
        return await self._contacts.create_return(key, new.model_copy(update={"reason": reason}))

    async def update_customer(self, customer_id: str, change: CustomerChange) -> Customer:
        return await self._contacts.update_customer(customer_id, _unmasked(change))

    async def change_order_address(self, number: str, address: Address) -> Order:
        return await self._contacts.change_order_address(number, _unmasked(address))


def _unmasked(record: _R) -> _R:
    """The record, unless something in it is masked, or has to be. Raises Conflict ``contact.masked``."""
    if MASK in record.model_dump_json() or redact.value(record) != record:
        raise Conflict(
            "Masked data cannot be stored as contact data.",
            code="contact.masked",
            hint="take contact data in a form whose kind of data is not in FIRSTLINE_REDACT",
        )
    return record
