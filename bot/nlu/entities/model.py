"""The trained part of entity extraction: spaCy's transition-based recogniser on a small network of its own.

What is saved is spaCy's own format: JSON and msgpack, no pickle.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example as SpacyExample
from spacy.util import filter_spans
from thinc.util import fix_random_seed

from bot import tokens
from bot.nlu.config import NluConfig
from bot.nlu.data import EntityLike, ExampleLike
from bot.nlu.entities.spans import Candidate, Source

_PIPE = "ner"
_SEPARATOR = "|"
_LEARNING_RATE = 0.002
_DROPOUT = 0.2
_BATCH = 32
_SMALLEST_BATCH = 4
_PLAIN_SHARE = 0.4
"""Sentences without entities teach little: as many for each one with entities."""
MOST_TOKENS = 512
"""Tokens of a text that the recogniser looks at, 0.1 ms each: more than anybody types into a chat at once."""
_NETWORK: dict[str, Any] = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 2,
        "embed_size": 2000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
}


def tokenizer() -> Language:
    """A pipeline that tokenizes only. English rules split what the other languages here need split, too."""
    return tokens.bound(spacy.blank("en"))


def train(nlp: Language, examples: Sequence[ExampleLike], config: NluConfig) -> None:
    """Add a recogniser to ``nlp``, trained on the annotations of ``examples``; nothing where there are none.

    Costs about as many sentence passes as ``config.entity_updates``, whatever the number of examples.
    """
    annotated = [example for example in examples if example.entities]
    if not annotated:
        return
    fix_random_seed(config.seed)
    rng = random.Random(config.seed)
    rows = [_row(nlp, example) for example in annotated]
    plain = [_row(nlp, example) for example in examples if not example.entities]
    pipe = nlp.add_pipe(_PIPE, config={"model": _NETWORK})
    for row in rows:
        for span in row.reference.ents:
            pipe.add_label(span.label_)  # type: ignore[attr-defined]
    optimizer = nlp.initialize(lambda: rows)
    each = min(len(plain), int(_PLAIN_SHARE * len(rows)))
    epochs = max(3, min(config.entity_epochs, config.entity_updates // (len(rows) + each)))
    size = max(_SMALLEST_BATCH, min(_BATCH, (len(rows) + each) // 16))
    steps = epochs * -(-(len(rows) + each) // size)
    step = 0
    for _ in range(epochs):
        batch = rows + rng.sample(plain, each)
        rng.shuffle(batch)
        for start in range(0, len(batch), size):
            optimizer.learn_rate = _LEARNING_RATE * (1.0 - 0.9 * step / steps)
            nlp.update(batch[start : start + size], drop=_DROPOUT, sgd=optimizer)
            step += 1


def find(nlp: Language, texts: Sequence[str]) -> list[tuple[Doc, list[Candidate]]]:
    """Each text's tokens and what the recogniser sees in the first `MOST_TOKENS` of them."""
    docs = [tokens.read(nlp, text) for text in texts]
    seen = nlp.pipe(doc if len(doc) <= MOST_TOKENS else doc[:MOST_TOKENS].as_doc() for doc in docs)
    return [(doc, [_candidate(span) for span in of.ents]) for doc, of in zip(docs, seen, strict=True)]


def _candidate(span: Any) -> Candidate:
    label, role, group = span.label_.split(_SEPARATOR)
    return Candidate(
        span.start_char, span.end_char, label, Source.MODEL, role=role or None, group=group or None
    )


def _row(nlp: Language, example: ExampleLike) -> SpacyExample:
    reference = nlp.make_doc(example.text)
    spans = [
        reference.char_span(e.start, e.end, label=_label(e), alignment_mode="expand")
        for e in example.entities
    ]
    reference.ents = filter_spans([span for span in spans if span is not None])
    return SpacyExample(nlp.make_doc(example.text), reference)


def _label(entity: EntityLike) -> str:
    """Roles and groups are learned as part of the label."""
    return _SEPARATOR.join((entity.entity, entity.role or "", entity.group or ""))
