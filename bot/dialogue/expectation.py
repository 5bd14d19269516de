"""What kind of answer the bot waits for: voice gateways decide by it how long a pause ends a turn.

Nothing here knows a particular project: it is read from the open form's slots, from the response that was
said last, and from what the training data has of an entity.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.call import PROMPT
from bot.conversation import Conversation
from bot.events import BotUttered, UserUttered
from bot.project import Project
from bot.project.domain import REQUESTED_SLOT, MappingType, Slot, SlotMapping, SlotType
from bot.project.nlu import TrainingData

HOT_WORDS = 50
YES_NO = frozenset({"/affirm", "/deny"})
"""What one at least of the two buttons of a yes-or-no question sends; Rasa's examples have these names."""
QUESTION_MARKS = ("?", "؟")
LONGEST_NUMBER = 20
MOSTLY = 0.5
"""An entity is a number when at least so many (0..1) of its annotated values are."""
_SEPARATORS = re.compile(r"[\s+().-]+")

ExpectedEntities = Callable[[Conversation], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The kind of answer; ``digits`` is a number's length if known, ``hot_words`` the likeliest first."""

    kind: Literal["free", "yes_no", "digits"] = "free"
    digits: int | None = None
    hot_words: tuple[str, ...] = ()


class Expectations:
    """Tells the expectation of conversations with one project's bot."""

    def __init__(self, project: Project, *, expected_entities: ExpectedEntities) -> None:
        """``expected_entities`` are the dialogue engine's."""
        self._domain = project.domain
        self._expected_entities = expected_entities
        self._names = _names(project.nlu)
        self._numbers = _numbers(project.nlu)
        # What is in a lookup is a closed list of names, which may be said at any time.
        self._always = [name for entity in project.nlu.lookups for name in self._names.get(entity, ())]

    def of(self, conversation: Conversation) -> Expectation:
        """What the bot waits for now; while it may not speak, anything may come."""
        if not conversation.bot_may_speak:
            return Expectation()
        said = _latest_answers(conversation)
        words = [button.title for event in said for button in event.buttons]
        words += [name for e in self._expected_entities(conversation) for name in self._names.get(e, ())]
        hot_words = tuple(dict.fromkeys([*words, *self._always]))[:HOT_WORDS]
        slot = self._requested(conversation)
        if self._is_yes_no(conversation, slot, said):
            return Expectation("yes_no", hot_words=hot_words)
        lengths = self._number_lengths(conversation, slot)
        if lengths:
            digits = lengths.pop() if len(lengths) == 1 else None
            return Expectation("digits", digits=digits, hot_words=hot_words)
        return Expectation(hot_words=hot_words)

    def _requested(self, conversation: Conversation) -> Slot | None:
        loop = conversation.dialogue.loop
        if loop is None or loop.name not in self._domain.forms:
            return None
        return self._domain.slots.get(str(conversation.slot(REQUESTED_SLOT)))

    def _is_yes_no(self, conversation: Conversation, slot: Slot | None, said: Sequence[BotUttered]) -> bool:
        if slot is not None:
            values = [
                mapping.value
                for mapping in _at_work(slot, conversation)
                if mapping.type is MappingType.FROM_INTENT
            ]
            return slot.type is SlotType.BOOL or {True, False} <= {v for v in values if isinstance(v, bool)}
        if not said:
            return False
        last = said[-1]
        # A spoken variation has no buttons, but its question is that of the written ones.
        variations = self._domain.responses.get(last.response or "", ())
        offered = [{button.payload for button in last.buttons}]
        if not last.buttons:
            offered = [{str(button.get("payload")) for button in v.buttons} for v in variations]
        asks = any(mark in (last.text or "") for mark in QUESTION_MARKS)
        return asks and any(len(payloads) == 2 and payloads & YES_NO for payloads in offered)

    def _number_lengths(self, conversation: Conversation, slot: Slot | None) -> set[int | None]:
        """The lengths that the requested number may have, None for any; empty when it is no number."""
        if slot is None:
            return set()
        entities = {m.entity for m in _at_work(slot, conversation) if m.type is MappingType.FROM_ENTITY}
        if not all(entity in self._numbers for entity in entities):
            return set()
        return {self._numbers[entity] for entity in entities if entity is not None}


def _at_work(slot: Slot, conversation: Conversation) -> Iterable[SlotMapping]:
    """The mappings that can fill the slot that the open form asks for."""
    loop = conversation.dialogue.loop
    active = loop.name if loop is not None else None
    for mapping in slot.mappings:
        fits = [
            condition.active_loop == active and condition.requested_slot in (None, slot.name)
            for condition in mapping.conditions
        ]
        if any(fits) or not fits:
            yield mapping


def _latest_answers(conversation: Conversation) -> list[BotUttered]:
    """What the bot said since the customer spoke last."""
    said: list[BotUttered] = []
    for event in reversed(conversation.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered) and PROMPT not in event.metadata:
            said.insert(0, event)
    return said


def _names(data: TrainingData) -> dict[str, list[str]]:
    """What each entity is called in the examples, most frequent first; no numbers and no addresses."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for example in data.examples:
        for annotated in example.entities:
            surface = example.text[annotated.start : annotated.end]
            name = str(data.synonyms.get(surface.lower(), annotated.value or surface))
            if not any(character.isdigit() or character in "@_" for character in name):
                counts[annotated.entity][name] += 1
    return {entity: [name for name, _ in counter.most_common()] for entity, counter in counts.items()}


def _numbers(data: TrainingData) -> dict[str, int | None]:
    """The entities that are numbers: the length that all examples have and all patterns allow, or None."""
    surfaces: defaultdict[str, set[str]] = defaultdict(set)
    for example in data.examples:
        for annotated in example.entities:
            surfaces[annotated.entity].add(example.text[annotated.start : annotated.end])
    found: dict[str, int | None] = {}
    for entity, written in surfaces.items():
        bare = [_SEPARATORS.sub("", text) for text in written]
        numbers = [text for text in bare if text.isdigit()]
        if len(numbers) < MOSTLY * len(bare):
            continue
        lengths = {*map(len, numbers), *_allowed_lengths(data.regexes.get(entity, ()))}
        fixed = len(lengths) == 1 and len(numbers) == len(bare)
        found[entity] = lengths.pop() if fixed else None
    return found


def _allowed_lengths(patterns: Sequence[str]) -> set[int]:
    """How many digits in a row some pattern takes for the whole."""
    compiled = [re.compile(pattern) for pattern in patterns]
    lengths = range(1, LONGEST_NUMBER + 1)
    return {length for length in lengths if any(p.fullmatch("7" * length) for p in compiled)}
