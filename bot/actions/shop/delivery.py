"""Deliveries that went wrong: late, damaged, incomplete, or the wrong thing."""

from __future__ import annotations

from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.complaints import escalate_severe
from bot.actions.shop.context import Dispatcher, action_key, intent_of, value
from bot.actions.shop.forms import Finish, offer
from bot.actions.shop.identity import IdentifiedForm
from bot.actions.shop.orders import describe
from bot.actions.shop.severity import is_severe
from bot.contacts.notices import Notice
from bot.contacts.records import NewTicket, Order, OrderStatus, TicketKind

KINDS = {
    "late": ("late", "arrive", "come", "where", "wait"),
    "damaged": ("damage", "broke", "crack", "smash", "dent"),
    "missing": ("missing", "empty", "incomplete", "not in"),
    "wrong": ("wrong", "another", "different", "else"),
}
REMEDIES = {
    "replacement": ("replace", "new", "again", "exchange", "resend", "send", "right"),
    "refund": ("refund", "money", "back", "return"),
}

TELLING_INTENTS = ("item_damaged", "item_missing", "wrong_item", "complaint")
TELLING_WORDS = 12
"""So long is an opening message that tells the story and not only that there is one."""


class DeliveryProblemForm(IdentifiedForm):
    """Which order, what is wrong with it, and what would mend it. What kind the intent has told."""

    form = "delivery_problem_form"
    own = ("problem_details", "remedy")

    async def details(self, tracker: Tracker, order: Order | None) -> list[str]:
        kind = value(tracker, "problem_kind")
        if kind is None:
            return ["problem_kind"]
        if kind == "late" or order is None or not has_left(order):
            return []
        return ["problem_details", "remedy"]

    async def validate_problem_kind(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        said = str(answer).lower()
        kind = next((kind for kind, words in KINDS.items() if any(word in said for word in words)), None)
        if kind is None:
            return {"problem_kind": None, **self.invalid(dispatcher, tracker, "utter_invalid_problem")}
        return {"problem_kind": kind}

    async def validate_problem_details(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if is_severe(str(answer)):
            return {"problem_details": str(answer), "outcome": "severe"}
        return {"problem_details": self.first_telling(tracker, str(answer), words=TELLING_WORDS)}

    async def validate_remedy(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        said = str(answer).lower()
        for remedy, words in REMEDIES.items():
            if any(word in said for word in words):
                return {"remedy": remedy}
        if intent_of(tracker) in TELLING_INTENTS:
            # Still telling what happened.
            told = f"{value(tracker, 'problem_details') or ''} {answer}".strip()
            return {"remedy": None, "problem_details": told}
        return {"remedy": None, **self.invalid(dispatcher, tracker, "utter_invalid_remedy")}


class ReportDeliveryProblem(Finish):
    """Tells where a late parcel is; makes a ticket of what somebody has to mend."""

    form = "delivery_problem_form"
    own = ("problem_details", "remedy", "problem_kind")

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        if outcome == "severe":
            return await escalate_severe(
                self.shop, dispatcher, tracker, str(value(tracker, "problem_details"))
            )
        order = await self.shop.order_of(tracker)
        if order is None:
            dispatcher.utter_message(response="utter_order_gone")
            return []
        kind = str(value(tracker, "problem_kind") or "late")
        await self.shop.tell_owner(tracker, order, Notice.PROBLEM_REPORTED)
        if kind == "late":
            return await self._late(dispatcher, tracker, order)
        if not has_left(order):
            response = f"utter_status_{order.status.value}"
            dispatcher.utter_message(response=response, **describe(order, now=self.shop.clock()))
            return [events.record_accessed("order", order.number, "read", order.status.value)]
        remedy = str(value(tracker, "remedy"))
        said = str(value(tracker, "problem_details") or "")
        made = await self._ticket(tracker, order, kind, f"{kind}: {said}", remedy=remedy)
        dispatcher.utter_message(
            response=f"utter_problem_{remedy}", ticket=made, **describe(order, now=self.shop.clock())
        )
        return [events.record_accessed("ticket", made, "create", f"{kind}, {remedy}")]

    async def _late(self, dispatcher: Dispatcher, tracker: Tracker, order: Order) -> list[ActionEvent]:
        now = self.shop.clock()
        about = describe(order, now=now)
        read = events.record_accessed("order", order.number, "read", order.status.value)
        overdue = (
            order.status is OrderStatus.SHIPPED
            and order.expected_on is not None
            and order.expected_on < wording.as_date(now)
        )
        if order.status is OrderStatus.SHIPPED and not overdue:
            dispatcher.utter_message(response="utter_not_late", **about)
            return [read]
        if order.status is OrderStatus.DELAYED or overdue:
            made = await self._ticket(tracker, order, "late", "The parcel is late: ask the carrier.")
            dispatcher.utter_message(response="utter_late", ticket=made, **about)
            return [read, events.record_accessed("ticket", made, "create", "late"), offer("person")]
        if order.status is OrderStatus.DELIVERED:
            dispatcher.utter_message(response="utter_late_delivered", **about)
            return [read, offer("person")]
        dispatcher.utter_message(response=f"utter_status_{order.status.value}", **about)
        return [read]

    async def _ticket(
        self, tracker: Tracker, order: Order, kind: str, text: str, remedy: str | None = None
    ) -> str:
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, f"delivery:{order.number}:{kind}"),
            NewTicket(
                kind=TicketKind.DELIVERY,
                text=text,
                created_at=self.shop.clock(),
                customer_id=order.customer_id,
                conversation_id=tracker.sender_id,
                order_number=order.number,
                details={"problem": kind} | ({"remedy": remedy} if remedy else {}),
            ),
        )
        return ticket.id


def has_left(order: Order) -> bool:
    """Whether something can have gone wrong under way."""
    return order.status in (OrderStatus.SHIPPED, OrderStatus.DELAYED, OrderStatus.DELIVERED)
