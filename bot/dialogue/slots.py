"""``action_extract_slots``: slots filled from the latest message by the domain's mappings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from bot.dialogue.history import History
from bot.events import Entity, SlotSet, SlotSource
from bot.project.domain import DEFAULT_SLOTS, REQUESTED_SLOT, Domain, MappingType, Slot, SlotMapping, SlotType


def extract(history: History, *, sequence: int | None, at: float) -> Iterator[SlotSet | str]:
    """What the latest message says of each slot: slots to set, and names of actions that are to set some.

    The first mapping of a slot that applies counts. ``sequence`` is the message's, for the slots' sources.
    """
    asked: set[str] = set()
    named = {entity.entity for entity in history.latest_entities}
    for slot, mappings in _usable_mappings(history.domain):
        for mapping in mappings:
            if mapping.type is MappingType.FROM_ENTITY and mapping.entity not in named:
                continue
            if not _applies(mapping, slot, history):
                continue
            if mapping.type is MappingType.CUSTOM:
                if mapping.action is not None and mapping.action not in asked:
                    asked.add(mapping.action)
                    yield mapping.action
                continue
            values, source = _values(mapping, history, sequence)
            if values:
                value = values if slot.type is SlotType.LIST else values[-1]
                if value is not None or history.slots.get(slot.name) is not None:
                    yield SlotSet(timestamp=at, name=slot.name, value=value, source=source)
                    break


def _applies(mapping: SlotMapping, slot: Slot, history: History) -> bool:
    return (
        _intent_is_wanted(mapping, history)
        and (
            mapping.type is MappingType.FROM_TRIGGER_INTENT
            or not mapping.conditions
            or _a_condition_holds(mapping, slot, history)
        )
        and not _is_ambiguous(mapping, slot, history)
    )


@lru_cache(maxsize=64)
def _usable_mappings(domain: Domain) -> tuple[tuple[Slot, tuple[SlotMapping, ...]], ...]:
    return tuple(
        (slot, mappings)
        for slot in domain.slots.values()
        if slot.name not in DEFAULT_SLOTS
        and (mappings := tuple(mapping for mapping in slot.mappings if _is_valid(mapping, domain)))
    )


def _is_valid(mapping: SlotMapping, domain: Domain) -> bool:
    if mapping.type is MappingType.FROM_ENTITY:
        return mapping.entity in domain.entities
    if mapping.type is MappingType.FROM_INTENT:
        return all(intent in domain.intents for intent in mapping.intents)
    return True


def _intent_is_wanted(mapping: SlotMapping, history: History) -> bool:
    intent = history.latest_intent
    if mapping.intents:
        return intent in mapping.intents
    if intent in mapping.not_intents:
        return False
    loop = history.active_loop
    form = history.domain.forms.get(loop) if loop is not None else None
    if form is None or intent not in form.ignored_intents:
        return True
    # What a form ignores fills nothing through mappings that are not for other forms only.
    return bool(mapping.conditions) and all(c.active_loop != loop for c in mapping.conditions)


def _a_condition_holds(mapping: SlotMapping, slot: Slot, history: History) -> bool:
    requested = history.slots.get(REQUESTED_SLOT)
    if history.loop_rejected and requested == slot.name:
        return False
    loop = history.active_loop
    for condition in mapping.conditions:
        if condition.active_loop is None:
            if loop is None:
                return True
        elif condition.active_loop == loop and condition.requested_slot in (None, requested):
            return True
    return False


def _is_ambiguous(mapping: SlotMapping, slot: Slot, history: History) -> bool:
    """In a form, an entity that could fill several of its slots fills only the one that was asked for."""
    loop = history.active_loop
    if mapping.type is not MappingType.FROM_ENTITY or loop is None:
        return False
    form = history.domain.forms.get(loop)
    if form is None or history.slots.get(REQUESTED_SLOT) == slot.name or slot.name not in form.required_slots:
        return False
    return mapping.key not in _unique_mappings(history.domain, loop)


@lru_cache(maxsize=256)
def _unique_mappings(domain: Domain, form: str) -> frozenset[tuple[Any, ...]]:
    count = Counter(
        mapping.key
        for name in domain.forms[form].required_slots
        if name in domain.slots
        for mapping in domain.slots[name].mappings
        if mapping.type is MappingType.FROM_ENTITY
    )
    return frozenset(key for key, times in count.items() if times == 1)


def _values(
    mapping: SlotMapping, history: History, sequence: int | None
) -> tuple[list[Any], SlotSource | None]:
    message = history.latest_message
    if mapping.type is MappingType.FROM_ENTITY:
        found = [entity for entity in history.latest_entities if _is(entity, mapping)]
        if not found:
            return [], None
        last = found[-1]
        kind = "payload" if message is not None and message.text.startswith("/") else "entity"
        source = SlotSource(
            kind=kind,
            sequence=sequence,
            start=last.start,
            end=last.end,
            confidence=last.confidence,
        )
        return [entity.value for entity in found], source
    confidence = None
    if message is not None and message.parse is not None and message.parse.intent is not None:
        confidence = message.parse.intent.confidence
    if mapping.type is MappingType.FROM_TEXT:
        if message is None:
            return [], None
        source = SlotSource(kind="text", sequence=sequence, start=0, end=len(message.text))
        return [message.text], source
    if mapping.type is MappingType.FROM_TRIGGER_INTENT:
        loop = history.active_loop
        forms = [condition.active_loop for condition in mapping.conditions]
        if loop is None or (forms and loop not in forms):
            return [], None
        return [mapping.value], SlotSource(kind="trigger_intent", sequence=sequence, confidence=confidence)
    return [mapping.value], SlotSource(kind="intent", sequence=sequence, confidence=confidence)


def _is(entity: Entity, mapping: SlotMapping) -> bool:
    return (entity.entity, entity.role, entity.group) == (mapping.entity, mapping.role, mapping.group)
