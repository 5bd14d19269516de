"""A stretch of text that may be an entity, and what it looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


class Source(StrEnum):
    """Who found an entity; `Entity.extractor` has its value."""

    PATTERN = "pattern"
    """A regex of the project, a run of digits read as a code, or a library's recogniser."""
    LOOKUP = "lookup"
    MODEL = "model"
    EXPECTED = "expected"
    """Nothing but its shape and what the open form asks for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``text[start:end]`` read as ``label``. ``value`` is None where it is the surface."""

    start: int
    end: int
    label: str
    source: Source
    value: str | None = None
    role: str | None = None
    group: str | None = None

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Candidate) -> bool:
        return self.start < other.end and other.start < self.end


def shape(text: str) -> str:
    """Letters to ``x``, digits to ``0``, the rest as it is: ``LV-1010`` -> ``xx-0000``."""
    return _DIGIT.sub("0", _LETTER.sub("x", text))


def is_code(shape_: str) -> bool:
    """Whether a shape says something about what it is: it has digits in it, and no words."""
    return "0" in shape_ and "xxxx" not in shape_ and len(shape_) <= 24
