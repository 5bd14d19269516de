"""Personal data by setting, found by Microsoft Presidio with recognisers of our own on spaCy.

Nothing here reaches the network: spaCy's English pipeline is read from the models' folder, and Presidio's own
recognisers that would load lists or pipelines from outside are not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from bot.redaction.addresses import address_spans
from bot.redaction.kinds import PersonalKind
from bot.redaction.masking import MASK, Span
from bot.redaction.names import NameFinder
from bot.redaction.national_ids import national_id_spans
from bot.tokens import bound

Find = Callable[[str], Iterable[Span]]

LANGUAGE = "xx"
"""Recognisers read every language: what customers write in is not known surely enough to choose."""
PHONE_REGIONS = ("GB", "US", "NO", "PT", "FR", "IR", "LV", "DE", "ES", "SE", "DK")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]+\s?@\s?[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_DATE = re.compile(r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})")
_LEAST_ENGLISH = 2
_LEAST_PARTS = 2
_LONGEST_FOR_SPACY = 600
"""In characters: longer texts have the lists and the context only, so that none holds up the process."""


class _Reader(NlpEngine):
    """spaCy for Presidio: the English pipeline for what seems to be English, else words only."""

    def __init__(self, english: Path | None) -> None:
        self._blank: Any = bound(spacy.blank(LANGUAGE))
        self._english: Any = None
        if english is not None:
            unneeded = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]
            self._english = bound(spacy.load(english, exclude=unneeded))
            self._common = frozenset(self._english.Defaults.stop_words)

    def load(self) -> None:
        """Nothing more: it is loaded when it is made, at the start."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        pipeline = self._english if self._english is not None and self._seems_english(text) else self._blank
        doc = pipeline(text)
        return NlpArtifacts(
            entities=list(doc.ents),
            tokens=doc,
            tokens_indices=[token.idx for token in doc],
            lemmas=[],
            nlp_engine=self,
            language=language,
            scores=[1.0] * len(doc.ents),
        )

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        return False

    def is_punct(self, word: str, language: str) -> bool:
        return not any(map(str.isalnum, word))

    def get_supported_entities(self) -> list[str]:
        return ["PERSON"]

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]

    def _seems_english(self, text: str) -> bool:
        if not text.isascii() or len(text) > _LONGEST_FOR_SPACY:
            return False
        words = text.lower().split()
        return sum(word in self._common for word in words) >= min(_LEAST_ENGLISH, len(words))


class _Recognizer(EntityRecognizer):
    """One of our finders, as Presidio wants it."""

    def __init__(self, entity: str, find: Find) -> None:
        self._find = find
        super().__init__(supported_entities=[entity], supported_language=LANGUAGE, name=f"firstline_{entity}")

    def load(self) -> None:
        """What finders need is loaded with them."""

    def analyze(
        self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        return [
            RecognizerResult(self.supported_entities[0], start, end, 1.0)
            for start, end in _merged(self._find(text))
        ]


def _merged(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Spans that overlap as one: Presidio compares each with each."""
    merged: list[tuple[int, int]] = []
    for start, end, *_ in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class _SpacyNames(EntityRecognizer):
    """Persons that spaCy's English pipeline finds, where each word may be a name."""

    def __init__(self, names: NameFinder) -> None:
        self._names = names
        super().__init__(supported_entities=["PERSON"], supported_language=LANGUAGE, name="firstline_spacy")

    def load(self) -> None:
        """spaCy reads before the recognisers."""

    def analyze(
        self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        if nlp_artifacts is None:
            return []
        return [
            RecognizerResult("PERSON", entity.start_char, entity.end_char, 0.85)
            for entity in nlp_artifacts.entities
            if entity.label_ == "PERSON"
            and len(entity) >= _LEAST_PARTS
            and MASK not in entity.text
            and self._names.may_be_name(entity.text)
        ]


class _Phones(PhoneRecognizer):
    """Presidio's, but that it takes dates for numbers."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts = None,  # type: ignore[assignment]  # as the library has it
    ) -> list[RecognizerResult]:
        results = super().analyze(text, entities, nlp_artifacts)
        return [result for result in results if not _DATE.search(text[result.start : result.end])]


def _emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        yield Span(*match.span())


class Personal:
    """Finds personal data of the kinds that are set. Made once, at the start: reads lists and a pipeline."""

    def __init__(
        self, kinds: Collection[PersonalKind], *, keep: Collection[str] = (), english: Path | None = None
    ) -> None:
        """``keep``: words of the project, its products say, that are nobody's name.

        ``english``: the folder of spaCy's English pipeline, for names; without it the lists and context do.
        """
        names = NameFinder(keep) if "names" in kinds else None
        recognizers: list[EntityRecognizer] = []
        if names is not None:
            recognizers.append(_Recognizer("PERSON", names))
            if english is not None:
                recognizers.append(_SpacyNames(names))
        if "addresses" in kinds:
            recognizers.append(_Recognizer("LOCATION", address_spans))
        if "national_ids" in kinds:
            recognizers.append(_Recognizer("NATIONAL_ID", national_id_spans))
        if "emails" in kinds:
            recognizers.append(_Recognizer("EMAIL_ADDRESS", _emails))
        if "phones" in kinds:
            recognizers.append(_Phones(supported_language=LANGUAGE, supported_regions=list(PHONE_REGIONS)))
        self._engine = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE]),
            nlp_engine=_Reader(english if names is not None else None),
            supported_languages=[LANGUAGE],
            default_score_threshold=0.3,
        )

    def __call__(self, text: str) -> list[Span]:
        """Where personal data stands."""
        if not any(map(str.isalnum, text)):
            return []
        return [Span(result.start, result.end) for result in self._engine.analyze(text, language=LANGUAGE)]
