"""Orders: where one is, changing and cancelling it, its invoice."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.addresses import parse_address
from bot.actions.shop.choosing import item_buttons, item_named
from bot.actions.shop.context import Dispatcher, Shop, action_key, faq_response, text_of, value
from bot.actions.shop.forms import Finish, offer
from bot.actions.shop.identity import IdentifiedForm
from bot.actions.shop.talking import TalkingAction
from bot.actions.shop.terms import terms_in_words
from bot.contacts.notices import Notice
from bot.contacts.records import NewTicket, Order, OrderStatus, TicketKind
from bot.errors import Conflict

CHANGE_KINDS = {
    "address": ("address", "deliver", "street", "postcode", "move"),
    "item": ("item", "remove", "product", "without", "take"),
    "other": ("other", "else", "add", "colour", "color", "size", "quantity"),
}


class OrderStatusForm(IdentifiedForm):
    """Whose order, and which."""

    form = "order_status_form"


class TellOrderStatus(Finish):
    """Tells where an order is; asked again, only when it comes."""

    has_effects = False
    form = "order_status_form"

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        now = self.shop.clock()
        told = f"{order.number}/{order.status.value}"
        response = f"utter_status_{order.status.value}"
        if tracker.slots.get("told") == told:
            response = asked_on(text_of(tracker), order) or response
        dispatcher.utter_message(response=response, **describe(order, now=now))
        if tracker.slots.get("told") != told:
            await self.shop.tell_owner(tracker, order, Notice.ORDER_TOLD)
        done: list[ActionEvent] = [
            events.record_accessed("order", order.number, "read", order.status.value),
            SlotSet("told", told),
        ]
        if order.status is OrderStatus.DELAYED:
            done.append(offer("person"))
        return done


class CancelOrderForm(IdentifiedForm):
    """Which order, and whether really."""

    form = "cancel_order_form"
    own = ("confirm",)

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        return ["confirm"] if order is not None and order.can_change else []


class CancelOrder(Finish):
    """Cancels an order that is still being packed, or says what else can be done."""

    form = "cancel_order_form"
    own = ("confirm",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        if order.can_change and tracker.slots.get("confirm") is not True:
            dispatcher.utter_message(response="utter_order_kept")
            return []
        if not order.can_change:
            return self._too_late(dispatcher, order)
        try:
            order = await self.shop.contacts.cancel_order(order.number, at=self.shop.clock())
        except Conflict:
            return self._too_late(dispatcher, order)
        dispatcher.utter_message(response="utter_order_cancelled", **describe(order, now=self.shop.clock()))
        await self.shop.tell_owner(tracker, order, Notice.ORDER_CANCELLED)
        return [events.record_accessed("order", order.number, "update", "cancelled")]

    def _too_late(self, dispatcher: Dispatcher, order: Order) -> list[ActionEvent]:
        about = describe(order, now=self.shop.clock())
        read = events.record_accessed("order", order.number, "read", order.status.value)
        if order.status is OrderStatus.DELIVERED:
            dispatcher.utter_message(response="utter_cancel_delivered", **about)
            return [read, offer("return")]
        gone = order.status in (OrderStatus.CANCELLED, OrderStatus.REFUNDED)
        dispatcher.utter_message(response="utter_cancel_done" if gone else "utter_cancel_too_late", **about)
        return [read]


class ChangeOrderForm(IdentifiedForm):
    """Which order, what to change, to what, and whether really."""

    form = "change_order_form"
    own = ("change_kind", "new_address", "item", "confirm")

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        if order is None or not order.can_change:
            return []
        kind = value(tracker, "change_kind")
        if kind == "address":
            return ["new_address", "confirm"]
        if kind == "item":
            return ["item", "confirm"]
        return [] if kind == "other" else ["change_kind"]

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        changes = await super().settle(dispatcher, tracker)
        tracker.slots.update(changes)
        said = text_of(tracker)
        if self.is_starting(tracker) and not value(tracker, "change_kind") and not said.startswith("/"):
            if re.search(r"\b(remove|take|without|leave)\b", said, re.IGNORECASE):
                changes["change_kind"] = "item"
            elif re.search(r"\b(address|deliver\w* to|send (it|them) to)\b", said, re.IGNORECASE):
                changes["change_kind"] = "address"
            tracker.slots.update(changes)
        if value(tracker, "change_kind") == "item" and not value(tracker, "item"):
            meant = item_named(value(tracker, "product") or "", await self.shop.order_of(tracker))
            changes |= {"item": meant.name} if meant is not None else {}
        return changes

    async def validate_change_kind(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = str(answer).lower()
        for kind, words in CHANGE_KINDS.items():
            if text == kind or any(word in text for word in words):
                return {"change_kind": kind}
        order = await self.shop.order_of(tracker)
        if order is not None and parse_address(str(answer), country=order.address.country):
            return {"change_kind": "address", "new_address": str(answer).strip()}
        if aside := faq_response(tracker):
            # "address" alone looks like a question about our shops; so the form hears those as well.
            dispatcher.utter_message(response=aside, **terms_in_words())
            return {"change_kind": None}
        return {"change_kind": None, **self.invalid(dispatcher, tracker, "utter_invalid_change")}

    async def validate_new_address(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        order = await self.shop.order_of(tracker)
        country = order.address.country if order else ""
        if parse_address(str(answer), country=country) is None:
            return {"new_address": None, **self.invalid(dispatcher, tracker, "utter_invalid_address")}
        return {"new_address": str(answer).strip(), "confirm": None}

    async def validate_item(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        order = await self.shop.order_of(tracker)
        item = item_named(str(answer), order)
        if item is None:
            return {"item": None, **self.invalid(dispatcher, tracker, "utter_invalid_item")}
        return {"item": item.name, "confirm": None}


class AskChangeConfirm(TalkingAction):
    """Says what is about to change."""

    def name(self) -> str:
        return "action_ask_change_order_form_confirm"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        to_address = value(tracker, "change_kind") == "address"
        dispatcher.utter_message(
            response="utter_confirm_new_address" if to_address else "utter_confirm_remove_item"
        )
        return []


class ChangeOrder(Finish):
    """Changes an order that is still being packed."""

    form = "change_order_form"
    own = ("change_kind", "new_address", "item", "confirm")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        about = describe(order, now=self.shop.clock())
        if not order.can_change:
            dispatcher.utter_message(response="utter_change_too_late", **about)
            return [
                events.record_accessed("order", order.number, "read", order.status.value),
                offer("person"),
            ]
        if value(tracker, "change_kind") == "other":
            dispatcher.utter_message(response="utter_change_other", **about)
            return [offer("person")]
        if tracker.slots.get("confirm") is not True:
            dispatcher.utter_message(response="utter_order_kept")
            return []
        return await self._change(dispatcher, tracker, order)

    async def _change(self, dispatcher: Dispatcher, tracker: Tracker, order: Order) -> list[ActionEvent]:
        new_address, item = value(tracker, "new_address"), value(tracker, "item")
        try:
            if value(tracker, "change_kind") == "address":
                address = parse_address(str(new_address), country=order.address.country)
                if address is None:
                    dispatcher.utter_message(response="utter_invalid_address")
                    return []
                await self.shop.contacts.change_order_address(order.number, address)
                dispatcher.utter_message(response="utter_address_changed_on_order")
                await self.shop.tell_owner(tracker, order, Notice.ORDER_CHANGED)
                return [events.record_accessed("order", order.number, "update", "delivery address")]
            line = item_named(str(item), order)
            if line is not None:
                order = await self.shop.contacts.remove_item(order.number, line.sku)
        except Conflict as problem:
            last = problem.code == "order.last_item"
            about = describe(order, now=self.shop.clock())
            dispatcher.utter_message(response="utter_last_item" if last else "utter_change_too_late", **about)
            return [offer("cancel" if last else "person")]
        dispatcher.utter_message(
            response="utter_item_removed", **describe(order, now=self.shop.clock()) | {"item": item}
        )
        await self.shop.tell_owner(tracker, order, Notice.ORDER_CHANGED)
        return [events.record_accessed("order", order.number, "update", "item removed")]


class AskItem(TalkingAction):
    """Asks which item of an order is meant."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def name(self) -> str:
        return "action_ask_item"

    async def run(
        self, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        lines = order.items if order else ()
        dispatcher.utter_message(
            response="utter_which_item",
            buttons=item_buttons(lines),
            items=wording.listing([i.name for i in lines], last="or"),
        )
        return []


class InvoiceForm(IdentifiedForm):
    """Whose order, and which."""

    form = "invoice_form"


class SendInvoice(Finish):
    """Has the invoice sent to the address on file."""

    form = "invoice_form"

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        customer = await self.shop.contacts.customer(order.customer_id) if order else None
        if order is None or customer is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, "invoice"),
            NewTicket(
                kind=TicketKind.INVOICE,
                text=f"Send the invoice of order {order.number} again.",
                created_at=self.shop.clock(),
                customer_id=customer.id,
                conversation_id=tracker.sender_id,
                order_number=order.number,
            ),
        )
        dispatcher.utter_message(
            response="utter_invoice_sent",
            order_number=order.number,
            address=wording.masked_email(customer.email),
        )
        await self.shop.tell_owner(tracker, order, Notice.INVOICE_SENT)
        return [events.record_accessed("ticket", ticket.id, "create", "invoice copy")]


