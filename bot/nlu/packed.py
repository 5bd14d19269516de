"""BERT over sentences laid end to end: no padding, and no Python between its layers.

The same sums as `transformers.BertModel`, in another arrangement. Sentences of a batch are concatenated, so
that the matrix products see real tokens only; a mask keeps attention within each sentence. The three
projections of attention are one product. The whole is traced once, and then runs without holding the
interpreter lock, so that the server's other work goes on beside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertModel

_TILE = 16
"""Rows that the matrix units take at a time (AMX tiles)."""
_WARM_UP = ((5,), (5,), (12, 4, 7), (12, 4, 7), (6,) * 16)
"""Lengths of the sentences of first batches, by which the tracer's executor settles on its kernels."""


class _Layer(nn.Module):
    """One transformer layer of `BertModel`, over packed tokens ``[t, d]``."""

    def __init__(self, layer: Any, heads: int) -> None:
        super().__init__()
        attention = layer.attention
        projections = (attention.self.query, attention.self.key, attention.self.value)
        self.heads = heads
        self.weight = nn.Parameter(torch.cat([p.weight for p in projections]), requires_grad=False)
        self.bias = nn.Parameter(torch.cat([p.bias for p in projections]), requires_grad=False)
        self.attended, self.attended_norm = attention.output.dense, attention.output.LayerNorm
        self.inner = layer.intermediate.dense
        self.output, self.output_norm = layer.output.dense, layer.output.LayerNorm

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        tokens, width = states.size(0), states.size(1)
        projected = F.linear(states, self.weight, self.bias)
        heads = projected.view(1, tokens, 3, self.heads, width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        context = context[0].transpose(0, 1).reshape(tokens, width)
        states = self.attended_norm(self.attended(context) + states)
        result: Tensor = self.output_norm(self.output(F.gelu(self.inner(states))) + states)
        return result


class _Packed(nn.Module):
    """Ids, their positions and sentences, all ``[t]``, and lengths ``[n]``, to vectors ``[n, d]``."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        embeddings = model.embeddings
        self.words, self.positions = embeddings.word_embeddings, embeddings.position_embeddings
        self.kind, self.norm = embeddings.token_type_embeddings.weight[0], embeddings.LayerNorm
        self.layers = nn.ModuleList(
            _Layer(layer, model.config.num_attention_heads) for layer in model.encoder.layer
        )

    def forward(self, ids: Tensor, positions: Tensor, sentences: Tensor, lengths: Tensor) -> Tensor:
        states = self.norm(self.words(ids) + self.positions(positions) + self.kind)
        apart = sentences[:, None] != sentences[None, :]
        mask = torch.zeros_like(apart, dtype=states.dtype).masked_fill(apart, -1e4)[None, None]
        for layer in self.layers:
            states = layer(states, mask)
        sums = torch.zeros(lengths.size(0), states.size(1)).index_add(0, sentences, states.float())
        return F.normalize(sums / lengths[:, None], dim=-1)


class PackedBert:
    """A `BertModel` on the CPU, ready to encode; takes the model's weights as they are now."""

    def __init__(self, model: BertModel) -> None:
        with torch.no_grad(), warnings.catch_warnings():
            # Tracing is deprecated in favour of compilers, which need a C++ toolchain on each machine.
            warnings.simplefilter("ignore", DeprecationWarning)
            example = _pack([[101, 102], [101, 7, 102]])
            self._run: Any = torch.jit.freeze(_trace(_Packed(model).eval(), example))
            for lengths in _WARM_UP:
                self.encode([[101] * length for length in lengths])

    @classmethod
    def of(cls, model: nn.Module, *, device: str) -> PackedBert | None:
        """``model`` so arranged; None where its sums are not known here, or the device gains nothing."""
        if not isinstance(model, BertModel) or device != "cpu" or model.config.hidden_act != "gelu":
            return None
        return cls(model)

    def encode(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """The mean-pooled vector of each sentence, of length 1: float32 ``[len(tokens), d]``."""
        vectors: Tensor = self._run(*_pack(tokens))
        return vectors[:-1]


def _trace(module: nn.Module, example: tuple[Tensor, ...]) -> Any:
    return torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]


def _pack(tokens: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The sentences end to end, and a last one of padding up to a whole number of tiles.

    The matrix library keeps a kernel for every number of rows it has met: few sizes keep its memory small.
    """
    lengths = [len(sentence) for sentence in tokens]
    padding = -sum(lengths) % _TILE or _TILE
    lengths.append(padding)
    ids = [id_ for sentence in tokens for id_ in sentence] + [0] * padding
    return (
        torch.tensor(ids),
        torch.tensor([position for length in lengths for position in range(length)]),
        torch.tensor([number for number, length in enumerate(lengths) for _ in range(length)]),
        torch.tensor(lengths, dtype=torch.float32),
    )
