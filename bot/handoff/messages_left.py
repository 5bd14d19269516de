"""Messages that customers left when nobody was there: the desk's inbox (docs/handoff.md).

A message is kept when it is left, with the ticket that it became. Each agent sees those of their queues, one
of them takes it and answers: into the conversation while its customer is there, else by mail, or by phone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict

from bot.call import VOICE
from bot.contacts.contacts import Contacts
from bot.contacts.mail import Mailer, MailNotSent
from bot.conversation import Conversation
from bot.conversations import Conversations, InProcessLocks, Locks
from bot.errors import Conflict, FirstlineError, Forbidden, InvalidInput, NotFound, Unavailable
from bot.events import BotUttered, ContactAsked, MessageLeft, NoteWritten
from bot.handoff.access import may_read
from bot.handoff.agents import Agent, Clock
from bot.handoff.answer_mail import answer_mail
from bot.handoff.contact_data import ContactData
from bot.handoff.sightings import Sightings
from bot.handoff.views import VisitorView, visitor_of
from bot.redaction import redact_text
from bot.transcript import Message, transcript

log = structlog.get_logger(__name__)


class MessageState(StrEnum):
    """Where a message that was left stands."""

    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"


class Answered(StrEnum):
    """How a message was answered."""

    CHAT = "chat"
    EMAIL = "email"
    CALLED_BACK = "called_back"
    DONE = "done"
    HANDED_OVER = "handed_over"
    """A person came after all, while it was being left."""


WAITING = (MessageState.OPEN, MessageState.TAKEN)


class NewLeftMessage(BaseModel):
    """A message to be kept; ``kind`` ``callback`` is a wish to be called at the contact's number."""

    model_config = ConfigDict(frozen=True)

    ticket_id: str
    kind: Literal["message", "callback"]
    conversation_id: str
    channel: str
    queue: str
    language: str | None
    text: str
    created_at: float
    customer_id: str | None = None
    contact_kind: Literal["email", "phone"] | None = None
    contact: str | None = None
    contact_source: Literal["given", "on_file", "caller"] | None = None


class LeftMessage(NewLeftMessage):
    """A message as it is kept; times are seconds since the epoch, ``note`` is what the agent wrote."""

    id: int
    state: MessageState = MessageState.OPEN
    agent_id: str | None = None
    agent_name: str | None = None
    taken_at: float | None = None
    answered_at: float | None = None
    answered: Answered | None = None
    note: str = ""


class MessageStore(Protocol):
    """Where messages are kept (`bot.store.messages_left`). Changes of state are conditional: of two who try
    the same, one succeeds."""

    async def add(self, new: NewLeftMessage) -> LeftMessage:
        """Keep a message; the same ticket again changes nothing."""
        ...

    async def get(self, message_id: int) -> LeftMessage | None: ...

    async def of_ticket(self, ticket_id: str) -> LeftMessage | None: ...

    async def find(
        self,
        states: Sequence[MessageState],
        *,
        queues: Sequence[str] | None,
        after: int | None,
        limit: int,
        newest_first: bool = False,
    ) -> Sequence[LeftMessage]:
        """Messages in some states by age, beyond the id ``after``; ``queues`` None means all."""
        ...

    async def count(self, states: Sequence[MessageState], *, queues: Sequence[str] | None) -> int: ...

    async def set_contact(self, ticket_id: str, contact: ContactData) -> None: ...

    async def take(self, message_id: int, *, agent: Agent, at: float) -> bool:
        """Whether it was open and is the agent's now."""
        ...

    async def release(self, message_id: int, *, agent_id: str) -> bool:
        """Whether it was that agent's and is open again."""
        ...

    async def finish(
        self, message_id: int, *, agent_id: str | None, answered: Answered, note: str, at: float
    ) -> bool:
        """Whether it was the agent's (None: open), and is answered now."""
        ...

    async def waiting_conversations(self, *, limit: int) -> Sequence[str]:
        """The conversations of the messages that wait for an answer."""
        ...


