"""The events of an escalation: a place in a queue or a message to be left, and what the customer is told.

Implements `bot.dialogue.escalation.Escalator`: nothing is written here, so that an escalation stands in the
one atomic append of the turn that asked for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Literal

from bot.contacts.contacts import Contacts
from bot.contacts.records import NewTicket, TicketKind
from bot.conversation import Conversation, Holder
from bot.events import (
    BotUttered,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffAbandoned,
    HandoffQueued,
    HandoffUnavailable,
    MessageLeft,
    SessionStarted,
    SlotSet,
    SlotSource,
    UserUttered,
)
from bot.handoff.agents import Clock
from bot.handoff.hours import is_open
from bot.handoff.queue import Boards, Place
from bot.handoff.settings import HandoffSettings
from bot.handoff.texts import text, wait_text

_CONTACT_SLOTS = ("email", "phone")
NewId = Callable[[], str]


def new_handoff_id() -> str:
    """An unguessable id."""
    return f"handoff_{secrets.token_urlsafe(12)}"


class Escalations:
    """Decides what an escalation leads to."""

    def __init__(
        self,
        boards: Boards,
        contacts: Contacts,
        *,
        settings: HandoffSettings,
        clock: Clock,
        new_id: NewId = new_handoff_id,
    ) -> None:
        self._boards = boards
        self._contacts = contacts
        self._settings = settings
        self._clock = clock
        self._new_id = new_id

    async def escalate(
        self,
        conversation: Conversation,
        *,
        reason: EscalationReason,
        cause: int | None = None,
        detail: str = "",
        queue: str | None = None,
        priority: int | None = None,
        skills: Sequence[str] = (),
        agent_id: str | None = None,
    ) -> list[Event]:
        """The escalation, the place in a queue (or that nobody can come) and what the customer is told.

        Empty while a handoff is open, and for a ``cause`` that lies before the end of the last one: what led
        to a handoff that is over must not lead to another.
        """
        handoff = conversation.handoff
        if handoff is not None and handoff.state.is_open:
            return []
        if cause is not None and cause <= _last_end(conversation):
            return []
        now = self._clock()
        chosen = self._settings.queue(queue or self._queue_by_intent(conversation))
        events: list[Event] = [
            *_new_session(conversation, now),
            EscalationRequested(timestamp=now, reason=reason, cause=cause, detail=detail),
        ]
        board = await self._boards.now()
        if not is_open(chosen.hours, now):
            return [*events, *self.unavailable(conversation, "outside_hours", chosen.name)]
        if not board.serving(chosen.name):
            return [*events, *self.unavailable(conversation, "no_agents", chosen.name)]
        place = board.next_place(chosen.name, priority=priority or 0)
        queued = HandoffQueued(
            timestamp=now,
            handoff_id=self._new_id(),
            queue=chosen.name,
            priority=priority or 0,
            language=conversation.language,
            skills=tuple(skills),
            agent_id=agent_id,
            position=place.position,
            expected_wait=place.expected_wait,
        )
        told = tell_place("queued", conversation, queued.handoff_id, chosen.name, place, now=now)
        return [*events, queued, told]

    def unavailable(
        self, conversation: Conversation, why: Literal["no_agents", "outside_hours"], queue: str
    ) -> list[Event]:
        """That nobody can come, and the request to leave a message for that queue."""
        now = self._clock()
        language = conversation.language
        channel = conversation.channel
        words = [text(why, language), text("leave_message", language, channel=channel)]
        if conversation.customer is None and self._contact_of(conversation) is None:
            words.append(text("leave_contact", language, channel=channel))
        custom = {"handoff": _custom(None, "unavailable", queue, None)}
        return [
            HandoffUnavailable(timestamp=now, reason=why, queue=queue),
            BotUttered(timestamp=now, text=" ".join(words), custom=custom),
        ]

    def ask_for_message(self, conversation: Conversation) -> list[Event]:
        """The request to leave a message once more, for a customer who only said "yes" to it."""
        for sequence in range(conversation.sequence, 0, -1):
            event = conversation.event(sequence)
            if isinstance(event, HandoffUnavailable):
                return self.unavailable(conversation, event.reason, event.queue)
        return []

    async def take_message(self, conversation: Conversation, message: str) -> list[Event]:
        """The ticket that a message left for people becomes, and what the customer is told.

        The ticket keeps the queue that was asked for. Handing in the same message again makes no second one.
        """
        now = self._clock()
        queue = self._settings.queue(conversation.leaving_message).name
        customer = conversation.customer
        latest = conversation.dialogue.latest_message
        ticket = await self._contacts.create_ticket(
            f"{conversation.id}:{latest.message_id if latest is not None else conversation.sequence}",
            NewTicket(
                kind=TicketKind.MESSAGE,
                text=message,
                created_at=now,
                customer_id=customer.customer_id if customer else None,
                conversation_id=conversation.id,
                order_number=_text_or_none(conversation.slot("order_number")),
                details={
                    "queue": queue,
                    "language": conversation.language,
                    "contact": self._contact_of(conversation),
                },
            ),
        )
        told = text("message_taken", conversation.language, channel=conversation.channel, ticket=ticket.id)
        return [
            MessageLeft(timestamp=now, ticket_id=ticket.id, queue=queue),
            BotUttered(timestamp=now, text=told),
        ]

    async def take_callback(self, conversation: Conversation, phone: str) -> tuple[str, list[Event]]:
        """A ticket to call a customer back at a number, instead of having them wait: its id, and the events.

        Asking twice for the same makes no second one. ``phone`` is E.164.
        """
        now = self._clock()
        handoff, call, customer = conversation.handoff, conversation.call, conversation.customer
        waits = conversation.holder is Holder.QUEUE and handoff is not None
        asked = handoff.queue if waits and handoff is not None else conversation.leaving_message
        queue = self._settings.queue(asked or self._queue_by_intent(conversation)).name
        about = handoff.id if handoff is not None else call.id if call is not None else ""
        ticket = await self._contacts.create_ticket(
            f"{conversation.id}:callback:{about}:{phone}",
            NewTicket(
                kind=TicketKind.CALLBACK,
                text="Call the customer back, who did not want to wait.",
                created_at=now,
                customer_id=customer.customer_id if customer else None,
                conversation_id=conversation.id,
                order_number=_text_or_none(conversation.slot("order_number")),
                priority=1,
                details={"phone": phone, "queue": queue, "language": conversation.language},
            ),
        )
        events: list[Event] = []
        if waits and handoff is not None:
            events.append(HandoffAbandoned(timestamp=now, handoff_id=handoff.id, by="callback_requested"))
        told = text("callback_taken", conversation.language, phone=phone)
        events += [
            MessageLeft(timestamp=now, ticket_id=ticket.id, queue=queue),
            BotUttered(timestamp=now, text=told),
        ]
        return ticket.id, events

    def _queue_by_intent(self, conversation: Conversation) -> str | None:
        """The queue of the subject that the customer raised last."""
        by_intent = {intent: queue.name for queue in self._settings.queues for intent in queue.intents}
        for _, event in reversed(conversation.dialogue.applied):
            if isinstance(event, UserUttered) and event.parse is not None and event.parse.intent is not None:
                intent = event.parse.intent.name
                if intent not in self._settings.passing_intents:
                    return by_intent.get(intent)
        return None

    def _contact_of(self, conversation: Conversation) -> str | None:
        values = (_text_or_none(conversation.slot(name)) for name in _CONTACT_SLOTS)
        known = next((value for value in values if value), None)
        if known is None and conversation.call is not None:
            return conversation.call.caller or None
        return known


def tell_place(
    key: str,
    conversation: Conversation,
    handoff_id: str,
    queue: str,
    place: Place,
    *,
    now: float,
) -> BotUttered:
    """The customer's place and expected wait, in words and for programs (``custom.handoff``)."""
    language = conversation.language
    words = [text(key, language, position=place.position)]
    if place.expected_wait is not None:
        words.append(text("wait", language, wait=wait_text(place.expected_wait, language)))
    custom = {"handoff": _custom(handoff_id, "queued", queue, place)}
    return BotUttered(timestamp=now, text=" ".join(words), custom=custom)


