"""A conversation is the fold of its events: who holds it, what is known, what is open.

No other place holds conversation state. `Conversation.apply` is the only way to change one, so replaying
a log always gives the same state. Two kinds of state are kept apart, because Rasa's ``rewind``, ``undo``
and ``restart`` take back dialogue but never take back people: `Dialogue` (slots, form, latest message) and
the rest (holder, handoff, customer, rating).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bot.call import Call, call_after
from bot.errors import Conflict
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AgentSaid,
    AllSlotsReset,
    BotUttered,
    ContactAsked,
    ConversationClosed,
    ConversationPaused,
    ConversationRated,
    ConversationResumed,
    ConversationStarted,
    CustomerIdentified,
    EntitiesAdded,
    EscalationReason,
    EscalationRequested,
    Event,
    FollowupAction,
    HandoffAbandoned,
    HandoffAccepted,
    HandoffDeclined,
    HandoffOffered,
    HandoffQueued,
    HandoffResolved,
    HandoffReturned,
    HandoffTransferred,
    HandoffUnavailable,
    IdentityEnded,
    LanguageChanged,
    LoopInterrupted,
    MessageLeft,
    ProofRequired,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bot.identity import SIGNED_TOKEN, Identity, identified, of_earlier_session

ACTION_LISTEN = "action_listen"


class Holder(StrEnum):
    """Who may speak to the customer."""

    BOT = "bot"
    QUEUE = "queue"
    HUMAN = "human"
    CLOSED = "closed"


class HandoffState(StrEnum):
    """Where a handoff stands."""

    QUEUED = "queued"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"

    @property
    def is_open(self) -> bool:
        return self in (HandoffState.QUEUED, HandoffState.OFFERED, HandoffState.ACCEPTED)


@dataclass(slots=True)
class Handoff:
    """A conversation's latest handoff, as its events tell it. Times are seconds since the epoch."""

    id: str
    queue: str
    priority: int
    language: str | None
    skills: tuple[str, ...]
    state: HandoffState
    queued_at: float
    queued_sequence: int
    reason: EscalationReason | None = None
    cause: int | None = None
    detail: str = ""
    wanted_agent: str | None = None
    offered_to: str | None = None
    offer_expires_at: float | None = None
    declined_by: tuple[str, ...] = ()
    agent_id: str | None = None
    agent_name: str | None = None
    accepted_at: float | None = None
    ended_at: float | None = None
    disposition: str | None = None
    expected_wait: float | None = None
    transfers: int = 0
    returns: int = 0


@dataclass(frozen=True, slots=True)
class AskingContact:
    """A customer was asked how to reach them about a message that they left.

    ``offered``: the address on file was offered; ``asked`` counts the questions for another.
    """

    ticket_id: str
    queue: str
    offered: bool
    asked: int


@dataclass(slots=True)
class Loop:
    """The active form."""

    name: str
    began_sequence: int
    trigger: UserUttered | None = None
    rejected: bool = False
    interrupted: bool = False


