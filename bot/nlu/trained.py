"""A trained model: everything that turns texts into parses, and the directory that it is kept in.

The directory holds safetensors and JSON, and spaCy's own files (JSON, msgpack); nothing in it is pickled. Of
the encoder it has the layers that learned; the rest is the published encoder, told by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from bot.errors import InvalidInput, NotFound
from bot.events import Entity, Intent, Parse
from bot.events import Scope as ScopeDecision
from bot.nlu import encoder as encoders
from bot.nlu import payload
from bot.nlu.classifier import Classifier, Reading
from bot.nlu.config import NluConfig
from bot.nlu.data import base_intent, is_retrieval
from bot.nlu.device import Device
from bot.nlu.encoder import Encoder, Sums
from bot.nlu.entities import EntityExtractor
from bot.nlu.head import Head
from bot.nlu.language import LanguageDetector
from bot.nlu.scope import THRESHOLD, Scope
from bot.nlu.sentiment import Sentiment
from models import store
from models.errors import ModelError

_RANKED = 10
"""Intents kept in a parse, as in Rasa: every parse is kept in a conversation's log."""
FORMAT = 1
"""Raised when a directory of an older Firstline cannot be read any more."""

_FINGERPRINT = "fingerprint.json"
_CLASSIFIER = "classifier.json"
_TENSORS = "classifier.safetensors"
_ENCODER = "encoder.safetensors"
_ENTITIES = "entities"
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Request:
    """One utterance to parse; ``expected`` are what the open form asks for, most wanted first."""

    text: str
    language: str | None = None
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a model was made of and how good it was when it was made."""

    project: str
    hash: str
    data: str
    """Hash of the training data."""
    encoder: str
    """sha256 of the published encoder's weights."""
    config: dict[str, Any]
    version: str
    created: float
    """When it was trained, or last found to be what training would make; seconds since the epoch."""
    seconds: float
    """What training took."""
    examples: int
    metrics: dict[str, float | None] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def name(self) -> str:
        """Name of the directory."""
        return f"{self.project}-{self.hash[:12]}"


class TrainedModel:
    """Texts to parses. Not thread-safe: `bot.nlu.interpreter` gives it a thread of its own."""

    def __init__(
        self,
        *,
        fingerprint: Fingerprint,
        config: NluConfig,
        encoder: Encoder[Sums],
        classifier: Classifier,
        entities: EntityExtractor,
        languages: LanguageDetector,
    ) -> None:
        self.fingerprint = fingerprint
        self.config = config
        self.encoder = encoder
        self.classifier = classifier
        self.entities = entities
        self.languages = languages
        self._sentiment = Sentiment()

    def parse(self, requests: Sequence[Request], *, now: float) -> list[Parse]:
        """One parse a request, all of them in one forward pass; ``now`` in seconds since the epoch.

        A payload message (``/intent{...}``) is taken at its word. A text without content has no intent.
        """
        parses: list[Parse | None] = [self._without_model(request) for request in requests]
        rows = [i for i, parse in enumerate(parses) if parse is None]
        if rows:
            texts = [_SURROGATES.sub("\ufffd", requests[i].text) for i in rows]
            readings = self.classifier.read(self.encoder.encode(texts))
            languages = [
                self.languages.detect(text, requests[i].language) for text, i in zip(texts, rows, strict=True)
            ]
            found = self.entities.extract(
                texts, languages=languages, expected=[requests[i].expected for i in rows], now=now
            )
            for i, reading, language, entities in zip(rows, readings, languages, found, strict=True):
                parse = _parse(requests[i].text, reading, entities.entities, entities.alternatives, language)
                sentiment = self._sentiment.read(requests[i].text, language)
                parses[i] = parse.model_copy(update={"sentiment": sentiment})
        return [parse for parse in parses if parse is not None]

    def _without_model(self, request: Request) -> Parse | None:
        language = request.language or self.languages.default
        if not request.text.strip():
            return Parse(text=request.text, intent=None, language=language)
        parse = payload.read(request.text)
        return parse.model_copy(update={"language": language}) if parse is not None else None

    def save(self, directory: Path, *, layers: Mapping[str, Tensor]) -> None:
        """Write to ``directory``, which must not exist, whole or not at all.

        ``layers`` are the encoder's tensors that are not as they were published.
        """
        partial = directory.with_name(f".{directory.name}.{os.getpid()}")
        partial.mkdir(parents=True)
        head, known = self.classifier.head, self.classifier.known
        tensors = {"directions": head.directions, "offsets": head.offsets, "known": known.to(torch.bfloat16)}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial / _TENSORS)
        learned = {
            "intents": self.classifier.intents,
            "scale": head.scale,
            "temperature": head.temperature,
            "scope": asdict(self.classifier.scope),
        }
        _write(partial / _CLASSIFIER, learned)
        if layers:
            save_file(dict(layers), partial / _ENCODER)
        self.entities.save(partial / _ENTITIES)
        _write(partial / _FINGERPRINT, asdict(self.fingerprint))
        partial.rename(directory)

    @classmethod
    def load(cls, directory: Path, *, device: Device, small_language_model: bool = False) -> TrainedModel:
        """Read what `save` wrote.

        Raises `NotFound` when it or its encoder is not here, `InvalidInput` when it needs another Firstline
        or another encoder.
        """
        fingerprint = read_fingerprint(directory)
        config = NluConfig(**fingerprint.config)
        path = encoder_path(config.encoder)
        if hash_encoder(path) != fingerprint.encoder:
            raise InvalidInput(
                f"the model {directory.name} was trained on another {config.encoder} than the one in {path}",
                hint="train again",
                code="nlu.encoder_changed",
            )
        learned = directory / _ENCODER
        encoder = encoders.load(
            path,
            device=device,
            max_tokens=config.max_tokens,
            prefix=config.query_prefix,
            learned=learned if learned.is_file() else None,
        )
        tensors = load_file(directory / _TENSORS)
        classified = json.loads((directory / _CLASSIFIER).read_text(encoding="utf-8"))
        classifier = Classifier(
            intents=tuple(classified["intents"]),
            head=Head(
                directions=tensors["directions"],
                offsets=tensors["offsets"],
                scale=classified["scale"],
                temperature=classified["temperature"],
            ),
            scope=Scope(weights=tuple(classified["scope"]["weights"]), bias=classified["scope"]["bias"]),
            known=tensors["known"].float(),
        )
        return cls(
            fingerprint=fingerprint,
            config=config,
            encoder=encoder,
            classifier=classifier,
            entities=EntityExtractor.load(directory / _ENTITIES),
            languages=LanguageDetector(config.languages, small=small_language_model),
        )


