"""The demo's records: Fjordlight's products, customers and orders, with days that count from today.

Products and prices are those of `nlu_data/shop/records`, as on the shop's page and in the bot's answers.

Five orders are fixed and promised to readers of the README: 48213, 51377, 60042, 73905 and 88120.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from bot.contacts.records import Address, Customer, Order, OrderItem, OrderStatus, Product
from bot.contacts.shop_records import shop_products, shop_terms
from bot.contacts.terms import DAY_S


class DemoTarget(Protocol):
    """Where demo records can be written; each write is idempotent."""

    async def put_customer(self, customer: Customer) -> None: ...

    async def put_product(self, product: Product) -> None: ...

    async def put_order(self, order: Order) -> None: ...


async def seed_demo(contacts: DemoTarget, now: float) -> None:
    """Write the demo records as they are at ``now`` (seconds since the epoch).

    Done again, it puts the same records back to their beginning, with the days counted from the new
    ``now``; returns and tickets that were made meanwhile stay.
    """
    today = datetime.fromtimestamp(now, UTC).date()
    for product in products(today):
        await contacts.put_product(product)
    for customer in CUSTOMERS:
        await contacts.put_customer(customer)
    for order in orders(now):
        await contacts.put_order(order)


def products(today: date) -> list[Product]:
    """The whole range, from the shop's records."""
    return [
        Product(
            sku=product.sku,
            name=product.name,
            price=product.price,
            currency=shop_terms().currency,
            stock=product.stock,
            restock_on=today + timedelta(days=days) if (days := product.restock_in_days) else None,
            warranty_months=product.warranty_months,
            facts=product.facts,
        )
        for product in shop_products()
    ]


def orders(now: float) -> list[Order]:
    """Every demo order as it stands at ``now``."""
    return [_order(spec, now) for spec in _ORDERS]


_PRICES = {product.sku: (product.name, product.price) for product in shop_products()}


def _person(
    number: int, name: str, email: str, phone: str, language: str, address: tuple[str, str, str, str]
) -> Customer:
    street, postcode, city, country = address
    return Customer(
        id=f"C-{number}",
        name=name,
        email=email,
        phone=phone,
        language=language,
        address=Address(street=street, postcode=postcode, city=city, country=country),
        newsletter=number % 2 == 0,
    )


CUSTOMERS = [
    _person(1001, "Ingrid Haugen", "ingrid.haugen@example.com", "+4722850001", "nb",
            ("Storgata 12", "0150", "Oslo", "NO")),
    _person(1002, "João Almeida", "joao.almeida@example.org", "+351213000002", "pt",
            ("Rua do Sol 8", "1000-205", "Lisboa", "PT")),
    _person(1003, "Camille Laurent", "camille.laurent@example.net", "+33144000003", "fr",
            ("12 rue du Nord", "75011", "Paris", "FR")),
    _person(1004, "Jānis Ozols", "janis.ozols@example.com", "+37167000004", "lv",
            ("Brīvības iela 40", "LV-1010", "Rīga", "LV")),
    _person(1005, "Shirin Rahimi", "shirin.rahimi@example.org", "+982122000005", "fa",
            ("Golestan Street 15", "1193653471", "Tehran", "IR")),
    _person(1006, "Lars Berg", "lars.berg@example.net", "+4722850006", "nb",
            ("Parkveien 3", "0350", "Oslo", "NO")),
    _person(1007, "Marta Sousa", "marta.sousa@example.com", "+351213000007", "pt",
            ("Avenida Central 77", "1100-148", "Lisboa", "PT")),
    _person(1008, "Théo Bernard", "theo.bernard@example.org", "+33144000008", "fr",
            ("5 place du Marché", "69002", "Lyon", "FR")),
    _person(1009, "Līga Kalniņa", "liga.kalnina@example.net", "+37167000009", "lv",
            ("Jūras iela 9", "LV-3401", "Liepāja", "LV")),
    _person(1010, "Emma Fischer", "emma.fischer@example.com", "+49301000010", "de",
            ("Lindenstraße 21", "10969", "Berlin", "DE")),
    _person(1011, "Lucía Navarro", "lucia.navarro@example.org", "+34911000011", "es",
            ("Calle Mayor 4", "28013", "Madrid", "ES")),
    _person(1012, "Daniel Murphy", "daniel.murphy@example.net", "+35315550012", "en",
            ("18 Quay Road", "D02 X285", "Dublin", "IE")),
]  # fmt: skip


