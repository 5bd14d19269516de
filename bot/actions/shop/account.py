"""The customer's own data: address, phone, e-mail, newsletter, deletion."""

from __future__ import annotations

from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.addresses import parse_address, parse_email, parse_phone
from bot.actions.shop.context import (
    Dispatcher,
    action_key,
    faq_response,
    intent_of,
    is_proved,
    proved_customer,
    value,
)
from bot.actions.shop.forms import Finish, ShopForm
from bot.actions.shop.identity import IdentifiedForm
from bot.actions.shop.terms import terms_in_words
from bot.contacts.changes import UNDO_DAYS, ContactChange
from bot.contacts.notices import Notice
from bot.contacts.records import Customer, CustomerChange, NewTicket, Order, OrderStatus, TicketKind
from bot.events import EscalationReason
from bot.identity import Level

FIELDS = {
    "address": ("address", "street", "moved", "move", "home"),
    "phone": ("phone", "number", "mobile", "cell", "tele"),
    "email": ("email", "e-mail", "mail"),
}


UNDER_WAY = (OrderStatus.SHIPPED, OrderStatus.DELAYED)


class ContactChangeForm(IdentifiedForm):
    """Who, which detail, and its new value."""

    form = "contact_change_form"
    own = ("contact_value", "send_code")
    needs_order = False
    level = Level.STRONG

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
        customer = await self.shop.contacts.customer(proved_customer(tracker) or "")
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
    own = ("contact_value", "send_code")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        customer = await self.shop.contacts.customer(proved_customer(tracker) or "")
        field, given = str(value(tracker, "contact_field")), str(value(tracker, "contact_value"))
        change = read_change(field, given, customer)
        if customer is None or change is None or not is_proved(tracker, Level.STRONG):
            dispatcher.utter_message(response="utter_order_gone")
            return []
        if not self.shop.notices.can_undo or await self._is_anothers(customer, change):
            # Nobody could undo it from the old address, or two would have one: a person makes sure of it.
            dispatcher.utter_message(response="utter_change_by_person")
            detail = "change of contact data that the bot may not make by itself"
            return [events.escalation_requested(EscalationReason.RULE, detail=detail)]
        orders = await self.shop.contacts.orders_of(customer.id) if change.address is not None else []
        moving = [order for order in orders if order.can_change]
        made, token = await self.shop.changes.make(
            customer,
            change,
            key=action_key(tracker, f"contact:{customer.id}"),
            conversation_id=tracker.sender_id,
            orders={order.number: order.address for order in moving},
        )
        if token is not None:
            self._tell(customer, made, token)
        done = [events.record_accessed("customer", customer.id, "update", field)]
        if change.address is not None and moving:
            for order in moving:
                await self.shop.contacts.change_order_address(order.number, change.address)
                done.append(events.record_accessed("order", order.number, "update", "delivery address"))
            dispatcher.utter_message(
                response="utter_address_changed_with_orders",
                orders=wording.listing([order.number for order in moving]),
            )
        else:
            shown = change.email or change.phone or given
            dispatcher.utter_message(response=f"utter_{field}_changed", shown=shown)
            if left := [order.number for order in orders if order.status in UNDER_WAY]:
                dispatcher.utter_message(response="utter_address_not_under_way", orders=wording.listing(left))
        dispatcher.utter_message(
            response="utter_change_told", address=wording.masked_email(made.told), undo_days=UNDO_DAYS
        )
        return done

    async def _is_anothers(self, customer: Customer, change: CustomerChange) -> bool:
        """Whether the new address is somebody else's: theirs would no longer be found by it."""
        if change.email is None:
            return False
        contacts, changes = self.shop.contacts, self.shop.changes
        known = [await contacts.customer_by_email(change.email), await changes.customer_of(change.email)]
        return any(other is not None and other.id != customer.id for other in known)

    def _tell(self, customer: Customer, made: ContactChange, token: str) -> None:
        notices, language = self.shop.notices, customer.language
        notices.tell(
            made.told,
            Notice.CONTACT_CHANGED,
            language=language,
            about=made.field,
            token=token,
            then=lambda: self.shop.changes.told(made),
        )
        if made.field == "email" and str(made.after).lower() != made.told.lower():
            notices.tell(str(made.after), Notice.CONTACT_CONFIRMED, language=language, about=made.field)


class DeletionForm(IdentifiedForm):
    """Who, and whether really."""

    form = "deletion_form"
    own = ("confirm", "send_code")
    needs_order = False
    level = Level.STRONG

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        return ["confirm"]


class RequestDeletion(Finish):
    """Records the wish to be forgotten; a person carries it out within the law's month."""

    form = "deletion_form"
    own = ("confirm", "send_code")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        customer_id = proved_customer(tracker)
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
        return [] if is_proved(tracker) else ["newsletter_email"]

    async def validate_newsletter_email(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        email = parse_email(str(answer))
        if email is None:
            return {"newsletter_email": None, **self.invalid(dispatcher, tracker, "utter_invalid_email")}
        return {"newsletter_email": email}


class StopNewsletter(Finish):
    """Takes the address off the list; the answer does not tell whether it was on it.

    Anybody may type any address, so a customer who did not prove who they are is told by mail. Where no mail
    can be sent, a person does it.
    """

    form = "newsletter_form"
    own = ("newsletter_email",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        contacts = self.shop.contacts
        email = value(tracker, "newsletter_email")
        customer_id = proved_customer(tracker)
        customer = (
            await contacts.customer_by_email(email) if email else await contacts.customer(customer_id or "")
        )
        is_own = customer is not None and customer.id == customer_id
        if not is_own and not self.shop.notices.available:
            dispatcher.utter_message(response="utter_change_by_person")
            detail = "take an address off the newsletter, of somebody who did not prove whose it is"
            return [events.escalation_requested(EscalationReason.RULE, detail=detail)]
        dispatcher.utter_message(response="utter_newsletter_stopped")
        if customer is None or not customer.newsletter:
            return []
        await contacts.update_customer(customer.id, CustomerChange(newsletter=False))
        if not is_own:
            to = await self.shop.changes.trusted_email(customer) or customer.email
            self.shop.notices.tell(to, Notice.NEWSLETTER_STOPPED, language=customer.language)
        return [events.record_accessed("customer", customer.id, "update", "newsletter")]


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
