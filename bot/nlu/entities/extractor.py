"""Text to entities: trained model, rules, resolution of conflicts, synonyms, normal forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import spacy
from spacy.language import Language

from bot import tokens
from bot.events import Entity
from bot.nlu.config import NluConfig
from bot.nlu.data import ExampleLike, TrainingDataLike
from bot.nlu.entities import model, shapes
from bot.nlu.entities.resolve import resolve
from bot.nlu.entities.rules import Rules
from bot.nlu.entities.shapes import Shapes
from bot.nlu.entities.spans import Candidate
from bot.nlu.entities.values import Normalizer, kinds_of

_RULES_FILE = "rules.json"
_MODEL_FOLDER = "spacy"
_HELD_OUT_EVERY = 5
_PRIOR = (9.0, 10.0)
"""Precision of an extractor nobody has seen at work: nine right in ten, and as strong as ten observations."""
MOST_CANDIDATES = 100
"""Readings of a text that are weighed against one another, the first ones in it."""
MOST_NORMALIZED = 20
"""Entities of a text that get a normal form, which takes ms for a date; the others are as written."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What entity extraction keeps of a project besides the trained network. JSON throughout."""

    entities: list[str]
    synonyms: dict[str, str]
    lookups: dict[str, list[str]]
    regexes: dict[str, list[str]]
    kinds: dict[str, str]
    shapes: dict[str, dict[str, float]]
    digits: list[str]
    precision: dict[str, float]
    """Share of right ones among what each source found for each entity, as ``source/entity``."""


@dataclass(frozen=True, slots=True)
class Found:
    """The entities of one text, and other readings of its ambiguous codes."""

    entities: tuple[Entity, ...]
    alternatives: tuple[Entity, ...]


class EntityExtractor:
    """Finds entities. Not thread-safe: one thread at a time extracts."""

    def __init__(self, nlp: Language, knowledge: Knowledge) -> None:
        self._nlp = nlp
        self.knowledge = knowledge
        self._kinds = kinds_of(knowledge.entities, knowledge.kinds)
        self._shapes = Shapes(knowledge.shapes, frozenset(knowledge.digits))
        self._rules = Rules(
            nlp,
            entities=knowledge.entities,
            lookups=knowledge.lookups,
            regexes=knowledge.regexes,
            kinds=self._kinds,
            shapes=self._shapes,
        )

    @classmethod
    def train(cls, data: TrainingDataLike, config: NluConfig) -> EntityExtractor:
        """Learn from the annotations of ``data`` and take over its lookups, regexes and synonyms."""
        examples = sorted(data.examples, key=lambda e: (e.text, e.full_intent))
        held = examples[::_HELD_OUT_EVERY]
        learning = [e for i, e in enumerate(examples) if i % _HELD_OUT_EVERY]
        brief = config.model_copy(update={"entity_updates": config.entity_updates // 3})
        trial = cls(_trained(learning, brief), _knowledge(data, config, {}))
        precision = trial._precision(held)
        return cls(_trained(examples, config), _knowledge(data, config, precision))

    def extract(
        self,
        texts: Sequence[str],
        *,
        languages: Sequence[str],
        expected: Sequence[Sequence[str]],
        now: float,
    ) -> list[Found]:
        """The entities of each text; ``now`` in seconds since the epoch is what relative dates count from."""
        found = []
        for (doc, seen), language, wanted in zip(
            model.find(self._nlp, texts), languages, expected, strict=True
        ):
            text = doc.text  # which spaCy puts together anew each time
            candidates = _first([*seen, *self._rules.find(doc, language=language)])
            chosen, others = resolve(text, candidates, shapes=self._shapes, expected=wanted)
            normal = Normalizer(language=language, now=now, most=MOST_NORMALIZED)
            found.append(
                Found(
                    tuple(self._entity(text, c, normal) for c in chosen),
                    tuple(self._entity(text, c, normal) for c in others),
                )
            )
        return found

    def save(self, directory: Path) -> None:
        """Write to ``directory``: JSON, and spaCy's own files (JSON and msgpack)."""
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self.knowledge), ensure_ascii=False, indent=1, sort_keys=True)
        (directory / _RULES_FILE).write_text(text + "\n", encoding="utf-8")
        self._nlp.to_disk(directory / _MODEL_FOLDER)

    @classmethod
    def load(cls, directory: Path) -> EntityExtractor:
        """Read what `save` wrote."""
        knowledge = Knowledge(**json.loads((directory / _RULES_FILE).read_text(encoding="utf-8")))
        return cls(tokens.bound(spacy.load(directory / _MODEL_FOLDER)), knowledge)

    def _entity(self, text: str, candidate: Candidate, normalizer: Normalizer) -> Entity:
        surface = text[candidate.start : candidate.end]
        value = candidate.value or surface
        kind = self._kinds.get(candidate.label)
        normal = normalizer.normalize(kind, surface) if kind else candidate.value
        return Entity(
            entity=candidate.label,
            value=self.knowledge.synonyms.get(value.lower(), value),
            start=candidate.start,
            end=candidate.end,
            confidence=self._confidence(candidate),
            extractor=candidate.source.value,
            role=candidate.role,
            group=candidate.group,
            normalized=normal,
        )

    def _confidence(self, candidate: Candidate) -> float:
        key = f"{candidate.source.value}/{candidate.label}"
        return self.knowledge.precision.get(key, _PRIOR[0] / _PRIOR[1])

    def _precision(self, held: Sequence[ExampleLike]) -> dict[str, float]:
        tally: dict[str, list[float]] = {}
        texts = [example.text for example in held]
        docs = model.find(self._nlp, texts)
        for example, (doc, seen) in zip(held, docs, strict=True):
            right = {(e.start, e.end, e.entity) for e in example.entities}
            candidates = [*seen, *self._rules.find(doc, language="en")]
            for candidate in resolve(doc.text, candidates, shapes=self._shapes)[0]:
                counts = tally.setdefault(f"{candidate.source.value}/{candidate.label}", list(_PRIOR))
                counts[0] += (candidate.start, candidate.end, candidate.label) in right
                counts[1] += 1
        return {key: round(good / all_, 4) for key, (good, all_) in sorted(tally.items())}


def _first(candidates: list[Candidate]) -> list[Candidate]:
    if len(candidates) <= MOST_CANDIDATES:
        return candidates
    return sorted(candidates, key=lambda c: c.start)[:MOST_CANDIDATES]


def _trained(examples: Sequence[ExampleLike], config: NluConfig) -> Language:
    nlp = model.tokenizer()
    model.train(nlp, examples, config)
    return nlp


def _knowledge(data: TrainingDataLike, config: NluConfig, precision: Mapping[str, float]) -> Knowledge:
    learned = shapes.learn(data.examples)
    return Knowledge(
        entities=sorted({e.entity for example in data.examples for e in example.entities}),
        synonyms={surface.lower(): str(value) for surface, value in sorted(data.synonyms.items())},
        lookups={name: sorted(set(values)) for name, values in sorted(data.lookups.items())},
        regexes={name: list(values) for name, values in sorted(data.regexes.items())},
        kinds=dict(config.entity_types),
        shapes={label: dict(shares) for label, shares in sorted(learned.by_label.items())},
        digits=sorted(learned.digits),
        precision=dict(precision),
    )
