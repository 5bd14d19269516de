"""What a stranger writes costs no more than its length: counted, not timed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import spacy

from bot import tokens
from bot.nlu import TrainedModel
from bot.nlu.entities import extractor, model, searching, values
from bot.nlu.entities.model import MOST_TOKENS
from bot.nlu.entities.resolve import resolve
from bot.nlu.entities.spans import Candidate
from bot.nlu.language import LanguageDetector
from bot.nlu.sentiment import Sentiment
from bot.nlu.trained import Request
from tests.bot.nlu.conftest import NOW

REPEATED = [*"')!,1a-.@/:_+#€é你🙂\u0301(\"…=&$٣", "a@", "a.", "1,", "12-", "'s", "()", "aж你"]
SENTENCES = [
    "where's my order 48213, please?",
    "wait......!!!! what??? (really)",
    "mail jo.b@x.no, +47 22 33 44 55; it was $30.50/20€ \u2026",
    "see https://www.shop.example/a/b?order=48213&x=1.",
    "  don't   split\n\nthis  wrongly ",
]


class Counting:
    """A tokenizer's searches, with the characters that each call was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[int] = []
        for name in ("prefix", "suffix", "address"):
            monkeypatch.setattr(tokens._Affixes, name, self._counted(getattr(tokens._Affixes, name), name))

    def _counted(self, search: Any, name: str) -> Any:
        def counted(affixes: Any, text: str) -> Any:
            compiled = affixes._compiled

            class Pattern:
                def match(_, given: str) -> Any:
                    self.seen.append(len(given))
                    return compiled.match(given)

                def search(_, given: str) -> Any:
                    self.seen.append(len(given))
                    return compiled.search(given)

            affixes._compiled = Pattern()
            try:
                return search(affixes, text)
            finally:
                affixes._compiled = compiled

        counted.__name__ = name
        return counted


@pytest.mark.parametrize("text", REPEATED)
def test_the_tokenizer_looks_at_as_much_as_there_is_to_read(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    counting = Counting(monkeypatch)
    nlp = model.tokenizer()
    for length in (2_000, 10_000):
        counting.seen.clear()
        whole = (text * length)[:length]
        # A letter apart, so that no stretch is known from the one before it.
        pieces = [f"{whole[i : i + 250]}{chr(0x4E00 + i // 250)}" for i in range(0, length, 250)]
        assert tokens.read(nlp, "".join(pieces)).text == "".join(pieces)
        assert max(counting.seen, default=0) <= tokens.LONGEST_STRETCH
        assert sum(counting.seen) <= 3 * tokens.REACH * (length + 1_000)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_split_as_before(sentence: str) -> None:
    ours = [(t.text, t.whitespace_) for t in tokens.read(model.tokenizer(), sentence)]
    assert ours == [(t.text, t.whitespace_) for t in spacy.blank("en")(sentence)]


def test_a_bounded_tokenizer_is_saved_as_the_library_s() -> None:
    ours: Any = model.tokenizer().tokenizer
    theirs: Any = spacy.blank("en").tokenizer
    assert ours.to_bytes() == theirs.to_bytes()


class Spy:
    """A pattern that counts the characters between where it began and where it had to stop."""

    def __init__(self, pattern: str) -> None:
        self.extents: list[int] = []
        self._pattern = re.compile(pattern)

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        stop = len(text) if end is None else min(end, len(text))
        self.extents.append(stop - start)
        return self._pattern.finditer(text, start, stop)


def test_a_pattern_sees_a_stretch_at_a_time() -> None:
    spy = Spy(r"[\w.+-]+@[\w-]+")
    assert list(searching.matches(spy, "a" * 10_000)) == []  # type: ignore[arg-type]
    assert max(spy.extents) <= searching.STEP + searching.REACH


@pytest.mark.parametrize("length", [0, 30, 400, 511, 513, 640, 5000])
def test_patterns_find_the_same_in_long_texts(length: int) -> None:
    text = "I, jo.b@x.no, paid 20 euros for 48213 and 51377. "
    text = (text * (1 + length // len(text)))[:length] + " and mail@shop.no"
    for pattern in (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", r"(?<!\d)\d{5}(?!\d)", r"\d+ euros\b", r"x?"):
        compiled = re.compile(pattern)
        found = [m.span() for m in searching.matches(compiled, text) if m.group()]
        assert found == [m.span() for m in compiled.finditer(text) if m.group()]


def test_the_recogniser_the_rules_and_the_libraries_look_at_a_bounded_part(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed: list[int] = []
    normalized: list[str] = []
    normalize = values.normalize

    def counted(text: str, candidates: list[Candidate], **more: Any) -> Any:
        weighed.append(len(candidates))
        return resolve(text, candidates, **more)

    def counted_too(kind: values.Kind, surface: str, **more: Any) -> Any:
        normalized.append(surface)
        return normalize(kind, surface, **more)

    monkeypatch.setattr(extractor, "resolve", counted)
    monkeypatch.setattr(values, "normalize", counted_too)
    for text in ("jo@x.no ", "48213 ", "12/03/2024 ", "yesterday "):
        whole = text * (9_999 // len(text))
        (parse,) = model.parse([Request(whole, "en")], now=NOW)
        assert parse.entities, "the first ones are read"
        assert all(parse.text[e.start : e.end] == e.value for e in parse.entities if e.entity == "email")
    assert max(weighed) == extractor.MOST_CANDIDATES
    assert 0 < len(normalized) <= 4 * extractor.MOST_NORMALIZED


def test_the_recogniser_sees_the_first_tokens_only(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    nlp = model.entities._nlp
    pipe = nlp.pipe

    def counted(docs: Any) -> Any:
        for doc in pipe(docs):
            seen.append(len(doc))
            yield doc

    monkeypatch.setattr(nlp, "pipe", counted)
    model.parse([Request("where is 48213"), Request("! " * 5_000), Request(")" * 10_000)], now=NOW)
    assert max(seen) == MOST_TOKENS
    assert min(seen) == 3


def test_a_text_of_emoji_is_read_up_to_a_number_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sentiment = Sentiment()
    given: list[str] = []
    scores = sentiment._analyzer.polarity_scores

    def counted(text: str) -> Any:
        given.append(text)
        return scores(text)

    monkeypatch.setattr(sentiment._analyzer, "polarity_scores", counted)
    assert sentiment.read("😡" * 10_000 + "a", "en") is not None
    sentiment.read("not good " * 1_000, "en")
    assert max(map(len, given)) <= 1_000
    assert given[0].count("😡") == 20


def test_the_language_is_told_by_the_beginning() -> None:
    detector = LanguageDetector(["en", "nb", "fr"], small=True)
    norwegian = "hvor er pakken min, jeg har ventet i to uker nå "
    assert detector.detect(norwegian * 200) == "nb"
    assert detector.detect("ordre@x.no 48213 https://a.b/c hvor er pakken min nå da") == "nb"
