"""What training reads: the shapes that `bot.project` (or anything else) must give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

OUT_OF_SCOPE = "out_of_scope"
"""The intent that stands for "none of the bot's business". It may have kinds: ``out_of_scope/chit_chat``."""


class EntityLike(Protocol):
    """An annotation of ``text[start:end]``; ``value`` is the canonical form when it is not the surface."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def entity(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def role(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...


class ExampleLike(Protocol):
    """One annotated utterance. ``full_intent`` of a retrieval intent has its key: ``faq/opening_hours``."""

    @property
    def text(self) -> str: ...
    @property
    def full_intent(self) -> str: ...
    @property
    def entities(self) -> Sequence[EntityLike]: ...


class TrainingDataLike(Protocol):
    """The content of a project's ``nlu:`` files."""

    @property
    def examples(self) -> Sequence[ExampleLike]: ...
    @property
    def synonyms(self) -> Mapping[str, str]:
        """Surface (as written) to canonical value."""

    @property
    def lookups(self) -> Mapping[str, Sequence[str]]:
        """Entity name to the phrases that are one."""

    @property
    def regexes(self) -> Mapping[str, Sequence[str]]:
        """Entity name (or a feature's name) to its patterns."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """The plain form of `EntityLike`."""

    start: int
    end: int
    entity: str
    value: Any
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """The plain form of `ExampleLike`."""

    text: str
    full_intent: str
    entities: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The plain form of `TrainingDataLike`."""

    examples: Sequence[Example]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    regexes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def base_intent(name: str) -> str:
    """``faq/opening_hours`` -> ``faq``: the intent that a retrieval intent is reported as."""
    return name.split("/", 1)[0]


def is_retrieval(name: str) -> bool:
    """Whether ``name`` is the full name of a retrieval intent's response."""
    return "/" in name


def digest(data: TrainingDataLike) -> str:
    """A hash of everything that training can see, the same whatever order the files were read in."""
    examples = sorted(
        json.dumps(
            [
                example.text,
                example.full_intent,
                [[e.start, e.end, e.entity, e.value, e.role, e.group] for e in example.entities],
            ],
            ensure_ascii=False,
            default=str,
        )
        for example in data.examples
    )
    rest = {
        "synonyms": dict(data.synonyms),
        "lookups": {name: list(values) for name, values in data.lookups.items()},
        "regexes": {name: list(values) for name, values in data.regexes.items()},
    }
    hasher = hashlib.sha256()
    for line in examples:
        hasher.update(line.encode())
    hasher.update(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode())
    return hasher.hexdigest()
