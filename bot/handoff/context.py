"""The evidence that comes with a handoff: a view of the log, so nothing in it is hearsay (docs/api.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

from pydantic import BaseModel

from bot.call import PROMPT
from bot.contacts.contacts import Contacts
from bot.conversation import ACTION_LISTEN, Conversation
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    AgentSaid,
    BotUttered,
    EscalationReason,
    EscalationRequested,
    Event,
    HandoffAccepted,
    HandoffResolved,
    HandoffReturned,
    RecordAccessed,
    SessionStarted,
    SlotSet,
    SpeechHeard,
    UserUttered,
)
from bot.handoff.ports import MissingSlots
from bot.handoff.suggestions import SuggestedReply, suggested_replies
from bot.handoff.texts import text
from bot.handoff.views import HandoffView
from bot.identity import Level
from bot.project.titles import Titles
from bot.transcript import Message, message_of, transcript

NOT_UNDERSTOOD = frozenset({"nlu_fallback", "out_of_scope"})
"""Intents of what could not be understood, or not be helped with."""
_QUESTION_MARKS = ("?", "؟")
REQUESTED_SLOT = "requested_slot"
"""Rasa's slot for what a form asks next: the form's business, and no finding."""


class ConversationPart(BaseModel):
    id: str
    channel: str
    started_at: float
    language: str | None


class CustomerPart(BaseModel):
    """Who the customer is; ``verified_by`` says what proved it, ``level`` how surely it holds now, until
    ``expires_at`` (seconds since the epoch, None for a hint).

    ``orders`` are those that a weak proof is for: it is for nothing else of the customer's.
    """

    id: str
    name: str | None
    email: str | None
    phone: str | None
    verified: bool
    verified_by: str
    level: Level
    expires_at: float | None
    orders: tuple[str, ...]


class CausePart(BaseModel):
    sequence: int
    text: str | None


class ReasonPart(BaseModel):
    """Why a person was asked for, with the event that led to it."""

    code: EscalationReason | None
    detail: str
    cause: CausePart | None


class IntentPart(BaseModel):
    """How an utterance was understood; ``intent`` is the full name of a retrieval intent.

    ``passing`` intents say nothing about the subject: "yes", a bare answer, what was not understood.
    """

    sequence: int
    text: str
    intent: str | None
    confidence: float | None
    passing: bool


class SourcePart(BaseModel):
    """Where a value came from: ``start`` and ``end`` are characters of the utterance at ``sequence``."""

    kind: str
    sequence: int | None
    start: int | None
    end: int | None


class SlotPart(BaseModel):
    name: str
    value: Any
    confidence: float | None
    confirmed: bool
    source: SourcePart | None


class AttemptPart(BaseModel):
    """What the bot did, why, and what came of it."""

    sequence: int
    action: str
    because: str | None
    outcome: str


class FormPart(BaseModel):
    name: str
    missing: tuple[str, ...]


class RecordPart(BaseModel):
    record: str
    record_id: str
    operation: str
    summary: str


class AudioPart(BaseModel):
    """How well a call was understood. Confidences are 0..1; ``barge_ins``: the caller spoke over the bot."""

    utterances: int
    not_understood: int
    mean_asr_confidence: float | None
    barge_ins: int


class Context(BaseModel):
    """The evidence, version 1. Everything but the transcript is of the latest session."""

    version: Literal[1] = 1
    handoff: HandoffView
    conversation: ConversationPart
    customer: CustomerPart | None
    reason: ReasonPart
    intents: list[IntentPart]
    slots: list[SlotPart]
    attempts: list[AttemptPart]
    form: FormPart | None
    transcript: list[Message]
    suggested_replies: list[SuggestedReply]
    records: list[RecordPart]
    audio: AudioPart | None


async def build_context(
    conversation: Conversation,
    view: HandoffView,
    *,
    contacts: Contacts,
    missing_slots: MissingSlots,
    agent_name: str | None,
    now: float,
    internal_slots: Collection[str] = (),
    passing_intents: Collection[str] = (),
    titles: Titles | None = None,
) -> Context:
    """The evidence of a conversation's handoff, for the agent named (None for a program).

    ``internal_slots`` are the bot's own books, which are left out; ``titles`` what slots are called.
    """
    session = list(_session(conversation))
    records = _records(session)
    customer = await _customer(conversation, contacts, now=now)
    loop = conversation.dialogue.loop
    missing: tuple[str, ...] = ()
    if loop is not None:
        missing = tuple(slot for slot in missing_slots(conversation) if slot not in internal_slots)
    return Context(
        handoff=view,
        conversation=ConversationPart(
            id=conversation.id,
            channel=conversation.channel,
            started_at=conversation.event(1).timestamp,
            language=conversation.language,
        ),
        customer=customer,
        reason=_reason(conversation, session),
        intents=_intents(session, passing_intents),
        slots=_slots(conversation, internal_slots),
        attempts=attempts(session, internal_slots),
        form=FormPart(name=loop.name, missing=missing) if loop is not None else None,
        transcript=list(transcript(conversation, internal=True)),
        suggested_replies=suggested_replies(
            conversation,
            agent_name=agent_name,
            customer_name=customer.name if customer and customer.verified else None,
            question=_question(conversation, missing[0], titles or Titles()) if missing else None,
            records=records,
        ),
        records=[
            RecordPart(record=r.record, record_id=r.record_id, operation=r.operation, summary=r.summary)
            for r in records
        ],
        audio=_audio(conversation),
    )


@dataclass(slots=True)
class _Attempt:
    """An action and what followed it, while a session is read."""

    sequence: int
    action: str
    because: str | None
    outcomes: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)

    def note(self, outcome: str) -> None:
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)

    def part(self) -> AttemptPart:
        outcomes = [*self.outcomes, *([f"slots: {', '.join(self.slots)}"] if self.slots else [])]
        return AttemptPart(
            sequence=self.sequence,
            action=self.action,
            because=self.because,
            outcome="; ".join(outcomes) or "done",
        )


def attempts(session: Sequence[tuple[int, Event]], internal_slots: Collection[str] = ()) -> list[AttemptPart]:
    """What the bot did and what came of it: each action with what its turn recorded after it."""
    found: list[_Attempt] = []
    current: _Attempt | None = None
    for sequence, event in session:
        match event:
            case UserUttered() | AgentSaid():
                current = None
            case ActionExecuted(action=action) if action == ACTION_LISTEN:
                current = None
            case ActionExecuted():
                current = _Attempt(sequence, event.action, event.because or event.policy)
                found.append(current)
            case ActionFailed() | ActionExecutionRejected():
                if current is None or current.action != event.action:
                    current = _Attempt(sequence, event.action, None)
                    found.append(current)
                current.note(f"failed: {event.error}" if isinstance(event, ActionFailed) else "rejected")
            case _ if current is not None:
                _note_outcome(current, event, internal_slots)
    return [attempt.part() for attempt in found]


def _note_outcome(attempt: _Attempt, event: Event, internal_slots: Collection[str]) -> None:
    match event:
        case BotUttered():
            attempt.note("said")
        case RecordAccessed():
            attempt.note(f"{event.operation}: {event.record} {event.record_id}")
        case EscalationRequested():
            attempt.note(f"escalated: {event.reason.value}")
        case SlotSet() if _tells(event.name, event.value, internal_slots):
            if event.name not in attempt.slots:
                attempt.slots.append(event.name)
        case _:
            return


def _audio(conversation: Conversation) -> AudioPart | None:
    """Of the whole call: what went wrong in its beginning tells as much."""
    if conversation.call is None:
        return None
    utterances = not_understood = barge_ins = 0
    has_person = False
    confidences = []
    for event in conversation.events:
        match event:
            case UserUttered(restated=False) if event.audio is not None:
                utterances += 1
                intent = event.parse.intent if event.parse is not None else None
                not_understood += intent is None or intent.name in NOT_UNDERSTOOD
                if event.audio.confidence is not None:
                    confidences.append(event.audio.confidence)
            case HandoffAccepted() | HandoffReturned() | HandoffResolved():
                # Once a person has accepted, it is their voice that cuts the bot's last words short.
                has_person = isinstance(event, HandoffAccepted)
            case SpeechHeard():
                barge_ins += event.interrupted and not has_person
            case BotUttered() if PROMPT in event.metadata:
                barge_ins += bool(event.metadata.get("interrupted")) and not has_person
                not_understood += event.metadata.get("why") == "not_understood"
    return AudioPart(
        utterances=utterances,
        not_understood=not_understood,
        mean_asr_confidence=round(fmean(confidences), 3) if confidences else None,
        barge_ins=barge_ins,
    )


def _session(conversation: Conversation) -> Iterator[tuple[int, Event]]:
    """The latest session's (sequence, event) pairs."""
    start = 1
    for sequence in range(conversation.sequence, 0, -1):
        if isinstance(conversation.event(sequence), SessionStarted):
            start = sequence
            break
    for sequence in range(start, conversation.sequence + 1):
        yield sequence, conversation.event(sequence)


