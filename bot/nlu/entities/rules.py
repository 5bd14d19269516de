"""Entities found by rule: the project's regexes and lookups, spaced-out codes, and libraries' recognisers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import phonenumbers
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.errors import InvalidInput
from bot.nlu.entities.searching import matches
from bot.nlu.entities.shapes import Shapes
from bot.nlu.entities.spans import Candidate, Source
from bot.nlu.entities.values import Kind, region_of

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?<![.-])")
_DATE = re.compile(r"(?<![\d./-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2}))(?![\d/-])")
_SPACED = re.compile(r"(?<![\w.,+-])\d+(?:[ -]\d+)+(?![\w+-]|[.,]\d)")
_PHONE_DIGITS = 7
_PHONE_TRIES = 50
"""Stretches of a text that are no phone number after all, and take the library long to find so."""


class Rules:
    """The rules of one project, compiled."""

    def __init__(
        self,
        nlp: Language,
        *,
        entities: Iterable[str],
        lookups: Mapping[str, Sequence[str]],
        regexes: Mapping[str, Sequence[str]],
        kinds: Mapping[str, Kind],
        shapes: Shapes,
    ) -> None:
        """``entities`` are the names that exist; lookups and regexes by other names are mere features in
        Rasa.

        Raises `InvalidInput` for a regex that cannot be compiled.
        """
        known = set(entities)
        self._patterns = [
            (name, _compiled(name, pattern))
            for name, patterns in sorted(regexes.items())
            if name in known
            for pattern in patterns
        ]
        self._phrases = PhraseMatcher(nlp.vocab, attr="LOWER")
        for name, phrases in sorted(lookups.items()):
            if name in known:
                self._phrases.add(name, [nlp.make_doc(phrase) for phrase in phrases])
        self._kinds = dict(kinds)
        self._shapes = shapes

    def find(self, doc: Doc, *, language: str) -> list[Candidate]:
        """Every reading of every stretch that some rule recognises; they may overlap."""
        text = doc.text
        return [
            *self._by_pattern(text),
            *self._by_lookup(doc),
            *self._spaced_codes(text),
            *self._recognised(text, language),
        ]

    def _by_pattern(self, text: str) -> Iterator[Candidate]:
        for name, pattern in self._patterns:
            for match in matches(pattern, text):
                if match.end() > match.start():
                    yield Candidate(match.start(), match.end(), name, Source.PATTERN)

    def _by_lookup(self, doc: Doc) -> Iterator[Candidate]:
        for key, start, end in self._phrases(doc):
            span = doc[start:end]
            yield Candidate(span.start_char, span.end_char, doc.vocab.strings[key], Source.LOOKUP)

    def _spaced_codes(self, text: str) -> Iterator[Candidate]:
        for match in matches(_SPACED, text):
            as_written = self._shapes.labels(match.group())
            if (
                as_written
            ):  # "1000-205" is a postcode as it stands; only what has no shape of its own is put together
                yield Candidate(match.start(), match.end(), as_written[0], Source.PATTERN)
                continue
            compact = re.sub(r"[ -]", "", match.group())
            for label in self._shapes.labels(compact):
                if label in self._shapes.digits:
                    yield Candidate(match.start(), match.end(), label, Source.PATTERN, value=compact)

    def _recognised(self, text: str, language: str) -> Iterator[Candidate]:
        digits = sum(character.isdigit() for character in text)
        for label, kind in self._kinds.items():
            if kind is Kind.EMAIL and "@" in text:
                for match in matches(_EMAIL, text):
                    yield Candidate(match.start(), match.end(), label, Source.PATTERN)
            elif kind is Kind.DATE and digits >= 4:
                for match in matches(_DATE, text):
                    yield Candidate(match.start(), match.end(), label, Source.PATTERN)
            elif kind is Kind.PHONE and digits >= _PHONE_DIGITS:
                for number in phonenumbers.PhoneNumberMatcher(
                    text, region_of(language), max_tries=_PHONE_TRIES
                ):
                    yield Candidate(number.start, number.end, label, Source.PATTERN)


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise InvalidInput(
            f"the regex {pattern!r} of {name!r} in the NLU data is no regular expression: {error}",
            hint="mend the pattern under `regex:`; the syntax is that of Python's re",
            code="nlu.regex",
        ) from error
