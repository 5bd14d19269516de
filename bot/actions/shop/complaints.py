"""Complaints and feedback: heard, recorded, and the grave ones passed to a person at once."""

from __future__ import annotations

from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop.context import Dispatcher, Shop, action_key, proved_customer, value
from bot.actions.shop.forms import Finish, ShopForm, offer
from bot.actions.shop.severity import SERIOUS, Severity, is_severe, severity_of
from bot.contacts.records import NewTicket, Ticket, TicketKind
from bot.events import EscalationReason


class ComplaintForm(ShopForm):
    """What happened."""

    form = "complaint_form"
    own = ("complaint_text",)

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["complaint_text"]

    async def validate_complaint_text(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = str(answer).strip()
        if is_severe(text) and not text.startswith("/"):
            return {"complaint_text": text}
        return {"complaint_text": self.first_telling(tracker, text, words=6)}


class RecordComplaint(Finish):
    """Makes a ticket; what is severe goes to a person now."""

    form = "complaint_form"
    own = ("complaint_text",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        text = str(value(tracker, "complaint_text") or "")
        if is_severe(text):
            return await escalate_severe(self.shop, dispatcher, tracker, text)
        severity = severity_of(text)
        ticket = await _record(self.shop, tracker, text, severity)
        serious = severity.score >= SERIOUS
        dispatcher.utter_message(
            response="utter_complaint_serious" if serious else "utter_complaint_noted", ticket=ticket.id
        )
        return [_created(ticket, severity), offer("person")]


async def escalate_severe(
    shop: Shop, dispatcher: Dispatcher, tracker: Tracker, text: str
) -> list[ActionEvent]:
    """Record what is severe, in whichever dialogue it was said, and pass it to a person at once."""
    severity = severity_of(text)
    ticket = await _record(shop, tracker, text, severity)
    dispatcher.utter_message(response="utter_complaint_severe", ticket=ticket.id)
    detail = f"severe complaint ({', '.join(severity.signs)})"
    return [
        _created(ticket, severity),
        events.escalation_requested(EscalationReason.RULE, detail=detail, priority=2),
    ]


async def _record(shop: Shop, tracker: Tracker, text: str, severity: Severity) -> Ticket:
    return await shop.contacts.create_ticket(
        action_key(tracker, "complaint"),
        NewTicket(
            kind=TicketKind.COMPLAINT,
            text=text,
            created_at=shop.clock(),
            customer_id=proved_customer(tracker),
            conversation_id=tracker.sender_id,
            order_number=value(tracker, "order_number"),
            priority=severity.score,
            details={"severity": severity.score, "signs": list(severity.signs)},
        ),
    )


def _created(ticket: Ticket, severity: Severity) -> ActionEvent:
    return events.record_accessed("ticket", ticket.id, "create", f"complaint, severity {severity.score}")


class FeedbackForm(ShopForm):
    """What the customer wants to say."""

    form = "feedback_form"
    own = ("feedback_text",)

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["feedback_text"]

    async def validate_feedback_text(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"feedback_text": self.first_telling(tracker, str(answer), words=7)}


class RecordFeedback(Finish):
    """Keeps the feedback as a ticket."""

    form = "feedback_form"
    own = ("feedback_text",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, "feedback"),
            NewTicket(
                kind=TicketKind.FEEDBACK,
                text=str(value(tracker, "feedback_text") or ""),
                created_at=self.shop.clock(),
                customer_id=proved_customer(tracker),
                conversation_id=tracker.sender_id,
            ),
        )
        dispatcher.utter_message(response="utter_feedback_noted")
        return [events.record_accessed("ticket", ticket.id, "create", "feedback")]
