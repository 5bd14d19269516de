"""How much personal data of the held-out messages is masked; ordinary ones stay (docs/redaction.md)."""

from __future__ import annotations

import pytest

from bot.redaction.masking import mask
from bot.redaction.personal import Personal
from models import store
from tests.bot.redaction import corpus

pytestmark = pytest.mark.requires("models")
LEAST = 0.97


@pytest.fixture(scope="module")
def personal() -> Personal:
    return Personal(
        ("names", "addresses", "national_ids"),
        keep=["Aurora desk lamp", "Fjord headphones", "Polar down jacket", "Echo Bay speaker"],
        english=store.path("en-core-web-sm"),
    )


@pytest.mark.parametrize("kind", corpus.KINDS)
@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_recall(personal: Personal, language: str, kind: str) -> None:
    missed = []
    count = 0
    for case in corpus.cases(language, kind):
        masked = mask(case.text, personal(case.text))
        assert len(masked) == len(case.text)
        for start, end in case.spans:
            count += 1
            # Found is what has no letter and no digit left.
            if any(map(str.isalnum, masked[start:end])):
                missed.append(case.text[start:end])
    assert count >= 40
    assert 1 - len(missed) / count >= LEAST, missed


@pytest.mark.parametrize("folder", ["second", "third"])
@pytest.mark.parametrize("kind", ["names", "addresses"])
def test_recall_on_later_sets(personal: Personal, folder: str, kind: str) -> None:
    cases = [case for language in corpus.LANGUAGES for case in corpus.cases(language, kind, folder=folder)]
    spans = [(mask(case.text, personal(case.text)), span) for case in cases for span in case.spans]
    missed = [text for text, (start, end) in spans if any(map(str.isalnum, text[start:end]))]
    assert 1 - len(missed) / len(spans) >= LEAST, missed


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_ordinary_messages_stay_as_they_are(personal: Personal, language: str) -> None:
    for text in corpus.clean(language):
        assert mask(text, personal(text)) == text
