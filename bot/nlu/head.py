"""The classifier's head: the similarity of an utterance to one learned direction an intent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Head:
    """Logit of an intent: ``scale * vector . direction + offset``.

    ``directions`` is ``[intents, dimension]``, ``offsets`` is ``[intents]``. There is no direction for out of
    scope: what is none of the bot's business has nothing in common (`bot.nlu.scope` decides on it).
    """

    directions: Tensor
    offsets: Tensor
    scale: float
    temperature: float = 1.0

    def logits(self, vectors: Tensor) -> Tensor:
        """``[n, intents]``, before calibration."""
        return self.scale * vectors @ self.directions.T + self.offsets

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities of what `logits` gave; each row sums to 1."""
        return torch.softmax(logits / self.temperature, dim=1)

    def calibrated(self, logits: Tensor, targets: Tensor) -> Head:
        """The same head with the temperature (Guo et al., ICML 2017) that fits held-out ``logits`` best."""
        log_temperature = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.LBFGS([log_temperature], lr=0.1, max_iter=60)

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(logits / log_temperature.exp(), targets)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        temperature = float(log_temperature.detach().exp().clamp(0.25, 4.0))
        return replace(self, temperature=temperature)


def class_means(vectors: Tensor, targets: Tensor, classes: int) -> Tensor:
    """``[classes, dimension]``, rows of length 1: where training of the directions begins."""
    sums = torch.zeros(classes, vectors.shape[1]).index_add_(0, targets, vectors)
    return F.normalize(sums, dim=-1)
