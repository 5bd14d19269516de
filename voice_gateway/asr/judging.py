"""Whether what Whisper wrote is to be believed: pure rules over figures that the model itself gives.

Whisper writes something for any sound. On noise it repeats itself, or writes what subtitles of silence say;
then its own figures tell: the probability that there was no speech, the mean log-probability of its tokens,
how well the text compresses, and more words than anybody speaks in the time there was speech.
Thresholds of no-speech and compression are Whisper's own (Radford et al. 2022, section 4.5).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

NO_SPEECH = ((0.6, -1.0), (0.85, -0.6))
"""Over such a probability of no speech, a text needs so high a mean log-probability to be believed."""
LOWEST_LOG_PROB = -1.4
MOST_COMPRESSION = 2.4
MOST_WORDS_PER_S = 7.0
"""Nobody dictates faster; loops do."""
BEGUN_AGAIN_WORDS = 5
"""A text that ends with so many of its first words has begun again."""
WORDS_FREE = 3
"""So many words are never too many: how much voice there was is known to a few 100 ms."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What the model made of one window.

    ``log_prob`` is the mean over its tokens, ``complete`` whether it came to an end by itself, ``until_s``
    the time up to which it says that the text goes (seconds from the window's start), where it says so.
    """

    text: str
    log_prob: float
    no_speech: float
    complete: bool = True
    until_s: float | None = None


def compression(text: str) -> float:
    """How many times smaller the text can be written; over `MOST_COMPRESSION` it is a loop."""
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def repeats(text: str) -> bool:
    """Whether a text goes round in circles: as a whole, by one or a few words at least four times in a row,
    or by ending as it began.

    Digits may be repeated ("0000"), so words of digits do not count.
    """
    if compression(text) > MOST_COMPRESSION:
        return True
    words = [word.strip(".,!?;:-").casefold() for word in text.split()]
    if any(words[-n:] == words[:n] for n in range(BEGUN_AGAIN_WORDS, len(words) // 2 + 1)):
        return True
    for size in (1, 2, 3, 4):
        for start in range(len(words) - 4 * size + 1):
            unit = words[start : start + size]
            if any(word.isdigit() for word in unit):
                continue
            if all(words[start + n * size : start + (n + 1) * size] == unit for n in (1, 2, 3)):
                return True
    return False


def is_suspect(decoded: Decoded, *, voiced_s: float) -> bool:
    """Whether a short window went wrong, so that the full one must be tried."""
    return (
        not decoded.complete
        or repeats(decoded.text)
        or _too_many_words(decoded.text, voiced_s)
        or decoded.log_prob < LOWEST_LOG_PROB
    )


def refusal(decoded: Decoded, *, voiced_s: float) -> str | None:
    """Why a text is not to be believed, by the names of `Recognition.refused`; None when it is."""
    if not any(character.isalnum() for character in decoded.text):
        return "empty"
    if any(decoded.no_speech > over and decoded.log_prob < needed for over, needed in NO_SPEECH):
        return "no_speech"
    if repeats(decoded.text) or _too_many_words(decoded.text, voiced_s):
        return "repetition"
    if decoded.log_prob < LOWEST_LOG_PROB:
        return "low_confidence"
    return None


def _too_many_words(text: str, voiced_s: float) -> bool:
    return len(text.split()) > WORDS_FREE + MOST_WORDS_PER_S * voiced_s
