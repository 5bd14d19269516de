"""An outside CRM, over a real local server that follows the contract."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse

from bot.contacts.http_contacts import CrmUnavailable, HttpContacts
from bot.contacts.records import Address, CustomerChange, NewTicket, TicketKind
from bot.errors import Conflict
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from tests.bot.contacts.conftest import NOW


def crm(contacts: SqlContacts) -> FastAPI:
    """The contract's server side, over our own tables."""
    app = FastAPI()

    @app.get("/customers")
    async def by_email(email: str) -> Any:
        customer = await contacts.customer_by_email(email)
        return [customer] if customer else []

    @app.get("/customers/{customer_id}")
    async def customer(customer_id: str) -> Any:
        return await contacts.customer(customer_id) or JSONResponse({}, 404)

    @app.patch("/customers/{customer_id}")
    async def update(customer_id: str, change: CustomerChange) -> Any:
        return await contacts.update_customer(customer_id, change)

    @app.get("/customers/{customer_id}/orders")
    async def orders(customer_id: str) -> Any:
        return await contacts.orders_of(customer_id)

    @app.get("/orders/{number}")
    async def order(number: str) -> Any:
        return await contacts.order(number) or JSONResponse({}, 404)

    @app.post("/orders/{number}/cancel")
    async def cancel(number: str, body: dict[str, float]) -> Any:
        try:
            return await contacts.cancel_order(number, at=body["at"])
        except Conflict as problem:
            return JSONResponse({"code": problem.code, "message": problem.message}, 409)

    @app.put("/orders/{number}/address")
    async def address(number: str, new: Address) -> Any:
        return await contacts.change_order_address(number, new)

    @app.post("/tickets")
    async def ticket(new: NewTicket, idempotency_key: str = Header()) -> Any:
        return await contacts.create_ticket(idempotency_key, new)

    @app.get("/products")
    async def products(name: str | None = None) -> Any:
        if name == "broken":
            raise HTTPException(500)
        found = await contacts.product(name) if name else None
        return [found] if found else ([] if name else await contacts.products())

    return app


@pytest.fixture
async def outside(sqlite_database: Database) -> AsyncIterator[HttpContacts]:
    from bot.contacts.demo import seed_demo

    contacts = SqlContacts(sqlite_database)
    await seed_demo(contacts, NOW)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(crm(contacts), log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=10.0) as client:
            yield HttpContacts(client)
        server.should_exit = True
        await serving


async def test_reads_customers_orders_and_products(outside: HttpContacts) -> None:
    customer = await outside.customer_by_email("ingrid.haugen@example.com")
    assert customer is not None
    assert [order.number for order in await outside.orders_of(customer.id)] == ["48213", "48100"]
    assert await outside.order("00000") is None
    assert await outside.customer("C-0") is None
    kettle = await outside.product("Nimbus kettle")
    assert kettle is not None
    assert len(await outside.products()) == 12


async def test_changes_and_conflicts_keep_their_codes(outside: HttpContacts) -> None:
    changed = await outside.update_customer("C-1001", CustomerChange(newsletter=True))
    assert changed.newsletter
    assert (await outside.cancel_order("60042", at=NOW)).cancelled_at == NOW
    with pytest.raises(Conflict) as caught:
        await outside.cancel_order("48213", at=NOW)
    assert caught.value.code == "order.too_late"


async def test_key_travels_as_header_and_makes_one_ticket(outside: HttpContacts) -> None:
    new = NewTicket(kind=TicketKind.FEEDBACK, text="Fine.", created_at=NOW)
    assert await outside.create_ticket("key", new) == await outside.create_ticket("key", new)


async def test_failing_crm_is_told_apart_from_what_is_not_there(outside: HttpContacts) -> None:
    with pytest.raises(CrmUnavailable, match="500"):
        await outside.product("broken")
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(CrmUnavailable):
            await HttpContacts(client).order("48213")
