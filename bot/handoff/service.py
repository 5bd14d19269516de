"""The handoff service: what customers and agents do about a handoff, each an append to the conversation.

Every change is decided and appended under the conversation's lock, so two agents can never both take one.
What has to happen by itself (offers, time-outs, draining the queues) is `bot.handoff.ticker`'s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from bot.call import VOICE
from bot.contacts.contacts import Contacts
from bot.conversation import Conversation, Handoff, HandoffState, Holder
from bot.conversations import Conversations, InProcessLocks, Locks, Writer
from bot.errors import Conflict, Forbidden, InvalidInput, NotFound
from bot.events import (
    ActiveLoop,
    AgentSaid,
    BotUttered,
    ConversationRated,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffAbandoned,
    HandoffAccepted,
    HandoffDeclined,
    HandoffQueued,
    HandoffResolved,
    HandoffTransferred,
    NoteWritten,
    SessionStarted,
)
from bot.handoff.access import may_accept, may_read, may_see, owns
from bot.handoff.agents import Agent, Agents, Presence
from bot.handoff.escalation import (
    Escalations,
    TrustedEmail,
    email_on_file,
    new_handoff_id,
    new_session,
    tell_place,
)
from bot.handoff.messages_left import LeftMessage, MessageStore
from bot.handoff.ports import HandoffStore
from bot.handoff.queue import Boards
from bot.handoff.settings import HandoffSettings
from bot.handoff.texts import text
from bot.handoff.views import StateView, rating_of, state_view
from bot.transcript import Message, message_of

log = structlog.get_logger(__name__)

StateListener = Callable[[str], Awaitable[None]]
"""Told the id of a conversation whose `StateView` changed: its holder, place, expected wait or agent."""

_STATE_EVENTS = frozenset(
    {
        "conversation_started",
        "session_started",
        "language_changed",
        "conversation_rated",
        "conversation_closed",
        "conversation_paused",
        "conversation_resumed",
        "handoff_unavailable",
    }
)


class HandoffService:
    """What customers and agents do about handoffs."""

    def __init__(
        self,
        conversations: Conversations,
        agents: Agents,
        contacts: Contacts,
        kept: HandoffStore,
        messages: MessageStore,
        *,
        settings: HandoffSettings,
        new_id: Callable[[], str] = new_handoff_id,
        locks: Locks | None = None,
        trusted_email: TrustedEmail = email_on_file,
    ) -> None:
        self._locks = locks if locks is not None else InProcessLocks()
        self.conversations = conversations
        self.agents = agents
        self.contacts = contacts
        self.kept = kept
        self.settings = settings
        self.clock = conversations.clock
        self.boards = Boards(conversations.store, agents, kept, settings=settings, clock=self.clock)
        self.escalations = Escalations(
            self.boards,
            contacts,
            messages,
            settings=settings,
            clock=self.clock,
            new_id=new_id,
            trusted_email=trusted_email,
        )
        self._new_id = new_id
        self.leaving: set[str] = set()
        """The conversations whose customer was asked, here, to leave a message; the ticker sees to them."""
        self._wakers: list[Callable[[], None]] = []
        self._changed: set[str] = set()
        conversations.subscribe(self._note_changes)
        agents.on_presence(self._note_presence)

    # --- for the ticker -----------------------------------------------------------------------------

    def on_wake(self, waker: Callable[[], None]) -> None:
        """Have a callback told that there may be something to distribute or to tell. It must not block."""
        self._wakers.append(waker)

    def take_changed(self) -> set[str]:
        """The conversations whose state changed since this was last asked."""
        changed, self._changed = self._changed, set()
        return changed

    def _wake(self) -> None:
        for waker in self._wakers:
            waker()

    def _note_presence(self, _agent: Agent) -> None:
        self.boards.changed()
        self._wake()

    async def _note_changes(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        moved = any(hasattr(event, "handoff_id") for _, event in fresh)
        if moved:
            self.boards.changed()
        if conversation.leaving_message is not None or conversation.asking_contact is not None:
            self.leaving.add(conversation.id)
        if moved or any(event.type in _STATE_EVENTS for _, event in fresh):
            self._changed.add(conversation.id)
            self._wake()

    # --- reading ------------------------------------------------------------------------------------

    async def state(self, conversation_id: str) -> StateView:
        """A customer's view of their conversation. Raises NotFound."""
        return await self.state_of(await self.conversations.get(conversation_id))

    async def state_of(self, conversation: Conversation) -> StateView:
        """As `state`, of a conversation at hand."""
        place = None
        if conversation.holder is Holder.QUEUE and conversation.handoff is not None:
            place = (await self.boards.recent()).place(conversation.handoff.id)
        return state_view(conversation, place)

    async def conversation_of(self, handoff_id: str, *, with_rating: bool = False) -> Conversation:
        """The conversation that a handoff belongs to, as it was when an earlier handoff ended.

        ``with_rating`` takes in how that was rated afterwards. Raises NotFound.
        """
        summary = await self.conversations.store.find_handoff(handoff_id)
        if summary is None:
            raise no_handoff()
        conversation = await self.conversations.get(summary.id)
        if conversation.handoff is not None and conversation.handoff.id == handoff_id:
            return conversation
        last = max(
            (s for s, e in enumerate(conversation.events, 1) if getattr(e, "handoff_id", "") == handoff_id),
            default=0,
        )
        if with_rating:
            for sequence in range(last + 1, conversation.sequence + 1):
                event = conversation.event(sequence)
                if isinstance(event, ConversationRated):
                    last = sequence
                elif isinstance(event, (HandoffQueued, SessionStarted)):
                    break
        return Conversation.fold(conversation.id, conversation.events[:last])

    # --- the customer's side ------------------------------------------------------------------------

    async def request(
        self,
        conversation_id: str,
        *,
        reason: EscalationReason = EscalationReason.ASKED_FOR_PERSON,
        detail: str = "",
        queue: str | None = None,
        priority: int | None = None,
        skills: Sequence[str] = (),
        agent_id: str | None = None,
        channel: str | None = None,
    ) -> Conversation:
        """Ask for a person; nothing new when that was done already.

        With ``channel`` the conversation is begun there if there is none. Raises NotFound, SequenceConflict.
        """
        holding = (
            self.conversations.writing(conversation_id)
            if channel is None
            else self.conversations.writing_or_new(conversation_id, channel=channel)
        )
        async with holding as writer:
            writer.record(
                *await self.escalations.escalate(
                    writer.conversation,
                    reason=reason,
                    detail=detail,
                    queue=queue,
                    priority=priority,
                    skills=skills,
                    agent_id=agent_id,
                )
            )
            await writer.flush()
            return writer.conversation

    async def cancel(self, conversation_id: str) -> Conversation:
        """The customer takes the request back while waiting; nothing happens when they do not wait."""
        async with self.conversations.writing(conversation_id) as writer:
            handoff = writer.conversation.handoff
            if writer.conversation.holder is Holder.QUEUE and handoff is not None:
                now = writer.now()
                await writer.append(
                    HandoffAbandoned(timestamp=now, handoff_id=handoff.id, by="customer_cancelled"),
                    _say(writer, "cancelled"),
                )
            return writer.conversation

    async def rate(self, conversation_id: str, *, score: int, comment: str = "") -> Conversation:
        """The customer's rating of the help that ended. Raises Conflict, InvalidInput, NotFound."""
        if not 1 <= score <= 5:
            raise InvalidInput("A rating is a whole number from 1 to 5.", code="rating.out_of_range")
        async with self.conversations.writing(conversation_id) as writer:
            rating = rating_of(writer.conversation)
            if rating.score == score:
                return writer.conversation
            if not rating.may_rate:
                raise Conflict("There is nothing to rate now.", code="rating.not_possible")
            await writer.append(ConversationRated(timestamp=writer.now(), score=score, comment=comment))
            return writer.conversation

    # --- the agent's side ---------------------------------------------------------------------------

    async def accept(self, agent: Agent, handoff_id: str) -> Conversation:
        """Take a waiting conversation, offered or not; once more by its owner changes nothing.

        Raises NotFound, Conflict ``handoff.taken``, ``handoff.closed`` or ``agent.on_call``.
        """
        # One at a time for each agent, who might else take two calls at once.
        async with (
            self._locks.hold(f"accepting:{agent.id}"),
            self._holding(agent, handoff_id) as (writer, handoff),
        ):
            if handoff.state is HandoffState.ACCEPTED:
                if handoff.agent_id == agent.id:
                    return writer.conversation
                raise Conflict(
                    "Another agent has taken this conversation.",
                    code="handoff.taken",
                    hint="take the next one in the queue",
                )
            if writer.conversation.channel == VOICE:
                await self._require_no_call(agent, but=handoff.id)
            await writer.append(
                HandoffAccepted(
                    timestamp=writer.now(),
                    handoff_id=handoff.id,
                    agent_id=agent.id,
                    agent_name=agent.name,
                )
            )
        if agent.presence is Presence.OFFLINE:
            # Who takes a conversation is there; without this it would return to the queue as abandoned.
            await self.agents.set_presence(agent.id, Presence.AWAY)
        return writer.conversation

    async def decline(self, agent: Agent, handoff_id: str) -> Conversation:
        """Decline an offer. Raises NotFound, Conflict ``handoff.not_offered``."""
        async with self._holding(agent, handoff_id) as (writer, handoff):
            if handoff.offered_to != agent.id:
                raise Conflict("This conversation is not offered to you.", code="handoff.not_offered")
            await writer.append(
                HandoffDeclined(timestamp=writer.now(), handoff_id=handoff.id, agent_id=agent.id)
            )
            return writer.conversation

    async def transfer(
        self,
        agent: Agent,
        handoff_id: str,
        *,
        queue: str | None = None,
        to_agent: str | None = None,
        note: str = "",
    ) -> Conversation:
        """Pass a conversation on to a queue or to a person, with everything known about it.

        By its owner or a supervisor. Raises NotFound, Forbidden, InvalidInput, Conflict.
        """
        await self._check_destination(agent, queue, to_agent)
        async with self._holding(agent, handoff_id) as (writer, handoff):
            _require_owner(agent, handoff)
            require_line(writer.conversation)
            now = writer.now()
            destination = queue or handoff.queue
            events: list[Event] = [
                HandoffTransferred(
                    timestamp=now,
                    handoff_id=handoff.id,
                    agent_id=handoff.agent_id or agent.id,
                    to_queue=queue,
                    to_agent=to_agent,
                    note=note,
                )
            ]
            if note:
                events.append(NoteWritten(timestamp=now, agent_id=agent.id, agent_name=agent.name, text=note))
            place = (await self.boards.now()).next_place(destination, priority=handoff.priority)
            told = tell_place("transferred", writer.conversation, handoff.id, destination, place, now=now)
            previous = handoff.agent_id
            await writer.append(*events, told)
        if previous is not None:
            await self.agents.became_free(previous)
        return writer.conversation

    async def resolve(
        self,
        agent: Agent,
        handoff_id: str,
        *,
        disposition: str,
        note: str = "",
        return_to_bot: bool = False,
    ) -> Conversation:
        """End a handoff; the conversation closes, or the bot holds it again.

        By its owner or a supervisor. Raises NotFound, Forbidden, InvalidInput, Conflict.
        """
        codes = [item.code for item in self.settings.dispositions]
        if disposition not in codes:
            raise InvalidInput(
                f"There is no disposition {disposition!r}.",
                code="handoff.unknown_disposition",
                hint=f"one of: {', '.join(codes)}",
            )
        async with self._holding(agent, handoff_id) as (writer, handoff):
            _require_owner(agent, handoff)
            if return_to_bot:
                require_line(writer.conversation)
            now = writer.now()
            previous = handoff.agent_id
            writer.record(
                HandoffResolved(
                    timestamp=now,
                    handoff_id=handoff.id,
                    agent_id=agent.id,
                    disposition=disposition,
                    note=note,
                    return_to_bot=return_to_bot,
                )
            )
            if return_to_bot:
                # A form that was open when the bot gave up would make it ask, and fail, again.
                if writer.conversation.dialogue.loop is not None:
                    writer.record(ActiveLoop(timestamp=now, name=None))
                writer.record(_say(writer, "back_to_bot"))
            await writer.flush()
        if previous is not None:
            await self.agents.became_free(previous)
        return writer.conversation

    async def say(self, agent: Agent, conversation_id: str, *, message: str, message_id: str) -> Message:
        """Write to the customer, as the conversation's owner; a known ``message_id`` is said only once.

        Raises NotFound, Forbidden ``handoff.not_owner``, InvalidInput, Conflict.
        """
        if not message.strip():
            raise InvalidInput("There is nothing in the message.", code="message.empty")
        async with self.conversations.writing(conversation_id) as writer:
            conversation = writer.conversation
            self._require_readable(agent, conversation)
            known = conversation.message_sequences.get(message_id)
            if known is not None:
                return _said_before(agent, conversation, known)
            # Looked at under the lock, at the moment of sending: an agent who was replaced says no more.
            if conversation.holder is not Holder.HUMAN or not owns(agent, conversation):
                raise Forbidden(
                    "Only the agent who holds the conversation may write to the customer.",
                    code="handoff.not_owner",
                    hint="accept it first",
                )
            require_line(conversation)
            await writer.append(
                AgentSaid(
                    timestamp=writer.now(),
                    agent_id=agent.id,
                    agent_name=agent.name,
                    message_id=message_id,
                    text=message,
                )
            )
            return _message_at(conversation, conversation.sequence)

    async def answer_left(self, agent: Agent, message: LeftMessage, answer: str) -> Conversation:
        """Answer a message that was left, in its conversation, which is the agent's from here.

        Saying the same once more is saying it once. Raises NotFound, Conflict ``handoff.taken``.
        """
        message_id = f"message-left-{message.id}"
        async with self.conversations.writing(message.conversation_id) as writer:
            conversation = writer.conversation
            said = conversation.message_sequences.get(message_id)
            # Customers choose the ids of theirs: one of those is no answer.
            if said is not None and isinstance(conversation.event(said), AgentSaid):
                return conversation
            require_line(conversation)
            now, handoff = writer.now(), conversation.handoff
            if not _may_speak_in(agent, conversation):
                raise Conflict(
                    "Another agent is talking to this customer, or will be.",
                    code="handoff.taken",
                    hint="leave the answer to them",
                )
            if conversation.holder in (Holder.BOT, Holder.CLOSED):
                writer.record(
                    *new_session(conversation, now),
                    EscalationRequested(timestamp=now, reason=EscalationReason.MESSAGE_LEFT),
                )
                handoff_id = self._new_id()
                writer.record(
                    HandoffQueued(
                        timestamp=now,
                        handoff_id=handoff_id,
                        queue=message.queue,
                        language=conversation.language,
                        agent_id=agent.id,
                    )
                )
            elif handoff is not None:
                handoff_id = handoff.id
            if writer.conversation.holder is Holder.QUEUE:
                writer.record(
                    HandoffAccepted(
                        timestamp=now, handoff_id=handoff_id, agent_id=agent.id, agent_name=agent.name
                    )
                )
            writer.record(
                AgentSaid(
                    timestamp=now,
                    agent_id=agent.id,
                    agent_name=agent.name,
                    message_id=message_id,
                    text=answer,
                )
            )
            await writer.flush()
            return writer.conversation

    async def note(self, agent: Agent, conversation_id: str, *, note: str) -> Message:
        """Write an internal note. Raises NotFound, InvalidInput."""
        if not note.strip():
            raise InvalidInput("There is nothing in the note.", code="message.empty")
        async with self.conversations.writing(conversation_id) as writer:
            self._require_readable(agent, writer.conversation)
            await writer.append(
                NoteWritten(timestamp=writer.now(), agent_id=agent.id, agent_name=agent.name, text=note)
            )
            return _message_at(writer.conversation, writer.conversation.sequence)

    async def readable(self, agent: Agent, conversation_id: str) -> Conversation:
        """A conversation that the agent may read. Raises NotFound, also for those they may not."""
        conversation = await self.conversations.get(conversation_id)
        self._require_readable(agent, conversation)
        return conversation

    def _require_readable(self, agent: Agent, conversation: Conversation) -> None:
        if not may_read(agent, conversation.handoff):
            raise NotFound("There is no such conversation.", code="conversation.not_found")

    async def _require_no_call(self, agent: Agent, *, but: str) -> None:
        """Refuse a second call to who has one, or its wrap-up, already. Raises Conflict ``agent.on_call``."""
        for entry in (await self.boards.now()).held:
            held = entry.handoff
            if held.agent_id == agent.id and held.id != but and entry.summary.channel == VOICE:
                raise Conflict(
                    "You have a call already.",
                    code="agent.on_call",
                    hint="resolve it before you take another",
                )

    async def _check_destination(self, agent: Agent, queue: str | None, to_agent: str | None) -> None:
        if (queue is None) == (to_agent is None):
            raise InvalidInput(
                "A transfer goes to a queue or to an agent.",
                code="handoff.bad_destination",
                hint="give either queue or agent_id",
            )
        if queue is not None and not self.settings.has_queue(queue):
            raise InvalidInput(f"There is no queue {queue!r}.", code="queue.unknown")
        if to_agent is not None:
            if to_agent == agent.id:
                raise InvalidInput("You cannot transfer to yourself.", code="handoff.bad_destination")
            other = await self.agents.get(to_agent)
            if other.presence is not Presence.AVAILABLE or not other.takes_conversations:
                raise Conflict(
                    "That agent is not available.",
                    code="agent.unavailable",
                    hint="choose another agent or a queue",
                )

    @asynccontextmanager
    async def _holding(self, agent: Agent, handoff_id: str) -> AsyncIterator[tuple[Writer, Handoff]]:
        """Hold the conversation of an open handoff. Raises NotFound, also for what the agent may not see."""
        summary = await self.conversations.store.find_handoff(handoff_id)
        if summary is None:
            raise no_handoff()
        async with self.conversations.writing(summary.id) as writer:
            handoff = writer.conversation.handoff
            if handoff is None or handoff.id != handoff_id or not handoff.state.is_open:
                raise Conflict("This handoff is over.", code="handoff.closed")
            # Whoever served its queue when it waited may learn that it is taken, and no more than that.
            if not may_see(agent, handoff) and not agent.serves(handoff.queue):
                raise no_handoff()
            yield writer, handoff