_ASKED_ON = (
    ("utter_status_carrier", re.compile(r"\b(carrier|courier|track\w*|who|dhl|post\w*)\b", re.IGNORECASE)),
    (
        "utter_status_total",
        re.compile(r"\b(how much|price|total|cost|paid?|come to|amount)\b", re.IGNORECASE),
    ),
    ("utter_status_items", re.compile(r"\b(what'?s in|items?|contents?|what did i)\b", re.IGNORECASE)),
    ("utter_status_address", re.compile(r"\b(address|going to|deliver\w* to|send it to)\b", re.IGNORECASE)),
)


def asked_on(text: str, order: Order) -> str | None:
    """The response to a question about an order that was told about just before; None for all of it again."""
    for response, words in _ASKED_ON:
        if words.search(text) and (response != "utter_status_carrier" or order.tracking):
            return response
    if order.status in (OrderStatus.PACKING, OrderStatus.SHIPPED, OrderStatus.DELAYED):
        return "utter_status_again" if order.expected_on is not None else None
    return "utter_status_delivered_again" if order.status is OrderStatus.DELIVERED else None


def describe(order: Order, *, now: float) -> dict[str, str]:
    """An order in words, with the shop's terms, for the responses."""
    expected = order.expected_on
    return {
        **terms_in_words(),
        "order_number": order.number,
        "items": wording.items(order.items),
        "total": wording.money(order.total, order.currency),
        "total_spoken": wording.spoken_money(order.total, order.currency),
        "carrier": order.carrier or "the carrier",
        "tracking": order.tracking or "not there yet",
        "expected": wording.day(expected, now=now) if expected else "as soon as it can",
        "shipped": wording.moment(order.shipped_at, now=now) if order.shipped_at else "",
        "delivered": wording.moment(order.delivered_at, now=now) if order.delivered_at else "",
        "reason": order.delay_reason or "The carrier gives no reason.",
        "refund": wording.money(order.refund, order.currency) if order.refund is not None else "",
        "refund_spoken": wording.spoken_money(order.refund, order.currency)
        if order.refund is not None
        else "",
        "refunded": wording.moment(order.refunded_at, now=now) if order.refunded_at else "",
        "city": order.address.city,
        "payment": {"card": "card", "paypal": "PayPal account", "invoice": "bank account"}.get(
            order.payment, order.payment
        ),
    }
