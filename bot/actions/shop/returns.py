"""Sending something back, and what became of the money."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.choosing import item_named
from bot.actions.shop.context import Dispatcher, text_of, value
from bot.actions.shop.forms import Finish, offer
from bot.actions.shop.identity import IdentifiedForm
from bot.actions.shop.orders import describe
from bot.contacts.notices import Notice
from bot.contacts.records import NewReturn, Order
from bot.contacts.terms import return_problem

SEVERAL = re.compile(r"\b(both|all|everything|two|whole)\b", re.IGNORECASE)


class ReturnForm(IdentifiedForm):
    """Which order, which item, why, and whether really."""

    form = "return_form"
    own = ("item", "return_reason", "confirm")

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        if order is None or return_problem(order, now=self.shop.clock()):
            return []
        return ["item", "return_reason", "confirm"]

    async def settle(self, dispatcher: Dispatcher, tracker: Tracker) -> dict[str, Any]:
        changes = await super().settle(dispatcher, tracker)
        tracker.slots.update(changes)
        order = await self.shop.order_of(tracker)
        if order is not None and not value(tracker, "item"):
            # The product that the customer spoke of, or the only one there is.
            meant = item_named(value(tracker, "product") or "", order)
            only = order.items[0] if len(order.items) == 1 else None
            if item := meant or only:
                changes["item"] = item.name
        return changes

    async def validate_item(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        item = item_named(str(answer), await self.shop.order_of(tracker))
        if item is None and SEVERAL.search(str(answer)) and not self.is_starting(tracker):
            dispatcher.utter_message(response="utter_one_at_a_time")
            return {"item": None}
        if item is None:
            return {"item": None, **self.invalid(dispatcher, tracker, "utter_invalid_item")}
        return {"item": item.name}

    async def validate_stop_confirmation(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        # "I changed my mind" gives up a dialogue, unless it is the answer to why something goes back.
        if tracker.slots.get("requested_slot") == "return_reason" and "mind" in text_of(tracker).lower():
            return {"stop_confirmation": None, "return_reason": text_of(tracker)}
        return await super().validate_stop_confirmation(answer, dispatcher, tracker, domain)

    async def validate_return_reason(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"return_reason": str(answer)}


class RegisterReturn(Finish):
    """Registers the return, or says why it cannot be."""

    form = "return_form"
    own = ("item", "return_reason", "confirm")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        about = describe(order, now=self.shop.clock())
        if problem := return_problem(order, now=self.shop.clock()):
            dispatcher.utter_message(response=f"utter_return_{problem}", **about)
            read = events.record_accessed("order", order.number, "read", problem)
            return [read, offer("person")] if problem == "too_late" else [read]
        item = item_named(str(value(tracker, "item")), order)
        if item is None or tracker.slots.get("confirm") is not True:
            dispatcher.utter_message(response="utter_return_not_made")
            return []
        made = await self.shop.contacts.create_return(
            # One return for each line of an order, however often it is asked for.
            f"return:{order.number}:{item.sku}",
            NewReturn(
                order_number=order.number,
                customer_id=order.customer_id,
                sku=item.sku,
                item_name=item.name,
                reason=str(value(tracker, "return_reason") or ""),
                amount=item.price * item.quantity,
                currency=order.currency,
                created_at=self.shop.clock(),
            ),
        )
        dispatcher.utter_message(
            response="utter_return_made",
            return_number=made.id,
            item=made.item_name,
            amount=wording.money(made.amount, made.currency),
            amount_spoken=wording.spoken_money(made.amount, made.currency),
            payment=about["payment"],
            post_days=about["post_days"],
        )
        await self.shop.tell_owner(tracker, order, Notice.RETURN_MADE)
        return [events.record_accessed("return", made.id, "create", made.sku), SlotSet("product", None)]


class RefundForm(IdentifiedForm):
    """Whose order, and which."""

    form = "refund_form"


class TellRefund(Finish):
    """Tells where the money is."""

    has_effects = False
    form = "refund_form"

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        about = describe(order, now=self.shop.clock())
        await self.shop.tell_owner(tracker, order, Notice.ORDER_TOLD)
        read = events.record_accessed("order", order.number, "read", "refund")
        if order.refunded_at is not None:
            dispatcher.utter_message(response="utter_refund_paid", **about)
            return [read]
        if order.cancelled_at is not None:
            dispatcher.utter_message(response="utter_refund_cancelled", **about)
            return [read]
        under_way = [
            made
            for made in await self.shop.contacts.returns_of(order.customer_id)
            if made.order_number == order.number
        ]
        if under_way:
            dispatcher.utter_message(
                response="utter_refund_waiting" if len(under_way) == 1 else "utter_refunds_waiting",
                return_number=wording.listing([made.id for made in under_way]),
                item=wording.listing([made.item_name for made in under_way]),
                amount=wording.money(sum(made.amount for made in under_way), order.currency),
                refund_days=about["refund_days"],
            )
            return [read]
        dispatcher.utter_message(response="utter_refund_none", **about)
        return [read, offer("return")]
