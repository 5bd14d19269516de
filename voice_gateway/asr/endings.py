"""What a text that was recognised at a pause says about the pause: is this an answer, or will more come?

Small tables for some languages; in others only numbers and punctuation are looked at.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from voice_gateway.asr.digits import digits_of, with_digits
from voice_gateway.hearing import Expectation


class Ending(Enum):
    """How finished a text is."""

    COMPLETE = auto()
    """A yes or no that was asked for, or all digits of the number."""
    OPEN = auto()
    """It may be the end. A full stop tells no more: Whisper writes one wherever it is cut (after 25 of 33
    pauses of 450 ms and more in read prose, and after 10 of 10 requests)."""
    NUMBER = auto()
    """A number, of which there may be more."""
    DICTATING = auto()
    """In the middle of a number whose length is known."""
    UNFINISHED = auto()
    """It ends in a word after which something follows."""


_YES_NO = {
    "en": "yes yeah yep yup no nope nah sure correct right ok okay please thanks thank you of course "
    "it is not that's that is wrong absolutely definitely",
    "nb": "ja jo nei nettopp riktig stemmer det ikke takk gjerne",
    "fr": "oui non ouais si d'accord bien sûr exact merci s'il vous plaît c'est ça",
    "de": "ja nein doch genau richtig stimmt klar danke bitte nicht",
    "es": "sí si no claro vale correcto gracias por favor",
    "pt": "sim não claro certo correto obrigado obrigada por favor",
}
_YES_NO_WORDS = 4
_DANGLING = {
    "en": "and or but because so the a an my your of to for with from at in on is was it's i i'm um uh er "
    "hm if that about which when like number",
    "nb": "og eller men fordi så en et min mitt av til for med fra på i er var jeg øh at om som nummer",
    "fr": "et ou mais parce que le la les un une mon ma mes de du des à pour avec est euh je si qui numéro",
    "de": "und oder aber weil der die das ein eine mein meine von zu für mit aus in auf ist war äh ähm ich "
    "dass wenn nummer",
    "es": "y o pero porque el la los las un una mi de del a para con es eh yo si que número",
    "pt": "e ou mas porque o a os as um uma meu minha de do da para com é eu se que número",
}
_BACKCHANNELS = {
    "en": "uh-huh uhhuh uh huh mhm mm-hmm mmhmm mm hmm hm mmm yeah yep ok okay right alright i see aha ah oh",
    "nb": "mm mhm ja jo ok okay akkurat riktig aha ah",
    "fr": "mm mhm hum ouais ok d'accord ah bien",
    "de": "mm mhm hm ja ok okay genau gut aha ah",
    "es": "mm mhm ajá ok vale ya bueno ah",
    "pt": "mm mhm aham ok certo tá pois ah",
}
_BACKCHANNEL_WORDS = 3
_MISHEARD_WORDS = 2
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def ending(text: str, expectation: Expectation, *, language: str) -> Ending:
    """How finished a text is as an answer to what is expected."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if not words:
        return Ending.OPEN
    base = language.split("-")[0]
    wants_digits = expectation.kind == "digits"
    digits = digits_of(with_digits(text, language=language, expected=wants_digits))
    if digits:
        if wants_digits and expectation.digits is not None:
            if len(digits) < expectation.digits:
                return Ending.DICTATING
            # More than were asked for: perhaps misheard, and still going on.
            return Ending.COMPLETE if len(digits) == expectation.digits else Ending.NUMBER
        return Ending.NUMBER if wants_digits or len(digits) > 1 else Ending.OPEN
    if expectation.kind == "yes_no" and len(words) <= _YES_NO_WORDS and _all_in(words, _YES_NO, base):
        return Ending.COMPLETE
    if wants_digits and len(words) <= _MISHEARD_WORDS:
        # Where digits are wanted, "Kevin" was seven.
        return Ending.NUMBER
    if text.rstrip().endswith(("...", "…", "-", ",")) or words[-1] in _DANGLING.get(base, "").split():
        return Ending.UNFINISHED
    return Ending.OPEN


def is_backchannel(text: str, *, language: str) -> bool:
    """Whether a text only says that somebody listens: "uh-huh"."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return 0 < len(words) <= _BACKCHANNEL_WORDS and _all_in(words, _BACKCHANNELS, language.split("-")[0])


def _all_in(words: list[str], tables: dict[str, str], language: str) -> bool:
    table = set(tables.get(language, "").split())
    return all(word in table for word in words)
