"""What the bot needs from wherever customers' records live: our own tables or an outside CRM."""

from __future__ import annotations

from typing import Protocol

from bot.contacts.records import (
    Address,
    Customer,
    CustomerChange,
    NewReturn,
    NewTicket,
    Order,
    Product,
    Return,
    Ticket,
)


class Contacts(Protocol):
    """The records of customers.

    Lookups give None for what does not exist; changes raise NotFound. What creates takes a ``key``: a second
    call with the same key changes nothing and gives what the first one made, so that an action that is run
    again after a crash does nothing twice. The other changes are idempotent by nature.
    """

    async def customer(self, customer_id: str) -> Customer | None: ...

    async def customer_by_email(self, email: str) -> Customer | None:
        """Found without regard to upper and lower case."""

    async def update_customer(self, customer_id: str, change: CustomerChange) -> Customer: ...

    async def order(self, number: str) -> Order | None: ...

    async def orders_of(self, customer_id: str) -> list[Order]:
        """Newest first."""

    async def cancel_order(self, number: str, *, at: float) -> Order:
        """Raises Conflict ``order.too_late`` when it has left the warehouse."""

    async def change_order_address(self, number: str, address: Address) -> Order:
        """Raises Conflict ``order.too_late``."""

    async def remove_item(self, number: str, sku: str) -> Order:
        """Take a line out of an order; gone already is fine. Raises Conflict ``order.too_late``,
        or ``order.last_item`` for the only line."""

    async def create_return(self, key: str, new: NewReturn) -> Return: ...

    async def returns_of(self, customer_id: str) -> list[Return]:
        """Newest first."""

    async def create_ticket(self, key: str, new: NewTicket) -> Ticket: ...

    async def tickets_of(self, customer_id: str) -> list[Ticket]:
        """Newest first."""

    async def product(self, name: str) -> Product | None:
        """By its name or SKU, without regard to case."""

    async def products(self) -> list[Product]:
        """By name."""
