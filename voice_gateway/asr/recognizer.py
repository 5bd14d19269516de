"""The interface of speech recognition, and its deterministic fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voice_gateway.audio import Samples


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What was recognised in one utterance.

    ``confidence`` is 0..1, from the mean log-probability of the tokens; ``no_speech`` is 0..1. ``refused``
    names why the text is not to be believed (``no_speech``, ``repetition``, ``low_confidence``, ``empty``),
    and then ``text`` is empty. ``took_s`` is the time from the request to the answer. ``language_sure``:
    whether the speech itself tells its language, among several (`voice_gateway.asr.spoken`).
    """

    text: str
    confidence: float
    no_speech: float = 0.0
    language: str = "en"
    language_sure: bool = False
    refused: str | None = None
    took_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What helps recognition: the speaker's language, what is wanted, and words that may well come up.

    ``language`` is final without ``candidates``; with them it is the one spoken so far (None: nothing is
    known yet), and they are all that it may be, the likeliest first. Without either it is detected among all.
    ``number``: whether a number is wanted, of so many ``digits`` where that is known. ``voiced_s`` is how
    many seconds of the samples are voice, where that is known: it tells a text that is too long for them.
    """

    language: str | None = None
    candidates: Sequence[str] = ()
    number: bool = False
    digits: int | None = None
    hot_words: Sequence[str] = ()
    voiced_s: float | None = None


class Recognizer(Protocol):
    """Speech to text, shared by all calls; requests in flight together may share a batch."""

    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        """What is said in samples at `voice_gateway.audio.ASR_RATE`. Raises WorkerDied.

        Cancelling the call withdraws the request, if it has not begun.
        """
        ...


@dataclass
class FakeRecognizer:
    """Says what it is told to: ``texts`` in order, or whatever ``by_length`` makes of the seconds heard.

    ``surely_in`` is the language that it is sure of, if any.
    """

    texts: list[str] = field(default_factory=list)
    by_length: Callable[[float], str] | None = None
    confidence: float = 0.9
    surely_in: str | None = None
    heard: list[Samples] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)

    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        self.heard.append(samples)
        self.hints.append(hint)
        if self.by_length is not None:
            text = self.by_length(len(samples) / 16_000)
        else:
            text = self.texts.pop(0) if self.texts else ""
        return Recognition(
            text=text,
            confidence=self.confidence,
            refused=None if text else "empty",
            language=self.surely_in or hint.language or next(iter(hint.candidates), "en"),
            language_sure=self.surely_in is not None,
        )
