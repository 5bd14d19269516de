"""Customers' records in an outside CRM, over a JSON contract (docs/default-bot.md, "An outside CRM")."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from bot.contacts.records import (
    Address,
    Customer,
    CustomerChange,
    NewReturn,
    NewTicket,
    Order,
    Product,
    Record,
    Return,
    Ticket,
)
from bot.errors import Conflict, FirstlineError, NotFound

T = TypeVar("T", bound=Record)


class CrmUnavailable(FirstlineError):
    """The CRM did not answer, or not as the contract says."""

    code = "crm.unavailable"
    status = 502


class HttpContacts:
    """`Contacts` over HTTP. The client carries the base URL, the authorisation and the time-outs."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def customer(self, customer_id: str) -> Customer | None:
        return await self._find(Customer, f"customers/{_segment(customer_id)}")

    async def customer_by_email(self, email: str) -> Customer | None:
        found = await self._list(Customer, "customers", email=email)
        return found[0] if found else None

    async def update_customer(self, customer_id: str, change: CustomerChange) -> Customer:
        body = change.model_dump(mode="json", exclude_none=True)
        return await self._change(Customer, "PATCH", f"customers/{_segment(customer_id)}", body)

    async def order(self, number: str) -> Order | None:
        return await self._find(Order, f"orders/{_segment(number)}")

    async def orders_of(self, customer_id: str) -> list[Order]:
        return await self._list(Order, f"customers/{_segment(customer_id)}/orders")

    async def cancel_order(self, number: str, *, at: float) -> Order:
        return await self._change(Order, "POST", f"orders/{_segment(number)}/cancel", {"at": at})

    async def change_order_address(self, number: str, address: Address) -> Order:
        return await self._change(Order, "PUT", f"orders/{_segment(number)}/address", address.model_dump())

    async def remove_item(self, number: str, sku: str) -> Order:
        return await self._change(Order, "DELETE", f"orders/{_segment(number)}/items/{_segment(sku)}", None)

    async def create_return(self, key: str, new: NewReturn) -> Return:
        return await self._change(Return, "POST", "returns", new.model_dump(mode="json"), key=key)

    async def returns_of(self, customer_id: str) -> list[Return]:
        return await self._list(Return, f"customers/{_segment(customer_id)}/returns")

    async def create_ticket(self, key: str, new: NewTicket) -> Ticket:
        return await self._change(Ticket, "POST", "tickets", new.model_dump(mode="json"), key=key)

    async def tickets_of(self, customer_id: str) -> list[Ticket]:
        return await self._list(Ticket, f"customers/{_segment(customer_id)}/tickets")

    async def product(self, name: str) -> Product | None:
        found = await self._list(Product, "products", name=name)
        return found[0] if found else None

    async def products(self) -> list[Product]:
        return await self._list(Product, "products")

    async def _find(self, kind: type[T], path: str) -> T | None:
        response = await self._request("GET", path)
        return None if response.status_code == 404 else _read(kind, _body(response))

    async def _list(self, kind: type[T], path: str, **query: str) -> list[T]:
        response = await self._request("GET", path, params=query)
        return [] if response.status_code == 404 else [_read(kind, item) for item in _body(response)]

    async def _change(self, kind: type[T], method: str, path: str, body: Any, *, key: str | None = None) -> T:
        headers = {"Idempotency-Key": key} if key else {}
        response = await self._request(method, path, json=body, headers=headers)
        if response.status_code == 404:
            raise NotFound("The CRM has no such record.", code="crm.not_found")
        if response.status_code == 409:
            problem = _body(response)
            raise Conflict(str(problem.get("message", "")), code=str(problem.get("code", "conflict")))
        return _read(kind, _body(response))

    async def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise CrmUnavailable(f"The CRM did not answer: {type(error).__name__}.") from error
        if response.status_code >= 400 and response.status_code not in (404, 409):
            raise CrmUnavailable(f"The CRM answered {response.status_code} to {method} {path}.")
        return response


def _segment(text: str) -> str:
    """One segment of a path, whatever is in it. Raises NotFound for one that would lead to another path."""
    if not text.strip("."):
        raise NotFound("There is no such record.")
    return quote(text, safe="")


def _body(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise CrmUnavailable("The CRM's answer is not JSON.") from error


def _read(kind: type[T], data: Any) -> T:
    try:
        return kind.model_validate(data)
    except ValueError as error:
        raise CrmUnavailable(
            f"The CRM's answer is no {kind.__name__.lower()}.", hint="compare it with the contract"
        ) from error
