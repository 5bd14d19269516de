"""Which of the overlapping readings of a text stand.

1. What was seen by rule stands against what the model guessed over the same characters, the longer one first.
2. A code whose shape several entities share ("75011" is an order number or a French postcode) is what the
words
   before it call it; in a bare answer, what the open form asks for. In a sentence the words around it count
   more: it is what the model read there; else what the form asks for; else what the project's pattern says;
   else the entity whose more usual shape it is. The readings that lost are kept as alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.nlu.entities.shapes import Shapes
from bot.nlu.entities.spans import Candidate, Source

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_BARE_WORDS = 2
"""Words beside the code ("it is", "please") up to which an answer is bare; "no, I meant" says more."""
_NAMING_WORDS = 3
"""Words before a code in which its name is looked for."""
_RANK = {Source.PATTERN: 0, Source.EXPECTED: 1, Source.LOOKUP: 2, Source.MODEL: 2}


def resolve(
    text: str, candidates: Sequence[Candidate], *, shapes: Shapes, expected: Sequence[str] = ()
) -> tuple[list[Candidate], list[Candidate]]:
    """The readings that stand, in text order and without overlap, and the alternatives of ambiguous codes.

    ``expected`` are the entities that the open form asks for, the one asked for now first.
    """
    pool = [*candidates, *_whole_answer(text, candidates, shapes, expected)]
    chosen: list[Candidate] = []
    alternatives: list[Candidate] = []
    for candidate in sorted(pool, key=_preference):
        if any(candidate.overlaps(other) for other in chosen):
            continue
        best, others = _read_code(text, candidate, pool, shapes, expected)
        chosen.append(best)
        alternatives += others
    chosen.sort(key=lambda c: c.start)
    alternatives.sort(key=lambda c: c.start)
    return chosen, alternatives


def _preference(candidate: Candidate) -> tuple[int, int, int, int]:
    """Rules first, then the longer; at equal length a lookup before the model; the earlier in the text."""
    lookup_first = 0 if candidate.source is Source.LOOKUP else 1
    return _RANK[candidate.source], -candidate.length, lookup_first, candidate.start


def _read_code(
    text: str, candidate: Candidate, pool: Iterable[Candidate], shapes: Shapes, expected: Sequence[str]
) -> tuple[Candidate, list[Candidate]]:
    surface = candidate.value or text[candidate.start : candidate.end]
    here = [c for c in pool if (c.start, c.end) == (candidate.start, candidate.end)]
    by_pattern = [c.label for c in here if c.source is Source.PATTERN]
    possible = list(dict.fromkeys([*by_pattern, *shapes.labels(surface)]))
    if not possible or (candidate.label not in possible and candidate.label not in shapes.by_label):
        return candidate, []
    # The model has hardly seen a code that is spaced out.
    by_model = [c.label for c in here if c.source is Source.MODEL] if candidate.value is None else []
    first, second = (expected, by_model) if _is_bare(text, candidate) else (by_model, expected)
    order = [*_named(text[: candidate.start], possible), *first, *second, candidate.label, *possible]
    label = next(name for name in order if name in possible)
    readings = {name: replace(candidate, label=name, role=None, group=None) for name in possible}
    for reading in here:  # keep roles, and the source that really said so
        if reading.label in readings:
            readings[reading.label] = replace(reading, value=candidate.value)
    return readings.pop(label), list(readings.values())


def _is_bare(text: str, candidate: Candidate) -> bool:
    """Whether ``text`` is little more than the code."""
    rest = f"{text[: candidate.start]} {text[candidate.end :]}"
    return len(_WORD.findall(rest)) <= _BARE_WORDS and not re.search(r"\d", rest)


def _named(before: str, possible: Sequence[str]) -> list[str]:
    """The entity that the words right before the code call by name ("order number 48213"), if just one."""
    words = set(_WORD.findall(before.lower())[-_NAMING_WORDS:])
    counts = {label: len(words.intersection(re.split(r"[\W_]+", label.lower()))) for label in possible}
    most = max(counts.values())
    best = [label for label, count in counts.items() if count == most]
    return best if most and len(best) == 1 else []


def _whole_answer(
    text: str, candidates: Sequence[Candidate], shapes: Shapes, expected: Sequence[str]
) -> list[Candidate]:
    """A bare answer in the shape of what was asked for ("0150" for a postcode), seen by no rule."""
    surface = text.strip().rstrip(".!,").strip()
    start = text.find(surface)
    span = (start, start + len(surface))
    if not surface or any((c.start, c.end) == span and c.source is Source.PATTERN for c in candidates):
        return []
    for label in expected:
        if shapes.admits(label, surface):
            return [Candidate(*span, label, Source.EXPECTED)]
    return []