@dataclass(frozen=True)
class _Spec:
    """One demo order; days count from now, negative ones lie in the past."""

    number: str
    customer: int
    status: OrderStatus
    items: tuple[tuple[str, int], ...]
    placed: float
    shipped: float | None = None
    expected: int | None = None
    delivered: float | None = None
    carrier: str | None = None
    payment: str = "card"
    more: tuple[tuple[str, Any], ...] = ()


_P, _S, _D, _L = OrderStatus.PACKING, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.DELAYED
_C, _R = OrderStatus.CANCELLED, OrderStatus.REFUNDED
_ORDERS = [
    _Spec("48213", 1001, _S, (("FL-101", 1), ("FL-105", 2)), -4, -2, 1, carrier="Posten"),
    _Spec("51377", 1002, _D, (("FL-102", 1), ("FL-111", 1)), -8, -6, -3, -3, "CTT", "paypal"),
    _Spec("60042", 1003, _P, (("FL-103", 1), ("FL-105", 3)), -0.5, expected=5, carrier="Colissimo"),
    _Spec("73905", 1004, _L, (("FL-106", 1),), -9, -7, 3, carrier="Omniva",
          more=(("delay_reason", "It is waiting for customs papers; the carrier has them now."),)),
    _Spec("88120", 1005, _R, (("FL-109", 1),), -30, -28, -20, -20, "Tipax",
          more=(("refunded_at", -2.0),)),
    _Spec("48100", 1001, _D, (("FL-107", 1),), -60, -58, -55, -55, "Posten"),
    _Spec("52010", 1002, _S, (("FL-108", 1),), -3, -1, 2, carrier="CTT"),
    _Spec("60050", 1003, _D, (("FL-112", 1),), -20, -18, -15, -15, "Colissimo"),
    _Spec("73001", 1004, _D, (("FL-111", 2),), -25, -23, -21, -21, "Omniva"),
    _Spec("61230", 1006, _P, (("FL-106", 1), ("FL-101", 1)), -0.3, expected=4, carrier="Posten"),
    _Spec("61231", 1006, _D, (("FL-109", 1),), -14, -12, -10, -10, "Posten", "invoice"),
    _Spec("62410", 1007, _S, (("FL-107", 1),), -5, -3, 0, carrier="CTT"),
    _Spec("62999", 1007, _C, (("FL-110", 1),), -12, payment="paypal", more=(("cancelled_at", -11.0),)),
    _Spec("63555", 1008, _D, (("FL-102", 1),), -7, -5, -2, -2, "Colissimo"),
    _Spec("64120", 1009, _S, (("FL-103", 1), ("FL-111", 1)), -2, -1, 3, carrier="Omniva"),
    _Spec("65380", 1010, _D, (("FL-108", 2),), -45, -43, -40, -40, "DHL"),
    _Spec("65381", 1010, _P, (("FL-112", 1),), -0.2, expected=6, carrier="DHL", payment="invoice"),
    _Spec("66700", 1011, _L, (("FL-105", 4),), -8, -6, 2, carrier="Correos",
          more=(("delay_reason", "The carrier is behind after a strike."),)),
    _Spec("67890", 1012, _D, (("FL-101", 1), ("FL-103", 1)), -10, -8, -5, -5, "An Post"),
    _Spec("67999", 1012, _R, (("FL-108", 1),), -40, -38, -35, -35, "An Post", "paypal",
          (("refunded_at", -12.0),)),
]  # fmt: skip


def _order(spec: _Spec, now: float) -> Order:
    def at(days: float | None) -> float | None:
        return None if days is None else now + days * DAY_S

    customer = CUSTOMERS[spec.customer - 1001]
    items = tuple(
        OrderItem(sku=sku, name=_PRICES[sku][0], quantity=quantity, price=_PRICES[sku][1])
        for sku, quantity in spec.items
    )
    today = datetime.fromtimestamp(now, UTC).date()
    more = {name: at(value) if name.endswith("_at") else value for name, value in spec.more}
    total = sum(item.price * item.quantity for item in items)
    if spec.status is OrderStatus.REFUNDED:
        more["refund"] = total
    return Order(
        number=spec.number,
        customer_id=customer.id,
        status=spec.status,
        placed_at=now + spec.placed * DAY_S,
        currency=shop_terms().currency,
        total=total,
        address=customer.address,
        items=items,
        payment=spec.payment,
        carrier=spec.carrier,
        tracking=f"FL{spec.number}{customer.address.country}" if spec.shipped is not None else None,
        shipped_at=at(spec.shipped),
        expected_on=today + timedelta(days=spec.expected) if spec.expected is not None else None,
        delivered_at=at(spec.delivered),
        **more,
    )
