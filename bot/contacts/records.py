"""The records: customers, products, orders, returns and tickets.

Amounts are whole minor units (cents, øre) beside an ISO 4217 currency; times are seconds since the epoch,
UTC; days without a time of day are `datetime.date`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable row, as read at one moment."""

    model_config = ConfigDict(frozen=True)


class Address(Record):
    """Where a parcel goes. ``postcode`` is kept as the customer writes it."""

    street: str
    postcode: str
    city: str
    country: str


class Customer(Record):
    """A person who buys. ``language`` is an IETF tag, ``country`` ISO 3166 alpha-2 (in the address)."""

    id: str
    name: str
    email: str
    phone: str
    language: str
    address: Address
    newsletter: bool = False


class Product(Record):
    """What the shop sells. ``facts`` maps a topic (battery, size...) to one plain sentence."""

    sku: str
    name: str
    price: int
    currency: str
    stock: int
    restock_on: date | None = None
    warranty_months: int = 24
    facts: dict[str, str] = {}


class OrderStatus(StrEnum):
    """Where an order stands."""

    PACKING = "packing"
    SHIPPED = "shipped"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class OrderItem(Record):
    """A line of an order; ``price`` is for one piece."""

    sku: str
    name: str
    quantity: int
    price: int


class Order(Record):
    """An order with its items. ``refund`` is what was paid back, when ``refunded_at`` is set."""

    number: str
    customer_id: str
    status: OrderStatus
    placed_at: float
    currency: str
    total: int
    address: Address
    items: tuple[OrderItem, ...]
    payment: str
    carrier: str | None = None
    tracking: str | None = None
    shipped_at: float | None = None
    expected_on: date | None = None
    delivered_at: float | None = None
    delay_reason: str | None = None
    refund: int | None = None
    refunded_at: float | None = None
    cancelled_at: float | None = None

    @property
    def can_change(self) -> bool:
        """Whether it is still in the warehouse, so that it can be changed or cancelled."""
        return self.status is OrderStatus.PACKING


class Return(Record):
    """An item on its way back."""

    id: str
    order_number: str
    customer_id: str
    sku: str
    item_name: str
    reason: str
    status: str
    amount: int
    currency: str
    created_at: float


class NewReturn(Record):
    """A return to be made."""

    order_number: str
    customer_id: str
    sku: str
    item_name: str
    reason: str
    amount: int
    currency: str
    created_at: float


class TicketKind(StrEnum):
    """What somebody has to look into."""

    COMPLAINT = "complaint"
    MESSAGE = "message"
    CALLBACK = "callback"
    FEEDBACK = "feedback"
    DELETION = "deletion"
    DELIVERY = "delivery"
    INVOICE = "invoice"
    TECHNICAL = "technical"


class NewTicket(Record):
    """A ticket to be made; ``details`` is what its kind needs (a phone number, a severity)."""

    kind: TicketKind
    text: str
    created_at: float
    customer_id: str | None = None
    conversation_id: str | None = None
    order_number: str | None = None
    priority: int = 0
    details: dict[str, Any] = {}


class Ticket(NewTicket):
    """A ticket with its number, ``open`` until somebody closes it."""

    id: str
    status: str = "open"


class CustomerChange(Record):
    """What to change of a customer; None leaves as it is."""

    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    newsletter: bool | None = None
