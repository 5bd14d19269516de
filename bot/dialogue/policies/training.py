"""Stories and rules as histories to learn from: checkpoints joined, alternatives multiplied out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bot.dialogue.features import NOT_SET
from bot.dialogue.fold import LISTEN
from bot.events import ActionExecuted, ActiveLoop, Entity, Event, Intent, Parse, SlotSet, UserUttered
from bot.project.domain import Domain, MappingType, SlotType
from bot.project.problems import NOWHERE, Place
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

SNIPPET = "..."
MAX_PATHS = 5000
"""How many ways through checkpoints and alternatives are followed at most; far above any real project."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One way through a story, or a rule; ``unpredictable`` are the indexes of actions that teach nothing."""

    name: str
    events: tuple[Event, ...]
    unpredictable: frozenset[int]
    is_rule: bool
    place: Place = NOWHERE


def rule_lessons(rules: Sequence[Rule], domain: Domain) -> list[Lesson]:
    """A lesson for each way through each rule."""
    lessons = []
    for rule in rules:
        steps: list[Step] = [*rule.conditions]
        if not rule.conversation_start:
            steps.append(ActionStep(SNIPPET))
        steps.extend(rule.steps)
        if not rule.wait_for_user_input:
            steps.append(ActionStep(SNIPPET))
        for way in _ways(steps):
            lessons.append(_lesson(rule.name, [way], domain, is_rule=True, place=rule.place))
    return lessons


def story_lessons(stories: Sequence[Story], domain: Domain) -> list[Lesson]:
    """A lesson for each way through the stories and the checkpoints that join them."""
    blocks = [block for story in stories for way in _ways(story.steps) for block in _blocks(story, way)]
    lessons: list[Lesson] = []
    for block in blocks:
        if block.start is None:
            for path in _paths([block], blocks, domain):
                name = " > ".join(dict.fromkeys(b.name for b in path))
                steps = [b.steps for b in path]
                lessons.append(_lesson(name, steps, domain, is_rule=False, place=block.place))
                if len(lessons) >= MAX_PATHS:
                    return lessons
    return lessons


@dataclass(frozen=True, slots=True)
class _Block:
    """Story steps between two checkpoints; ``conditions`` say which ways may go on here."""

    name: str
    start: str | None
    conditions: tuple[SlotStep, ...]
    end: str | None
    steps: tuple[Step, ...]
    place: Place


def _blocks(story: Story, way: Sequence[Step]) -> Iterator[_Block]:
    start: str | None = None
    conditions: tuple[SlotStep, ...] = ()
    steps: list[Step] = []
    for step in way:
        if not isinstance(step, CheckpointStep):
            steps.append(step)
            continue
        if steps:
            yield _Block(story.name, start, conditions, step.name, tuple(steps), story.place)
        start, conditions, steps = step.name, step.slots, []
    if steps:
        yield _Block(story.name, start, conditions, None, tuple(steps), story.place)


def _paths(path: list[_Block], blocks: Sequence[_Block], domain: Domain) -> Iterator[list[_Block]]:
    end = path[-1].end
    if end is None:
        yield path
        return
    # A checkpoint may lead back to where it came from; each block is passed once, so that this ends.
    following = [
        block for block in blocks if block.start == end and block not in path and _meets(path, block, domain)
    ]
    if not following:
        yield path
    for block in following:
        yield from _paths([*path, block], blocks, domain)


def _meets(path: Sequence[_Block], block: _Block, domain: Domain) -> bool:
    if not block.conditions:
        return True
    writer = _Writer(domain, is_rule=False)
    for passed in path:
        writer.steps(passed.steps, first=False, last=False)
    slots = {event.name: event.value for event in writer.events if isinstance(event, SlotSet)}
    return all(slots.get(condition.name) == condition.value for condition in block.conditions)


