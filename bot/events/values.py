"""What events are made of."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


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
        "entity",
        "text",
        "intent",
        "trigger_intent",
        "action",
        "payload",
        "carry_over",
        "api",
        "initial",
        "identity",
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
    MESSAGE_LEFT = "message_left"
    """An agent answers a message that was left, in the conversation."""


class BaseEvent(BaseModel):
    """What all events share."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    timestamp: float
