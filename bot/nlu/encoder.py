"""Utterances to vectors: a transformers encoder, mean-pooled and normalised.

Batches are padded to their longest sentence with the attention mask passed on, so that a sentence gets the
same vector alone and in company (tests/bot/nlu/test_encoder.py holds it to that).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel
from transformers.utils import logging as transformers_logging

from bot.errors import NotFound
from bot.nlu.device import Device
from bot.nlu.packed import PackedBert
from bot.nlu.symbols import spelt_out

_BATCH = 32


class Encoder:
    """A loaded encoder. Not thread-safe: one thread at a time encodes."""

    def __init__(
        self, model: nn.Module, tokenizer: Tokenizer, *, device: Device, max_tokens: int, prefix: str = ""
    ) -> None:
        self.model = model
        self.device = device
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._prefix = prefix
        self._packed: PackedBert | None = None

    @classmethod
    def load(cls, directory: Path, *, device: Device, max_tokens: int, prefix: str = "") -> Encoder:
        """Read ``config.json``, ``model.safetensors`` and ``tokenizer.json`` of ``directory``; nothing is
        fetched.

        Raises `NotFound` when one of them is missing.
        """
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            if not (directory / name).is_file():
                raise NotFound(
                    f"the encoder has no {name} in {directory}",
                    hint="run `firstline models fetch`",
                    code="nlu.encoder_missing",
                )
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
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens)
        model.to(device.torch)
        return cls(model.eval(), tokenizer, device=device, max_tokens=max_tokens, prefix=prefix)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._config().hidden_size)

    @property
    def layers(self) -> int:
        """Number of transformer layers."""
        return int(self._config().num_hidden_layers)

    @property
    def padding(self) -> int:
        """Id of the padding token."""
        return int(self._config().pad_token_id or 0)

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, with the special tokens, cut at ``max_tokens``."""
        encodings = self._tokenizer.encode_batch([self._prefix + spelt_out(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """``[len(texts), dimension]`` float32 on the CPU, each row of length 1."""
        tokens = self.tokenize(texts)
        vectors = torch.empty(len(texts), self.dimension)
        if self._packed is not None:
            with torch.inference_mode():
                for start in range(0, len(tokens), _BATCH):
                    vectors[start : start + _BATCH] = self._packed.encode(tokens[start : start + _BATCH])
            return vectors
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                ids, mask = pad([tokens[i] for i in rows], padding=self.padding)
                ids, mask = ids.to(self.device.torch), mask.to(self.device.torch)
                hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
                vectors[rows] = pool(hidden, mask).cpu()
        return vectors

    def settle(self) -> None:
        """The weights will not change any more: arrange them for speed, where that is known how."""
        self._packed = PackedBert.of(self.model, device=self.device.name)

    def _config(self) -> Any:
        return self.model.config


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
