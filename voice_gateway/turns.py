"""When a turn begins, pauses, goes on and is over: a pure state machine over windows of voice activity.

Time is that of the audio: windows are counted, and no clock is read. How long a pause ends the turn depends
on what was said, which is not known when the pause begins; whoever listens is told of the pause early, finds
out, and says how long to wait (`Turns.wait`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from voice_gateway.vad import WINDOW_MS, Window


@dataclass(frozen=True, kw_only=True)
class TurnSettings:
    """Probabilities are the VAD's, 0..1; times are of silence unless they say otherwise."""

    onset_probability: float = 0.4
    onset_ms: int = 64
    """So much voice on end is speech."""
    sure_probability: float = 0.7
    """One window of this is speech at once."""
    keep_probability: float = 0.35
    """Below it, one who speaks has paused."""
    least_level_db: float = -55.0
    """Voices fainter than this are not the caller's."""
    drop_db: float = 28.0
    """So far below the voice's level is a pause, whatever the VAD says, which lags by up to 150 ms."""
    decay_db: float = 0.2
    """What the voice's level falls in each window, so that a knock is not taken for it for long."""
    pause_ms: int = 128
    """Recognition starts when so much has passed without voice."""
    undecided_ms: int = 2500
    """A turn of which nothing is known yet is over at last."""
    longest_ms: int = 60_000
    """So long a turn is cut."""


@dataclass(frozen=True, slots=True)
class Onset:
    """Speech began at ``start_ms``; this is known at ``at_ms``."""

    start_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """There has been no voice since ``end_ms``, of a turn that began at ``start_ms``."""

    start_ms: int
    end_ms: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The pause was one in mid-turn."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn is over. ``waited_ms`` is the pause at its end; ``cut``: no pause, but it grew too long."""

    start_ms: int
    end_ms: int
    voiced_ms: int
    waited_ms: int
    cut: bool = False


TurnEvent = Onset | PauseBegan | SpeechResumed | TurnOver


class _State(Enum):
    QUIET = auto()
    SPEAKING = auto()
    PAUSING = auto()


class Turns:
    """The turns of one speaker."""

    def __init__(self, settings: TurnSettings | None = None) -> None:
        self._settings = settings or TurnSettings()
        self._state = _State.QUIET
        self._now_ms = 0
        self._run_ms = 0
        self._start_ms = 0
        self._end_ms = 0
        self._voiced_ms = 0
        self._level_db = 0.0
        self._patience_ms = self._settings.undecided_ms

    @property
    def silence_ms(self) -> int:
        """How long the current pause is."""
        return self._now_ms - self._end_ms

    def hear(self, window: Window) -> list[TurnEvent]:
        """What another window brings."""
        settings = self._settings
        self._now_ms = window.end_ms
        loud = window.level_db >= settings.least_level_db
        voiced = loud and window.probability >= settings.onset_probability
        self._run_ms = self._run_ms + WINDOW_MS if voiced else 0
        speaks = voiced and (
            self._run_ms >= settings.onset_ms or window.probability >= settings.sure_probability
        )
        match self._state:
            case _State.QUIET:
                if not speaks:
                    return []
                self._state = _State.SPEAKING
                self._start_ms = self._now_ms - self._run_ms
                self._end_ms = self._now_ms
                self._voiced_ms = self._run_ms
                self._level_db = window.level_db
                return [Onset(self._start_ms, self._now_ms)]
            case _State.SPEAKING:
                self._level_db = max(self._level_db - settings.decay_db, window.level_db)
                near = window.level_db >= self._level_db - settings.drop_db
                if loud and near and window.probability >= settings.keep_probability:
                    self._end_ms = self._now_ms
                    self._voiced_ms += WINDOW_MS
                    if self._now_ms - self._start_ms >= settings.longest_ms:
                        return self._over(cut=True)
                elif self.silence_ms >= settings.pause_ms:
                    self._state = _State.PAUSING
                    self._patience_ms = settings.undecided_ms
                    self._run_ms = 0
                    return [PauseBegan(self._start_ms, self._end_ms, self._voiced_ms)]
                return []
            case _State.PAUSING:
                # The VAD's lag is no voice.
                if window.level_db < self._level_db - settings.drop_db:
                    self._run_ms = 0
                elif speaks:
                    self._state = _State.SPEAKING
                    self._end_ms = self._now_ms
                    self._voiced_ms += self._run_ms
                    return [SpeechResumed()]
                # Somebody who may just be going on is let go on.
                return [] if self._run_ms else self._patience_over()

    def wait(self, patience_ms: int) -> list[TurnEvent]:
        """How long the current pause may be before the turn is over; perhaps it is over now."""
        if self._state is not _State.PAUSING:
            return []
        self._patience_ms = patience_ms
        return [] if self._run_ms else self._patience_over()

    def _patience_over(self) -> list[TurnEvent]:
        return self._over() if self.silence_ms >= self._patience_ms else []

    def _over(self, *, cut: bool = False) -> list[TurnEvent]:
        self._state = _State.QUIET
        self._run_ms = 0
        return [TurnOver(self._start_ms, self._end_ms, self._voiced_ms, self.silence_ms, cut)]