@dataclass(slots=True)
class Dialogue:
    """What Rasa calls the tracker's state; ``applied`` are the (sequence, event) pairs not taken back.

    ``awaiting`` is the action that goes on once its proof of identity is there.
    """

    slots: dict[str, SlotSet] = field(default_factory=dict)
    loop: Loop | None = None
    latest_message: UserUttered | None = None
    latest_message_sequence: int | None = None
    latest_action: str | None = None
    followup_action: str | None = None
    awaiting: ProofRequired | None = None
    applied: list[tuple[int, Event]] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """The state of one conversation after ``len(events)`` events.

    ``unanswered`` is the sequence of a customer's message that the bot has yet to answer;
    ``leaving_message`` is the queue that the customer's next message is left for, since nobody could come;
    ``asking_contact`` the message after which they were asked how to reach them.
    """

    id: str
    events: list[Event] = field(default_factory=list)
    channel: str = ""
    language: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    holder: Holder = Holder.BOT
    paused: bool = False
    handoff: Handoff | None = None
    identity: Identity | None = None
    rating: ConversationRated | None = None
    leaving_message: str | None = None
    asking_contact: AskingContact | None = None
    dialogue: Dialogue = field(default_factory=Dialogue)
    message_sequences: dict[str, int] = field(default_factory=dict)
    unanswered: int | None = None
    call: Call | None = None
    _escalation: EscalationRequested | None = None
    _leaving_since: int = 0
    _identified: int = 0
    _spoke: int = 0

    @classmethod
    def fold(cls, conversation_id: str, events: Iterable[Event]) -> Conversation:
        """The conversation that these events make."""
        conversation = cls(conversation_id)
        for event in events:
            conversation.apply(event)
        return conversation

    @property
    def sequence(self) -> int:
        """The sequence of the latest event; 0 when there is none."""
        return len(self.events)

    @property
    def updated_at(self) -> float:
        return self.events[-1].timestamp if self.events else 0.0

    @property
    def bot_may_speak(self) -> bool:
        return self.holder is Holder.BOT and not self.paused

    def slot(self, name: str) -> Any:
        """The slot's value, None when it was never set (initial values are the domain's, not the log's)."""
        event = self.dialogue.slots.get(name)
        return event.value if event is not None else None

    def slots(self) -> Mapping[str, Any]:
        """Every slot that was set, by name."""
        return {name: event.value for name, event in self.dialogue.slots.items()}

    def event(self, sequence: int) -> Event:
        """The event at a sequence. Raises IndexError where there is none."""
        if sequence < 1:
            raise IndexError(sequence)
        return self.events[sequence - 1]

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        self.events.append(event)
        sequence = len(self.events)
        self._apply_people(event, sequence)
        self.call = call_after(self.call, event)
        match event:
            case UserUtteranceReverted():
                self._rewind(UserUttered)
                self._rewind(ActionExecuted)
                self._refold_dialogue()
            case ActionReverted():
                self._rewind(ActionExecuted)
                self._refold_dialogue()
            case _:
                _apply_dialogue(self.dialogue, event, sequence)

    def _apply_people(self, event: Event, sequence: int) -> None:
        match event:
            case ConversationStarted():
                self.channel = event.channel
                self.language = event.language
                self.metadata = dict(event.metadata)
            case SessionStarted():
                if self.holder is Holder.CLOSED:
                    self.holder = Holder.BOT
                    self.rating = None
                    self.leaving_message = None
                    self.asking_contact = None
                # What was asked of the customer stands, however late they answer: the words of somebody who
                # asked for a person first, or came back after an hour, are no new topic.
                self._escalation = None
                self._begin_session_of_somebody()
            case UserUttered():
                if not event.restated:
                    self.message_sequences[event.message_id] = sequence
                    self._spoke = sequence
                if self.bot_may_speak or self.holder is Holder.CLOSED:
                    self.unanswered = sequence
            case ActionExecuted():
                if event.action == ACTION_LISTEN:
                    self.unanswered = None
                    self._end_leaving()
            case AgentSaid():
                self.message_sequences[event.message_id] = sequence
                self.unanswered = None
            case ConversationPaused():
                self.paused = True
                self.unanswered = None
            case ConversationResumed():
                self.paused = False
            case LanguageChanged():
                self.language = event.language
            case CustomerIdentified():
                self.identity = identified(self.identity, event)
                self._identified = sequence
            case IdentityEnded():
                self.identity = None
            case EscalationRequested():
                self._escalation = event
            case HandoffUnavailable():
                self.leaving_message = event.queue
                self._leaving_since = sequence
                self.asking_contact = None
                self._escalation = None
            case MessageLeft():
                self.leaving_message = None
                self.asking_contact = _asking_after(event)
            case ContactAsked():
                self.asking_contact = _asked_again(self.asking_contact, event)
            case ConversationRated():
                self.rating = event
            case ConversationClosed():
                self.holder = Holder.CLOSED
                self.unanswered = None
            case _:
                self._apply_handoff(event, sequence)

    def _begin_session_of_somebody(self) -> None:
        """A proof does not outlive its session: the computer may be shared, the conversation was closed.

        A site's sign-in comes before the first message, so one since the customer's last message is this
        session's own.
        """
        known = self.identity
        if known is None or (known.by == SIGNED_TOKEN and self._identified > self._spoke):
            return
        self.identity = of_earlier_session(known)

    def _end_leaving(self) -> None:
        """Asked for a message, the customer said something else, and that was answered: the offer is over."""
        said = self.dialogue.latest_message_sequence
        if self.leaving_message is not None and said is not None and said > self._leaving_since:
            self.leaving_message = None

    def _apply_handoff(self, event: Event, sequence: int) -> None:
        if isinstance(event, HandoffQueued):
            why = self._escalation
            self.handoff = Handoff(
                id=event.handoff_id,
                queue=event.queue,
                priority=event.priority,
                language=event.language,
                skills=event.skills,
                state=HandoffState.QUEUED,
                queued_at=event.timestamp,
                queued_sequence=sequence,
                reason=why.reason if why else None,
                cause=why.cause if why else None,
                detail=why.detail if why else "",
                wanted_agent=event.agent_id,
                expected_wait=event.expected_wait,
            )
            self.holder = Holder.QUEUE
            self.leaving_message = None
            self.asking_contact = None
            self.rating = None
            return
        handoff = self.handoff
        if handoff is None or getattr(event, "handoff_id", None) != handoff.id:
            return
        match event:
            case HandoffOffered():
                handoff.state = HandoffState.OFFERED
                handoff.offered_to = event.agent_id
                handoff.offer_expires_at = event.expires_at
            case HandoffDeclined():
                handoff.state = HandoffState.QUEUED
                handoff.offered_to = None
                handoff.offer_expires_at = None
                handoff.declined_by = (*handoff.declined_by, event.agent_id)
                if handoff.wanted_agent == event.agent_id:
                    handoff.wanted_agent = None
            case HandoffAccepted():
                handoff.state = HandoffState.ACCEPTED
                handoff.offered_to = None
                handoff.offer_expires_at = None
                handoff.agent_id = event.agent_id
                handoff.agent_name = event.agent_name
                handoff.accepted_at = event.timestamp
                self.holder = Holder.HUMAN
                self.unanswered = None
            case HandoffTransferred():
                handoff.state = HandoffState.QUEUED
                handoff.queue = event.to_queue or handoff.queue
                handoff.wanted_agent = event.to_agent
                handoff.declined_by = ()
                handoff.agent_id = None
                handoff.agent_name = None
                handoff.accepted_at = None
                handoff.offered_to = None
                handoff.offer_expires_at = None
                handoff.queued_at = event.timestamp
                handoff.transfers += 1
                self.holder = Holder.QUEUE
            case HandoffReturned():
                handoff.state = HandoffState.QUEUED
                handoff.agent_id = None
                handoff.agent_name = None
                handoff.accepted_at = None
                handoff.returns += 1
                if handoff.wanted_agent == event.agent_id:
                    handoff.wanted_agent = None
                self.holder = Holder.QUEUE
            case HandoffResolved():
                handoff.state = HandoffState.RESOLVED
                handoff.offered_to = None
                handoff.offer_expires_at = None
                handoff.disposition = event.disposition
                handoff.ended_at = event.timestamp
                self.holder = Holder.BOT if event.return_to_bot else Holder.CLOSED
                self._escalation = None
            case HandoffAbandoned():
                handoff.state = HandoffState.ABANDONED
                handoff.ended_at = event.timestamp
                handoff.offered_to = None
                handoff.offer_expires_at = None
                self.holder = Holder.BOT
                self._escalation = None

    def _rewind(self, kind: type[Any]) -> None:
        """Drop applied events back to and including the latest of a kind."""
        applied = self.dialogue.applied
        while applied:
            _, event = applied.pop()
            if isinstance(event, kind):
                return

    def _refold_dialogue(self) -> None:
        kept = self.dialogue.applied
        self.dialogue = Dialogue()
        for sequence, event in kept:
            _apply_dialogue(self.dialogue, event, sequence)


