"""The customer's own data: address, phone, e-mail, newsletter, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.addresses import parse_address, parse_email, parse_phone
from bot.actions.shop.context import Dispatcher, faq_response, intent_of, value
from bot.actions.shop.forms import Finish, ShopForm
from bot.actions.shop.identity import IdentifiedForm
from bot.actions.shop.terms import terms_in_words
from bot.contacts.records import Customer, CustomerChange, NewTicket, Order, OrderStatus, TicketKind

FIELDS = {
    "address": ("address", "street", "moved", "move", "home"),
    "phone": ("phone", "number", "mobile", "cell", "tele"),
    "email": ("email", "e-mail", "mail"),
}


UNDER_WAY = (OrderStatus.SHIPPED, OrderStatus.DELAYED)


class ContactChangeForm(IdentifiedForm):
    """Who, which detail, and its new value."""

    form = "contact_change_form"
    own = ("contact_value",)
    needs_order = False

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        return ["contact_field", "contact_value"]

    async def validate_contact_field(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        said = str(answer).lower()
        # "mail" also stands in "email address", so the most telling words come first.
        for field in ("email", "phone", "address"):
            if any(word in said for word in FIELDS[field]):
                return {"contact_field": field}
        if aside := faq_response(tracker):
            # "address" alone looks like a question about our shops; so the form hears those as well.
            dispatcher.utter_message(response=aside, **terms_in_words())
            return {"contact_field": None}
        return {"contact_field": None, **self.invalid(dispatcher, tracker, "utter_invalid_contact_field")}

    async def validate_contact_value(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        field, given = value(tracker, "contact_field"), str(answer).strip()
        if field == "address" and (self.is_starting(tracker) or intent_of(tracker) == "change_address"):
            # "change my address to Storgata 5, 0155 Oslo": what comes after is the address.
            given = given.partition(" to ")[2] or given.partition(":")[2]
        if field is None or not given:
            return {"contact_value": None}
        customer = await self.shop.contacts.customer(value(tracker, "customer_id") or "")
        other = {"change_address": "address", "change_phone": "phone", "change_email": "email"}.get(
            intent_of(tracker) or ""
        )
        if read_change(str(field), given, customer) is None and other not in (None, field):
            # Asked for the new e-mail address, the customer says "change my phone".
            return {"contact_field": other, "contact_value": None}
        if read_change(str(field), given, customer) is None:
            response = f"utter_invalid_{field}"
            return {"contact_value": None, **self.invalid(dispatcher, tracker, response)}
        return {"contact_value": given}


class ChangeContact(Finish):
    """Changes the detail; an address also on orders that have not left."""

    form = "contact_change_form"
    own = ("contact_value",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        customer = await self.shop.contacts.customer(value(tracker, "customer_id") or "")
        field, given = str(value(tracker, "contact_field")), str(value(tracker, "contact_value"))
        change = read_change(field, given, customer)
        if customer is None or change is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        await self.shop.contacts.update_customer(customer.id, change)
        done = [events.record_accessed("customer", customer.id, "update", field)]
        orders: Sequence[Order] = ()
        if change.address is not None:
            moved = []
            orders = await self.shop.contacts.orders_of(customer.id)
            for order in orders:
                if order.can_change:
                    await self.shop.contacts.change_order_address(order.number, change.address)
                    done.append(events.record_accessed("order", order.number, "update", "delivery address"))
                    moved.append(order.number)
            if moved:
                dispatcher.utter_message(
                    response="utter_address_changed_with_orders", orders=wording.listing(moved)
                )
                return done
        shown = change.email or change.phone or given
        dispatcher.utter_message(response=f"utter_{field}_changed", shown=shown)
        if left := [o.number for o in orders if o.status in UNDER_WAY] if change.address is not None else []:
            dispatcher.utter_message(response="utter_address_not_under_way", orders=wording.listing(left))
        return done


class DeletionForm(IdentifiedForm):
    """Who, and whether really."""

    form = "deletion_form"
    own = ("confirm",)
    needs_order = False

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        return ["confirm"]


class RequestDeletion(Finish):
    """Records the wish to be forgotten; a person carries it out within the law's month."""

    form = "deletion_form"
    own = ("confirm",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        customer_id = value(tracker, "customer_id")
        if tracker.slots.get("confirm") is not True or customer_id is None:
            dispatcher.utter_message(response="utter_deletion_not_made")
            return []
        ticket = await self.shop.contacts.create_ticket(
            f"deletion:{customer_id}",
            NewTicket(
                kind=TicketKind.DELETION,
                text="The customer wants their data to be deleted.",
                created_at=self.shop.clock(),
                customer_id=customer_id,
                conversation_id=tracker.sender_id,
                priority=1,
            ),
        )
        dispatcher.utter_message(response="utter_deletion_made", ticket=ticket.id)
        return [events.record_accessed("ticket", ticket.id, "create", "data deletion")]


class NewsletterForm(ShopForm):
    """Which address; a verified customer's is known."""

    form = "newsletter_form"
    own = ("newsletter_email",)

    async def wanted(self, tracker: Tracker) -> list[str]:
        return [] if value(tracker, "verified") else ["newsletter_email"]

    async def validate_newsletter_email(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        email = parse_email(str(answer))
        if email is None:
            return {"newsletter_email": None, **self.invalid(dispatcher, tracker, "utter_invalid_email")}
        return {"newsletter_email": email}


class StopNewsletter(Finish):
    """Takes the address off the list; the answer does not tell whether it was on it."""

    form = "newsletter_form"
    own = ("newsletter_email",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        contacts = self.shop.contacts
        email = value(tracker, "newsletter_email")
        customer_id = value(tracker, "customer_id") if value(tracker, "verified") else None
        customer = (
            await contacts.customer_by_email(email) if email else await contacts.customer(customer_id or "")
        )
        if customer is not None:
            await contacts.update_customer(customer.id, CustomerChange(newsletter=False))
        dispatcher.utter_message(response="utter_newsletter_stopped")
        return (
            []
            if customer is None
            else [events.record_accessed("customer", customer.id, "update", "newsletter")]
        )


def read_change(field: str, given: str, customer: Customer | None) -> CustomerChange | None:
    """What a customer wrote as the change that it means; None when it does not fit."""
    country = customer.address.country if customer else ""
    if field == "email":
        email = parse_email(given)
        return CustomerChange(email=email) if email else None
    if field == "phone":
        phone = parse_phone(given, country=country or None)
        return CustomerChange(phone=phone) if phone else None
    address = parse_address(given, country=country)
    return CustomerChange(address=address) if address else None
