"""The event vocabulary: everything that can happen in a conversation.

A conversation is the fold of its log of these events (`bot.conversation`). An event is immutable, typed
by ``type`` and versioned by ``v``; its **sequence** is its position in the log, counted from 1, and is
how one event refers to another (``cause``, ``source``). Timestamps are seconds since the epoch, UTC.

The dialogue events mirror Rasa's (``bot.tracker`` translates both ways), so that Rasa projects, trackers
and custom actions keep their meaning; the rest is what a contact centre needs besides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

# --- what an utterance was understood to mean ---------------------------------------------------------


class Value(BaseModel):
    """An immutable part of an event. Unknown fields of a newer writer are ignored, never refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Intent(Value):
    """A reading of an utterance; ``confidence`` is calibrated, 0..1."""

    name: str
    confidence: float


class Entity(Value):
    """A span ``text[start:end]`` that names something.

    ``value`` is the surface or its synonym's canonical form, as in Rasa; ``normalized`` is what libraries
    made of dates (ISO 8601), amounts (``{"value", "currency"}``) and phones (E.164).
    """

    entity: str
    value: Any
    start: int
    end: int
    confidence: float = 1.0
    extractor: str = ""
    role: str | None = None
    group: str | None = None
    normalized: Any = None


class Scope(Value):
    """Whether the bot should try to answer at all: refused when ``score < threshold``."""

    in_scope: bool
    score: float
    threshold: float


class Parse(Value):
    """What language understanding read in one utterance (`bot.nlu`).

    ``sentiment`` is -1 (angry) .. 1 (delighted), None when not looked at. When ``intent`` is a
    retrieval intent, ``response_key`` is its winner's full name (``faq/opening_hours``) and
    ``response_ranking`` has the full names with their confidences. ``alternatives`` are the readings of
    ambiguous codes that lost ("75011" may be an order number or a postcode).
    """

    text: str
    intent: Intent | None
    intent_ranking: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    alternatives: tuple[Entity, ...] = ()
    language: str | None = None
    scope: Scope | None = None
    sentiment: float | None = None
    response_key: str | None = None
    response_ranking: tuple[Intent, ...] = ()


class Button(Value):
    """A quick reply: ``title`` is shown, ``payload`` is sent."""

    title: str
    payload: str


class AudioSpan(Value):
    """Where in a call's audio an utterance lies, in ms from the call's start, with the ASR's confidence."""

    start_ms: int
    end_ms: int
    confidence: float | None = None


class SlotSource(Value):
    """Where a slot's value came from: the sequence of the utterance, how it was read, and how surely."""

    kind: Literal[
        "entity", "text", "intent", "trigger_intent", "action", "payload", "carry_over", "api", "initial"
    ]
    sequence: int | None = None
    start: int | None = None
    end: int | None = None
    confidence: float | None = None


class EscalationReason(StrEnum):
    """Why the bot gives up."""

    ASKED_FOR_PERSON = "asked_for_person"
    OUT_OF_SCOPE = "out_of_scope"
    LOW_CONFIDENCE = "low_confidence"
    FORM_FAILED = "form_failed"
    RULE = "rule"
    ERROR = "error"
    SENTIMENT = "sentiment"


# --- events ---------------------------------------------------------------------------------------------


class BaseEvent(BaseModel):
    """What all events share."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    timestamp: float


class ConversationStarted(BaseEvent):
    """The first event of every log."""

    type: Literal["conversation_started"] = "conversation_started"
    channel: str
    language: str | None = None
    metadata: dict[str, Any] = {}


class SessionStarted(BaseEvent):
    """A new session: dialogue state begins anew (slots carried over follow as `SlotSet`)."""

    type: Literal["session_started"] = "session_started"


class UserUttered(BaseEvent):
    """The customer said something. ``message_id`` is the client's and makes a retry idempotent.

    ``restated``: a message said before, understood anew after the dialogue was rewound; no new message.
    """

    type: Literal["user_uttered"] = "user_uttered"
    message_id: str
    text: str
    parse: Parse | None = None
    channel: str = ""
    audio: AudioSpan | None = None
    metadata: dict[str, Any] = {}
    restated: bool = False


class BotUttered(BaseEvent):
    """The virtual agent said something. ``response`` names the domain's response it was made from."""

    type: Literal["bot_uttered"] = "bot_uttered"
    text: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    custom: dict[str, Any] | None = None
    response: str | None = None
    metadata: dict[str, Any] = {}


