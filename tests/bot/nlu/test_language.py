from __future__ import annotations

import pytest

from bot.errors import InvalidInput
from bot.nlu.config import DEFAULT_LANGUAGES
from bot.nlu.language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(DEFAULT_LANGUAGES)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order, I have been waiting for a week", "en"),
        ("hvor er pakken min, jeg har ventet en uke", "nb"),
        ("où est ma commande, j'attends depuis une semaine", "fr"),
        ("onde está a minha encomenda, estou à espera há uma semana", "pt"),
        ("kur ir mans pasūtījums, es gaidu jau nedēļu", "lv"),
        ("سفارش من کجاست، یک هفته است منتظرم", "fa"),
        ("wo ist meine Bestellung, ich warte seit einer Woche", "de"),
        ("dónde está mi pedido, llevo una semana esperando", "es"),
    ],
)
def test_a_sentence_is_in_its_language(detector: LanguageDetector, text: str, language: str) -> None:
    assert detector.detect(text) == language
    assert detector.detect(text, "en") == language


@pytest.mark.parametrize("text", ["ok", "48213", "Oslo", "jo@x.no", "", "?!", "yes"])
@pytest.mark.parametrize("current", ["en", "fr"])
def test_a_text_that_does_not_say_leaves_the_language(
    detector: LanguageDetector, text: str, current: str
) -> None:
    assert detector.detect(text, current) == current


def test_without_a_conversation_the_default_language_is_assumed(detector: LanguageDetector) -> None:
    assert detector.detect("48213") == "en"


def test_one_language_needs_no_detection() -> None:
    assert LanguageDetector(["nb"]).detect("where is my order, please") == "nb"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidInput, match="ISO 639-1"):
        LanguageDetector(["en", "klingon"])