class Ways(BaseModel):
    """How a message can be answered now: ``chat`` while the customer is there, by mail or by phone."""

    chat: bool
    email: str | None
    phone: str | None
    mail_is_set_up: bool


class LeftMessageView(BaseModel):
    """A message as the desk shows it; ``waited`` in seconds; ``customer_name`` of a known customer."""

    id: int
    ticket_id: str
    kind: Literal["message", "callback"]
    conversation_id: str
    channel: str
    queue: str
    language: str | None
    text: str
    created_at: float
    waited: float
    customer_id: str | None
    customer_name: str | None
    visitor: VisitorView | None
    contact: str | None
    contact_kind: Literal["email", "phone"] | None
    contact_source: Literal["given", "on_file", "caller"] | None
    here: bool
    state: MessageState
    agent_id: str | None
    agent_name: str | None
    taken_at: float | None
    answered_at: float | None
    answered: Answered | None
    note: str


class LeftMessageDetail(LeftMessageView):
    """A message with the conversation behind it, for who may read that; else ``messages`` is null."""

    ways: Ways
    messages: list[Message] | None


class Page(BaseModel):
    """Some of the messages; ``next`` is the ``after`` of the next page, null on the last one."""

    messages: list[LeftMessageView]
    next: int | None
    total: int


AnswerInChat = Callable[[Agent, LeftMessage, str], Awaitable[Conversation]]
"""Says an agent's answer in the conversation, which becomes theirs (`HandoffService.answer_left`)."""
Listener = Callable[[LeftMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Answer:
    how: Answered
    note: str


class MailFailed(FirstlineError):
    """The mail server did not take the answer; nothing changed."""

    code = "message.mail_failed"
    status = 502


class Inbox:
    """What agents do about the messages that were left."""

    def __init__(
        self,
        store: MessageStore,
        conversations: Conversations,
        contacts: Contacts,
        sightings: Sightings,
        *,
        answer_in_chat: AnswerInChat,
        mailer: Mailer | None = None,
        locks: Locks | None = None,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._contacts = contacts
        self._sightings = sightings
        self._answer_in_chat = answer_in_chat
        self._mailer = mailer
        self._locks = locks if locks is not None else InProcessLocks()
        self._clock: Clock = conversations.clock
        self._listeners: list[Listener] = []

    def on_change(self, listener: Listener) -> None:
        """Have a listener told of each message that was taken, put back or answered."""
        self._listeners.append(listener)

    # --- reading ------------------------------------------------------------------------------------

    async def page(
        self, agent: Agent, states: Sequence[MessageState], *, after: int | None, limit: int
    ) -> Page:
        """Those that the agent may see: waiting ones oldest first, answered ones latest first."""
        queues = None if agent.role.sees_everything else agent.queues
        newest_first = list(states) == [MessageState.ANSWERED]
        found = list(
            await self._store.find(
                states, queues=queues, after=after, limit=limit + 1, newest_first=newest_first
            )
        )
        shown = found[:limit]
        here = await self._sightings.here([message.conversation_id for message in shown])
        return Page(
            messages=[await self._view(message, here=message.conversation_id in here) for message in shown],
            next=shown[-1].id if len(found) > limit else None,
            total=await self._store.count(states, queues=queues),
        )

    async def detail(self, agent: Agent, message_id: int) -> LeftMessageDetail:
        """One message. Raises NotFound.

        The conversation only for who may read it, and up to the message for who has it to answer: what was
        said later, and what colleagues noted, is for those who were there.
        """
        message = await self._visible(agent, message_id)
        here = await self._is_here(message)
        conversation = await self._conversations.find(message.conversation_id)
        lines = None
        if conversation is not None and may_read(agent, conversation.handoff):
            lines = list(transcript(conversation, internal=True))
        elif conversation is not None and message.agent_id == agent.id:
            until = _end_of(conversation, message)
            lines = [line for line in transcript(conversation) if line.sequence <= until]
        email, phone = _reach(message, "email"), _reach(message, "phone")
        return LeftMessageDetail(
            **(await self._view(message, here=here)).model_dump(),
            ways=Ways(chat=here, email=email, phone=phone, mail_is_set_up=self._mailer is not None),
            messages=lines,
        )

    async def of_ticket(self, ticket_id: str) -> LeftMessage | None:
        """The message that became a ticket."""
        return await self._store.of_ticket(ticket_id)

    async def view(self, message: LeftMessage) -> LeftMessageView:
        """As the desk shows it."""
        return await self._view(message, here=await self._is_here(message))

    # --- answering ----------------------------------------------------------------------------------

    async def take(self, agent: Agent, message_id: int) -> LeftMessage:
        """Take a message; once more by who has it changes nothing.

        Raises NotFound, Conflict ``message.taken`` or ``message.answered``.
        """
        message = await self._visible(agent, message_id)
        if await self._store.take(message_id, agent=agent, at=self._clock()):
            return await self._changed(message_id)
        message = await self._get(message_id)
        if message.state is MessageState.TAKEN and message.agent_id == agent.id:
            return message
        raise _not_open(message)

    async def release(self, agent: Agent, message_id: int) -> LeftMessage:
        """Put a message back, by who took it or a supervisor. Raises NotFound, Forbidden, Conflict."""
        message = await self._visible(agent, message_id)
        if message.agent_id != agent.id and not agent.role.sees_everything:
            raise _not_yours()
        if message.state is MessageState.TAKEN and message.agent_id is not None:
            await self._store.release(message_id, agent_id=message.agent_id)
        elif message.state is MessageState.ANSWERED:
            raise _not_open(message)
        return await self._changed(message_id)

    async def answer(self, agent: Agent, message_id: int, text: str) -> LeftMessage:
        """Answer in writing: in the conversation while the customer is there, else by mail.

        It is taken first if nobody has it. Raises NotFound, InvalidInput ``message.empty``, Conflict
        ``message.taken``, ``message.answered`` or ``message.no_way``, MailFailed.
        """
        text = text.strip()
        if not text:
            raise InvalidInput("There is nothing in the answer.", code="message.empty")
        # One at a time: an answer that is sent twice may be two mails.
        async with self._locks.hold(f"message_left:{message_id}"):
            message = await self.take(agent, message_id)
            answer = await self._send(agent, message, text)
            return await self._finish(agent, message, answer)

    async def close(self, agent: Agent, message_id: int, *, how: Answered, note: str) -> LeftMessage:
        """Mark a message as answered elsewhere (``called_back``) or as done, with a note.

        Raises NotFound, Conflict ``message.taken`` or ``message.answered``.
        """
        async with self._locks.hold(f"message_left:{message_id}"):
            message = await self.take(agent, message_id)
            if note.strip():
                await self._write_note(agent, message, note.strip())
            return await self._finish(agent, message, _Answer(how, note.strip()))

    async def handed_over(self, ticket_id: str) -> None:
        """A person came to its customer after all: nothing is left to answer, unless an agent has it."""
        message = await self._store.of_ticket(ticket_id)
        if message is None or message.state is not MessageState.OPEN:
            return
        now = self._clock()
        done = Answered.HANDED_OVER
        if await self._store.finish(message.id, agent_id=None, answered=done, note="", at=now):
            await self._changed(message.id)

    async def keep_sightings(self) -> None:
        """Note which customers whose message waits are connected here, for every node to know."""
        await self._sightings.keep(await self._store.waiting_conversations(limit=500), book="inbox")

    # --- steps --------------------------------------------------------------------------------------

    async def _send(self, agent: Agent, message: LeftMessage, text: str) -> _Answer:
        if await self._is_here(message):
            await self._answer_in_chat(agent, message, text)
            return _Answer(Answered.CHAT, text)
        email = _reach(message, "email")
        if email is None or self._mailer is None:
            raise Conflict(
                "The customer has left the chat and cannot be written to from here.",
                code="message.no_way",
                hint="call them, or write from your own mailbox, and mark the message as done"
                if message.contact
                else "no address or number was left; mark the message as done",
            )
        try:
            await self._mailer.send(
                answer_mail(
                    to=email,
                    sender=self._mailer.sender,
                    answer=redact_text(text),
                    agent_name=agent.name,
                    question=message.text,
                    ticket_id=message.ticket_id,
                    language=message.language,
                )
            )
        except MailNotSent as error:
            raise MailFailed("The mail could not be sent.", hint="try again, or call") from error
        except ValueError as error:
            raise Conflict("The address cannot be written to.", code="message.no_way") from error
        await self._write_note(agent, message, f"✉ {email}\n{text}")
        return _Answer(Answered.EMAIL, text)

    async def _write_note(self, agent: Agent, message: LeftMessage, note: str) -> None:
        """Keep in the conversation what was answered outside of it; without one, the message has it."""
        try:
            async with self._conversations.writing(message.conversation_id) as writer:
                await writer.append(
                    NoteWritten(timestamp=writer.now(), agent_id=agent.id, agent_name=agent.name, text=note)
                )
        except NotFound:
            log.info("inbox.conversation_gone", ticket_id=message.ticket_id)

    async def _finish(self, agent: Agent, message: LeftMessage, answer: _Answer) -> LeftMessage:
        done = await self._store.finish(
            message.id,
            agent_id=agent.id,
            answered=answer.how,
            note=redact_text(answer.note),
            at=self._clock(),
        )
        if not done:
            raise _not_open(await self._get(message.id))
        return await self._changed(message.id)

    async def _changed(self, message_id: int) -> LeftMessage:
        message = await self._get(message_id)
        for listener in self._listeners:
            try:
                await listener(message)
            except Unavailable:
                log.warning("inbox.telling_put_off")
        return message

    async def _get(self, message_id: int) -> LeftMessage:
        message = await self._store.get(message_id)
        if message is None:
            raise _no_message()
        return message

    async def _visible(self, agent: Agent, message_id: int) -> LeftMessage:
        message = await self._get(message_id)
        if not may_see_message(agent, message):
            raise _no_message()
        return message

    async def _is_here(self, message: LeftMessage) -> bool:
        if message.channel == VOICE:
            return False
        return message.conversation_id in await self._sightings.here([message.conversation_id])

    async def _view(self, message: LeftMessage, *, here: bool) -> LeftMessageView:
        customer = await self._contacts.customer(message.customer_id) if message.customer_id else None
        conversation = await self._conversations.find(message.conversation_id)
        until = message.answered_at or self._clock()
        return LeftMessageView(
            **message.model_dump(),
            waited=round(max(0.0, until - message.created_at), 3),
            customer_name=customer.name if customer else None,
            visitor=visitor_of(conversation) if conversation is not None else None,
            here=here and message.channel != VOICE,
        )


def _end_of(conversation: Conversation, message: LeftMessage) -> int:
    """The sequence at which the leaving of a message ended: the bot's last word about it."""
    about = [
        sequence
        for sequence, event in enumerate(conversation.events, 1)
        if isinstance(event, MessageLeft | ContactAsked) and event.ticket_id == message.ticket_id
    ]
    end = max(about, default=0)
    while end < conversation.sequence and isinstance(conversation.event(end + 1), BotUttered):
        end += 1
    return end


def may_see_message(agent: Agent, message: LeftMessage) -> bool:
    """Whether an agent may see a message: it was left for a queue of theirs, or they took it."""
    return agent.role.sees_everything or message.queue in agent.queues or message.agent_id == agent.id


def _reach(message: LeftMessage, kind: str) -> str | None:
    return message.contact if message.contact_kind == kind else None


def _no_message() -> NotFound:
    return NotFound("There is no such message.", code="message.not_found")


def _not_yours() -> Forbidden:
    return Forbidden("Only who took it or a supervisor may do this.", code="message.not_owner")


def _not_open(message: LeftMessage) -> Conflict:
    if message.state is MessageState.ANSWERED:
        return Conflict("This message is answered already.", code="message.answered")
    return Conflict(
        "Another agent has taken this message.", code="message.taken", hint="take the next one in the inbox"
    )
