"""The training data for understanding: examples, synonyms, lookups and regexes, from any number of files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.project.annotations import AnnotatedEntity, read_annotations
from bot.project.marked_yaml import Map, Seq, Text
from bot.project.problems import NOWHERE, Findings, Place, fail


@dataclass(frozen=True, slots=True)
class Example:
    """One training utterance. ``intent`` is the base intent; ``response_key`` what follows the slash."""

    text: str
    intent: str
    entities: tuple[AnnotatedEntity, ...] = ()
    response_key: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    place: Place = NOWHERE

    @property
    def full_intent(self) -> str:
        """The intent with its response key: ``faq/opening_hours``."""
        return f"{self.intent}/{self.response_key}" if self.response_key else self.intent


@dataclass(slots=True)
class TrainingData:
    """All training data of a project. ``synonyms`` map a surface (lower-case) to its canonical value."""

    examples: list[Example] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    lookups: dict[str, list[str]] = field(default_factory=dict)
    regexes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def intents(self) -> list[str]:
        """Base intents, in order of appearance."""
        return list(dict.fromkeys(example.intent for example in self.examples))

    @property
    def retrieval_keys(self) -> dict[str, list[str]]:
        """The response keys of each retrieval intent, in order of appearance."""
        keys: dict[str, list[str]] = {}
        for example in self.examples:
            if example.response_key is not None:
                known = keys.setdefault(example.intent, [])
                if example.response_key not in known:
                    known.append(example.response_key)
        return keys


_KINDS = ("intent", "synonym", "lookup", "regex")


def read_training_data(parts: Iterable[Map], findings: Findings) -> TrainingData:
    """The training data under ``nlu:`` of all the parts. Raises ProjectError."""
    data = TrainingData()
    for part in parts:
        items = part.get("nlu")
        if items is None:
            continue
        if not isinstance(items, Seq):
            raise fail("'nlu' must be a list", part.place("nlu"), hint="begin each item with '- intent:'")
        for item, place in items.placed():
            _read_item(item, place, data, findings)
    for example in data.examples:
        for entity in example.entities:
            surface = example.text[entity.start : entity.end]
            if isinstance(entity.value, str) and entity.value != surface:
                data.synonyms.setdefault(surface.lower(), entity.value)
    return data


def _read_item(item: Any, place: Place, data: TrainingData, findings: Findings) -> None:
    kind = next((kind for kind in _KINDS if isinstance(item, Map) and kind in item), None)
    if kind is None:
        raise fail(
            "an item of 'nlu' must be an intent, a synonym, a lookup or a regex",
            place,
            hint="add 'intent: name'",
        )
    for key in item:
        if key not in (kind, "examples", "metadata"):
            findings.warn(
                "project.unknown_key", f"The key '{key}' is unknown here and ignored.", item.place(key)
            )
    name = str(item[kind])
    lines = _lines(item, place)
    if not lines:
        findings.warn(
            "nlu.no_examples", f"The {kind} '{name}' has no examples.", place, hint="add 'examples: |'"
        )
    if kind == "intent":
        base, _, key = name.partition("/")
        shared = _metadata(item.get("metadata"))
        for text, metadata, at in lines:
            plain, entities = read_annotations(text, at)
            data.examples.append(Example(plain, base, entities, key or None, {**shared, **metadata}, at))
    elif kind == "synonym":
        for text, _, at in lines:
            known = data.synonyms.get(text.lower())
            if known is not None and known != name:
                findings.warn(
                    "nlu.synonym_conflict", f"'{text}' is a synonym of both '{known}' and '{name}'.", at
                )
            data.synonyms[text.lower()] = name
    elif kind == "lookup":
        data.lookups.setdefault(name, []).extend(text for text, _, _ in lines)
    else:
        data.regexes.setdefault(name, []).extend(text for text, _, _ in lines)


def _lines(item: Map, place: Place) -> list[tuple[str, dict[str, Any], Place]]:
    """The examples of an item with their metadata, written as a block of ``- `` lines or as a list."""
    examples = item.get("examples")
    if examples is None:
        return []
    if isinstance(examples, str):
        first = examples.first_line if isinstance(examples, Text) else item.place("examples").line
        found: list[tuple[str, dict[str, Any], Place]] = []
        for offset, line in enumerate(examples.splitlines()):
            at = Place(place.file, first + offset)
            stripped = line.strip()
            if not stripped or stripped.startswith("#"):
                continue
            if not stripped.startswith("-"):
                raise fail("an example must begin with '- '", at, hint=f"write '- {stripped}'")
            text = _unescape(stripped[1:].strip())
            if text:
                found.append((text, {}, at))
        return found
    if isinstance(examples, Seq):
        rows = []
        for entry, at in examples.placed():
            if isinstance(entry, Map):
                written = entry.get("text")
                if not isinstance(written, str):
                    raise fail("an example has no text", at, hint="add 'text: |'")
                written = written.strip().removeprefix("- ").strip()
                rows.append((_unescape(written), _metadata(entry.get("metadata")), at))
            else:
                rows.append((_unescape(str(entry).strip()), {}, at))
        return rows
    raise fail("'examples' must be a block of '- ' lines or a list", item.place("examples"), hint="add '|'")


_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r"}


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    return text


def _metadata(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return dict(value) if isinstance(value, dict) else {"metadata": value}