def tell_returned(
    conversation: Conversation, handoff_id: str, queue: str, place: Place, *, now: float
) -> BotUttered:
    """That the agent was lost, and where the customer waits now: first in line only if nobody else is."""
    key = "returned" if place.is_first else "returned_place"
    return tell_place(key, conversation, handoff_id, queue, place, now=now)


def _custom(handoff_id: str | None, state: str, queue: str, place: Place | None) -> dict[str, Any]:
    return {
        "id": handoff_id,
        "state": state,
        "queue": queue,
        "position": place.position if place else None,
        "expected_wait": place.expected_wait if place else None,
    }


def _last_end(conversation: Conversation) -> int:
    """The sequence at which the latest handoff, or message instead of one, ended; 0 when there was none."""
    ends = ("handoff_resolved", "handoff_abandoned", "handoff_unavailable", "message_left")
    for sequence in range(conversation.sequence, 0, -1):
        if conversation.event(sequence).type in ends:
            return sequence
    return 0


def _new_session(conversation: Conversation, now: float) -> list[Event]:
    """For a closed conversation: the events that open it again, with its slots."""
    if conversation.holder is not Holder.CLOSED:
        return []
    carried = [
        SlotSet(
            timestamp=now,
            name=name,
            value=slot.value,
            confirmed=slot.confirmed,
            source=SlotSource(kind="carry_over"),
        )
        for name, slot in conversation.dialogue.slots.items()
    ]
    return [SessionStarted(timestamp=now), *carried]


def _text_or_none(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
