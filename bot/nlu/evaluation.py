"""How well a model understands utterances that it has not seen: `evaluate`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.events import Parse
from bot.nlu.data import OUT_OF_SCOPE, ExampleLike, base_intent, is_retrieval
from bot.nlu.interpreter import Interpreter

_BINS = 10
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Confusion:
    """Utterances of ``intent`` that were read as ``predicted``, both by their full names."""

    intent: str
    predicted: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Exact matches of span and name. Shares, 0..1; 1 where there was nothing to find or was found."""

    precision: float
    recall: float
    f1: float
    support: int
    """Annotated entities."""


@dataclass(frozen=True, slots=True)
class EntityError:
    """An utterance whose entities were not read as annotated; each is ``name: surface``."""

    text: str
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What `evaluate` found. All shares are 0..1; None where no example could tell."""

    examples: int
    in_scope_examples: int
    intent_accuracy: float | None
    """Of in-scope utterances, full names; one that was refused counts as wrong."""
    macro_f1: float | None
    expected_calibration_error: float | None
    """Mean distance of confidence from accuracy, over ten equal bins of confidence."""
    false_refusals: float | None
    """Share of in-scope utterances that were refused."""
    out_of_scope_examples: int
    refused: float | None
    """Share of out-of-scope utterances that were refused."""
    entities: Scores
    by_entity: dict[str, Scores]
    by_intent: dict[str, float]
    """Recall of each intent."""
    confusions: tuple[Confusion, ...]
    """The most frequent first."""
    accepted: tuple[str, ...]
    """Out-of-scope utterances that were taken for the bot's business."""
    entity_errors: tuple[EntityError, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        return asdict(self)

    def render(self) -> str:
        """The report for a terminal."""
        lines = [
            f"utterances             {self.examples} ({self.out_of_scope_examples} out of scope)",
            f"intent accuracy        {_share(self.intent_accuracy)}   macro F1 {_share(self.macro_f1)}"
            f"   calibration error {_share(self.expected_calibration_error)}",
            f"in scope, refused      {_share(self.false_refusals)}",
            f"out of scope, refused  {_share(self.refused)}",
            f"entities               F1 {_share(self.entities.f1)}   ({self.entities.support})"
            f"   precision {_share(self.entities.precision)}"
            f"   recall {_share(self.entities.recall)}",
        ]
        lines += [
            f"  {name:<20} F1 {_share(scores.f1)}   ({scores.support})"
            for name, scores in self.by_entity.items()
        ]
        if self.confusions:
            lines.append("confusions")
        for confusion in self.confusions:
            lines.append(f"  {len(confusion.texts):>3}  {confusion.intent} read as {confusion.predicted}")
            lines += [f"         {text}" for text in confusion.texts[:_SHOWN]]
        if self.accepted:
            lines.append("out of scope, taken for in scope")
            lines += [f"         {text}" for text in self.accepted]
        if self.entity_errors:
            lines.append("entities read otherwise than annotated")
        for error in self.entity_errors:
            lines.append(f"         {error.text}")
            lines += [f"           missed {entity}" for entity in error.missed]
            lines += [f"           wrong  {entity}" for entity in error.wrong]
        return "\n".join(lines)


async def evaluate(interpreter: Interpreter, examples: Sequence[ExampleLike]) -> Report:
    """Parse ``examples`` and compare with their annotations; those of `OUT_OF_SCOPE` ought to be refused."""
    parses = []
    for start in range(0, len(examples), 64):
        parses += await _parse_all(interpreter, examples[start : start + 64])
    pairs = [(example.full_intent, _full(parse)) for example, parse in zip(examples, parses, strict=True)]
    inside = [i for i, (wanted, _) in enumerate(pairs) if base_intent(wanted) != OUT_OF_SCOPE]
    outside = [i for i, (wanted, _) in enumerate(pairs) if base_intent(wanted) == OUT_OF_SCOPE]
    right = [pairs[i][0] == pairs[i][1] for i in inside]
    refused = [_refused(parse) for parse in parses]
    by_entity, entity_errors = _entities(examples, parses)
    return Report(
        examples=len(examples),
        in_scope_examples=len(inside),
        intent_accuracy=_mean(right),
        macro_f1=_macro_f1([pairs[i] for i in inside]),
        expected_calibration_error=_calibration_error([_confidence(parses[i]) for i in inside], right),
        false_refusals=_mean([refused[i] for i in inside]),
        out_of_scope_examples=len(outside),
        refused=_mean([refused[i] for i in outside]),
        entities=_scores(sum((counts for counts in by_entity.values()), Counter())),
        by_entity={name: _scores(counts) for name, counts in sorted(by_entity.items())},
        by_intent=_recall([pairs[i] for i in inside]),
        confusions=_confusions([(*pairs[i], examples[i].text) for i in inside]),
        accepted=tuple(examples[i].text for i in outside if not refused[i]),
        entity_errors=tuple(entity_errors),
    )


async def _parse_all(interpreter: Interpreter, examples: Sequence[ExampleLike]) -> list[Parse]:
    return list(await asyncio.gather(*(interpreter.parse(example.text) for example in examples)))


def _full(parse: Parse) -> str:
    if parse.intent is None:
        return ""
    return parse.response_key or parse.intent.name


def _refused(parse: Parse) -> bool:
    return parse.scope is not None and not parse.scope.in_scope


def _confidence(parse: Parse) -> float:
    if parse.intent is None:
        return 0.0
    if is_retrieval(_full(parse)):
        return parse.intent.confidence * parse.response_ranking[0].confidence
    return parse.intent.confidence


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    counts: dict[str, Counter[str]] = {wanted: Counter() for wanted, _ in pairs}
    for wanted, got in pairs:
        if wanted == got:
            counts[wanted]["right"] += 1
        else:
            counts[wanted]["missed"] += 1
            if got in counts:
                counts[got]["wrong"] += 1
    return sum(_scores(c).f1 for c in counts.values()) / len(counts) if counts else None


def _recall(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    all_ = Counter(wanted for wanted, _ in pairs)
    good = Counter(wanted for wanted, got in pairs if wanted == got)
    return {name: good[name] / all_[name] for name in sorted(all_)}


def _calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    if not right:
        return None
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in zip(confidences, right, strict=True):
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, is_right))
    gaps = (abs(sum(c for c, _ in members) - sum(r for _, r in members)) for members in bins.values())
    return sum(gaps) / len(right)


