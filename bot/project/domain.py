"""The domain of a bot: what it can understand, remember and do. The model; `domain_reader` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot.project.problems import NOWHERE, Place

DEFAULT_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "...",
    "action_extract_slots",
)
DEFAULT_INTENTS = ("restart", "back", "out_of_scope", "session_start", "nlu_fallback")
REQUESTED_SLOT = "requested_slot"
SESSION_METADATA_SLOT = "session_started_metadata"
DEFAULT_SLOTS = (REQUESTED_SLOT, SESSION_METADATA_SLOT)
OTHER_VALUE = "__other__"


class SlotType(StrEnum):
    """Rasa's slot types; ``custom`` is a class of the project's own, which is never imported."""

    TEXT = "text"
    BOOL = "bool"
    CATEGORICAL = "categorical"
    FLOAT = "float"
    LIST = "list"
    ANY = "any"
    CUSTOM = "custom"


class MappingType(StrEnum):
    """How a slot takes its value from a message."""

    FROM_ENTITY = "from_entity"
    FROM_INTENT = "from_intent"
    FROM_TRIGGER_INTENT = "from_trigger_intent"
    FROM_TEXT = "from_text"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class MappingCondition:
    """When a mapping applies: in this form (None: in none), while this slot is asked for (None: any)."""

    active_loop: str | None
    requested_slot: str | None = None


@dataclass(frozen=True, slots=True)
class SlotMapping:
    """One way of filling a slot."""

    type: MappingType
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    value: Any = None
    action: str | None = None
    conditions: tuple[MappingCondition, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two mappings the same, whatever slot they belong to."""
        return (
            self.type,
            self.entity,
            self.role,
            self.group,
            self.intents,
            self.not_intents,
            self.conditions,
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot. ``values`` are a categorical slot's, lower-case, with ``__other__`` last."""

    name: str
    type: SlotType
    influence_conversation: bool = True
    initial_value: Any = None
    mappings: tuple[SlotMapping, ...] = ()
    values: tuple[str, ...] = ()
    min_value: float = 0.0
    max_value: float = 1.0
    place: Place = NOWHERE

    @property
    def influences(self) -> bool:
        """Whether the slot's value is a feature of the dialogue's state."""
        return self.influence_conversation and self.type not in (SlotType.ANY, SlotType.CUSTOM)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity and the roles and groups that it comes in."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influence_conversation: bool = True
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent. ``use_entities`` None means all; ``is_retrieval`` when there are ``name/key`` intents."""

    name: str
    use_entities: tuple[str, ...] | None = None
    ignore_entities: tuple[str, ...] = ()
    is_retrieval: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the slots that it asks for, in order, and the intents that fill none of them."""

    name: str
    required_slots: tuple[str, ...]
    ignored_intents: tuple[str, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class ResponseCondition:
    """A variation is used only while a slot has this value."""

    slot: str
    value: Any


@dataclass(frozen=True, slots=True)
class Variation:
    """One way of giving a response. Texts may hold ``{slot}``."""

    text: str | None = None
    buttons: tuple[dict[str, Any], ...] = ()
    image: str | None = None
    custom: dict[str, Any] | None = None
    channel: str | None = None
    conditions: tuple[ResponseCondition, ...] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """When a session ends (minutes of silence; 0: never), and whether slots outlive it."""

    session_expiration_time: float = 60.0
    carry_over_slots_to_new_session: bool = True


@dataclass(eq=False)
class Domain:
    """Everything in a domain, in the order in which it was written."""

    intents: dict[str, Intent] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    responses: dict[str, tuple[Variation, ...]] = field(default_factory=dict)
    actions: dict[str, Place] = field(default_factory=dict)
    actions_sent_domain: frozenset[str] = frozenset()
    e2e_actions: tuple[str, ...] = ()
    session: SessionConfig = SessionConfig()
    store_entities_as_slots: bool = True

    @cached_property
    def retrieval_intents(self) -> frozenset[str]:
        return frozenset(name for name, intent in self.intents.items() if intent.is_retrieval)

    @cached_property
    def action_names(self) -> frozenset[str]:
        """All that can be predicted: default and custom actions, forms, responses, end-to-end texts."""
        retrieval = {f"utter_{name}" for name in self.retrieval_intents}
        return frozenset(
            {*DEFAULT_ACTIONS, *self.actions, *self.forms, *self.responses, *self.e2e_actions, *retrieval}
        )

    @cached_property
    def _initial_slots(self) -> dict[str, Any]:
        return {name: slot.initial_value for name, slot in self.slots.items()}

    def initial_slots(self) -> dict[str, Any]:
        """Every slot with its value at the start; the dictionary is the caller's."""
        return self._initial_slots.copy()

    @cached_property
    def _used_entities(self) -> dict[str, frozenset[str]]:
        featurized = [entity for entity in self.entities.values() if entity.influence_conversation]
        labels = {
            entity.name: {
                entity.name,
                *(f"{entity.name}#{role}" for role in entity.roles),
                *(f"{entity.name}#{group}" for group in entity.groups),
            }
            for entity in featurized
        }
        used = {}
        for intent in self.intents.values():
            names = set(labels) if intent.use_entities is None else set(intent.use_entities) & set(labels)
            names -= set(intent.ignore_entities)
            used[intent.name] = frozenset(label for name in names for label in labels[name])
        return used

    def used_entities(self, intent: str) -> frozenset[str] | None:
        """The entity labels (``name``, ``name#role``) that count beside an intent; None: all."""
        return self._used_entities.get(intent)

    def as_dict(self) -> dict[str, Any]:
        """The domain in Rasa's JSON form, as rasa-sdk's validation actions read it."""
        return {
            "intents": list(self.intents),
            "entities": list(self.entities),
            "slots": {slot.name: _slot_as_dict(slot) for slot in self.slots.values()},
            "forms": {
                form.name: {
                    "required_slots": list(form.required_slots),
                    **({"ignored_intents": list(form.ignored_intents)} if form.ignored_intents else {}),
                }
                for form in self.forms.values()
            },
            "responses": {
                name: [_variation_as_dict(variation) for variation in variations]
                for name, variations in self.responses.items()
            },
            "actions": list(self.actions),
            "e2e_actions": list(self.e2e_actions),
            "session_config": {
                "session_expiration_time": self.session.session_expiration_time,
                "carry_over_slots_to_new_session": self.session.carry_over_slots_to_new_session,
            },
        }


def _slot_as_dict(slot: Slot) -> dict[str, Any]:
    mappings = []
    for mapping in slot.mappings:
        data: dict[str, Any] = {"type": mapping.type.value}
        for key in ("entity", "role", "group", "value", "action"):
            if (value := getattr(mapping, key)) is not None:
                data[key] = value
        if mapping.intents:
            data["intent"] = list(mapping.intents)
        if mapping.not_intents:
            data["not_intent"] = list(mapping.not_intents)
        if mapping.conditions:
            data["conditions"] = [
                {"active_loop": c.active_loop}
                | ({"requested_slot": c.requested_slot} if c.requested_slot else {})
                for c in mapping.conditions
            ]
        mappings.append(data)
    data = {
        "type": slot.type.value,
        "initial_value": slot.initial_value,
        "influence_conversation": slot.influence_conversation,
        "mappings": mappings,
    }
    if slot.values:
        data["values"] = [value for value in slot.values if value != OTHER_VALUE]
    if slot.type is SlotType.FLOAT:
        data |= {"min_value": slot.min_value, "max_value": slot.max_value}
    return data


def _variation_as_dict(variation: Variation) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key in ("text", "image", "custom", "channel", "id"):
        if (value := getattr(variation, key)) is not None:
            data[key] = value
    if variation.buttons:
        data["buttons"] = [dict(button) for button in variation.buttons]
    if variation.metadata:
        data["metadata"] = variation.metadata
    if variation.conditions is not None:
        data["condition"] = [
            {"type": "slot", "name": condition.slot, "value": condition.value}
            for condition in variation.conditions
        ]
    return data
