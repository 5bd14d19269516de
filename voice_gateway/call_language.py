"""Which language a call is in: offered by key, or heard."""

from __future__ import annotations

from collections.abc import Sequence

from voice_gateway.hearing import Hearing, Utterance


class CallLanguage:
    """The language of one call, among those of the line (tags; the first is the default).

    A choice by key is final. Until then the call follows what the caller surely speaks: the first utterance
    with at least 0.6 s of voice that is in one of the languages with a probability of 0.9, and after that,
    or where the caller's side named a language, 1.5 s and 0.95 for another (`voice_gateway.asr.spoken`).
    """

    def __init__(self, languages: Sequence[str], *, named: str | None) -> None:
        """``named``: by whoever brings the call, if at all."""
        self.current = named or languages[0]
        self._several = len(languages) > 1
        self._known = named is not None
        self.candidates: Sequence[str] = languages if self._several else ()
        """What else may turn out to be spoken."""

    @property
    def known(self) -> str | None:
        """What the caller speaks; None where that may be any of several."""
        return self.current if self._known or not self._several else None

    @property
    def told(self) -> str | None:
        """What the bot is told with each utterance: nothing where there is but one language."""
        return self.known if self._several else None

    def choose(self, language: str) -> None:
        """By key."""
        self.current, self._known, self.candidates = language, True, ()

    def heard(self, utterance: Utterance) -> None:
        """Follow what the caller speaks."""
        if utterance.language_sure and self.candidates:
            self.current, self._known = utterance.language, True

    def prepare(self, ears: Hearing) -> None:
        """Have ears listen for it; what is surely spoken they follow by themselves."""
        ears.set_language(self.known, self.candidates)
