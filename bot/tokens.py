"""A text's tokens, in time that grows with its length alone, whatever a stranger writes.

spaCy takes affixes off an unbroken stretch of text one by one and searches all that is left for the next one,
so that two thousand apostrophes keep everybody waiting for a second. Here the searches look at the end that
they are about, and a stretch that no word or address is as long as is read in pieces.
"""

from __future__ import annotations

import re
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

REACH = 32
"""Characters from either end of a stretch in which an affix is looked for. The longest that the rules of the
languages here name has a fifth of that; only runs of one character are longer."""
LONGEST_STRETCH = 256
"""Characters without a space between them that are read as a whole; what is longer is read in such pieces."""

_TOO_LONG = re.compile(rf"\S{{{LONGEST_STRETCH}}}(?=\S)")


class _Affixes:
    """An affix pattern, searched at one end. spaCy asks for the length of a match only, never where it is.

    The tokenizer, when it is saved, asks its searches' owners for their ``pattern``: what is saved is what
    the library would have saved.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled = re.compile(pattern)

    def prefix(self, text: str) -> re.Match[str] | None:
        """What the stretch begins with; all prefix patterns are anchored there."""
        return self._compiled.match(text[:REACH])

    def suffix(self, text: str) -> re.Match[str] | None:
        """What the stretch ends with."""
        return self._compiled.search(text[-REACH:])

    def address(self, text: str) -> re.Match[str] | None:
        """The stretch, if it is an address of the web: there is none without a full stop."""
        return self._compiled.match(text) if "." in text else None


def bound(nlp: Language) -> Language:
    """The pipeline, whose tokenizer searches near the ends only."""
    tokenizer: Any = nlp.tokenizer
    tokenizer.prefix_search = _Affixes(_pattern(tokenizer.prefix_search)).prefix
    tokenizer.suffix_search = _Affixes(_pattern(tokenizer.suffix_search)).suffix
    tokenizer.url_match = _Affixes(_pattern(tokenizer.url_match)).address
    return nlp


def read(nlp: Language, text: str) -> Doc:
    """The tokens of ``text``, nothing else of the pipeline run on them."""
    cuts = [match.end() for match in _TOO_LONG.finditer(text)]
    if not cuts:
        return nlp.make_doc(text)
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    tokens = [token for piece in pieces for token in nlp.make_doc(piece)]
    return Doc(
        nlp.vocab,
        words=[token.text for token in tokens],
        spaces=[bool(token.whitespace_) for token in tokens],
    )


def _pattern(search: Any) -> str:
    return str(search.__self__.pattern)
