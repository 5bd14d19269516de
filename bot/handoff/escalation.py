"""The events of an escalation: a place in a queue or a message to be left, and what the customer is told.

Implements `bot.dialogue.escalation.Escalator`: nothing is written here, so that an escalation stands in the
one atomic append of the turn that asked for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from bot.contacts.contacts import Contacts
from bot.contacts.records import Customer, NewTicket, TicketKind
from bot.conversation import Conversation, Holder
from bot.events import (
    BotUttered,
    Button,
    ContactAsked,
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
from bot.handoff.contact_data import ContactData, looks_like_contact, masked, read_contact, read_email
from bot.handoff.hours import is_open
from bot.handoff.messages_left import MessageStore, NewLeftMessage
from bot.handoff.queue import Boards, Place
from bot.handoff.settings import HandoffSettings
from bot.handoff.texts import text, wait_text
from bot.identity import Level
from bot.redaction import redact_text

_CONTACT_SLOTS = ("email", "phone")
_YES = "/affirm"
"""What the button for the address on file says."""
_DECLINED = frozenset({"deny", "stop"})
_NO_OTHER_MATTER = frozenset({"affirm", "inform", "nlu_fallback", "out_of_scope"})
"""Intents of what may be meant as contact data, and cannot be read as such."""
_ASKED_AT_MOST = 2
NewId = Callable[[], str]


def new_handoff_id() -> str:
    """An unguessable id."""
    return f"handoff_{secrets.token_urlsafe(12)}"


TrustedEmail = Callable[[Customer], Awaitable[str | None]]


async def email_on_file(customer: Customer) -> str | None:
    """The address of a customer whose changes nobody keeps an eye on."""
    return customer.email


class Escalations:
    """Decides what an escalation leads to."""

    def __init__(
        self,
        boards: Boards,
        contacts: Contacts,
        messages: MessageStore,
        *,
        settings: HandoffSettings,
        clock: Clock,
        new_id: NewId = new_handoff_id,
        trusted_email: TrustedEmail = email_on_file,
    ) -> None:
        """``trusted_email`` tells where mail to a customer may go now."""
        self._boards = boards
        self._contacts = contacts
        self._messages = messages
        self._settings = settings
        self._clock = clock
        self._new_id = new_id
        self._trusted_email = trusted_email

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
            *new_session(conversation, now),
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
        if conversation.call is not None and self._contact_of(conversation) is None:
            # A caller may say all of it at once.
            words.append(text("leave_number", language, channel=channel))
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
        """The ticket that a message left for people becomes, and what the customer is told and asked.

        The ticket keeps the queue that was asked for. Handing in the same message again makes no second one.
        Where somebody has become available meanwhile, the customer is handed over to them instead.
        """
        came = await self.came_after_all(conversation, cause=conversation.dialogue.latest_message_sequence)
        if came:
            return came
        now = self._clock()
        queue = self._settings.queue(conversation.leaving_message).name
        customer = conversation.identity
        latest = conversation.dialogue.latest_message
        language, channel = conversation.language, conversation.channel
        on_file = await self._on_file(conversation)
        contact = read_contact(message, language=language) or self._contact_of(conversation)
        words = redact_text(message)
        ticket = await self._contacts.create_ticket(
            f"{conversation.id}:{latest.message_id if latest is not None else conversation.sequence}",
            NewTicket(
                kind=TicketKind.MESSAGE,
                text=words,
                created_at=now,
                customer_id=customer.customer_id if customer else None,
                conversation_id=conversation.id,
                order_number=_text_or_none(conversation.slot("order_number")),
                details={
                    "queue": queue,
                    "language": language,
                    "contact": contact.value if contact else None,
                },
            ),
        )
        await self._messages.add(
            NewLeftMessage(
                ticket_id=ticket.id,
                kind="message",
                conversation_id=conversation.id,
                channel=channel,
                queue=queue,
                language=language,
                text=words,
                created_at=now,
                customer_id=customer.customer_id if customer else None,
                contact_kind=contact.kind if contact else None,
                contact=contact.value if contact else None,
                contact_source=contact.source if contact else None,
            )
        )
        told = text("message_taken", language, channel=channel, ticket=ticket.id)
        if contact is not None:
            return [
                MessageLeft(timestamp=now, ticket_id=ticket.id, queue=queue),
                BotUttered(timestamp=now, text=told),
            ]
        if on_file is not None:
            asks, question = "on_file", self._offer_on_file(conversation, on_file)
        else:
            asks, question = "contact", BotUttered(timestamp=now, text=self._ask_contact(conversation))
        return [
            MessageLeft.model_validate(
                {"timestamp": now, "ticket_id": ticket.id, "queue": queue, "asks": asks}
            ),
            question.model_copy(update={"text": f"{told} {question.text}"}),
        ]

    async def take_contact(self, conversation: Conversation, said: UserUttered) -> list[Event]:
        """How the customer can be reached about the message that they left, out of their answer.

        What cannot be read is asked for once more, and then let be. Without a `BotUttered` among the events
        the customer said something else, which the bot is to answer.
        """
        asking = conversation.asking_contact
        if asking is None:
            return []
        now = self._clock()
        on_file = await self._on_file(conversation) if asking.offered else None
        intent = said.parse.intent.name if said.parse is not None and said.parse.intent is not None else None
        contact = read_contact(said.text, language=conversation.language)
        if contact is None and on_file is not None and (said.text == _YES or intent == "affirm"):
            contact = ContactData("email", on_file, "on_file")
        if contact is not None:
            await self._messages.set_contact(asking.ticket_id, contact)
            shown = masked(contact.value) if contact.source == "on_file" else contact.value
            return self._contact_asked(conversation, "given", "contact_taken", now=now, contact=shown)
        if looks_like_contact(said.text) or intent is None or intent in _NO_OTHER_MATTER:
            if asking.asked < _ASKED_AT_MOST:
                return self._contact_asked(conversation, "unreadable", "contact_again", now=now)
            return self._contact_asked(conversation, "none", "contact_none", now=now)
        if intent in _DECLINED:
            if asking.offered:
                return self._contact_asked(conversation, "other", "leave_contact", now=now)
            return self._contact_asked(conversation, "none", "contact_none", now=now)
        return [ContactAsked(timestamp=now, ticket_id=asking.ticket_id, outcome="none")]

    async def came_after_all(self, conversation: Conversation, *, cause: int | None = None) -> list[Event]:
        """The place in the queue for a customer who was asked to leave a message, or how to reach them about
        it, where somebody can come now; else nothing."""
        asking = conversation.asking_contact
        queue = conversation.leaving_message or (asking.queue if asking is not None else None)
        if queue is None:
            return []
        now = self._clock()
        chosen = self._settings.queue(queue)
        board = await self._boards.now()
        if not is_open(chosen.hours, now) or not board.serving(chosen.name):
            return []
        why = _last_request(conversation)
        place = board.next_place(chosen.name, priority=0)
        queued = self._queued(conversation, chosen.name, place, now=now)
        return [
            EscalationRequested(
                timestamp=now,
                reason=why.reason if why is not None else EscalationReason.ASKED_FOR_PERSON,
                cause=cause or (why.cause if why is not None else None),
                detail=why.detail if why is not None else "",
            ),
            queued,
            tell_place("came_after_all", conversation, queued.handoff_id, chosen.name, place, now=now),
        ]

    def _queued(self, conversation: Conversation, queue: str, place: Place, *, now: float) -> HandoffQueued:
        return HandoffQueued(
            timestamp=now,
            handoff_id=self._new_id(),
            queue=queue,
            language=conversation.language,
            position=place.position,
            expected_wait=place.expected_wait,
        )

    def _contact_asked(
        self,
        conversation: Conversation,
        outcome: Literal["given", "other", "unreadable", "none"],
        key: str,
        *,
        now: float,
        **values: object,
    ) -> list[Event]:
        asking = conversation.asking_contact
        told = text(key, conversation.language, channel=conversation.channel, **values)
        return [
            ContactAsked(timestamp=now, ticket_id=asking.ticket_id if asking else "", outcome=outcome),
            BotUttered(timestamp=now, text=told),
        ]

    def _ask_contact(self, conversation: Conversation) -> str:
        return text("leave_contact", conversation.language, channel=conversation.channel)

    def _offer_on_file(self, conversation: Conversation, email: str) -> BotUttered:
        language = conversation.language
        return BotUttered(
            timestamp=self._clock(),
            text=text("leave_on_file", language, address=masked(email)),
            buttons=(Button(title=text("on_file_yes", language), payload=_YES),),
        )

    async def _on_file(self, conversation: Conversation) -> str | None:
        """The known customer's address, to be offered in writing and never shown whole."""
        known = conversation.identity
        if known is None or not known.at_least(Level.WEAK, self._clock()) or conversation.call is not None:
            return None
        record = await self._contacts.customer(known.customer_id)
        if record is None:
            return None
        # Just after a change of the address, whoever made it must not be sent an answer there.
        return read_email(await self._trusted_email(record) or "")

    async def take_callback(self, conversation: Conversation, phone: str) -> tuple[str, list[Event]]:
        """A ticket to call a customer back at a number, instead of having them wait: its id, and the events.

        Asking twice for the same makes no second one. ``phone`` is E.164.
        """
        now = self._clock()
        handoff, call, customer = conversation.handoff, conversation.call, conversation.identity
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
        await self._messages.add(
            NewLeftMessage(
                ticket_id=ticket.id,
                kind="callback",
                conversation_id=conversation.id,
                channel=conversation.channel,
                queue=queue,
                language=conversation.language,
                text="",
                created_at=now,
                customer_id=customer.customer_id if customer else None,
                contact_kind="phone",
                contact=phone,
                contact_source="caller" if call is not None and call.caller == phone else "given",
            )
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

    def _contact_of(self, conversation: Conversation) -> ContactData | None:
        """What the conversation has of it already: said before, or the number that they call from."""
        for name in _CONTACT_SLOTS:
            value = _text_or_none(conversation.slot(name))
            contact = read_contact(value, language=conversation.language) if value else None
            if contact is not None:
                return contact
        caller = conversation.call.caller if conversation.call is not None else None
        contact = read_contact(caller, language=conversation.language) if caller else None
        return replace(contact, source="caller") if contact is not None else None


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


def _last_request(conversation: Conversation) -> EscalationRequested | None:
    return next((e for e in reversed(conversation.events) if isinstance(e, EscalationRequested)), None)


def _last_end(conversation: Conversation) -> int:
    """The sequence at which the latest handoff, or message instead of one, ended; 0 when there was none."""
    ends = ("handoff_resolved", "handoff_abandoned", "handoff_unavailable", "message_left")
    for sequence in range(conversation.sequence, 0, -1):
        if conversation.event(sequence).type in ends:
            return sequence
    return 0


def new_session(conversation: Conversation, now: float) -> list[Event]:
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