def _reason(conversation: Conversation, session: Sequence[tuple[int, Event]]) -> ReasonPart:
    handoff = conversation.handoff
    if handoff is None:
        return ReasonPart(code=None, detail="", cause=None)
    cause = handoff.cause
    if cause is None:
        # Asked for with a button, say: the customer's last words before it are the nearest to a cause.
        said = [
            sequence
            for sequence, event in session
            if isinstance(event, UserUttered) and not event.restated and sequence < handoff.queued_sequence
        ]
        cause = said[-1] if said else None
    part = None
    if cause is not None and 1 <= cause <= conversation.sequence:
        event = conversation.event(cause)
        message = message_of(cause, event)
        part = CausePart(sequence=cause, text=message.text if message else event.type)
    return ReasonPart(code=handoff.reason, detail=handoff.detail, cause=part)


def _question(conversation: Conversation, slot: str, titles: Titles) -> str | None:
    """How to ask for what is missing: as the bot asked, or by the slot's title in the customer's language."""
    language = conversation.language
    if conversation.slot(REQUESTED_SLOT) == slot:
        for event in reversed(conversation.events):
            if isinstance(event, SessionStarted):
                break
            if isinstance(event, BotUttered) and event.text and event.text.rstrip().endswith(_QUESTION_MARKS):
                return event.text.strip()
    title = titles.of("slots", slot, language)
    if title is None and not titles.knows("slots", slot):
        title = slot.replace("_", " ")
    return text("ask_missing", language, missing=title) if title is not None else None


