"""BERT over sentences laid end to end: no padding, and no Python between its layers.

The same sums as `transformers.BertModel`, in another arrangement. Sentences of a batch are concatenated, so
that the matrix products see real tokens only; a mask keeps attention within each sentence. The three
projections of attention are one product. The whole is traced once, and then runs without holding the
interpreter lock, so that the server's other work goes on beside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bot.nlu.device import Device

_TILE = 16
"""Rows that the matrix units take at a time (AMX tiles)."""
_WARM_UP = ((5,), (5,), (12, 4, 7), (12, 4, 7), (6,) * 16)
"""Lengths of the sentences of first batches, by which the tracer's executor settles on its kernels."""
_USUAL = {"hidden_act": "gelu", "position_embedding_type": "absolute"}
"""Settings of BERT's configuration that the sums depend on, as they are here and where none are given."""


class _Weights:
    """A model's tensors by their names in transformers, as modules."""

    def __init__(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any], dtype: torch.dtype) -> None:
        self._tensors = tensors
        self._epsilon = config.get("layer_norm_eps", 1e-12)
        self._dtype = dtype

    def table(self, name: str) -> nn.Parameter:
        """The rows of an embedding."""
        return _fixed(self._tensor(f"{name}.weight"))

    def linear(self, *names: str) -> nn.Linear:
        """One product for the projections of these names."""
        weight, bias = (
            torch.cat([self._tensor(f"{n}.{kind}") for n in names]) for kind in ("weight", "bias")
        )
        linear = nn.Linear(weight.size(1), weight.size(0), device="meta")
        linear.weight, linear.bias = _fixed(weight), _fixed(bias)
        return linear

    def norm(self, name: str) -> nn.LayerNorm:
        """A layer normalisation."""
        weight = self._tensor(f"{name}.weight")
        norm = nn.LayerNorm(len(weight), eps=self._epsilon)
        norm.weight, norm.bias = _fixed(weight), _fixed(self._tensor(f"{name}.bias"))
        return norm

    def _tensor(self, name: str) -> Tensor:
        return self._tensors[name].to(self._dtype)


def _fixed(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor, requires_grad=False)


class _Layer(nn.Module):
    """One transformer layer, over packed tokens ``[t, d]``."""

    def __init__(self, weights: _Weights, name: str, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.projections = weights.linear(*(f"{name}.attention.self.{p}" for p in ("query", "key", "value")))
        self.attended = weights.linear(f"{name}.attention.output.dense")
        self.attended_norm = weights.norm(f"{name}.attention.output.LayerNorm")
        self.inner = weights.linear(f"{name}.intermediate.dense")
        self.output = weights.linear(f"{name}.output.dense")
        self.output_norm = weights.norm(f"{name}.output.LayerNorm")

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        tokens, width = states.size(0), states.size(1)
        heads = self.projections(states).view(1, tokens, 3, self.heads, width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        context = context[0].transpose(0, 1).reshape(tokens, width)
        states = self.attended_norm(self.attended(context) + states)
        result: Tensor = self.output_norm(self.output(F.gelu(self.inner(states))) + states)
        return result


class _Packed(nn.Module):
    """Ids, their positions and sentences, all ``[t]``, and lengths ``[n]``, to vectors ``[n, d]``."""

    def __init__(self, weights: _Weights, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.words = weights.table("embeddings.word_embeddings")
        self.positions = weights.table("embeddings.position_embeddings")
        self.kind = _fixed(weights.table("embeddings.token_type_embeddings")[0])
        self.norm = weights.norm("embeddings.LayerNorm")
        self.layers = nn.ModuleList(
            _Layer(weights, f"encoder.layer.{n}", config["num_attention_heads"])
            for n in range(config["num_hidden_layers"])
        )

    def forward(self, ids: Tensor, positions: Tensor, sentences: Tensor, lengths: Tensor) -> Tensor:
        states = self.norm(F.embedding(ids, self.words) + F.embedding(positions, self.positions) + self.kind)
        apart = sentences[:, None] != sentences[None, :]
        mask = torch.zeros_like(apart, dtype=states.dtype).masked_fill(apart, -1e4)[None, None]
        for layer in self.layers:
            states = layer(states, mask)
        sums = torch.zeros(lengths.size(0), states.size(1)).index_add(0, sentences, states.float())
        return F.normalize(sums / lengths[:, None], dim=-1)


class PackedBert:
    """A BERT on the CPU, ready to encode (`bot.nlu.encoder.Sums`)."""

    def __init__(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any], dtype: torch.dtype) -> None:
        """``tensors`` by their names in transformers' ``BertModel``, ``config`` as its ``config.json``."""
        self.dimension: int = config["hidden_size"]
        packed = _Packed(_Weights(tensors, config, dtype), config)
        with torch.no_grad(), warnings.catch_warnings():
            # Tracing is deprecated in favour of compilers, which need a C++ toolchain on each machine.
            warnings.simplefilter("ignore", DeprecationWarning)
            example = _pack([[101, 102], [101, 7, 102]])
            self._run: Any = torch.jit.freeze(_trace(packed.eval(), example))
            for lengths in _WARM_UP:
                self.encode([[101] * length for length in lengths])

    @staticmethod
    def knows(config: Mapping[str, Any], device: Device) -> bool:
        """Whether these sums are those of an encoder of ``config``, and ``device`` gains by them."""
        is_usual = all(config.get(name, usual) == usual for name, usual in _USUAL.items())
        return device.name == "cpu" and config.get("model_type") == "bert" and is_usual

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
