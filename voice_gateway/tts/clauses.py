# ruff: noqa: RUF001 - the marks of other languages are what is looked for
"""Where a text is cut, so that its beginning is heard while the rest is made.

The first clause is short, because the caller waits for it; later ones are longer, because a voice that sees
whole sentences sounds better and there is time to make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

WORDS = ((2, 7), (3, 12), (4, 20))
"""How many words the first, the second and the later clauses have, at least and at most.

Each is made while the one before it plays; a voice on a CPU needs about a sixth of the time that it speaks.
"""

Span = tuple[int, int]

# Not after an initial, nor after a small number, which may be an ordinal.
_SENTENCE = re.compile(r"(?<!\b[A-ZÀ-Þ])(?<!\s\d)(?<!\s\d\d)[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-zß-ÿ])")
_PHRASE = re.compile(r"[,;:][\"'”’»)\]]*(?=\s)|(?<=\S)(?=\s(?:[–—-]\s|\())")
_GAP = re.compile(r"(?<=\S)(?=\s)")
# A pause disturbs least before these.
_JOINT = re.compile(
    r"(?<=\S)(?=\s(?:and|or|but|so|because|which|that|who|if|when|while|with|for|from|in|on|at|by|until|within|"
    r"og|eller|men|som|hvis|når|med|fra|på|til|et|ou|mais|qui|que|si|avec|pour|dans|sur|"
    r"und|oder|aber|weil|dass|wenn|mit|für|von|auf|bis|y|o|pero|porque|con|para|por|"
    r"e|mas|com|em|en|of|maar|omdat|als|met|voor|van|op|tot)\s)",
    re.IGNORECASE,
)


def split(text: str, *, whole: Sequence[Span] = ()) -> list[Span]:
    """The clauses of a text on one line as spans, in order; the spans ``whole`` are not cut.

    Nothing is lost: the clauses, joined with spaces, are the words of the text.
    """
    spans: list[Span] = []
    start, end = _stripped(text, 0, len(text))
    while start < end:
        cut = _cut(text, (start, end), whole, WORDS[min(len(spans), len(WORDS) - 1)])
        spans.append(_stripped(text, start, cut))
        start, end = _stripped(text, cut, end)
    return spans


def _cut(text: str, span: Span, whole: Sequence[Span], words: tuple[int, int]) -> int:
    """Where the first clause of a span ends."""
    start, end = span
    fewest, most = words
    sentence = next((at for at, _ in _places(_SENTENCE, text, span, whole)), end)
    if _count(text, start, sentence) <= most:
        return sentence
    first = words is WORDS[0]
    for pattern in (_PHRASE, _JOINT, _GAP):
        # What would be left of the sentence is a clause too.
        fitting = [
            at
            for at, count in _places(pattern, text, (start, sentence), whole)
            if fewest <= count <= most and _count(text, at, sentence) >= fewest
        ]
        if fitting:
            return fitting[0] if first and pattern is not _GAP else fitting[-1]
    return next((at for at, count in _places(_GAP, text, span, whole) if count >= fewest), end)


def _places(
    pattern: re.Pattern[str], text: str, span: Span, whole: Sequence[Span]
) -> Iterator[tuple[int, int]]:
    """Where a pattern ends within a span, and how many words there are before."""
    start, end = span
    for match in pattern.finditer(text, start, end):
        at = match.end()
        if start < at < end and not any(first < at < last for first, last in whole):
            count = _count(text, start, at)
            if count:
                yield at, count


def _count(text: str, start: int, end: int) -> int:
    """Words as they are said: a digit is one, and so is a dot in an address."""
    return sum(
        max(1, len(re.findall(r"\d|\w[@.](?=\w)", word)))
        for word in text[start:end].split()
        if any(map(str.isalnum, word))
    )


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
