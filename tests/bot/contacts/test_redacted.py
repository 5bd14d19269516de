"""Tickets and returns pass the redaction gate; contact data is never overwritten by what was masked."""

from __future__ import annotations

import time

import pytest

from bot.contacts.contacts import Contacts
from bot.contacts.demo import orders, seed_demo
from bot.contacts.records import CustomerChange, NewReturn, NewTicket, TicketKind
from bot.contacts.redacted import redacted
from bot.errors import Conflict
from bot.redaction import redact
from bot.store.contacts import SqlContacts
from bot.store.database import Database

CARD = "4111.1111.1111.1111"


@pytest.fixture
async def contacts(sqlite_database: Database) -> Contacts:
    records = SqlContacts(sqlite_database)
    await seed_demo(records, time.time())
    return redacted(records, redact)


async def test_ticket_keeps_no_card(contacts: Contacts, sqlite_database: Database) -> None:
    ticket = await contacts.create_ticket(
        "k1",
        NewTicket(
            kind=TicketKind.MESSAGE,
            text=f"charge {CARD}, cvv 123",
            created_at=1.0,
            customer_id="C-1001",
            details={"contact": "anna@example.org", "said": [CARD], "number": 4111111111111111},
        ),
    )
    assert ticket.text == "charge ••••.••••.••••.1111, cvv •••"
    assert ticket.details == {
        "contact": "anna@example.org",
        "said": ["••••.••••.••••.1111"],
        "number": "••••••••••••1111",
    }


async def test_return_keeps_no_card(contacts: Contacts) -> None:
    product = (await contacts.products())[0]
    order = orders(time.time())[0]
    made = await contacts.create_return(
        "k2",
        NewReturn(
            order_number=order.number,
            customer_id=order.customer_id,
            sku=product.sku,
            item_name=product.name,
            reason=f"refund to {CARD}",
            amount=1,
            currency="EUR",
            created_at=1.0,
        ),
    )
    assert made.reason == "refund to ••••.••••.••••.1111"


@pytest.mark.parametrize("email", ["•••@•••••••.•••", f"{CARD}@example.org"])
async def test_contact_data_is_not_overwritten_by_what_was_masked(contacts: Contacts, email: str) -> None:
    with pytest.raises(Conflict) as caught:
        await contacts.update_customer("anyone", CustomerChange(email=email))
    assert caught.value.code == "contact.masked"
