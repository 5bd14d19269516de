"""Customers' records: what can be found and changed, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.contacts.demo import seed_demo
from bot.contacts.records import Address, CustomerChange, NewReturn, NewTicket, OrderStatus, TicketKind
from bot.contacts.terms import DAY_S, return_problem
from bot.errors import Conflict, NotFound
from bot.store.contacts import SqlContacts
from tests.bot.contacts.conftest import NOW

TODAY = datetime.fromtimestamp(NOW, UTC).date()


async def test_demo_orders_are_as_the_readme_promises(contacts: SqlContacts) -> None:
    found = {number: await contacts.order(number) for number in ("48213", "51377", "60042", "73905", "88120")}
    orders = {number: order for number, order in found.items() if order is not None}
    assert {number: order.address.postcode for number, order in orders.items()} == {
        "48213": "0150",
        "51377": "1000-205",
        "60042": "75011",
        "73905": "LV-1010",
        "88120": "1193653471",
    }
    assert orders["48213"].status is OrderStatus.SHIPPED
    assert orders["48213"].expected_on == TODAY + timedelta(days=1)
    assert orders["51377"].delivered_at == NOW - 3 * DAY_S
    assert return_problem(orders["51377"], now=NOW) is None
    assert orders["60042"].can_change
    assert "customs" in (orders["73905"].delay_reason or "")
    assert orders["88120"].refund == orders["88120"].total


async def test_seeding_again_puts_the_demo_back_to_its_beginning(contacts: SqlContacts) -> None:
    await contacts.cancel_order("60042", at=NOW)
    await seed_demo(contacts, NOW + 5 * DAY_S)
    order, shipped = await contacts.order("60042"), await contacts.order("48213")
    assert order is not None
    assert order.can_change
    assert shipped is not None
    assert shipped.expected_on == TODAY + timedelta(days=6)
    assert len(await contacts.orders_of("C-1001")) == 2


async def test_customer_is_found_by_email_in_any_case(contacts: SqlContacts) -> None:
    customer = await contacts.customer_by_email("Shirin.Rahimi@EXAMPLE.org")
    assert customer is not None
    assert customer.language == "fa"
    assert await contacts.customer_by_email("nobody@example.org") is None


async def test_change_touches_only_what_it_names(contacts: SqlContacts) -> None:
    changed = await contacts.update_customer("C-1001", CustomerChange(phone="+4722850099"))
    assert changed.phone == "+4722850099"
    assert changed.email == "ingrid.haugen@example.com"
    with pytest.raises(NotFound):
        await contacts.update_customer("C-0", CustomerChange(newsletter=False))


async def test_cancelling_twice_is_as_cancelling_once(contacts: SqlContacts) -> None:
    first = await contacts.cancel_order("60042", at=NOW)
    assert await contacts.cancel_order("60042", at=NOW + 60) == first


@pytest.mark.parametrize("number", ["48213", "51377", "88120"])
async def test_what_has_left_cannot_be_cancelled_or_changed(contacts: SqlContacts, number: str) -> None:
    address = Address(street="Storgata 5", postcode="0155", city="Oslo", country="NO")
    with pytest.raises(Conflict, match="left the warehouse"):
        await contacts.cancel_order(number, at=NOW)
    with pytest.raises(Conflict):
        await contacts.change_order_address(number, address)


async def test_removing_an_item_lowers_the_total_and_keeps_the_last(contacts: SqlContacts) -> None:
    before = await contacts.order("60042")
    after = await contacts.remove_item("60042", "FL-103")
    assert before is not None
    assert after.total == before.total - 5900
    assert await contacts.remove_item("60042", "FL-103") == after
    with pytest.raises(Conflict, match="only line"):
        await contacts.remove_item("60042", "FL-105")


async def test_the_same_key_makes_one_ticket_even_at_the_same_time(contacts: SqlContacts) -> None:
    new = NewTicket(
        kind=TicketKind.CALLBACK,
        text="Call back.",
        created_at=NOW,
        customer_id="C-1001",
        details={"phone": "+4722850001"},
    )
    made = await asyncio.gather(*(contacts.create_ticket("key", new) for _ in range(5)))
    assert len({ticket.id for ticket in made}) == 1
    other = await contacts.create_ticket("another", new)
    assert [ticket.id for ticket in await contacts.tickets_of("C-1001")] == [other.id, made[0].id]


async def test_the_same_key_makes_one_return(contacts: SqlContacts) -> None:
    new = NewReturn(
        order_number="51377",
        customer_id="C-1002",
        sku="FL-102",
        item_name="Fjord headphones",
        reason="faulty",
        amount=14900,
        currency="EUR",
        created_at=NOW,
    )
    assert await contacts.create_return("key", new) == await contacts.create_return("key", new)
    assert len(await contacts.returns_of("C-1002")) == 1


async def test_products_are_found_by_name_and_sku(contacts: SqlContacts) -> None:
    by_name, by_sku = await contacts.product("tern E-READER"), await contacts.product("fl-109")
    assert by_name == by_sku
    assert by_name is not None
    assert len(await contacts.products()) == 12