class ActionExecuted(BaseEvent):
    """The bot did something, and why: the policy, its confidence, and the rule or story that said so.

    ``end_to_end``: the message's text decided, not its intent, and later predictions see the text too.
    """

    type: Literal["action_executed"] = "action_executed"
    action: str
    policy: str | None = None
    confidence: float | None = None
    because: str | None = None
    hide_rule_turn: bool = False
    end_to_end: bool = False


class ActionExecutionRejected(BaseEvent):
    """An action (usually a form) declined to run; the policies predict again without it."""

    type: Literal["action_execution_rejected"] = "action_execution_rejected"
    action: str
    policy: str | None = None
    confidence: float | None = None


class ActionFailed(BaseEvent):
    """An action raised or its server did not answer. ``error`` is a code or exception name, never data."""

    type: Literal["action_failed"] = "action_failed"
    action: str
    error: str


class SlotSet(BaseEvent):
    """A slot took a value; ``confirmed`` when the customer said that it is right."""

    type: Literal["slot_set"] = "slot_set"
    name: str
    value: Any = None
    source: SlotSource | None = None
    confirmed: bool = False


class AllSlotsReset(BaseEvent):
    """Every slot went back to its initial value."""

    type: Literal["all_slots_reset"] = "all_slots_reset"


class EntitiesAdded(BaseEvent):
    """Entities added to the latest utterance after its parse (Rasa's ``entities``)."""

    type: Literal["entities_added"] = "entities_added"
    entities: tuple[Entity, ...]


class ActiveLoop(BaseEvent):
    """A form (loop) began, or ended when ``name`` is None."""

    type: Literal["active_loop"] = "active_loop"
    name: str | None


class LoopInterrupted(BaseEvent):
    """The active form was, or is no longer, interrupted by another request."""

    type: Literal["loop_interrupted"] = "loop_interrupted"
    is_interrupted: bool


class FollowupAction(BaseEvent):
    """The next action is forced."""

    type: Literal["followup_action"] = "followup_action"
    action: str | None


class UserUtteranceReverted(BaseEvent):
    """The last user message is taken out of the dialogue's history (Rasa's ``rewind``)."""

    type: Literal["user_utterance_reverted"] = "user_utterance_reverted"


class ActionReverted(BaseEvent):
    """The last action is taken out of the dialogue's history (Rasa's ``undo``)."""

    type: Literal["action_reverted"] = "action_reverted"


class Restarted(BaseEvent):
    """The dialogue begins anew with nothing carried over."""

    type: Literal["restarted"] = "restarted"


class ConversationPaused(BaseEvent):
    """The bot is to be silent until resumed (Rasa's ``pause``)."""

    type: Literal["conversation_paused"] = "conversation_paused"


class ConversationResumed(BaseEvent):
    """The bot may speak again (Rasa's ``resume``)."""

    type: Literal["conversation_resumed"] = "conversation_resumed"


class LanguageChanged(BaseEvent):
    """The conversation's language, as an IETF tag (``en``, ``nb``)."""

    type: Literal["language_changed"] = "language_changed"
    language: str
    by: Literal["customer", "detected", "agent", "api"] = "detected"


class CustomerIdentified(BaseEvent):
    """Who the customer is: ``by`` says what proved it (order and postcode, one-time code, signed token)."""

    type: Literal["customer_identified"] = "customer_identified"
    customer_id: str
    by: str
    verified: bool = True


class RecordAccessed(BaseEvent):
    """What was asked of the CRM: which record, and whether it was read, created or changed."""

    type: Literal["record_accessed"] = "record_accessed"
    record: str
    record_id: str
    operation: Literal["read", "create", "update"]
    summary: str = ""


class EscalationRequested(BaseEvent):
    """The bot gives up, or somebody asked for a person; ``cause`` is the sequence of what led to it."""

    type: Literal["escalation_requested"] = "escalation_requested"
    reason: EscalationReason
    cause: int | None = None
    detail: str = ""


class HandoffQueued(BaseEvent):
    """The conversation waits for a person. Waits are seconds; ``expected_wait`` None means unknown."""

    type: Literal["handoff_queued"] = "handoff_queued"
    handoff_id: str
    queue: str
    priority: int = 0
    language: str | None = None
    skills: tuple[str, ...] = ()
    agent_id: str | None = None
    position: int | None = None
    expected_wait: float | None = None


class HandoffUnavailable(BaseEvent):
    """Nobody could take it: the customer was told, and may leave a message."""

    type: Literal["handoff_unavailable"] = "handoff_unavailable"
    reason: Literal["no_agents", "outside_hours"]
    queue: str


