"""The customers' records in our own tables: SQL for `bot.contacts.contacts.Contacts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.records import (
    Address,
    Customer,
    CustomerChange,
    NewReturn,
    NewTicket,
    Order,
    OrderItem,
    OrderStatus,
    Product,
    Return,
    Ticket,
)
from bot.errors import Conflict, NotFound
from bot.store.database import Database, metadata


def _address_columns() -> list[Column[Any]]:
    return [
        Column("street", String(200), nullable=False),
        Column("postcode", String(20), nullable=False),
        Column("city", String(100), nullable=False),
        Column("country", String(2), nullable=False),
    ]


customers = Table(
    "customers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False, index=True),
    Column("phone", String(40), nullable=False),
    Column("language", String(20), nullable=False),
    Column("newsletter", Boolean, nullable=False),
    *_address_columns(),
)

products = Table(
    "products",
    metadata,
    Column("sku", String(40), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("price", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stock", Integer, nullable=False),
    Column("restock_on", Date),
    Column("warranty_months", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("placed_at", Float, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", Integer, nullable=False),
    Column("payment", String(40), nullable=False),
    Column("carrier", String(60)),
    Column("tracking", String(60)),
    Column("shipped_at", Float),
    Column("expected_on", Date),
    Column("delivered_at", Float),
    Column("delay_reason", Text),
    Column("refund", Integer),
    Column("refunded_at", Float),
    Column("cancelled_at", Float),
    *_address_columns(),
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_number", ForeignKey("orders.number"), primary_key=True),
    Column("sku", String(40), primary_key=True),
    Column("line", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("price", Integer, nullable=False),
)

returns = Table(
    "returns",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False),
    Column("order_number", ForeignKey("orders.number"), nullable=False, index=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("sku", String(40), nullable=False),
    Column("item_name", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("key"),
)

# A ticket's customer, conversation and order may live in another system, so there are no foreign keys.
tickets = Table(
    "tickets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False),
    Column("kind", String(20), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("customer_id", String(40), index=True),
    Column("conversation_id", String(200), index=True),
    Column("order_number", String(20)),
    Column("priority", Integer, nullable=False),
    Column("details", JSON, nullable=False),
    Column("status", String(20), nullable=False),
    UniqueConstraint("key"),
)


class SqlContacts:
    """`Contacts` over SQLite or Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customer(self, customer_id: str) -> Customer | None:
        async with self._database.read() as connection:
            return await _customer(connection, customer_id)

    async def customer_by_email(self, email: str) -> Customer | None:
        query = select(customers).where(func.lower(customers.c.email) == email.lower())
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _to_customer(row) if row else None

    async def update_customer(self, customer_id: str, change: CustomerChange) -> Customer:
        values = change.model_dump(exclude_none=True, exclude={"address"})
        if change.address is not None:
            values |= change.address.model_dump()
        async with self._database.begin() as connection:
            if values:
                await connection.execute(
                    update(customers).where(customers.c.id == customer_id).values(values)
                )
            customer = await _customer(connection, customer_id)
        if customer is None:
            raise NotFound("There is no such customer.", code="customer.not_found")
        return customer

    async def order(self, number: str) -> Order | None:
        async with self._database.read() as connection:
            return await _order(connection, number)

    async def orders_of(self, customer_id: str) -> list[Order]:
        query = select(orders).where(orders.c.customer_id == customer_id).order_by(orders.c.placed_at.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
            return await _with_items(connection, rows)

    async def cancel_order(self, number: str, *, at: float) -> Order:
        async with self._database.begin() as connection:
            order = await _existing(connection, number)
            if order.status is OrderStatus.CANCELLED:
                return order
            await _update_order(connection, order, status=OrderStatus.CANCELLED.value, cancelled_at=at)
            return await _existing(connection, number)

    async def change_order_address(self, number: str, address: Address) -> Order:
        async with self._database.begin() as connection:
            order = await _existing(connection, number)
            if order.address == address:
                return order
            await _update_order(connection, order, **address.model_dump())
            return await _existing(connection, number)

    async def remove_item(self, number: str, sku: str) -> Order:
        async with self._database.begin() as connection:
            order = await _existing(connection, number)
            line = next((item for item in order.items if item.sku == sku), None)
            if line is None:
                return order
            if len(order.items) == 1:
                raise Conflict("It is the only line of the order.", code="order.last_item", hint="cancel it")
            await _update_order(connection, order, total=order.total - line.price * line.quantity)
            await connection.execute(
                delete(order_items).where(order_items.c.order_number == number, order_items.c.sku == sku)
            )
            return await _existing(connection, number)

    async def create_return(self, key: str, new: NewReturn) -> Return:
        row = await self._create(returns, key, new.model_dump() | {"status": "registered"})
        return _to_return(row)

    async def returns_of(self, customer_id: str) -> list[Return]:
        return [_to_return(row) for row in await self._of_customer(returns, customer_id)]

    async def create_ticket(self, key: str, new: NewTicket) -> Ticket:
        row = await self._create(tickets, key, new.model_dump(mode="json") | {"status": "open"})
        return _to_ticket(row)

    async def tickets_of(self, customer_id: str) -> list[Ticket]:
        return [_to_ticket(row) for row in await self._of_customer(tickets, customer_id)]

    async def product(self, name: str) -> Product | None:
        wanted = name.strip().lower()
        query = select(products).where(
            (func.lower(products.c.name) == wanted) | (func.lower(products.c.sku) == wanted)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return Product(**row) if row else None

    async def products(self) -> list[Product]:
        async with self._database.read() as connection:
            rows = (await connection.execute(select(products).order_by(products.c.name))).mappings().all()
        return [Product(**row) for row in rows]

    async def put_customer(self, customer: Customer) -> None:
        """Write a customer, whether or not it was there."""
        values = customer.model_dump(exclude={"address"}) | customer.address.model_dump()
        async with self._database.begin() as connection:
            await _put(connection, customers, "id", values)

    async def put_product(self, product: Product) -> None:
        """Write a product, whether or not it was there."""
        async with self._database.begin() as connection:
            await _put(connection, products, "sku", product.model_dump())

    async def put_order(self, order: Order) -> None:
        """Write an order and its items, whether or not they were there."""
        values = order.model_dump(exclude={"address", "items"}) | order.address.model_dump()
        values["status"] = order.status.value
        async with self._database.begin() as connection:
            await _put(connection, orders, "number", values)
            await connection.execute(delete(order_items).where(order_items.c.order_number == order.number))
            await connection.execute(
                insert(order_items),
                [
                    item.model_dump() | {"order_number": order.number, "line": line}
                    for line, item in enumerate(order.items)
                ],
            )

    async def _of_customer(self, table: Table, customer_id: str) -> Iterable[RowMapping]:
        query = select(table).where(table.c.customer_id == customer_id).order_by(table.c.number.desc())
        async with self._database.read() as connection:
            return (await connection.execute(query)).mappings().all()

    async def _create(self, table: Table, key: str, values: dict[str, Any]) -> RowMapping:
        query = select(table).where(table.c.key == key)
        try:
            async with self._database.begin() as connection:
                row = (await connection.execute(query)).mappings().first()
                if row is None:
                    await connection.execute(insert(table).values(key=key, **values))
                    row = (await connection.execute(query)).mappings().one()
                return row
        except IntegrityError:
            # Another process was first with the same key; what it made is the answer.
            async with self._database.read() as connection:
                row = (await connection.execute(query)).mappings().first()
            if row is None:
                raise
            return row


async def _put(connection: AsyncConnection, table: Table, key: str, values: dict[str, Any]) -> None:
    done = await connection.execute(update(table).where(table.c[key] == values[key]).values(values))
    if done.rowcount == 0:
        await connection.execute(insert(table).values(values))


async def _customer(connection: AsyncConnection, customer_id: str) -> Customer | None:
    query = select(customers).where(customers.c.id == customer_id)
    row = (await connection.execute(query)).mappings().first()
    return _to_customer(row) if row else None


async def _order(connection: AsyncConnection, number: str) -> Order | None:
    rows = (await connection.execute(select(orders).where(orders.c.number == number))).mappings().all()
    found = await _with_items(connection, rows)
    return found[0] if found else None


async def _existing(connection: AsyncConnection, number: str) -> Order:
    order = await _order(connection, number)
    if order is None:
        raise NotFound("There is no such order.", code="order.not_found")
    return order


async def _update_order(connection: AsyncConnection, order: Order, **values: Any) -> None:
    """Change an order that is still being packed. The status is checked again in the statement itself."""
    statement = (
        update(orders)
        .where(orders.c.number == order.number, orders.c.status == OrderStatus.PACKING.value)
        .values(values)
    )
    if (await connection.execute(statement)).rowcount == 0:
        raise Conflict("The order has left the warehouse.", code="order.too_late", hint="offer a return")


async def _with_items(connection: AsyncConnection, rows: Iterable[RowMapping]) -> list[Order]:
    rows = list(rows)
    query = (
        select(order_items)
        .where(order_items.c.order_number.in_([row["number"] for row in rows]))
        .order_by(order_items.c.line)
    )
    lines: dict[str, list[OrderItem]] = {}
    for line in (await connection.execute(query)).mappings() if rows else ():
        lines.setdefault(line["order_number"], []).append(OrderItem(**line))
    return [Order(**row, address=_to_address(row), items=tuple(lines.get(row["number"], ()))) for row in rows]


def _to_address(row: RowMapping) -> Address:
    return Address(street=row["street"], postcode=row["postcode"], city=row["city"], country=row["country"])


def _to_customer(row: RowMapping) -> Customer:
    return Customer(**row, address=_to_address(row))


def _to_return(row: RowMapping) -> Return:
    return Return(**row, id=f"R-{70000 + row['number']}")


def _to_ticket(row: RowMapping) -> Ticket:
    return Ticket(**row, id=f"T-{10000 + row['number']}")
