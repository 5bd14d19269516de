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
    and then ``text`` is empty. ``took_s`` is the time from the request to the answer.
    """

    text: str
    confidence: float
    no_speech: float = 0.0
    language: str = "en"
    refused: str | None = None
    took_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What helps recognition: the call's language (None: detect it), and words that may well come up.

    ``voiced_s`` is how many seconds of the samples are voice, where that is known: it tells a text that is
    too long for them.
    """

    language: str | None = None
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
    """Says what it is told to: ``texts`` in order, or whatever ``by_length`` makes of the seconds heard."""

    texts: list[str] = field(default_factory=list)
    by_length: Callable[[float], str] | None = None
    confidence: float = 0.9
    heard: list[Samples] = field(default_factory=list)

    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        self.heard.append(samples)
        if self.by_length is not None:
            text = self.by_length(len(samples) / 16_000)
        else:
            text = self.texts.pop(0) if self.texts else ""
        return Recognition(
            text=text,
            confidence=self.confidence,
            refused=None if text else "empty",
            language=hint.language or "en",
        )
