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
    sure_probability: float = 0.6
    """One window of this is speech at once."""
    pitched: float = 0.45
    pitched_probability: float = 0.1
    pitched_level_db: float = -40.0
    """Before a turn, what has a pitch and is so loud is voice at less probability: on telephone lines the
    VAD often believes in the first vowel only after 200 ms."""
    keep_probability: float = 0.35
    """Below it, one who speaks has paused."""
    least_level_db: float = -55.0
    """Voices fainter than this are not the caller's."""
    drop_db: float = 28.0
    """So far below the voice's level is a pause, whatever the VAD says, which lags by up to 150 ms."""
    decay_db: float = 0.2
    """What the voice's level falls in each window, so that a knock is not taken for it for long."""
    evident_below_voice_db: float = 12.0
    evident_over_floor_db: float = 18.0
    evident_ms: int = 96
    """In mid-turn, what is nearly as loud as the voice and far over the line's noise for so long is voice
    too: the VAD does not believe in some single digits."""
    evident_for_ms: int = 2500
    """But only for so long without the VAD's word, lest music holds a turn."""
    floor_rise_db: float = 0.1
    """What the noise is taken to rise in each window, until a quieter one comes."""
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
        self._floor_db = 0.0
        self._evident_run_ms = 0
        self._believed_ms = 0
        self._patience_ms = self._settings.undecided_ms

    @property
    def silence_ms(self) -> int:
        """How long the current pause is."""
        return self._now_ms - self._end_ms

    def hear(self, window: Window) -> list[TurnEvent]:
        """What another window brings."""
        settings = self._settings
        self._now_ms = window.end_ms
        self._floor_db = min(window.level_db, self._floor_db + settings.floor_rise_db)
        loud = window.level_db >= settings.least_level_db
        voiced = loud and window.probability >= settings.onset_probability
        if self._state is _State.QUIET:
            voiced = voiced or self._is_pitched(window)
        self._run_ms = self._run_ms + WINDOW_MS if voiced else 0
        speaks = voiced and (
            self._run_ms >= settings.onset_ms or window.probability >= settings.sure_probability
        )
        if self._state is _State.QUIET:
            return self._begin(window) if speaks else []
        near = loud and window.level_db >= self._level_db - settings.drop_db
        evident = self._is_evident(window)
        if self._state is _State.SPEAKING:
            believed = near and window.probability >= settings.keep_probability
            return self._go_on(window, believed=believed) if believed or evident else self._fall_silent()
        self._evident_run_ms = self._evident_run_ms + WINDOW_MS if evident else 0
        if not near:
            # The VAD's lag is no voice.
            self._run_ms = 0
        elif speaks or self._evident_run_ms >= settings.evident_ms:
            self._voiced_ms += max(self._run_ms, self._evident_run_ms) - WINDOW_MS
            self._state = _State.SPEAKING
            return [SpeechResumed(), *self._go_on(window, believed=speaks)]
        # Somebody who may just be going on is let go on.
        return [] if self._run_ms or self._evident_run_ms else self._patience_over()

    def _is_pitched(self, window: Window) -> bool:
        settings = self._settings
        return (
            window.pitch >= settings.pitched
            and window.probability >= settings.pitched_probability
            and window.level_db >= settings.pitched_level_db
        )

    def _is_evident(self, window: Window) -> bool:
        settings = self._settings
        return (
            window.level_db >= self._level_db - settings.evident_below_voice_db
            and window.level_db >= self._floor_db + settings.evident_over_floor_db
            and self._now_ms - self._believed_ms <= settings.evident_for_ms
        )

    def _begin(self, window: Window) -> list[TurnEvent]:
        self._state = _State.SPEAKING
        self._start_ms = self._now_ms - self._run_ms
        self._end_ms = self._believed_ms = self._now_ms
        self._voiced_ms = self._run_ms
        self._level_db = window.level_db
        return [Onset(self._start_ms, self._now_ms)]

    def _go_on(self, window: Window, *, believed: bool) -> list[TurnEvent]:
        self._level_db = max(self._level_db - self._settings.decay_db, window.level_db)
        self._end_ms = self._now_ms
        self._voiced_ms += WINDOW_MS
        if believed:
            self._believed_ms = self._now_ms
        too_long = self._now_ms - self._start_ms >= self._settings.longest_ms
        return self._over(cut=True) if too_long else []

    def _fall_silent(self) -> list[TurnEvent]:
        if self.silence_ms < self._settings.pause_ms:
            return []
        self._state = _State.PAUSING
        self._patience_ms = self._settings.undecided_ms
        self._run_ms = self._evident_run_ms = 0
        return [PauseBegan(self._start_ms, self._end_ms, self._voiced_ms)]

    def wait(self, patience_ms: int) -> list[TurnEvent]:
        """How long the current pause may be before the turn is over; perhaps it is over now."""
        if self._state is not _State.PAUSING:
            return []
        self._patience_ms = patience_ms
        return [] if self._run_ms or self._evident_run_ms else self._patience_over()

    def _patience_over(self) -> list[TurnEvent]:
        return self._over() if self.silence_ms >= self._patience_ms else []

    def _over(self, *, cut: bool = False) -> list[TurnEvent]:
        self._state = _State.QUIET
        self._run_ms = self._evident_run_ms = 0
        return [TurnOver(self._start_ms, self._end_ms, self._voiced_ms, self.silence_ms, cut)]