def _intents(session: Sequence[tuple[int, Event]], passing_intents: Collection[str]) -> list[IntentPart]:
    parts = []
    for sequence, event in session:
        if isinstance(event, UserUttered) and event.parse is not None and not event.restated:
            intent = event.parse.intent
            name = event.parse.response_key or (intent.name if intent else None)
            parts.append(
                IntentPart(
                    sequence=sequence,
                    text=event.metadata.get("title") or event.text,
                    intent=name,
                    confidence=intent.confidence if intent else None,
                    passing=intent is None or intent.name in NOT_UNDERSTOOD or intent.name in passing_intents,
                )
            )
    return parts


def _tells(slot: str, value: Any, internal_slots: Collection[str]) -> bool:
    """Whether a slot says something about the customer's case; a lone mark ("-": not needed) does not."""
    if value is None or slot == REQUESTED_SLOT or slot in internal_slots:
        return False
    return bool(value != "-")


def _slots(conversation: Conversation, internal_slots: Collection[str]) -> list[SlotPart]:
    return [
        SlotPart(
            name=name,
            value=slot.value,
            confidence=slot.source.confidence if slot.source else None,
            confirmed=slot.confirmed,
            source=SourcePart(
                kind=slot.source.kind,
                sequence=slot.source.sequence,
                start=slot.source.start,
                end=slot.source.end,
            )
            if slot.source
            else None,
        )
        for name, slot in conversation.dialogue.slots.items()
        if _tells(name, slot.value, internal_slots)
    ]


def _records(session: Sequence[tuple[int, Event]]) -> list[RecordAccessed]:
    """Each record touched, with the latest thing done to it."""
    latest: dict[tuple[str, str, str], RecordAccessed] = {}
    for _, event in session:
        if isinstance(event, RecordAccessed):
            key = (event.record, event.record_id, event.operation)
            latest.pop(key, None)
            latest[key] = event
    return list(latest.values())


async def _customer(conversation: Conversation, contacts: Contacts, *, now: float) -> CustomerPart | None:
    known = conversation.identity
    if known is None:
        return None
    record = await contacts.customer(known.customer_id)
    return CustomerPart(
        id=known.customer_id,
        name=record.name if record else None,
        email=record.email if record else None,
        phone=record.phone if record else None,
        verified=known.at_least(Level.WEAK, now),
        verified_by=known.by,
        level=known.level(now),
        expires_at=known.expires_at(now),
        orders=known.proved_orders(now),
    )