def _ways(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    choices: list[Sequence[Step]] = [s.alternatives if isinstance(s, OrStep) else (s,) for s in steps]
    for count, way in enumerate(product(*choices)):
        if count >= MAX_PATHS:
            return
        yield way


class _Writer:
    """Writes the events that steps stand for."""

    def __init__(self, domain: Domain, *, is_rule: bool) -> None:
        self.domain = domain
        self.is_rule = is_rule
        self.events: list[Event] = []
        self.unpredictable: set[int] = set()

    def steps(self, steps: Sequence[Step], *, first: bool, last: bool) -> None:
        marking = first
        begin = len(self.events)
        for step in steps:
            match step:
                case UserStep():
                    marking = False
                    self._listen(begin)
                    self.events.append(user_event(step))
                    self.events.extend(entity_slots(self.domain, step.entities))
                case ActionStep() | BotStep():
                    if marking:
                        # Nothing leads up to a first action, so there is nothing to learn it from.
                        self.unpredictable.add(len(self.events))
                        marking = False
                    name = step.action if isinstance(step, ActionStep) else step.text
                    self.events.append(ActionExecuted(timestamp=0.0, action=name))
                case SlotStep():
                    self.events.append(SlotSet(timestamp=0.0, name=step.name, value=self._value(step)))
                case LoopStep():
                    name_or_none = NOT_SET if step.name is None and self.is_rule else step.name
                    self.events.append(ActiveLoop(timestamp=0.0, name=name_or_none))
                case _:
                    raise AssertionError(step)
        if last:
            self._listen(begin)

    def _listen(self, begin: int) -> None:
        previous = self.events[-1] if len(self.events) > begin else None
        if not (isinstance(previous, ActionExecuted) and previous.action == LISTEN):
            self.events.append(ActionExecuted(timestamp=0.0, action=LISTEN))

    def _value(self, step: SlotStep) -> Any:
        value = step.value if step.has_value else _any_value(self.domain, step.name)
        return NOT_SET if value is None and self.is_rule else value


def _lesson(
    name: str, blocks: Sequence[Sequence[Step]], domain: Domain, *, is_rule: bool, place: Place
) -> Lesson:
    writer = _Writer(domain, is_rule=is_rule)
    for index, steps in enumerate(blocks):
        writer.steps(steps, first=index == 0, last=index == len(blocks) - 1)
    return Lesson(name, tuple(writer.events), frozenset(writer.unpredictable), is_rule, place)


def _any_value(domain: Domain, name: str) -> Any:
    slot = domain.slots.get(name)
    if slot is None:
        return None
    return {SlotType.TEXT: "filled", SlotType.LIST: ["filled"]}.get(slot.type)


def user_event(step: UserStep) -> UserUttered:
    """The message that a step stands for, understood as the step says."""
    text = step.text if step.text is not None else f"/{step.intent}"
    entities = tuple(
        Entity(entity=e.entity, value=e.value, start=0, end=0, role=e.role, group=e.group)
        for e in step.entities
    )
    if step.intent is None:
        return UserUttered(timestamp=0.0, message_id="", text=text)
    intent = Intent(name=step.intent, confidence=1.0)
    parse = Parse(
        text=text,
        intent=intent,
        intent_ranking=(intent,),
        entities=entities,
        response_key=step.full_intent,
    )
    return UserUttered(timestamp=0.0, message_id="", text=text, parse=parse)


def entity_slots(domain: Domain, entities: Sequence[StepEntity]) -> list[Event]:
    """The slots that a step's entities set: by mappings from entities that no form is a condition of."""
    if not domain.store_entities_as_slots or not entities:
        return []
    events: list[Event] = []
    for slot in domain.slots.values():
        values = []
        for mapping in slot.mappings:
            if mapping.type is not MappingType.FROM_ENTITY:
                continue
            if mapping.conditions and mapping.conditions[0].active_loop is not None:
                continue
            values += [
                entity.value
                for entity in entities
                if (entity.entity, entity.role, entity.group) == (mapping.entity, mapping.role, mapping.group)
            ]
        if values:
            value = values if slot.type is SlotType.LIST else values[-1]
            events.append(SlotSet(timestamp=0.0, name=slot.name, value=value))
    return events
