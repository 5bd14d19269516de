"""Stories and rules as they are written: steps, checkpoints and alternatives; `story_reader` reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.project.annotations import AnnotatedEntity
from bot.project.problems import NOWHERE, Place


@dataclass(frozen=True, slots=True)
class StepEntity:
    """An entity that a step expects the message to have."""

    entity: str
    value: Any = None
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class UserStep:
    """The customer says something: by ``intent``, or end to end by its ``text`` alone (``intent`` None).

    ``full_intent`` has the response key of a retrieval intent where the step names it. In test stories a
    step has both, and ``annotated`` are the entities that understanding is expected to find in the text.
    """

    intent: str | None
    text: str | None = None
    entities: tuple[StepEntity, ...] = ()
    full_intent: str | None = None
    annotated: tuple[AnnotatedEntity, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ActionStep:
    """The bot does this action."""

    action: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BotStep:
    """The bot says this text (end to end)."""

    text: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SlotStep:
    """A slot has been set; without a value (``has_value`` false) to any value at all."""

    name: str
    value: Any = None
    has_value: bool = True
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LoopStep:
    """A form became active, or none is (None)."""

    name: str | None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class CheckpointStep:
    """Joins stories: one that ends with a checkpoint goes on in those that begin with it."""

    name: str
    slots: tuple[SlotStep, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class OrStep:
    """Any one of these."""

    alternatives: tuple[UserStep | SlotStep, ...]
    place: Place = field(default=NOWHERE, compare=False)


Step: TypeAlias = UserStep | ActionStep | BotStep | SlotStep | LoopStep | CheckpointStep | OrStep


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation that the bot is to generalise from, or, in test files, to reproduce."""

    name: str
    steps: tuple[Step, ...]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Rule:
    """A short piece of conversation that always goes the same way."""

    name: str
    steps: tuple[Step, ...]
    conditions: tuple[SlotStep | LoopStep, ...] = ()
    conversation_start: bool = False
    wait_for_user_input: bool = True
    place: Place = NOWHERE
