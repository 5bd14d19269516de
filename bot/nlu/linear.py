"""The fast classifier: the encoder as it was published, and logistic regression on its vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from bot.nlu.head import Head

_INVERSE_REGULARISATION = 30.0


def fit(vectors: Tensor, targets: Tensor, *, intents: int) -> Head:
    """A head for ``vectors`` ``[n, d]`` of in-scope utterances with ``targets`` in ``range(intents)``.

    In float64 and at scikit-learn's own tolerance: looser or narrower, it stops two points short.
    """
    from sklearn.linear_model import LogisticRegression  # 60 MB that serving need not hold

    if intents == 1:
        return Head(directions=vectors.mean(dim=0, keepdim=True), offsets=torch.zeros(1), scale=1.0)
    regression = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=2000)
    regression.fit(vectors.double().numpy(), targets.numpy())
    weights = torch.from_numpy(regression.coef_).float()
    offsets = torch.from_numpy(regression.intercept_).float()
    if intents == 2:  # scikit-learn keeps one row for two classes
        weights, offsets = torch.cat([-weights, weights]) / 2, torch.cat([-offsets, offsets]) / 2
    return Head(directions=weights, offsets=offsets, scale=1.0)
