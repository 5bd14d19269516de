"""Vectors to intents with calibrated confidence, and to the scope decision (`bot.nlu.learning` makes it)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bot.nlu import scope
from bot.nlu.data import OUT_OF_SCOPE
from bot.nlu.head import Head
from bot.nlu.scope import Floats, Scope


@dataclass(frozen=True, slots=True)
class Reading:
    """What the classifier makes of one utterance.

    ``ranking`` is sorted, best first. In scope it holds the intents with their probabilities, given that the
    utterance is in scope; refused, `OUT_OF_SCOPE` leads it and the intents share the rest.
    """

    ranking: tuple[tuple[str, float], ...]
    score: float

    @property
    def in_scope(self) -> bool:
        return self.score >= scope.THRESHOLD


@dataclass(frozen=True, slots=True)
class Classifier:
    """A trained head, its scope decision, and the vectors of the taught in-scope utterances."""

    intents: tuple[str, ...]
    head: Head
    scope: Scope
    known: Tensor

    def read(self, vectors: Tensor) -> list[Reading]:
        """One reading a row of ``vectors``."""
        with torch.inference_mode():
            logits = self.head.logits(vectors)
            probabilities = self.head.probabilities(logits).numpy()
            scores = self.scope.scores(scope.features(logits, vectors, self.known))
        return [self._reading(row, float(score)) for row, score in zip(probabilities, scores, strict=True)]

    def _reading(self, probabilities: Floats, score: float) -> Reading:
        order = np.argsort(-probabilities, kind="stable")
        if score >= scope.THRESHOLD:
            return Reading(tuple((self.intents[i], float(probabilities[i])) for i in order), score)
        rest = tuple((self.intents[i], float(probabilities[i]) * score) for i in order)
        return Reading(((OUT_OF_SCOPE, 1.0 - score), *rest), score)
