"""Who is told what happens in a call: metrics, and the recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voice_gateway.quality import Quality


@dataclass(frozen=True, kw_only=True)
class TurnTiming:
    """Where the time between the end of the caller's speech and our first audio went, in seconds."""

    end_of_turn: float
    recognition: float
    bot: float
    synthesis: float
    first_audio: float


class Observer(Protocol):
    """Who is told what happens in calls: metrics, and the recording."""

    def turn(self, timing: TurnTiming) -> None: ...

    def interrupted(self) -> None: ...

    def not_understood(self, why: str) -> None: ...

    def audio(self, side: str, direction: str, rate: int, pcm: bytes) -> None:
        """A frame of the ``caller`` or ``agent``, ``in`` or ``out``, at a rate in Hz."""
        ...

    def quality(self) -> Quality:
        """How good the call's sound probably is, so far."""
        ...
