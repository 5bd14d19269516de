"""Training of the encoder's upper layers together with the head.

The lower layers stay as they were published. What they make of each training sentence never changes, so it is
computed once (`lower_layers`) and every epoch, of every fold, pays for the upper layers only.

Out of scope is in the loss as one learned level beside the intents' logits, the level that some intent must
reach for the utterance to be the bot's business. Cross-entropy pushes the energy (the log-sum-exp of the
intents' logits) of out-of-scope utterances under that level and of the others above it: energy-based
detection (Liu et al., NeurIPS 2020) with outlier exposure (Hendrycks et al., ICLR 2019). On CLINC150 this
refused two points more than a direction for out of scope did, at the same false refusals.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bot.errors import InvalidInput
from bot.nlu.config import NluConfig
from bot.nlu.encoder import Encoder
from bot.nlu.head import Head, class_means
from bot.nlu.transformer import Transformer, pad, pool

_SCALE = 16.0
_HEAD_RATE = 1e-3
_LEVEL_RATE = 1e-2
_WARMUP = 0.1
_DROPOUT = 0.1
_FAMILIES = frozenset({"bert", "roberta", "xlm-roberta"})


@dataclass(frozen=True, slots=True)
class Sentences:
    """Hidden states after the frozen layers, one ``[tokens, dimension]`` tensor a sentence."""

    states: Sequence[Tensor]

    def batch(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Padded states ``[n, t, d]`` and mask ``[n, t]``."""
        longest = max(len(self.states[row]) for row in rows)
        first = self.states[rows[0]]
        states = first.new_zeros(len(rows), longest, first.shape[1])
        mask = torch.zeros(len(rows), longest, dtype=torch.long, device=first.device)
        for i, row in enumerate(rows):
            states[i, : len(self.states[row])] = self.states[row]
            mask[i, : len(self.states[row])] = 1
        return states, mask


class UpperLayers:
    """The layers that learn. Copied from the published ones each time: folds do not see each other."""

    def __init__(self, transformer: Transformer, frozen: int) -> None:
        self.layers = nn.ModuleList(copy.deepcopy(layer) for layer in transformer.layers[frozen:]).float()
        self.device = transformer.device
        for module in self.layers.modules():
            if isinstance(module, nn.Dropout):
                module.p = _DROPOUT
        self.layers.requires_grad_(True)

    def __call__(self, states: Tensor, mask: Tensor) -> Tensor:
        """Sentence vectors ``[n, d]``."""
        with _precision(self.device.name, self.device.dtype):
            attention = _attention(mask)
            for layer in self.layers:
                states = _first(layer(states, attention_mask=attention))
        return pool(states, mask)

    def vectors(self, sentences: Sentences, rows: Sequence[int]) -> Tensor:
        """``[len(rows), d]`` on the CPU, without learning."""
        self.layers.eval()
        order = sorted(range(len(rows)), key=lambda i: len(sentences.states[rows[i]]))
        found: list[Tensor] = [torch.empty(0)] * len(rows)
        with torch.inference_mode():
            for start in range(0, len(order), 64):
                chosen = order[start : start + 64]
                for i, vector in zip(
                    chosen, self(*sentences.batch([rows[i] for i in chosen])).cpu(), strict=True
                ):
                    found[i] = vector
        return torch.stack(found).clone()

    def install(self, transformer: Transformer, frozen: int) -> None:
        """Make ``transformer`` use these layers."""
        for place, layer in zip(transformer.layers[frozen:], self.layers, strict=True):
            place.load_state_dict(layer.state_dict())


def lower_layers(encoder: Encoder[Transformer], texts: Sequence[str], frozen: int) -> Sentences:
    """What the first ``frozen`` layers make of ``texts``.

    Raises `InvalidInput` for an encoder whose layers cannot be run one by one.
    """
    transformer = encoder.sums
    family = transformer.family
    if family not in _FAMILIES:
        raise InvalidInput(
            f"encoders of the {family!r} family cannot be fine-tuned here",
            hint="set `classifier: linear`, or use an encoder of the BERT or RoBERTa family",
            code="nlu.encoder_family",
        )
    if not 0 <= frozen < (depth := len(transformer.layers)):
        raise InvalidInput(
            f"frozen_layers is {frozen} and the encoder has {depth}",
            code="nlu.frozen_layers",
        )
    tokens = encoder.tokenize(texts)
    states: list[Tensor] = [torch.empty(0)] * len(tokens)
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            ids, mask = pad([tokens[i] for i in rows], padding=transformer.padding)
            mask = mask.to(transformer.device.torch)
            hidden = transformer.embed(ids)
            attention = _attention(mask)
            for layer in transformer.layers[:frozen]:
                hidden = _first(layer(hidden, attention_mask=attention))
            for i, row in enumerate(rows):
                states[row] = hidden[i, : len(tokens[row])].float().clone()
    return Sentences([state.clone() for state in states])


