"""What a call hears: frames in, `HearingEvent`s out (`voice_gateway.ears` makes them)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What kind of answer the bot's latest question wants, which decides how long a pause ends a turn.

    ``digits`` is the length of an expected number, None where any length (or none) may come.
    """

    kind: Literal["free", "yes_no", "digits"] = "free"
    digits: int | None = None
    hot_words: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class TurnTimings:
    """Where the time of a turn's end went, in seconds.

    ``end_of_turn``: from the end of speech to the decision that the turn is over. ``recognition``: the
    request's own time; ``waited``: how much of it lay after that decision (0 when the speculative request
    was done before).
    """

    end_of_turn: float
    recognition: float
    waited: float


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks, as surely as can be told within 100 ms or so. Times are ms from the call's start."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """What had started was nothing to answer: a cough, a noise, an "uh-huh" while the bot spoke."""

    start_ms: int
    end_ms: int
    why: Literal["noise", "backchannel"]
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """The caller said something and is done. ``text`` has numbers as the bot's forms expect them.

    ``language_sure``: whether its sound alone tells its language, among several that it may be.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    language: str
    timings: TurnTimings
    language_sure: bool = False


@dataclass(frozen=True, kw_only=True)
class NotUnderstood:
    """Somebody spoke, and no words could be made of it; ``why`` is the refusal's name."""

    start_ms: int
    end_ms: int
    why: str


HearingEvent = SpeechStarted | SpeechDismissed | Utterance | NotUnderstood


class Hearing(Protocol):
    """The ears of one leg. `feed` is called with each 20 ms frame, in order; events come by callback."""

    def feed(self, pcm: bytes) -> None:
        """Hear the next 20 ms. Time is counted in frames: where a leg sends none, feed silence."""
        ...

    def expect(self, expectation: Expectation) -> None:
        """What the next utterance probably answers."""
        ...

    def bot_speaks(self, speaking: bool) -> None:
        """Whether the bot is audible now: then short assents are no answers."""
        ...

    def bridged(self, bridged: bool) -> None:
        """Whether people talk with each other now: then nobody waits for an answer to a turn."""
        ...

    def set_language(self, language: str | None, candidates: Sequence[str] = ()) -> None:
        """The speaker's language; None where it is not known yet.

        With ``candidates`` (the likeliest first) it is what they speak until they surely speak another of
        them; without, it is final, and None has each utterance's detected among all languages.
        """
        ...

    async def close(self) -> None:
        """Withdraw what is still being recognised."""
        ...


MakeHearing = Callable[[int, Callable[[HearingEvent], None]], Hearing]
"""Ears for a leg: its rate in Hz, and where events go."""