def _asking_after(left: MessageLeft) -> AskingContact | None:
    if left.asks is None:
        return None
    offered = left.asks == "on_file"
    return AskingContact(left.ticket_id, left.queue, offered=offered, asked=0 if offered else 1)


def _asked_again(asking: AskingContact | None, event: ContactAsked) -> AskingContact | None:
    if asking is None or event.outcome in ("given", "none"):
        return None
    return AskingContact(asking.ticket_id, asking.queue, offered=False, asked=asking.asked + 1)


def _apply_dialogue(state: Dialogue, event: Event, sequence: int) -> None:
    match event:
        case Restarted() | SessionStarted():
            state.slots.clear()
            state.loop = None
            state.latest_message = None
            state.latest_message_sequence = None
            state.latest_action = None
            state.followup_action = None
            state.awaiting = None
            state.applied.clear()
        case UserUttered():
            state.latest_message = event
            state.latest_message_sequence = sequence
            state.followup_action = None
            if state.awaiting is not None and (state.loop is None or state.loop.name != state.awaiting.proof):
                # The customer went on to something else.
                state.awaiting = None
        case ActionExecuted():
            state.latest_action = event.action
            state.followup_action = None
            if state.awaiting is not None and state.awaiting.action == event.action:
                state.awaiting = None
            if state.loop is not None:
                state.loop.rejected = False
        case ProofRequired():
            state.awaiting = event
        case ActionExecutionRejected():
            if state.loop is not None and state.loop.name == event.action:
                state.loop.rejected = True
        case SlotSet():
            state.slots[event.name] = event
        case AllSlotsReset():
            state.slots.clear()
        case EntitiesAdded():
            if state.latest_message is not None and state.latest_message.parse is not None:
                parse = state.latest_message.parse
                parse = parse.model_copy(update={"entities": (*parse.entities, *event.entities)})
                state.latest_message = state.latest_message.model_copy(update={"parse": parse})
        case ActiveLoop():
            state.loop = (
                None if event.name is None else Loop(event.name, sequence, trigger=state.latest_message)
            )
        case LoopInterrupted():
            if state.loop is not None:
                state.loop.interrupted = event.is_interrupted
        case FollowupAction():
            state.followup_action = event.action
        case BotUttered():
            pass
        case _:
            return
    state.applied.append((sequence, event))