def learned(transformer: Transformer, frozen: int) -> dict[str, Tensor]:
    """The tensors of the layers from ``frozen`` on, float32 on the CPU, by their names in the model."""
    return {
        f"encoder.layer.{number}.{name}": tensor.float().cpu().contiguous()
        for number, layer in enumerate(transformer.layers)
        if number >= frozen
        for name, tensor in layer.state_dict().items()
    }


def fit(
    upper: UpperLayers,
    sentences: Sentences,
    rows: Sequence[int],
    targets: Tensor,
    *,
    intents: int,
    config: NluConfig,
    seed: int,
) -> Head:
    """Train ``upper`` and a head on ``rows``; ``targets[row] == intents`` means out of scope.

    The head begins from the class means, so that it is right about most sentences before the first step.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    wanted = targets[list(rows)]
    inside = wanted < intents
    start = upper.vectors(sentences, rows)
    directions = nn.Parameter(class_means(start[inside], wanted[inside], intents))
    level = nn.Parameter(_first_level(start, wanted, directions.detach()))
    optimizer = torch.optim.AdamW(
        [
            {"params": list(upper.layers.parameters()), "lr": config.learning_rate},
            {"params": [directions], "lr": _HEAD_RATE},
            {"params": [level], "lr": _LEVEL_RATE, "weight_decay": 0.0},
        ],
        fused=True,
    )
    steps = config.epochs * -(-len(rows) // config.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (_WARMUP * steps), max(0.0, (steps - step) / ((1 - _WARMUP) * steps))),
    )
    lengths = [len(sentences.states[row]) for row in rows]
    for _ in range(config.epochs):
        upper.layers.train()
        for chosen in _batches(lengths, config.batch_size, generator):
            states, mask = sentences.batch([rows[i] for i in chosen])
            vectors = upper(states, mask).cpu()
            similarities = _SCALE * vectors @ F.normalize(directions, dim=-1).T
            logits = torch.cat([similarities, level.expand(len(chosen), 1)], dim=1)
            loss = F.cross_entropy(logits, wanted[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(upper.layers.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    upper.layers.eval()
    return Head(
        directions=F.normalize(directions.detach(), dim=-1),
        offsets=torch.zeros(intents),
        scale=_SCALE,
    )


def _first_level(vectors: Tensor, wanted: Tensor, directions: Tensor) -> Tensor:
    """Half-way between the energies of the two sides; a little under the inside's when there is no other."""
    energy = torch.logsumexp(_SCALE * vectors @ directions.T, dim=1)
    inside = wanted < len(directions)
    if bool(inside.all()):
        return torch.quantile(energy, 0.01) - 1.0
    return (energy[inside].median() + energy[~inside].median()) / 2


def _batches(lengths: Sequence[int], size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Random batches of sentences of about the same length: little padding, and still new every epoch."""
    order = torch.randperm(len(lengths), generator=generator).tolist()
    batches: list[list[int]] = []
    for start in range(0, len(order), size * 8):
        pool_ = sorted(order[start : start + size * 8], key=lambda i: lengths[i])
        batches += [pool_[i : i + size] for i in range(0, len(pool_), size)]
    for i in torch.randperm(len(batches), generator=generator).tolist():
        yield batches[i]


def _attention(mask: Tensor) -> Tensor | None:
    """What a layer wants as its mask: ``[n, 1, t, t]`` bool, or None when nothing is padded."""
    if bool(mask.all()):
        return None
    return mask[:, None, None, :].bool().expand(-1, 1, mask.shape[1], -1)


def _first(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    return output[0] if isinstance(output, tuple) else output


def _precision(device: str, dtype: torch.dtype) -> contextlib.AbstractContextManager[object]:
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.split(":", 1)[0], dtype)
