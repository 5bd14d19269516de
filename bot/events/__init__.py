"""The event vocabulary: everything that can happen in a conversation.

A conversation is the fold of its log of these events (`bot.conversation`). An event is immutable, typed
by ``type`` and versioned by ``v``; its **sequence** is its position in the log, counted from 1, and is
how one event refers to another (``cause``, ``source``). Timestamps are seconds since the epoch, UTC.

The dialogue events mirror Rasa's (``bot.tracker`` translates both ways), so that Rasa projects, trackers
and custom actions keep their meaning; the rest is what a contact centre needs besides.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.events.calls import (
    AgentAudioJoined,
    AgentAudioLost,
    CallEnded,
    CallHeld,
    CallStarted,
    CallTransferred,
    DigitsPressed,
    SpeechHeard,
)
from bot.events.dialogue import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    ConversationStarted,
    CustomerIdentified,
    EntitiesAdded,
    FollowupAction,
    IdentityEnded,
    LanguageChanged,
    LoopInterrupted,
    ProofRequired,
    RecordAccessed,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bot.events.people import (
    AgentSaid,
    ContactAsked,
    ConversationClosed,
    ConversationRated,
    EscalationRequested,
    HandoffAbandoned,
    HandoffAccepted,
    HandoffDeclined,
    HandoffOffered,
    HandoffQueued,
    HandoffResolved,
    HandoffReturned,
    HandoffTransferred,
    HandoffUnavailable,
    MessageLeft,
    NoteWritten,
)
from bot.events.values import (
    AudioSpan,
    BaseEvent,
    Button,
    Entity,
    EscalationReason,
    Intent,
    Parse,
    Scope,
    SlotSource,
)

__all__ = [
    "ActionExecuted",
    "ActionExecutionRejected",
    "ActionFailed",
    "ActionReverted",
    "ActiveLoop",
    "AgentAudioJoined",
    "AgentAudioLost",
    "AgentSaid",
    "AllSlotsReset",
    "AudioSpan",
    "BaseEvent",
    "BotUttered",
    "Button",
    "CallEnded",
    "CallHeld",
    "CallStarted",
    "CallTransferred",
    "ContactAsked",
    "ConversationClosed",
    "ConversationPaused",
    "ConversationRated",
    "ConversationResumed",
    "ConversationStarted",
    "CustomerIdentified",
    "DigitsPressed",
    "EntitiesAdded",
    "Entity",
    "EscalationReason",
    "EscalationRequested",
    "Event",
    "FollowupAction",
    "HandoffAbandoned",
    "HandoffAccepted",
    "HandoffDeclined",
    "HandoffOffered",
    "HandoffQueued",
    "HandoffResolved",
    "HandoffReturned",
    "HandoffTransferred",
    "HandoffUnavailable",
    "IdentityEnded",
    "Intent",
    "LanguageChanged",
    "LoopInterrupted",
    "MessageLeft",
    "NoteWritten",
    "Parse",
    "ProofRequired",
    "RecordAccessed",
    "Restarted",
    "Scope",
    "SessionStarted",
    "SlotSet",
    "SlotSource",
    "SpeechHeard",
    "UserUtteranceReverted",
    "UserUttered",
    "decode",
    "encode",
    "parse_event",
]

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
    | IdentityEnded
    | ProofRequired
    | RecordAccessed
    | EscalationRequested
    | HandoffQueued
    | HandoffUnavailable
    | MessageLeft
    | ContactAsked
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
    | ConversationClosed
    | CallStarted
    | SpeechHeard
    | CallHeld
    | DigitsPressed
    | AgentAudioJoined
    | AgentAudioLost
    | CallTransferred
    | CallEnded,
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


_TYPES: dict[str, Any] = {cls.model_fields["type"].default: cls for cls in BaseEvent.__subclasses__()}
