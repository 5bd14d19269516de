"""The demo's records: Fjordlight's products, customers and orders, with days that count from today.

Five orders are fixed and promised to readers of the README: 48213, 51377, 60042, 73905 and 88120.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from bot.contacts.records import Address, Customer, Order, OrderItem, OrderStatus, Product
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
    """The whole range."""
    return [
        Product(
            sku=sku,
            name=name,
            price=price,
            currency="EUR",
            stock=stock,
            restock_on=today + timedelta(days=restock) if restock else None,
            warranty_months=warranty,
            facts=facts,
        )
        for sku, name, price, stock, restock, warranty, facts in _PRODUCTS
    ]


def orders(now: float) -> list[Order]:
    """Every demo order as it stands at ``now``."""
    return [_order(spec, now) for spec in _ORDERS]


_PRODUCTS: list[tuple[str, str, int, int, int | None, int, dict[str, str]]] = [
    ("FL-101", "Aurora desk lamp", 7990, 42, None, 24, {
        "light": "It gives 800 lumens, dimmable from warm white (2,700 K) to daylight (6,500 K).",
        "power": "It takes 12 watts and comes with its own adapter.",
        "size": "It is 45 cm high and the arm reaches 38 cm.",
    }),
    ("FL-102", "Fjord headphones", 14900, 18, None, 24, {
        "battery": "The battery lasts about 35 hours, 28 with noise cancelling on.",
        "connection": "They connect by Bluetooth 5.3 to two devices at once, or by the cable in the box.",
        "waterproof": "They are sweat-proof (IPX4), but not for swimming.",
    }),
    ("FL-103", "Nimbus kettle", 5900, 63, None, 24, {
        "size": "It holds 1.7 litres.",
        "power": "At 2,200 watts a full kettle boils in about five minutes.",
        "material": "The inside is steel; no water touches plastic.",
    }),
    ("FL-104", "Trail 40 backpack", 12900, 0, 9, 60, {
        "size": "It holds 40 litres and fits backs from 43 to 53 cm.",
        "weight": "It weighs 1.2 kg.",
        "waterproof": "It keeps rain out for a while and has a rain cover in the bottom pocket.",
    }),
    ("FL-105", "Lumen smart bulb", 1990, 210, None, 24, {
        "connection": "It works over Wi-Fi (2.4 GHz) or Matter, without a hub.",
        "light": "It gives 806 lumens in white and any colour; the socket is E27.",
    }),
    ("FL-106", "Drift robot vacuum", 34900, 7, None, 24, {
        "battery": "It cleans for about 120 minutes on one charge, then goes home by itself.",
        "connection": "It needs 2.4 GHz Wi-Fi for the app; the button on top works without.",
        "size": "It is 9.5 cm high, so it goes under most sofas.",
    }),
    ("FL-107", "Polar down jacket", 22900, 25, None, 24, {
        "size": "It comes in XS to XXL and fits true to size.",
        "weight": "A medium weighs 480 g.",
        "washing": "Wash it at 30 degrees with down detergent and tumble-dry it low.",
    }),
    ("FL-108", "Echo Bay speaker", 9900, 31, None, 24, {
        "battery": "It plays for about 18 hours.",
        "waterproof": "It is waterproof (IP67): it survives half an hour under a metre of water.",
        "connection": "It uses Bluetooth 5.2, and two of them make a stereo pair.",
    }),
    ("FL-109", "Tern e-reader", 15900, 12, None, 24, {
        "battery": "It lasts about six weeks on one charge.",
        "size": "The screen is 7 inches at 300 dots per inch.",
        "waterproof": "It survives a bath (IPX8).",
        "formats": "It reads EPUB, PDF and plain text, and keeps 16 GB of them.",
    }),
    ("FL-110", "Summit tent", 29900, 0, None, 60, {
        "size": "It sleeps two and packs to 46 by 15 cm.",
        "weight": "It weighs 1.9 kg with all its pegs.",
        "waterproof": "The flysheet holds a 3,000 mm column of water.",
    }),
    ("FL-111", "Volt charger", 2490, 150, None, 24, {
        "power": "It gives 65 watts over two USB-C ports, enough for most laptops.",
    }),
    ("FL-112", "Skerry router", 11900, 22, None, 24, {
        "connection": "It is Wi-Fi 6, two bands, with four network sockets.",
        "range": "One covers a flat of about 120 square metres.",
    }),
]  # fmt: skip

_PRICES = {row[0]: (row[1], row[2]) for row in _PRODUCTS}


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
    _Spec("88120", 1005, _R, (("FL-109", 1),), -30, -27, -20, -20, "Tipax",
          more=(("refund", 15900), ("refunded_at", -2.0))),
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
          (("refund", 9900), ("refunded_at", -12.0))),
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
    return Order(
        number=spec.number,
        customer_id=customer.id,
        status=spec.status,
        placed_at=now + spec.placed * DAY_S,
        currency="EUR",
        total=sum(item.price * item.quantity for item in items),
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