class MessageLeft(BaseEvent):
    """The customer left a message that became a ticket."""

    type: Literal["message_left"] = "message_left"
    ticket_id: str
    queue: str


class HandoffOffered(BaseEvent):
    """The handoff was offered to one agent until ``expires_at``."""

    type: Literal["handoff_offered"] = "handoff_offered"
    handoff_id: str
    agent_id: str
    expires_at: float


class HandoffDeclined(BaseEvent):
    """The agent declined, or the offer timed out (``timed_out``) or the agent went away."""

    type: Literal["handoff_declined"] = "handoff_declined"
    handoff_id: str
    agent_id: str
    timed_out: bool = False


class HandoffAccepted(BaseEvent):
    """A person owns the conversation from here; the bot cannot speak."""

    type: Literal["handoff_accepted"] = "handoff_accepted"
    handoff_id: str
    agent_id: str
    agent_name: str


class HandoffTransferred(BaseEvent):
    """The agent passed the conversation on; it waits again, with the same handoff id."""

    type: Literal["handoff_transferred"] = "handoff_transferred"
    handoff_id: str
    agent_id: str
    to_queue: str | None = None
    to_agent: str | None = None
    note: str = ""


class HandoffReturned(BaseEvent):
    """Its agent went away; the conversation waits again, at the place and priority it had in its queue."""

    type: Literal["handoff_returned"] = "handoff_returned"
    handoff_id: str
    agent_id: str


class HandoffResolved(BaseEvent):
    """The agent is done; the conversation closes, or goes back to the bot."""

    type: Literal["handoff_resolved"] = "handoff_resolved"
    handoff_id: str
    agent_id: str
    disposition: str
    note: str = ""
    return_to_bot: bool = False


class HandoffAbandoned(BaseEvent):
    """The customer left or took back the request while waiting; the bot holds the conversation again."""

    type: Literal["handoff_abandoned"] = "handoff_abandoned"
    handoff_id: str
    by: Literal["customer_cancelled", "customer_left", "system"]


class AgentSaid(BaseEvent):
    """A person at the desk wrote to the customer."""

    type: Literal["agent_said"] = "agent_said"
    agent_id: str
    agent_name: str
    message_id: str
    text: str


class NoteWritten(BaseEvent):
    """An internal note; customers never see it."""

    type: Literal["note_written"] = "note_written"
    agent_id: str
    agent_name: str
    text: str


class ConversationRated(BaseEvent):
    """The customer's rating, 1..5."""

    type: Literal["conversation_rated"] = "conversation_rated"
    score: int = Field(ge=1, le=5)
    comment: str = ""


class ConversationClosed(BaseEvent):
    """Over; the customer's next message begins a new session with the bot."""

    type: Literal["conversation_closed"] = "conversation_closed"
    by: Literal["customer", "agent", "bot", "system"]


Event = Annotated[
    ConversationStarted
    | SessionStarted
    | UserUttered
    | BotUttered
    | ActionExecuted
    | ActionExecutionRejected
    | ActionFailed
    | SlotSet
    | AllSlotsReset
    | EntitiesAdded
    | ActiveLoop
    | LoopInterrupted
    | FollowupAction
    | UserUtteranceReverted
    | ActionReverted
    | Restarted
    | ConversationPaused
    | ConversationResumed
    | LanguageChanged
    | CustomerIdentified
    | RecordAccessed
    | EscalationRequested
    | HandoffQueued
    | HandoffUnavailable
    | MessageLeft
    | HandoffOffered
    | HandoffDeclined
    | HandoffAccepted
    | HandoffTransferred
    | HandoffReturned
    | HandoffResolved
    | HandoffAbandoned
    | AgentSaid
    | NoteWritten
    | ConversationRated
    | ConversationClosed,
    Field(discriminator="type"),
]

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def encode(event: BaseEvent) -> str:
    """The event as JSON text, defaults left out: what a store keeps."""
    return event.model_dump_json(exclude_defaults=True)


def decode(type_: str, data: str | bytes) -> Event:
    """The event back from what `encode` made and its type. Raises pydantic.ValidationError."""
    event: Event = _TYPES[type_].model_validate_json(data)
    return event


def parse_event(data: dict[str, Any]) -> Event:
    """An event from a JSON-like object with its ``type``. Raises pydantic.ValidationError."""
    return _ADAPTER.validate_python(data)


_TYPES: dict[str, Any] = {
    cls.model_fields["type"].default: cls for cls in BaseEvent.__subclasses__() if "type" in cls.model_fields
}