def _confusions(rows: Sequence[tuple[str, str, str]]) -> tuple[Confusion, ...]:
    texts: dict[tuple[str, str], list[str]] = {}
    for wanted, got, text in rows:
        if wanted != got:
            texts.setdefault((wanted, got), []).append(text)
    found = [Confusion(wanted, got, tuple(members)) for (wanted, got), members in texts.items()]
    return tuple(sorted(found, key=lambda c: (-len(c.texts), c.intent, c.predicted)))


def _entities(
    examples: Sequence[ExampleLike], parses: Sequence[Parse]
) -> tuple[dict[str, Counter[str]], list[EntityError]]:
    counts: dict[str, Counter[str]] = {}
    errors = []
    for example, parse in zip(examples, parses, strict=True):
        wanted = {(e.start, e.end, e.entity) for e in example.entities}
        got = {(e.start, e.end, e.entity) for e in parse.entities}
        for kind, spans in (("right", wanted & got), ("missed", wanted - got), ("wrong", got - wanted)):
            for _, _, name in spans:
                counts.setdefault(name, Counter())[kind] += 1
        if wanted != got:
            errors.append(
                EntityError(
                    example.text, _named(example.text, wanted - got), _named(example.text, got - wanted)
                )
            )
    return counts, errors


def _named(text: str, spans: set[tuple[int, int, str]]) -> tuple[str, ...]:
    return tuple(f"{name}: {text[start:end]}" for start, end, name in sorted(spans))


def _scores(counts: Counter[str]) -> Scores:
    right, missed, wrong = counts["right"], counts["missed"], counts["wrong"]
    total = 2 * right + missed + wrong
    return Scores(
        precision=right / (right + wrong) if right + wrong else 1.0,
        recall=right / (right + missed) if right + missed else 1.0,
        f1=2 * right / total if total else 1.0,
        support=right + missed,
    )


def _share(value: float | None) -> str:
    return "    -" if value is None else f"{value:.3f}"
