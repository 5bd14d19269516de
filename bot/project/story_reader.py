"""Reads ``stories:`` and ``rules:`` of any file into `stories`' steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.project.annotations import read_annotations
from bot.project.marked_yaml import Map, Seq
from bot.project.problems import Findings, Place, fail
from bot.project.stories import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    Rule,
    SlotStep,
    Step,
    StepEntity,
    Story,
    UserStep,
)

_STORY_KEYS = frozenset({"story", "steps", "metadata"})
_RULE_KEYS = frozenset(
    {"rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata"}
)
_STEP_KEYS = frozenset(
    {
        "intent",
        "user",
        "entities",
        "action",
        "bot",
        "slot_was_set",
        "active_loop",
        "checkpoint",
        "or",
        "metadata",
    }
)


def read_stories(parts: Iterable[Map], findings: Findings) -> list[Story]:
    """All stories of the parts, in order. Raises ProjectError where one cannot be understood."""
    stories: list[Story] = []
    for item, place in _items(parts, "stories"):
        reader = _ItemReader(findings)
        name = reader.name(item, "story", _STORY_KEYS, place)
        stories.append(Story(name, reader.steps(item, place), place))
    return stories


def read_rules(parts: Iterable[Map], findings: Findings) -> list[Rule]:
    """All rules of the parts, in order. Raises ProjectError where one cannot be understood."""
    rules: list[Rule] = []
    for item, place in _items(parts, "rules"):
        reader = _ItemReader(findings)
        name = reader.name(item, "rule", _RULE_KEYS, place)
        rules.append(
            Rule(
                name,
                reader.steps(item, place),
                conditions=reader.conditions(item, place),
                conversation_start=bool(item.get("conversation_start", False)),
                wait_for_user_input=item.get("wait_for_user_input", True) is not False,
                place=place,
            )
        )
    return rules


def _items(parts: Iterable[Map], key: str) -> Iterable[tuple[Map, Place]]:
    for part in parts:
        value = part.get(key)
        if value is None:
            continue
        if not isinstance(value, Seq):
            raise fail(f"'{key}' must be a list", part.place(key), hint="begin each item with '- '")
        for item, place in value.placed():
            if not isinstance(item, Map):
                raise fail(f"an item of '{key}' must have a name and steps", place)
            yield item, place


class _ItemReader:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def name(self, item: Map, kind: str, known: frozenset[str], place: Place) -> str:
        if kind not in item:
            raise fail(f"a {kind} has no name", place, hint=f"begin it with '- {kind}: name'")
        for key in item:
            if key not in known:
                self._findings.warn(
                    "project.unknown_key", f"The key '{key}' is unknown here and ignored.", item.place(key)
                )
        return str(item[kind])

    def steps(self, item: Map, place: Place) -> tuple[Step, ...]:
        steps = item.get("steps")
        if not isinstance(steps, Seq) or not steps:
            raise fail("it has no steps", place, hint="add 'steps:' with a list below it")
        result: list[Step] = []
        for raw, at in steps.placed():
            result.extend(self._step(raw, at))
        return tuple(result)

    def conditions(self, item: Map, place: Place) -> tuple[SlotStep | LoopStep, ...]:
        raw = item.get("condition")
        if raw is None:
            return ()
        if not isinstance(raw, Seq):
            raise fail(
                "'condition' must be a list", item.place("condition"), hint="begin each item with '- '"
            )
        result: list[SlotStep | LoopStep] = []
        for entry, at in raw.placed():
            for step in self._step(entry, at):
                if not isinstance(step, SlotStep | LoopStep):
                    raise fail("a condition can only be 'active_loop' or 'slot_was_set'", at)
                result.append(step)
        return tuple(result)

    def _step(self, raw: Any, at: Place) -> list[Step]:
        if not isinstance(raw, Map):
            if raw == "...":
                return [ActionStep("...", at)]
            raise fail(
                f"the step '{raw}' is not understood", at, hint="write it as 'action: ...' or 'intent: ...'"
            )
        for key in raw:
            if key not in _STEP_KEYS:
                self._findings.warn(
                    "project.unknown_key", f"The key '{key}' is unknown here and ignored.", raw.place(key)
                )
        if "intent" in raw or "user" in raw:
            return [self._user(raw, at)]
        if "or" in raw:
            return [self._or(raw["or"], at)]
        if "action" in raw:
            if not raw["action"]:
                raise fail("an action step names no action", at)
            return [ActionStep(str(raw["action"]), at)]
        if "bot" in raw:
            return [BotStep(str(raw["bot"]).strip(), at)]
        if "checkpoint" in raw:
            return [
                CheckpointStep(str(raw["checkpoint"]), tuple(self._slots(raw.get("slot_was_set"), at)), at)
            ]
        if "slot_was_set" in raw:
            return list(self._slots(raw["slot_was_set"], at))
        if "active_loop" in raw:
            name = raw["active_loop"]
            return [LoopStep(str(name) if name is not None else None, at)]
        if "metadata" in raw:
            return []
        raise fail(
            "this step is not understood", at, hint="use intent, action, slot_was_set, active_loop, ..."
        )

    def _or(self, raw: Any, at: Place) -> OrStep:
        if not isinstance(raw, Seq) or not raw:
            raise fail("'or' must have a list of alternatives", at)
        alternatives: list[UserStep | SlotStep] = []
        for entry, place in raw.placed():
            for step in self._step(entry, place):
                if not isinstance(step, UserStep | SlotStep):
                    raise fail("an alternative of 'or' can only be an intent or 'slot_was_set'", place)
                alternatives.append(step)
        return OrStep(tuple(alternatives), at)

    def _user(self, raw: Map, at: Place) -> UserStep:
        intent: str | None = None
        full: str | None = None
        if "intent" in raw:
            written = raw["intent"]
            if not isinstance(written, str) or not written.strip():
                raise fail("an intent step names no intent", at, hint="write 'intent: name'")
            written = written.strip().removeprefix("/")
            intent, slash, _ = written.partition("/")
            full = written if slash else None
        if "user" in raw:
            text, annotated = read_annotations(str(raw["user"]).strip(), raw.place("user"))
            entities = tuple(StepEntity(e.entity, e.value, e.role, e.group) for e in annotated)
            return UserStep(intent, text, entities, full, annotated, at)
        return UserStep(intent, None, tuple(self._entities(raw.get("entities"), at)), full, (), at)

    def _entities(self, raw: Any, at: Place) -> Iterable[StepEntity]:
        if raw is None:
            return
        if not isinstance(raw, Seq):
            raise fail("'entities' must be a list", at, hint="write '- city: Oslo' below it")
        for entry, place in raw.placed():
            if isinstance(entry, Map):
                names = [key for key in entry if key not in ("role", "group")]
                if len(names) != 1:
                    raise fail("an entity of a step must be one 'name: value'", place)
                yield StepEntity(str(names[0]), entry[names[0]], entry.get("role"), entry.get("group"))
            else:
                yield StepEntity(str(entry), "")

    def _slots(self, raw: Any, at: Place) -> Iterable[SlotStep]:
        if raw is None:
            return
        if not isinstance(raw, Seq):
            raise fail("'slot_was_set' must be a list", at, hint="write '- slot: value' below it")
        for entry, place in raw.placed():
            if isinstance(entry, Map):
                for name, value in entry.items():
                    yield SlotStep(str(name), value, True, entry.place(name))
            else:
                yield SlotStep(str(entry), None, False, place)
