"""Whether an utterance is the bot's business at all: one calibrated score from three views of it.

- the energy, log-sum-exp of the intents' logits: how near it is to what intents look like;
- the similarity to its nearest training utterances: how near it is to anything that was taught;
- the best intent's logit.

A logistic regression on utterances that were held out of training weighs them. Its score is shifted so that
``THRESHOLD`` is the decision, whatever the bot; the decision itself is placed where it refuses most out of
scope for the in-scope utterances that it costs, and never more than the configured share of those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

THRESHOLD = 0.5
_NEIGHBOURS = 3
_WORTH = 1.5
"""One more in-scope utterance refused in a hundred must buy one and a half out-of-scope ones."""
_FEATURES = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scope:
    """``score = sigmoid(weights . features + bias)``; in scope at `THRESHOLD` and above."""

    weights: tuple[float, ...]
    bias: float

    def scores(self, features: Floats) -> Floats:
        """``[n]``, 0..1."""
        logits = features @ np.asarray(self.weights) + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))))


def features(logits: Tensor, vectors: Tensor, known: Tensor) -> Floats:
    """``[n, 3]`` of ``logits`` ``[n, intents]`` and ``vectors`` ``[n, d]``; ``known`` were taught."""
    nearest = (vectors @ known.T).topk(min(_NEIGHBOURS, len(known)), dim=1).values.mean(dim=1)
    energy = torch.logsumexp(logits, dim=1)
    stacked = torch.stack([energy, nearest, logits.max(dim=1).values], dim=1)
    return stacked.double().numpy()


def fit(inside: Floats, outside: Floats, *, weights: Floats, false_refusal: float) -> Scope:
    """A decision from held-out features; ``weights`` says how much each row of ``outside`` counts.

    Without any ``outside`` the energy alone decides, at the level that refuses ``false_refusal`` of
    ``inside``.
    """
    from sklearn.linear_model import LogisticRegression  # 60 MB that serving need not hold

    if len(outside) == 0:
        spread = float(inside[:, 0].std()) or 1.0
        level = float(np.quantile(inside[:, 0], false_refusal))
        return Scope(weights=(1.0 / spread, *[0.0] * (_FEATURES - 1)), bias=-level / spread)
    both = np.concatenate([inside, outside])
    mean, spread_of = both.mean(axis=0), both.std(axis=0) + 1e-9
    counts = (
        np.concatenate([np.full(len(inside), 1.0 / len(inside)), weights / weights.sum()]) * len(both) / 2
    )
    regression = LogisticRegression(C=1.0)
    regression.fit(
        (both - mean) / spread_of, np.r_[np.ones(len(inside)), np.zeros(len(outside))], sample_weight=counts
    )
    slopes = regression.coef_[0] / spread_of
    intercept = float(regression.intercept_[0] - (regression.coef_[0] * mean / spread_of).sum())
    cut = _cut(
        inside @ slopes + intercept, outside @ slopes + intercept, weights / weights.sum(), false_refusal
    )
    return Scope(weights=tuple(float(slope) for slope in slopes), bias=intercept - cut)


def _cut(inside: Floats, outside: Floats, weights: Floats, false_refusal: float) -> float:
    """The logit under which to refuse."""
    highest = float(np.quantile(inside, false_refusal))
    candidates = np.unique(
        np.concatenate([inside[inside <= highest], outside[outside <= highest], [highest]])
    )
    costs = [
        _WORTH * float((inside < cut).mean()) + float(weights[outside >= cut].sum())
        for cut in candidates.tolist()
    ]
    best = int(np.argmin(costs))
    # Half-way to the next value, so that neither side sits on the edge.
    after = candidates[best + 1] if best + 1 < len(candidates) else candidates[best]
    return float(candidates[best] + min(after, highest)) / 2