def _may_speak_in(agent: Agent, conversation: Conversation) -> bool:
    """Whether nobody else holds the conversation, or is asked to take it."""
    match conversation.holder:
        case Holder.QUEUE:
            return conversation.handoff is None or may_accept(agent, conversation.handoff)
        case Holder.HUMAN:
            return owns(agent, conversation)
        case _:
            return True


def no_handoff() -> NotFound:
    """The error for a handoff that does not exist or that its asker may not see."""
    return NotFound("There is no such handoff.", code="handoff.not_found")


def require_line(conversation: Conversation) -> None:
    """Refuse to go on with a customer who has hung up. Raises Conflict ``call.over``."""
    if conversation.call is not None and not conversation.call.is_live:
        raise Conflict(
            "The caller has hung up.", code="call.over", hint="resolve the handoff, or have them called back"
        )


def _require_owner(agent: Agent, handoff: Handoff) -> None:
    if handoff.agent_id != agent.id and not agent.role.sees_everything:
        raise Forbidden("Only its owner or a supervisor may do this.", code="handoff.not_owner")


def _say(writer: Writer, key: str) -> BotUttered:
    return BotUttered(timestamp=writer.now(), text=text(key, writer.conversation.language))


def _message_at(conversation: Conversation, sequence: int) -> Message:
    message = message_of(sequence, conversation.event(sequence), internal=True)
    if message is None:
        raise AssertionError("an event that is a message")
    return message


def _said_before(agent: Agent, conversation: Conversation, sequence: int) -> Message:
    event = conversation.event(sequence)
    if isinstance(event, AgentSaid) and event.agent_id == agent.id:
        return _message_at(conversation, sequence)
    raise Conflict("This message id is taken.", code="message.id_taken", hint="send it with a new random id")
