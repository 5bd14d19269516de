"""What was said, as people read it: the messages of a conversation, a view of its log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel

from bot.conversation import Conversation
from bot.events import (
    AgentAudioJoined,
    AgentAudioLost,
    AgentSaid,
    BotUttered,
    Button,
    CallEnded,
    CallHeld,
    CallStarted,
    CallTransferred,
    ConversationRated,
    DigitsPressed,
    Event,
    HandoffAccepted,
    HandoffResolved,
    NoteWritten,
    SpeechHeard,
    UserUttered,
)


class Message(BaseModel):
    """One line of a transcript. ``sequence`` orders messages and makes deliveries idempotent.

    ``author`` is ``note`` for internal notes, which only `transcript` with ``internal=True`` gives, and
    ``system`` for lines that mark a change of hands, or what happened to a call (``kind``). In calls
    ``asr_confidence`` is 0..1, ``heard`` what the caller heard of a message that they interrupted, and
    ``status`` SIP's of passing a call on outside. ``score`` is a rating's, whose comment is the text.
    """

    sequence: int
    timestamp: float
    author: Literal["customer", "bot", "agent", "system", "note"]
    text: str | None = None
    name: str | None = None
    message_id: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    custom: dict[str, Any] | None = None
    kind: str | None = None
    asr_confidence: float | None = None
    heard: str | None = None
    status: int | None = None
    score: int | None = None


def message_of(sequence: int, event: Event, *, internal: bool = False) -> Message | None:
    """The transcript line that an event makes, or None for the many that make none."""
    at = event.timestamp
    match event:
        case UserUttered() if not event.restated:
            return Message(
                sequence=sequence,
                timestamp=at,
                author="customer",
                text=event.metadata.get("title") or event.text,
                message_id=event.message_id,
                asr_confidence=event.audio.confidence if event.audio else None,
            )
        case BotUttered():
            return Message(
                sequence=sequence,
                timestamp=at,
                author="bot",
                text=event.text,
                buttons=event.buttons,
                image=event.image,
                custom=event.custom,
                heard=event.metadata.get("heard") if event.metadata.get("interrupted") else None,
            )
        case AgentSaid():
            return Message(
                sequence=sequence,
                timestamp=at,
                author="agent",
                text=event.text,
                name=event.agent_name,
                message_id=event.message_id,
                asr_confidence=event.audio.confidence if event.audio else None,
            )
        case HandoffAccepted():
            return Message(
                sequence=sequence, timestamp=at, author="system", kind="agent_joined", name=event.agent_name
            )
        case HandoffResolved():
            kind = "returned_to_bot" if event.return_to_bot else "resolved"
            return Message(sequence=sequence, timestamp=at, author="system", kind=kind)
        case ConversationRated() if internal:
            return Message(
                sequence=sequence,
                timestamp=at,
                author="system",
                kind="rated",
                text=event.comment or None,
                score=event.score,
            )
        case NoteWritten() if internal:
            return Message(
                sequence=sequence, timestamp=at, author="note", text=event.text, name=event.agent_name
            )
        case _:
            return _call_line(sequence, event)


def _call_line(sequence: int, event: Event) -> Message | None:
    """The line that marks what happened to a call."""
    kind: str
    text = name = status = None
    match event:
        case CallStarted() | CallEnded():
            kind = event.type
        case CallHeld():
            kind = "call_held" if event.held else "call_resumed"
        case AgentAudioJoined() | AgentAudioLost():
            kind, name = event.type, event.agent_name
        case DigitsPressed():
            kind, text = "digits", event.digits
        case CallTransferred():
            kind, text, status = _transfer_kind(event.status), event.target, event.status
        case _:
            return None
    return Message(
        sequence=sequence,
        timestamp=event.timestamp,
        author="system",
        kind=kind,
        text=text,
        name=name,
        status=status,
    )


def _transfer_kind(status: int) -> str:
    if status < 200:
        return "call_transferring"
    return "call_transferred" if status < 300 else "call_transfer_failed"


def transcript(conversation: Conversation, *, after: int = 0, internal: bool = False) -> Iterator[Message]:
    """The conversation's messages with a sequence greater than ``after``."""
    heard = {e.sequence: e.heard for e in conversation.events if isinstance(e, SpeechHeard) and e.interrupted}
    for sequence in range(after + 1, conversation.sequence + 1):
        message = message_of(sequence, conversation.event(sequence), internal=internal)
        if message is not None:
            message.heard = heard.get(sequence, message.heard)
            yield message
