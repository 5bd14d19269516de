"""The languages that we have words of, a module each."""

from __future__ import annotations

from collections.abc import Mapping

from voice_gateway.tts.wording import Wording
from voice_gateway.tts.wordings.dutch import DUTCH
from voice_gateway.tts.wordings.english import ENGLISH
from voice_gateway.tts.wordings.french import FRENCH
from voice_gateway.tts.wordings.german import GERMAN
from voice_gateway.tts.wordings.norwegian import NORWEGIAN
from voice_gateway.tts.wordings.portuguese import PORTUGUESE
from voice_gateway.tts.wordings.spanish import SPANISH

WORDINGS: Mapping[str, Wording] = {
    "en": ENGLISH,
    "nb": NORWEGIAN,
    "no": NORWEGIAN,
    "nn": NORWEGIAN,
    "fr": FRENCH,
    "de": GERMAN,
    "es": SPANISH,
    "pt": PORTUGUESE,
    "nl": DUTCH,
}


def wording(language: str) -> Wording | None:
    """The words of a language (IETF tag), or None where we have none."""
    return WORDINGS.get(language.lower().replace("_", "-").partition("-")[0])
