"""`train`: training data in, a directory with a trained model out."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch

from bot import __version__
from bot.errors import InvalidInput
from bot.nlu import data, finetune, learning, trained, transformer
from bot.nlu.config import NluConfig
from bot.nlu.data import OUT_OF_SCOPE, TrainingDataLike
from bot.nlu.device import Device, choose
from bot.nlu.entities import EntityExtractor
from bot.nlu.language import LanguageDetector
from bot.nlu.trained import Fingerprint, TrainedModel

Progress = Callable[[str], None]


def train(
    training: TrainingDataLike,
    out: Path,
    *,
    project: str,
    config: NluConfig | None = None,
    device: Device | None = None,
    progress: Progress = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> TrainedModel:
    """Train on ``training`` and keep the model in ``out / "<project>-<hash>"``.

    The hash is of the data, the configuration, the encoder and Firstline's version. Where that directory is
    there already it is loaded and nothing is trained. ``progress`` gets a line before each step.

    Raises `InvalidInput` when there are fewer than two intents, `NotFound` when the encoder is not here.
    """
    config = config or NluConfig()
    device = device or choose()
    torch.set_num_threads(1)
    path = trained.encoder_path(config.encoder)
    encoder_hash = trained.hash_encoder(path)
    settings = config.model_dump(mode="json")
    data_hash = data.digest(training)
    parts = [data_hash, encoder_hash, settings, __version__, trained.FORMAT]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    directory = out / f"{project}-{digest[:12]}"
    if directory.is_dir():
        progress(f"nothing has changed since {directory.name} was trained")
        # What was trained in between, on data that were taken back, is not the newest any more.
        trained.renew(directory, created=clock())
        return TrainedModel.load(directory, device=device)

    labelled = _labelled(training)
    started = clock()
    encoder = transformer.load(path, device=device, max_tokens=config.max_tokens, prefix=config.query_prefix)
    intents, held_out = learning.train(encoder, labelled, config=config, progress=progress)
    progress("entities")
    entities = EntityExtractor.train(training, config)
    fingerprint = Fingerprint(
        project=project,
        hash=digest,
        data=data_hash,
        encoder=encoder_hash,
        config=settings,
        version=__version__,
        created=clock(),
        seconds=round(clock() - started, 1),
        examples=len(labelled),
        metrics={
            "held_out_intent_accuracy": round(held_out.intent_accuracy, 4),
            "held_out_false_refusals": round(held_out.false_refusals, 4),
            "held_out_refused": None if held_out.refused is None else round(held_out.refused, 4),
        },
    )
    model = TrainedModel(
        fingerprint=fingerprint,
        config=config,
        encoder=encoder,
        classifier=intents,
        entities=entities,
        languages=LanguageDetector(config.languages),
    )
    progress(f"saving {directory.name}")
    learned = {}
    if config.classifier == "finetune":
        learned = finetune.learned(encoder.sums, config.frozen_layers)
    model.save(directory, layers=learned)
    return TrainedModel.load(directory, device=device)


def _labelled(training: TrainingDataLike) -> list[tuple[str, str]]:
    """Each text once, in an order that does not depend on the files'."""
    seen: dict[str, tuple[str, str]] = {}
    for example in sorted(training.examples, key=lambda e: (e.text, e.full_intent)):
        if example.text.strip():
            # The kinds of out of scope have nothing in common that could be learned.
            outside = data.base_intent(example.full_intent) == OUT_OF_SCOPE
            intent = OUT_OF_SCOPE if outside else example.full_intent
            seen.setdefault(example.text.lower(), (example.text, intent))
    labelled = list(seen.values())
    if len({intent for _, intent in labelled} - {OUT_OF_SCOPE}) < 2:
        raise InvalidInput(
            "a bot needs two intents or more to tell apart",
            hint="add `- intent:` items with `examples:` to the project's nlu.yml",
            code="nlu.too_few_intents",
        )
    return labelled
