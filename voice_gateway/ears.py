"""The ears of one leg: frames in, what was said out (`voice_gateway.hearing.Hearing`).

At the beginning of each pause recognition of what was said so far is started, so that its result is there
when the turn is over. It tells how long the pause must be, and is thrown away when the speech goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from voice_gateway.asr.digits import with_digits
from voice_gateway.asr.endings import Ending, ending, is_backchannel
from voice_gateway.asr.recognizer import Hint, Recognition, Recognizer
from voice_gateway.audio import ASR_RATE, SAMPLE_BYTES, resample, to_samples
from voice_gateway.errors import VoiceError
from voice_gateway.hearing import (
    Expectation,
    HearingEvent,
    NotUnderstood,
    SpeechDismissed,
    SpeechStarted,
    TurnTimings,
    Utterance,
)
from voice_gateway.smart_turn import HEARD_S, TurnHint
from voice_gateway.turns import Onset, PauseBegan, SpeechResumed, TurnEvent, TurnOver, Turns, TurnSettings
from voice_gateway.vad import WINDOW_MS, VoiceActivity

log = structlog.get_logger(__name__)


UNAVAILABLE = "unavailable"
"""Why nothing was understood when recognition itself failed."""


@dataclass(frozen=True, kw_only=True)
class EarSettings:
    """Silences (ms) after which a turn is over, by what was said, and what is too little to be speech."""

    turns: TurnSettings = field(default_factory=TurnSettings)
    short_ms: int = 240
    """After a complete answer: yes, no, all digits."""
    base_ms: int = 450
    finished_ms: int = 300
    finished_from: float = 0.8
    hesitating_ms: int = 950
    hesitating_below: float = 0.2
    """In place of `base_ms`, where a `TurnHint` is that sure (0..1) of an end, or of going on."""
    number_ms: int = 800
    """After a number of unknown length."""
    long_ms: int = 1300
    """In the middle of a number, or after "and"."""
    dismissed_ms: int = 240
    """After a cough or an "uh-huh" over the bot, which goes on then."""
    preroll_ms: int = 240
    """So much before the onset is recognised too: voices begin before they are noticed."""
    tail_ms: int = 96
    """So much after the end of the voice is recognised too."""
    noise_ms: int = 640
    """Less voice than this, of which no words could be made, is a noise, and nobody is asked to repeat it."""
    hot_words: bool = False
    """Whether the words that a question makes likely prompt recognition. Whisper base writes them where
    others are said: order numbers as a prompt cost a third of the dictated numbers."""
    doubtful_ms: int = 480
    doubtful_confidence: float = 0.5
    """Over the bot, words in less voice than the one and with less confidence than the other are a noise."""
    bridged_ms: int = 700
    """Between people, whatever was said and even before that is known: who goes on after a shorter pause
    withdraws the recognition of what was said before it, which must not go on for ever."""


@dataclass
class _Attempt:
    """Recognition of a turn up to a pause; ``over`` once the turn has ended there.

    ``finished`` is the hint, 0..1, where one came.
    """

    pause: PauseBegan
    over_bot: bool
    bridged: bool
    expectation: Expectation
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    finished: float | None = None
    result: Recognition | None = None
    patience_ms: int | None = None
    over: TurnOver | None = None


class Ears:
    """`Hearing` by voice activity, turns and a recogniser."""

    def __init__(
        self,
        *,
        rate: int,
        activity: VoiceActivity,
        recognizer: Recognizer,
        on_event: Callable[[HearingEvent], None],
        turn_hint: TurnHint | None = None,
        settings: EarSettings | None = None,
    ) -> None:
        """``rate`` of the frames in Hz. ``turn_hint`` shortens or lengthens the pause after free speech, as
        far as it comes in time."""
        self._rate = rate
        self._activity = activity
        self._recognizer = recognizer
        self._on_event = on_event
        self._language: str | None = None
        self._candidates: Sequence[str] = ()
        self._turn_hint = turn_hint
        self._settings = settings or EarSettings()
        self._turns = Turns(self._settings.turns)
        self._expectation = Expectation()
        self._bot_speaks = False
        self._bridged = False
        self._over_bot = False
        self._in_turn = False
        self._pcm = bytearray()
        self._dropped_ms = 0
        self._attempt: _Attempt | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def feed(self, pcm: bytes) -> None:
        """Hear the next 20 ms. Time is counted in frames: a leg that sends none (on hold, with silence
        suppressed) must be fed silence in their place, or a turn that has begun does not end."""
        self._pcm += pcm
        for window in self._activity.feed(pcm):
            self._on_turns(self._turns.hear(window))
        if not self._in_turn:
            onset_ms = self._settings.turns.onset_ms + 2 * WINDOW_MS
            self._forget_before(self._heard_ms - self._settings.preroll_ms - onset_ms)

    def expect(self, expectation: Expectation) -> None:
        self._expectation = expectation

    def bot_speaks(self, speaking: bool) -> None:
        self._bot_speaks = speaking

    def bridged(self, bridged: bool) -> None:
        self._bridged = bridged

    def set_language(self, language: str | None, candidates: Sequence[str] = ()) -> None:
        self._language, self._candidates = language, candidates

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- turns ------------------------------------------------------------------------------------

    def _on_turns(self, events: Sequence[TurnEvent]) -> None:
        for event in events:
            match event:
                case Onset():
                    self._in_turn = True
                    self._over_bot = self._bot_speaks
                    self._on_event(SpeechStarted(event.at_ms))
                case PauseBegan():
                    self._attempt = self._begin(event)
                    if self._attempt.bridged:
                        self._turns.wait(self._settings.bridged_ms)
                case SpeechResumed():
                    self._withdraw()
                case TurnOver():
                    self._end(event)

    def _begin(self, pause: PauseBegan) -> _Attempt:
        expectation = Expectation() if self._bridged else self._expectation
        attempt = _Attempt(pause, self._over_bot, self._bridged, expectation)
        self._start(attempt, self._recognize(attempt))
        if self._turn_hint is not None and attempt.expectation.kind == "free" and not attempt.bridged:
            self._start(attempt, self._look(attempt, self._turn_hint))
        return attempt

    def _start(self, attempt: _Attempt, job: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(job)
        attempt.tasks.append(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _withdraw(self) -> None:
        if self._attempt is not None:
            for task in self._attempt.tasks:
                task.cancel()
        self._attempt = None

    def _end(self, over: TurnOver) -> None:
        attempt, self._attempt = self._attempt, None
        if attempt is None:
            attempt = self._begin(PauseBegan(over.start_ms, over.end_ms, over.voiced_ms))
        self._in_turn = False
        attempt.over = over
        if attempt.result is not None:
            self._tell(attempt, attempt.result, over)

    # --- words ------------------------------------------------------------------------------------

    async def _recognize(self, attempt: _Attempt) -> None:
        pause, settings, expectation = attempt.pause, self._settings, attempt.expectation
        pcm = self._between(pause.start_ms - settings.preroll_ms, pause.end_ms + settings.tail_ms)
        hint = Hint(
            language=self._language,
            candidates=self._candidates,
            number=expectation.kind == "digits",
            digits=expectation.digits,
            hot_words=expectation.hot_words if settings.hot_words else (),
            voiced_s=pause.voiced_ms / 1000,
        )
        try:
            samples = to_samples(resample(pcm, self._rate, ASR_RATE))
            result = await self._recognizer.recognize(samples, hint)
        except VoiceError as error:
            log.warning("speech is not recognised", code=error.code, error=error.message)
            result = Recognition(text="", confidence=0.0, refused=UNAVAILABLE)
        attempt.result = result
        attempt.patience_ms = self._patience(attempt, result)
        if attempt.over is not None:
            self._tell(attempt, result, attempt.over)
        elif attempt is self._attempt:
            self._on_turns(self._turns.wait(attempt.patience_ms))

    async def _look(self, attempt: _Attempt, turn_hint: TurnHint) -> None:
        pause = attempt.pause
        start_ms = max(pause.start_ms - self._settings.preroll_ms, pause.end_ms - HEARD_S * 1000)
        pcm = self._between(start_ms, pause.end_ms + self._settings.tail_ms)
        samples = to_samples(resample(pcm, self._rate, ASR_RATE))
        attempt.finished = await turn_hint.finished(samples)
        # Before the text it waits for it; after the turn it comes too late.
        if attempt.result is not None and attempt is self._attempt:
            attempt.patience_ms = self._patience(attempt, attempt.result)
            self._on_turns(self._turns.wait(attempt.patience_ms))

    def _patience(self, attempt: _Attempt, result: Recognition) -> int:
        """How long the pause after a text must be for the turn to be over, in ms."""
        settings = self._settings
        if attempt.bridged:
            return settings.bridged_ms
        if self._dismissal(attempt, result) is not None:
            return settings.dismissed_ms if attempt.over_bot else settings.base_ms
        match ending(result.text, attempt.expectation, language=result.language):
            case Ending.COMPLETE:
                return settings.short_ms
            case Ending.NUMBER:
                return settings.number_ms
            case Ending.DICTATING | Ending.UNFINISHED:
                return settings.long_ms
            case Ending.OPEN:
                return self._open_ms(attempt.finished)

    def _open_ms(self, finished: float | None) -> int:
        settings = self._settings
        if finished is None:
            return settings.base_ms
        if finished >= settings.finished_from:
            return settings.finished_ms
        return settings.hesitating_ms if finished < settings.hesitating_below else settings.base_ms

    def _dismissal(self, attempt: _Attempt, result: Recognition) -> Literal["noise", "backchannel"] | None:
        """Why a turn is nothing to answer; None when it is something."""
        settings, voiced_ms = self._settings, attempt.pause.voiced_ms
        if result.refused is not None:
            return "noise" if voiced_ms < settings.noise_ms and result.refused != UNAVAILABLE else None
        if not attempt.over_bot:
            return None
        if attempt.expectation.kind != "yes_no" and is_backchannel(result.text, language=result.language):
            return "backchannel"
        doubtful = voiced_ms < settings.doubtful_ms and result.confidence < settings.doubtful_confidence
        return "noise" if doubtful else None

    def _tell(self, attempt: _Attempt, result: Recognition, over: TurnOver) -> None:
        start_ms, end_ms = over.start_ms, over.end_ms
        dismissal = self._dismissal(attempt, result)
        if dismissal is not None:
            self._on_event(SpeechDismissed(start_ms, end_ms, dismissal, result.text))
        elif result.refused is not None:
            self._on_event(NotUnderstood(start_ms=start_ms, end_ms=end_ms, why=result.refused))
        else:
            if result.language_sure and self._candidates:
                self._language = result.language
            expects_digits = attempt.expectation.kind == "digits"
            silence_ms = self._heard_ms - end_ms
            patience_ms = min(silence_ms, attempt.patience_ms or silence_ms)
            self._on_event(
                Utterance(
                    text=with_digits(result.text, language=result.language, expected=expects_digits),
                    start_ms=start_ms,
                    end_ms=end_ms,
                    confidence=result.confidence,
                    language=result.language,
                    language_sure=result.language_sure,
                    timings=TurnTimings(
                        end_of_turn=patience_ms / 1000,
                        recognition=result.took_s,
                        waited=(silence_ms - patience_ms) / 1000,
                    ),
                )
            )

    # --- the audio of the turn --------------------------------------------------------------------

    @property
    def _bytes_per_ms(self) -> int:
        return self._rate * SAMPLE_BYTES // 1000

    @property
    def _heard_ms(self) -> int:
        return self._dropped_ms + len(self._pcm) // self._bytes_per_ms

    def _between(self, start_ms: int, end_ms: int) -> bytes:
        first, last = (max(0, at - self._dropped_ms) * self._bytes_per_ms for at in (start_ms, end_ms))
        return bytes(self._pcm[first:last])

    def _forget_before(self, at_ms: int) -> None:
        if at_ms > self._dropped_ms:
            del self._pcm[: (at_ms - self._dropped_ms) * self._bytes_per_ms]
            self._dropped_ms = at_ms
