"""Which entities a code such as ``75011`` could be, judged by the codes that training annotated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.nlu.data import ExampleLike
from bot.nlu.entities.spans import is_code, shape

_SHARE = 0.02
"""A shape rarer than this among an entity's annotations is a slip of the annotator's."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """For each entity that is written as a code, its shapes with their shares, the frequent ones only.

    ``digits`` are the entities that are written as digits alone; those may be spaced out ("4 8 2 1 3").
    """

    by_label: Mapping[str, Mapping[str, float]]
    digits: frozenset[str]

    def labels(self, text: str) -> list[str]:
        """Entities that ``text`` could be, the likeliest by shape first."""
        wanted = shape(text)
        found = [(shares[wanted], label) for label, shares in self.by_label.items() if wanted in shares]
        return [label for _, label in sorted(found, reverse=True)]

    def admits(self, label: str, text: str) -> bool:
        """Whether training saw ``label`` written in the shape of ``text``."""
        return shape(text) in self.by_label.get(label, {})


def learn(examples: Iterable[ExampleLike]) -> Shapes:
    """The shapes of what ``examples`` annotate."""
    seen: dict[str, Counter[str]] = {}
    for example in examples:
        for entity in example.entities:
            seen.setdefault(entity.entity, Counter())[shape(example.text[entity.start : entity.end])] += 1
    by_label: dict[str, dict[str, float]] = {}
    digits = set()
    for label, counts in seen.items():
        total = sum(counts.values())
        codes = {s: n / total for s, n in counts.items() if is_code(s) and n / total >= _SHARE}
        if sum(codes.values()) >= 0.5:
            by_label[label] = codes
            if sum(share for s, share in codes.items() if set(s) <= set("0 ")) >= 0.9:
                digits.add(label)
    return Shapes(by_label, frozenset(digits))
