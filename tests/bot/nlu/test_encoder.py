from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bot.errors import InvalidInput, NotFound
from bot.nlu import encoder as encoders
from bot.nlu import transformer
from bot.nlu.device import choose
from bot.nlu.encoder import Encoder
from bot.nlu.packed import PackedBert
from bot.nlu.trained import encoder_path
from bot.nlu.transformer import Transformer

SHORT = "hi"
LONG = (
    "I would like to know whether the kettle is in stock in Oslo, since I want to collect it tomorrow morning"
)


def test_a_sentence_has_the_same_vector_alone_and_padded(encoder: Encoder[Transformer]) -> None:
    alone = torch.cat([encoder.encode([SHORT]), encoder.encode([LONG])])
    together = encoder.encode([SHORT, LONG])
    assert torch.allclose(alone, together, atol=1e-5)


def test_vectors_have_length_one_and_keep_the_order_of_the_texts(encoder: Encoder[Transformer]) -> None:
    texts = [LONG, SHORT, "where is my order", SHORT]
    vectors = encoder.encode(texts)
    assert vectors.shape == (4, encoder.dimension)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(4), atol=1e-5)
    assert torch.allclose(vectors[1], vectors[3], atol=1e-5)
    assert vectors[1] @ vectors[0] < 0.5


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_packed_sentences_get_the_vectors_of_transformers(precision: str) -> None:
    path, device = encoder_path("minilm-l6-v2"), choose("cpu", precision=precision)
    reference = transformer.load(path, device=device, max_tokens=64)
    packed = encoders.load(path, device=device, max_tokens=64)
    assert isinstance(packed.sums, PackedBert)
    texts = [SHORT, LONG, "0150", "word " * 100, *(f"{LONG} {n}" for n in range(40))]
    similarity = (reference.encode(texts) * packed.encode(texts)).sum(dim=1)
    assert similarity.min() > (0.99999 if precision == "float32" else 0.9995)
    assert torch.allclose(packed.encode([LONG]), packed.encode([SHORT, LONG])[1:], atol=1e-2)


def test_a_server_does_not_wait_for_transformers_to_be_imported() -> None:
    """It takes seconds, and 150 MB."""
    script = "import sys, bot.server; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_bfloat16_gives_the_vectors_of_float32(encoder: Encoder[Transformer]) -> None:
    half = encoders.load(
        encoder_path("minilm-l6-v2"), device=choose("cpu", precision="bfloat16"), max_tokens=64
    )
    similarity = (encoder.encode([SHORT, LONG]) * half.encode([SHORT, LONG])).sum(dim=1)
    assert similarity.min() > 0.999


def test_a_text_longer_than_the_encoder_reads_is_cut(encoder: Encoder[Transformer]) -> None:
    assert len(encoder.tokenize(["word " * 500])[0]) == 64


def test_a_folder_without_the_encoder_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="models fetch"):
        encoders.load(tmp_path, device=choose("cpu"), max_tokens=64)


def test_a_device_that_is_not_here_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(InvalidInput, match="cpu"):
        choose("cuda")


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(InvalidInput, match="float32"):
        choose("cpu", precision="int3")