# --- what a store must do -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """What a store keeps beside the log to list and find conversations by: derived, never the truth."""

    id: str
    channel: str
    language: str | None
    holder: Holder
    sequence: int
    updated_at: float
    unanswered: int | None
    customer_id: str | None
    handoff: Handoff | None

    @classmethod
    def of(cls, conversation: Conversation) -> Summary:
        customer = conversation.identity
        return cls(
            id=conversation.id,
            channel=conversation.channel,
            language=conversation.language,
            holder=conversation.holder,
            sequence=conversation.sequence,
            updated_at=conversation.updated_at,
            unanswered=conversation.unanswered,
            customer_id=customer.customer_id if customer else None,
            handoff=conversation.handoff,
        )


class SequenceConflict(Conflict):
    """Another writer appended first; load again and decide anew."""

    code = "conversation.sequence_conflict"


class EventStore(Protocol):
    """Where logs are kept. Durable: when `append` returns, the events survive a crash."""

    async def load(self, conversation_id: str, *, after: int = 0) -> Sequence[Event]:
        """The events with a sequence greater than ``after``, in order; empty when there are none."""
        ...

    async def append(
        self, conversation_id: str, events: Sequence[Event], *, expected: int, summary: Summary
    ) -> None:
        """Append in one transaction events ``expected + 1 ...`` and the summary after them.

        Raises SequenceConflict when the log does not end at ``expected``; nothing is written then.
        """
        ...

    async def summaries(
        self,
        *,
        holder: Holder | None = None,
        unanswered: bool | None = None,
        handoff_states: Sequence[HandoffState] = (),
        agent_id: str | None = None,
        customer_id: str | None = None,
        before: float | None = None,
        limit: int = 100,
    ) -> Sequence[Summary]:
        """Conversations that fit all given conditions, latest ``updated_at`` first; open handoffs, when
        ``handoff_states`` is given, by priority (highest first) then ``queued_at`` (oldest first)."""
        ...

    async def find_handoff(self, handoff_id: str) -> Summary | None:
        """The conversation that a handoff belongs to, with that handoff; None when there is none."""
        ...
