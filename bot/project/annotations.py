"""Entities annotated in example texts: ``[Oslo](city)`` and ``[Oslo]{"entity": "city", "role": "from"}``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.project.problems import Place, fail

# Bracketed text, then (entity[:value]), or a JSON object, or a list of such objects.
_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]\[]+?)\]"
    r"(?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|(?P<object>\{[^}]+\})|\[(?P<list>\{[^\]]+\})\])"
)


@dataclass(frozen=True, slots=True)
class AnnotatedEntity:
    """An entity in an example: ``text[start:end]`` of the example without its annotations."""

    start: int
    end: int
    entity: str
    value: Any
    role: str | None = None
    group: str | None = None


def read_annotations(text: str, place: Place) -> tuple[str, tuple[AnnotatedEntity, ...]]:
    """The plain text and its entities. Raises ProjectError where an annotation's object is no JSON."""
    if "[" not in text:
        return text, ()
    plain: list[str] = []
    entities: list[AnnotatedEntity] = []
    length = 0
    last = 0
    for match in _ANNOTATION.finditer(text):
        before = text[last : match.start()]
        surface = match["text"]
        plain += (before, surface)
        start = length + len(before)
        length = start + len(surface)
        last = match.end()
        for properties in _properties(match, place):
            entities.append(
                AnnotatedEntity(
                    start,
                    length,
                    str(properties["entity"]),
                    properties.get("value", surface),
                    properties.get("role"),
                    properties.get("group"),
                )
            )
    plain.append(text[last:])
    return "".join(plain), tuple(entities)


def _properties(match: re.Match[str], place: Place) -> list[dict[str, Any]]:
    if match["entity"]:
        found: dict[str, Any] = {"entity": match["entity"]}
        if match["value"]:
            found["value"] = match["value"]
        return [found]
    source = match["object"] if match["object"] else f"[{match['list']}]"
    try:
        objects = json.loads(source)
    except ValueError as error:
        raise fail(
            f"the annotation {source} is no JSON",
            place,
            hint='write it as {"entity": "city", "value": "Oslo"} with double quotes',
        ) from error
    objects = objects if isinstance(objects, list) else [objects]
    for item in objects:
        if not isinstance(item, dict) or "entity" not in item:
            raise fail(f"the annotation {source} names no entity", place, hint='add "entity": "..."')
    return objects
