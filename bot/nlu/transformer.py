"""A transformers encoder: what training changes, and what encodes where `bot.nlu.packed` does not.

Batches are padded to their longest sentence with the attention mask passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel
from transformers.utils import logging as transformers_logging

from bot.nlu.device import Device
from bot.nlu.encoder import Encoder, read_tokenizer


class Transformer:
    """The sums of an `Encoder` by transformers."""

    def __init__(self, model: nn.Module, *, device: Device) -> None:
        self.model = model
        self.device = device

    @classmethod
    def load(cls, directory: Path, *, device: Device) -> Transformer:
        """Read ``config.json`` and ``model.safetensors`` of ``directory``; nothing is fetched."""
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model = AutoModel.from_pretrained(
            directory,
            local_files_only=True,
            use_safetensors=True,
            dtype=device.dtype,
            attn_implementation="sdpa",
        )
        model.pooler = None  # the [CLS] projection of BERT's second training task: unused
        model.requires_grad_(False)
        model.to(device.torch)
        return cls(model.eval(), device=device)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._config().hidden_size)

    @property
    def family(self) -> str:
        """What transformers calls the architecture."""
        return str(self._config().model_type)

    @property
    def padding(self) -> int:
        """Id of the padding token."""
        return int(self._config().pad_token_id or 0)

    @property
    def layers(self) -> nn.ModuleList:
        """The transformer layers, of an encoder of the BERT or RoBERTa family."""
        layers = self.model.encoder.layer  # type: ignore[union-attr]
        assert isinstance(layers, nn.ModuleList)
        return layers

    def embed(self, ids: Tensor) -> Tensor:
        """What goes into the first layer: ``[n, t]`` to ``[n, t, d]``, on the model's device."""
        embedded: Tensor = self.model.embeddings(input_ids=ids.to(self.device.torch))  # type: ignore[operator]
        return embedded

    def encode(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """The mean-pooled vector of each sentence, of length 1: float32 ``[len(tokens), d]``, on the CPU."""
        ids, mask = pad(tokens, padding=self.padding)
        ids, mask = ids.to(self.device.torch), mask.to(self.device.torch)
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return pool(hidden, mask).cpu()

    def _config(self) -> Any:
        return self.model.config


def load(directory: Path, *, device: Device, max_tokens: int, prefix: str = "") -> Encoder[Transformer]:
    """An encoder that can learn. Raises `NotFound` when a file of ``directory`` is missing."""
    tokenizer = read_tokenizer(directory, max_tokens=max_tokens)
    return Encoder(Transformer.load(directory, device=device), tokenizer, prefix=prefix)


def pad(tokens: Sequence[Sequence[int]], *, padding: int = 0) -> tuple[Tensor, Tensor]:
    """Ids and attention mask, both ``[len(tokens), longest]`` int64."""
    longest = max(len(ids) for ids in tokens)
    ids = torch.full((len(tokens), longest), padding, dtype=torch.long)
    mask = torch.zeros(len(tokens), longest, dtype=torch.long)
    for row, sentence in enumerate(tokens):
        ids[row, : len(sentence)] = torch.tensor(sentence)
        mask[row, : len(sentence)] = 1
    return ids, mask


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean over the real tokens, then length 1: ``[n, t, d]`` and ``[n, t]`` to float32 ``[n, d]``."""
    weights = mask.unsqueeze(-1).to(torch.float32)
    mean = (hidden.to(torch.float32) * weights).sum(dim=1) / weights.sum(dim=1)
    return F.normalize(mean, dim=-1)
