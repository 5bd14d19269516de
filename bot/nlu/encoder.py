"""Utterances to vectors: tokens, mean-pooled and normalised by what an encoder computes.

A sentence gets the same vector alone and in company (tests/bot/nlu/test_encoder.py holds it to that).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from bot.errors import NotFound
from bot.nlu.device import Device
from bot.nlu.packed import PackedBert
from bot.nlu.symbols import spelt_out

_BATCH = 32


class Sums(Protocol):
    """What makes vectors of tokens. Not thread-safe: one thread at a time encodes."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Ids of whole sentences to float32 ``[len(tokens), dimension]`` on the CPU, rows of length 1."""
        ...


S_co = TypeVar("S_co", bound=Sums, covariant=True)


class Encoder(Generic[S_co]):
    """A tokenizer and the sums behind it."""

    def __init__(self, sums: S_co, tokenizer: Tokenizer, *, prefix: str = "") -> None:
        self.sums = sums
        self._tokenizer = tokenizer
        self._prefix = prefix

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.sums.dimension

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, with the special tokens, cut at the tokenizer's limit."""
        encodings = self._tokenizer.encode_batch([self._prefix + spelt_out(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """``[len(texts), dimension]`` float32 on the CPU, each row of length 1."""
        tokens = self.tokenize(texts)
        vectors = torch.empty(len(texts), self.dimension)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                vectors[rows] = self.sums.encode([tokens[i] for i in rows])
        return vectors


def load(
    directory: Path, *, device: Device, max_tokens: int, prefix: str = "", learned: Path | None = None
) -> Encoder[Sums]:
    """Read ``config.json``, ``model.safetensors`` and ``tokenizer.json`` of ``directory`` for encoding.

    ``learned`` is a file with tensors in place of the published ones. Nothing is fetched.

    Raises `NotFound` when something is missing.
    """
    tokenizer = read_tokenizer(directory, max_tokens=max_tokens)
    tensors = load_file(learned) if learned is not None else {}
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    sums: Sums | None = None
    if PackedBert.knows(config, device):
        sums = PackedBert({**load_file(directory / "model.safetensors"), **tensors}, config, device.dtype)
    return Encoder(sums or _transformer(directory, device, tensors), tokenizer, prefix=prefix)


def read_tokenizer(directory: Path, *, max_tokens: int) -> Tokenizer:
    """The tokenizer of an encoder's directory. Raises `NotFound` when a file of the encoder is missing."""
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (directory / name).is_file():
            raise NotFound(
                f"the encoder has no {name} in {directory}",
                hint="run `firstline models fetch`",
                code="nlu.encoder_missing",
            )
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _transformer(directory: Path, device: Device, learned: Mapping[str, Tensor]) -> Sums:
    # Importing transformers' models takes seconds, which a server with a packed encoder does not spend.
    from bot.nlu.transformer import Transformer

    transformer = Transformer.load(directory, device=device)
    transformer.model.load_state_dict(learned, strict=False)
    return transformer
