"""How a classifier learns: both ways of training, what it is held to, and its scope decision."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bot.nlu import finetune, linear, scope
from bot.nlu.classifier import Classifier
from bot.nlu.config import NluConfig
from bot.nlu.data import OUT_OF_SCOPE
from bot.nlu.encoder import Encoder
from bot.nlu.head import Head
from bot.nlu.scope import Floats
from bot.nlu.transformer import Transformer

_FEWEST_STEPS = 150
_MOST_EPOCHS = 15
_SMALLEST_BATCH = 8
_OUTSIDE_SHARE = 0.25
"""Out-of-scope utterances to in-scope ones, up to which the background fills up what the project has."""
_TOO_NEAR = 0.6
"""Cosine at which a background utterance may well be the bot's business after all."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How the classifiers of the folds did on what they had not seen. Shares, 0..1."""

    intent_accuracy: float
    false_refusals: float
    refused: float | None
    """Share of the out-of-scope utterances that were refused; None when there were none."""


def train(
    encoder: Encoder[Transformer],
    labelled: Sequence[tuple[str, str]],
    *,
    config: NluConfig,
    progress: Progress,
) -> tuple[Classifier, HeldOut]:
    """Train on (text, full intent name) pairs. With ``finetune``, ``encoder`` changes in place."""
    intents = tuple(sorted({intent for _, intent in labelled} - {OUT_OF_SCOPE}))
    number = {intent: i for i, intent in enumerate(intents)}
    none = len(intents)
    texts = [text for text, _ in labelled]
    targets = [number.get(intent, none) for _, intent in labelled]
    taught = len(texts)
    if config.background:
        taught_inside = [text for text, target in zip(texts, targets, strict=True) if target != none]
        missing = int(_OUTSIDE_SHARE * len(taught_inside)) - targets.count(none)
        extra = _background(encoder, taught_inside, config)[: max(0, missing)]
        texts, targets = texts + extra, targets + [none] * len(extra)
    learner = _Learner(encoder, texts, torch.tensor(targets), intents=none, config=config)

    folds = _folds(targets, config.folds, config.seed)
    everything = range(len(texts))
    parts = []
    rounds = min(config.folds, -(-config.held_out * config.folds // len(texts)))
    for fold in range(rounds):
        progress(f"classifier: held-out round {fold + 1} of {rounds}")
        learning = [i for i in everything if folds[i] != fold]
        held = [i for i in everything if folds[i] == fold]
        if held:
            head, vectors = learner.fit(learning, seed=config.seed + fold)
            known = vectors[[i for i in learning if targets[i] != none]]
            logits = head.logits(vectors[held])
            parts.append((held, logits, scope.features(logits, vectors[held], known)))

    held = [i for part in parts for i in part[0]]
    logits = torch.cat([part[1] for part in parts])
    features = np.concatenate([part[2] for part in parts])
    wanted = torch.tensor([targets[i] for i in held])
    inside = wanted != none
    weights = _outside_weights([i < taught for i in held], inside)
    decision = scope.fit(
        features[inside.numpy()],
        features[~inside.numpy()],
        weights=weights,
        false_refusal=config.false_refusal,
    )
    progress("classifier: on everything")
    head, vectors = learner.fit(everything, seed=config.seed)
    learner.install()
    temperature = head.calibrated(logits[inside], wanted[inside]).temperature
    scores = decision.scores(features)
    accepted = scores >= scope.THRESHOLD
    right = (logits.argmax(dim=1) == wanted).numpy()
    own = np.array([i < taught for i in held]) & ~inside.numpy()
    outside = own if own.any() else ~inside.numpy()
    found = HeldOut(
        intent_accuracy=float((right & accepted)[inside.numpy()].mean()),
        false_refusals=float((~accepted)[inside.numpy()].mean()),
        refused=float((~accepted)[outside].mean()) if outside.any() else None,
    )
    known = vectors[[i for i in everything if targets[i] != none]]
    return Classifier(intents, replace(head, temperature=temperature), decision, known), found


class _Learner:
    """Either way of training, with what they compute once kept."""

    def __init__(
        self,
        encoder: Encoder[Transformer],
        texts: Sequence[str],
        targets: Tensor,
        *,
        intents: int,
        config: NluConfig,
    ) -> None:
        self._encoder = encoder
        self._targets = targets
        self._intents = intents
        self._upper: finetune.UpperLayers | None = None
        size = max(_SMALLEST_BATCH, min(config.batch_size, len(texts) // 16))
        steps = -(-len(texts) // size)
        epochs = max(config.epochs, min(_MOST_EPOCHS, -(-_FEWEST_STEPS // steps)))
        self._config = config.model_copy(update={"epochs": epochs, "batch_size": size})
        if config.classifier == "finetune":
            self._sentences = finetune.lower_layers(encoder, texts, config.frozen_layers)
        else:
            self._vectors = encoder.encode(texts)

    def fit(self, rows: Sequence[int], *, seed: int) -> tuple[Head, Tensor]:
        """A head trained on ``rows``, and the vectors of all texts as it sees them."""
        rows = list(rows)
        if self._config.classifier == "linear":
            inside = [row for row in rows if self._targets[row] != self._intents]
            return linear.fit(
                self._vectors[inside], self._targets[inside], intents=self._intents
            ), self._vectors
        self._upper = finetune.UpperLayers(self._encoder.sums, self._config.frozen_layers)
        head = finetune.fit(
            self._upper,
            self._sentences,
            rows,
            self._targets,
            intents=self._intents,
            config=self._config,
            seed=seed,
        )
        return head, self._upper.vectors(self._sentences, range(len(self._targets)))

    def install(self) -> None:
        """Make the encoder the one of the last `fit`."""
        if self._upper is not None:
            self._upper.install(self._encoder.sums, self._config.frozen_layers)


@cache
def background_utterances() -> tuple[str, ...]:
    """What nobody's bot is for in particular (bot/nlu/background/SOURCE.md)."""
    path = Path(__file__).with_name("background") / "utterances.txt"
    return tuple(path.read_text(encoding="utf-8").split("\n")[:-1])


def _background(encoder: Encoder[Transformer], inside: Sequence[str], config: NluConfig) -> list[str]:
    """Background utterances that are unlike everything taught."""
    candidates = list(background_utterances())
    similarity = (encoder.encode(candidates) @ encoder.encode(inside).T).max(dim=1).values
    far = [text for text, near in zip(candidates, similarity.tolist(), strict=True) if near < _TOO_NEAR]
    random.Random(config.seed).shuffle(far)
    return far


def _folds(targets: Sequence[int], folds: int, seed: int) -> list[int]:
    """A fold for every example, each class spread evenly; -1 (never held out) for a class's only one."""
    rows: dict[int, list[int]] = {}
    for row, target in enumerate(targets):
        rows.setdefault(target, []).append(row)
    chosen = [-1] * len(targets)
    rng = random.Random(seed)
    turn = 0
    for members in rows.values():
        if len(members) == 1:
            continue
        rng.shuffle(members)
        for row in members:
            chosen[row] = turn % folds
            turn += 1
    return chosen


def _outside_weights(own: Sequence[bool], inside: Tensor) -> Floats:
    """The project's own out-of-scope utterances count as much as all of the background together."""
    mine = np.array([is_own for is_own, is_inside in zip(own, inside.tolist(), strict=True) if not is_inside])
    counts = {True: max(1, int(mine.sum())), False: max(1, int((~mine).sum()))} if len(mine) else {}
    return np.array([1.0 / counts[bool(is_own)] for is_own in mine])
