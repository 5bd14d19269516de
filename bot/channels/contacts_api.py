"""A customer's records, for the agent who helps them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from bot.contacts.contacts import Contacts
from bot.contacts.records import Customer, Order, Return, Ticket
from bot.errors import NotFound
from bot.handoff.agents import Agent


class ContactView(BaseModel):
    """A customer with what belongs to them, latest first."""

    customer: Customer
    orders: list[Order]
    returns: list[Return]
    tickets: list[Ticket]


def router(
    contacts: Contacts,
    *,
    agent: Callable[..., Awaitable[Agent]],
    may_read: Callable[[Agent, str], Awaitable[bool]],
) -> APIRouter:
    """The route; ``agent`` is the dependency that lets agents in, ``may_read`` says whom they see."""
    routes = APIRouter(prefix="/api/v1/contacts", tags=["contacts"])
    current_agent = Depends(agent)

    @routes.get("/{customer_id}")
    async def contact(customer_id: str, agent: Agent = current_agent) -> ContactView:
        """A customer's records. For agents who may read a conversation of the customer's."""
        allowed = await may_read(agent, customer_id)
        customer = await contacts.customer(customer_id) if allowed else None
        if customer is None:
            raise NotFound("There is no such customer.", code="contact.not_found")
        return ContactView(
            customer=customer,
            orders=await contacts.orders_of(customer_id),
            returns=await contacts.returns_of(customer_id),
            tickets=await contacts.tickets_of(customer_id),
        )

    return routes
