"""Which of the configured languages an utterance is in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lingua import IsoCode639_1, LanguageDetectorBuilder

from bot.errors import InvalidInput

_WORD = re.compile(r"[^\W\d_]{2,}")
_NOT_WORDS = re.compile(r"(?<!\S)\S*[@\d]\S*|https?://\S+")
_ENOUGH = 1000
"""Characters that tell the language; what comes after them is not looked at."""
_STAY = 6.0
"""How many times likelier the conversation's language is than any other, for an utterance of one
word; each further word takes one from it."""
_SURE = 0.6
"""The least confidence at which the language changes."""


class LanguageDetector:
    """Detects by letter sequences (lingua), with the conversation's language as what to expect.

    A short utterance says little about its language ("ok", "Oslo"), so it leaves the language as it is.
    """

    def __init__(self, languages: Sequence[str], *, small: bool = False) -> None:
        """``languages`` are ISO 639-1 codes, the default one first; ``small`` saves 190 MB and errs more
        often.

        Raises `InvalidInput` for a code that there is no model for.
        """
        self.languages = tuple(languages)
        self._detector = None
        if len(self.languages) > 1:
            builder = LanguageDetectorBuilder.from_iso_codes_639_1(*(_iso(code) for code in self.languages))
            builder = builder.with_low_accuracy_mode() if small else builder
            # On all cores; at first use they would be read one after another.
            self._detector = builder.with_preloaded_language_models().build()

    @property
    def default(self) -> str:
        """The language of an utterance that nothing is known about."""
        return self.languages[0]

    def detect(self, text: str, current: str | None = None) -> str:
        """The ISO 639-1 code of ``text``'s language; ``current`` is the conversation's so far."""
        stay = current if current in self.languages else self.default
        words = _WORD.findall(_NOT_WORDS.sub(" ", text[:_ENOUGH]))
        if self._detector is None or not words:
            return stay
        odds = max(1.0, _STAY - (len(words) - 1))
        values = self._detector.compute_language_confidence_values(" ".join(words))
        scores = {value.language.iso_code_639_1.name.lower(): value.value for value in values}
        scores[stay] = scores.get(stay, 0.0) * odds
        total = sum(scores.values())
        best = max(scores, key=lambda code: scores[code])
        if best == stay or total == 0 or scores[best] / total < _SURE:
            return stay
        return best


def _iso(code: str) -> IsoCode639_1:
    try:
        return IsoCode639_1.from_str(code.upper())
    except ValueError as error:
        raise InvalidInput(
            f"there is no language model for {code!r}",
            hint="give ISO 639-1 codes, as in `en, nb, fr`",
            code="nlu.language",
        ) from error
