"""What the policies see: dialogue states, and slot values as features (Rasa's featurisation)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from bot.project.domain import OTHER_VALUE, Slot, SlotType

NOT_SET = "should_not_be_set"
"""The value of a slot, and the name of a loop, that a rule says must not be set."""

Feature: TypeAlias = tuple[float, ...] | str


class State(NamedTuple):
    """The dialogue before one action: what was said, what is known, what was done last, which form is open.

    ``slots`` are (name, feature) pairs sorted by name; slots whose features are all zero are left out.
    """

    intent: str | None = None
    entities: tuple[str, ...] = ()
    text: str | None = None
    slots: tuple[tuple[str, Feature], ...] = ()
    action: str | None = None
    loop: str | None = None


EMPTY = State()


def slot_feature(slot: Slot, value: Any) -> Feature | None:
    """A slot's value as features, or None where it has no influence on the dialogue's state."""
    if not slot.influences:
        return None
    if value == NOT_SET and isinstance(value, str):
        return NOT_SET
    feature = _FEATURES[slot.type](slot, value)
    return feature if any(feature) else None


def _text(slot: Slot, value: Any) -> tuple[float, ...]:
    return (1.0,) if value is not None else (0.0,)


def _list(slot: Slot, value: Any) -> tuple[float, ...]:
    return (1.0,) if isinstance(value, list | tuple) and len(value) > 0 else (0.0,)


def _bool(slot: Slot, value: Any) -> tuple[float, ...]:
    truth = as_bool(value)
    return (0.0, 0.0) if truth is None else (1.0, float(truth))


def as_bool(value: Any) -> bool | None:
    """A truth value from what people write for one (``"yes"`` is none); None where it is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        lower = value.strip().lower()
        if lower in ("true", "1", "1.0"):
            return True
        if lower in ("false", "0", "0.0"):
            return False
    return None


def _float(slot: Slot, value: Any) -> tuple[float, ...]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return (0.0, 0.0)
    capped = max(slot.min_value, min(slot.max_value, number))
    covered = abs(slot.max_value - slot.min_value) or 1.0
    return (1.0, (capped - slot.min_value) / covered)


def _categorical(slot: Slot, value: Any) -> tuple[float, ...]:
    if value is None:
        return (0.0,) * len(slot.values)
    wanted = str(value).lower()
    wanted = wanted if wanted in slot.values else OTHER_VALUE
    return tuple(float(known == wanted) for known in slot.values)


_FEATURES = {
    SlotType.TEXT: _text,
    SlotType.LIST: _list,
    SlotType.BOOL: _bool,
    SlotType.FLOAT: _float,
    SlotType.CATEGORICAL: _categorical,
}


def rule_key(states: Sequence[State]) -> str:
    """The states as the JSON text that Rasa keys its rules by; the longer a rule's key, the more it says."""
    return json.dumps([_as_dict(state) for state in states], sort_keys=True)


def _as_dict(state: State) -> dict[str, Any]:
    data: dict[str, Any] = {}
    user: dict[str, Any] = {}
    if state.text is not None:
        user["text"] = state.text
    if state.intent is not None:
        user["intent"] = state.intent
    if state.entities:
        user["entities"] = state.entities
    if user:
        data["user"] = user
    if state.slots:
        data["slots"] = dict(state.slots)
    if state.action is not None:
        data["prev_action"] = {"action_name": state.action}
    if state.loop is not None:
        data["active_loop"] = {"name": state.loop}
    return data
