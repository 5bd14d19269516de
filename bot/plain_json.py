"""JSON from strangers: what every database, log and program can hold, and code can walk without care."""

from __future__ import annotations

import json
from typing import Any


def plain_size(value: Any, *, max_depth: int) -> int | None:
    """The bytes of a value as JSON; None for what is not plain.

    Plain is what is nested at most ``max_depth`` deep, with finite numbers (RFC 8259, section 6) and text
    that UTF-8 can encode (no lone surrogates, section 8.2).
    """
    if not _is_shallow(value, max_depth):
        return None
    try:
        return len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError):
        return None


def storable(text: str) -> str:
    """A text without what not every database can hold: halves of surrogate pairs, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _is_shallow(value: Any, max_depth: int) -> bool:
    level = [value]
    for _ in range(max_depth + 1):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return True
    return False


def _inside(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