def read_fingerprint(directory: Path) -> Fingerprint:
    """The fingerprint of a model's directory. Raises `NotFound`, or `InvalidInput` for another format."""
    path = directory / _FINGERPRINT
    if not path.is_file():
        raise NotFound(
            f"{directory} holds no trained model", hint="run `firstline train`", code="nlu.model_missing"
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    if (found := content.get("format")) != FORMAT:
        raise InvalidInput(
            f"the model {directory.name} has format {found}; this Firstline reads {FORMAT}",
            hint="train again",
            code="nlu.model_format",
        )
    return Fingerprint(**content)


def renew(directory: Path, *, created: float) -> None:
    """Make a trained model the newest again. Raises as `read_fingerprint`."""
    fingerprint = replace(read_fingerprint(directory), created=created)
    partial = directory / f".{_FINGERPRINT}.{os.getpid()}"
    _write(partial, asdict(fingerprint))
    partial.rename(directory / _FINGERPRINT)


def newest(directory: Path, *, project: str | None = None) -> Path:
    """The model that was trained last in ``directory``, of ``project`` or of any. Raises `NotFound`."""
    found = []
    for path in directory.glob(f"*/{_FINGERPRINT}"):
        if not path.parent.name.startswith("."):
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.get("format") == FORMAT and project in (None, content["project"]):
                found.append((content["created"], path.parent))
    if not found:
        raise NotFound(
            f"there is no trained model in {directory}",
            hint="run `firstline train`",
            code="nlu.model_missing",
        )
    return max(found)[1]


def encoder_path(name: str) -> Path:
    """Where the encoder lies: a directory by that path, or a model of the manifest. Raises `NotFound`."""
    if "/" in name or os.sep in name:
        return Path(name)
    try:
        return store.path(name)
    except ModelError as error:
        raise NotFound(str(error), code="nlu.encoder_missing") from error


def hash_encoder(path: Path) -> str:
    """sha256 of the encoder's weights."""
    weights = path / "model.safetensors"
    if not weights.is_file():
        raise NotFound(
            f"the encoder has no model.safetensors in {path}",
            hint="run `firstline models fetch`",
            code="nlu.encoder_missing",
        )
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(
    text: str, reading: Reading, entities: tuple[Entity, ...], alternatives: tuple[Entity, ...], language: str
) -> Parse:
    merged: dict[str, float] = {}
    for name, probability in reading.ranking:
        merged[base_intent(name)] = merged.get(base_intent(name), 0.0) + probability
    ranking = tuple(
        Intent(name=name, confidence=min(1.0, probability))
        for name, probability in sorted(merged.items(), key=lambda item: -item[1])[:_RANKED]
    )
    responses = tuple(
        Intent(name=name, confidence=min(1.0, probability / (merged[base_intent(name)] or 1.0)))
        for name, probability in reading.ranking
        if is_retrieval(name)
    )
    top = ranking[0]
    key = next((r.name for r in responses if base_intent(r.name) == top.name), None)
    return Parse(
        text=text,
        intent=top,
        intent_ranking=ranking,
        entities=entities,
        alternatives=alternatives,
        language=language,
        scope=ScopeDecision(in_scope=reading.in_scope, score=reading.score, threshold=THRESHOLD),
        response_key=key,
        response_ranking=responses[:_RANKED],
    )


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
