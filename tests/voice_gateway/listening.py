"""Ears with the real voice activity, driven by recordings in virtual time, and the recordings that try them.

Recognition really runs, but its result is given when ``latency_ms`` of audio have passed since it was asked
for, so that what is decided does not depend on the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import numpy as np

from models import store
from tests.support import speech
from voice_gateway.asr.recognizer import Hint, Recognition, Recognizer
from voice_gateway.audio import ASR_RATE, Samples, frame_bytes, resample, to_pcm
from voice_gateway.ears import Ears, EarSettings
from voice_gateway.hearing import (
    Expectation,
    HearingEvent,
    NotUnderstood,
    SpeechDismissed,
    SpeechStarted,
    Utterance,
)
from voice_gateway.vad import SileroModel, StreamActivity, VoiceActivity, silero_session

RATE = 8000
LATENCY_MS = 320
LEAD_S = 0.6
REST_S = 2.2
FIVE_DIGITS = Expectation(kind="digits", digits=5)
YES_NO = Expectation(kind="yes_no")
BLOCK = ASR_RATE // 100
AUDIBLE_DB = -45.0
PITCH_LAGS = slice(ASR_RATE // 400, ASR_RATE // 60)
PERIODIC = 0.5
"""Autocorrelation, 0..1, from which on a sound has a pitch: a breath before the first word has none."""


class PacedRecognizer:
    """Another recogniser's answers, each after so much virtual time."""

    def __init__(self, inner: Recognizer, latency_ms: int) -> None:
        self._inner = inner
        self._latency_ms = latency_ms
        self._now_ms = 0
        self._due: list[tuple[int, asyncio.Event, asyncio.Event]] = []

    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        may, done = asyncio.Event(), asyncio.Event()
        self._due.append((self._now_ms + self._latency_ms, may, done))
        try:
            result = await self._inner.recognize(samples, hint)
            await may.wait()
            return result
        finally:
            done.set()

    async def advance(self, ms: int) -> None:
        """Let time pass, and give the answers that are due."""
        self._now_ms += ms
        for entry in [entry for entry in self._due if entry[0] <= self._now_ms]:
            self._due.remove(entry)
            entry[1].set()
            await entry[2].wait()
        await asyncio.sleep(0)


def silero(rate: int = RATE) -> VoiceActivity:
    """The real voice activity."""
    return StreamActivity(SileroModel(silero_session(store.path("silero-vad")), rate), rate)


async def listen(
    samples: Samples,
    recognizer: Recognizer,
    *,
    over_bot: bool = False,
    expectation: Expectation | None = None,
    latency_ms: int = LATENCY_MS,
    settings: EarSettings | None = None,
) -> list[HearingEvent]:
    """What ears on a telephone line hear. The bot speaks until it is interrupted."""
    events: list[HearingEvent] = []
    paced = PacedRecognizer(recognizer, latency_ms)
    ears = Ears(
        rate=RATE,
        activity=silero(),
        recognizer=paced,
        on_event=events.append,
        settings=settings,
    )
    ears.set_language("en")
    ears.expect(expectation or Expectation())
    pcm = resample(to_pcm(speech.telephone(samples)), ASR_RATE, RATE)
    size = frame_bytes(RATE)
    for at in range(0, len(pcm) - size + 1, size):
        ears.bot_speaks(
            over_bot and not isinstance(events[-1] if events else None, SpeechStarted | Utterance)
        )
        ears.feed(pcm[at : at + size])
        await paced.advance(20)
    await ears.close()
    return events


Kind = Literal["barge_in", "not_speech", "backchannel", "dictation", "short", "sentence"]


@dataclass(frozen=True)
class Scenario:
    """A recording or mixture, and what is right: one utterance (with ``digits``), or none."""

    name: str
    kind: Kind
    voice: Samples
    over_bot: bool = False
    expectation: Expectation = field(default_factory=Expectation)
    digits: str = ""
    background: Samples | None = None

    @property
    def samples(self) -> Samples:
        """The voice at telephone level after `LEAD_S`, with a line's noise around."""
        whole = speech.joined(speech.silence(LEAD_S), self.voice, speech.silence(REST_S))
        return whole if self.background is None else speech.mixed(whole, self.background, snr_db=12)

    @property
    def audible_ms(self) -> int:
        """When the first block of 10 ms begins in which a listener hears the voice, on the telephone."""
        heard = speech.telephone(self.voice)
        blocks = range(0, len(heard) - BLOCK + 1, BLOCK)
        first = next((at for at in blocks if _is_voiced(heard, at)), 0)
        return round(LEAD_S * 1000) + first * 1000 // ASR_RATE

    @property
    def wants_utterance(self) -> bool:
        return self.kind not in ("not_speech", "backchannel")


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario; times in ms, None where there was none."""

    scenario: Scenario
    events: Sequence[HearingEvent]

    @property
    def utterances(self) -> list[Utterance]:
        return [event for event in self.events if isinstance(event, Utterance)]

    @property
    def onset_ms(self) -> int | None:
        """How long after the voice became audible speech was noticed; None where it was not."""
        first = next((event.at_ms for event in self.events if isinstance(event, SpeechStarted)), None)
        return None if first is None else first - self.scenario.audible_ms

    @property
    def is_right(self) -> bool:
        """Whether there was one utterance where one was made, and none where not."""
        if not self.scenario.wants_utterance:
            return not self.utterances and not any(isinstance(e, NotUnderstood) for e in self.events)
        if len(self.utterances) != 1:
            return False
        return not self.scenario.digits or self.utterances[0].text == self.scenario.digits

    @property
    def dismissed(self) -> bool:
        return any(isinstance(event, SpeechDismissed) for event in self.events)


def _is_voiced(samples: Samples, at: int) -> bool:
    """Whether the block of 10 ms at a place is loud enough to be heard, and has a pitch."""
    if np.mean(samples[at : at + BLOCK] ** 2) < 10 ** (AUDIBLE_DB / 10):
        return False
    around = samples[max(0, at - BLOCK) : at + 2 * BLOCK]
    if len(around) < 3 * BLOCK:
        return False
    around = around - around.mean()
    correlation = np.correlate(around, around, "full")[len(around) - 1 :]
    unbiased = correlation * len(around) / (len(around) - np.arange(len(around)))
    return bool(unbiased[PITCH_LAGS].max() > PERIODIC * correlation[0])


def dictated(digits: str, *, speaker: str, take: int, gap_s: float, pause_s: float, group: int) -> Samples:
    """Digits of one speaker, with a pause after each group."""
    parts: list[Samples] = []
    for n, value in enumerate(digits):
        if n:
            parts.append(speech.silence(pause_s if n % group == 0 else gap_s))
        parts.append(speech.at_level(speech.digit(int(value), speaker=speaker, take=take)))
    return speech.joined(*parts, floor_db=None)


def scenarios() -> list[Scenario]:
    """All of them."""
    made: list[Scenario] = []
    sentences = [*islice(speech.recordings("speechbrain-asr"), 10)]
    sentences += [
        r for r in speech.recordings("librispeech-test-other-100") if len(r.samples) < 5 * ASR_RATE
    ][:10]
    for n, recording in enumerate(sentences):
        voice = speech.at_level(speech.trimmed(recording.samples, below=0.08))
        made.append(Scenario(f"{recording.path.stem} over the bot", "barge_in", voice, over_bot=True))
        if n % 4 == 0:
            babble = speech.at_level(speech.noise(3, level_db=-20, seed=n))
            made.append(
                Scenario(
                    f"{recording.path.stem} in noise", "barge_in", voice, over_bot=True, background=babble
                )
            )
    for seed in range(4):
        made.append(Scenario(f"cough {seed}", "not_speech", speech.cough(seed=seed), over_bot=seed % 2 == 0))
        made.append(Scenario(f"knock {seed}", "not_speech", speech.click(seed=seed), over_bot=True))
        made.append(Scenario(f"breath {seed}", "not_speech", speech.breath(seed=seed), over_bot=True))
        made.append(
            Scenario(f"noise {seed}", "not_speech", speech.noise(2, level_db=-45 + 7 * seed), over_bot=True)
        )
    for voice_name in ("en-gb", "en-us"):
        for text in ("uh-huh", "mm-hmm", "yeah", "okay", "right"):
            voice = speech.at_level(speech.espeak(text, voice=voice_name))
            made.append(Scenario(f"{text} by {voice_name}", "backchannel", voice, over_bot=True))
        for text in ("yes", "no", "yes please", "no thank you"):
            voice = speech.at_level(speech.espeak(text, voice=voice_name))
            made.append(Scenario(f"{text} by {voice_name}", "short", voice, expectation=YES_NO))
    for speaker in ("george", "jackson", "lucas"):
        for n, (pause_s, group, digits) in enumerate(
            ((0.3, 1, "48213"), (0.6, 2, "51377"), (0.9, 3, "60042"), (1.1, 3, "73905"))
        ):
            voice = dictated(digits, speaker=speaker, take=n, gap_s=0.15, pause_s=pause_s, group=group)
            name = f"{digits} by {speaker}, pauses of {pause_s} s"
            made.append(Scenario(name, "dictation", voice, expectation=FIVE_DIGITS, digits=digits))
    for recording in islice(speech.recordings("librispeech-test-other-100"), 0, 24, 3):
        voice = speech.at_level(speech.trimmed(recording.samples[: 12 * ASR_RATE], below=0.08))
        made.append(Scenario(f"{recording.path.stem} whole", "sentence", voice))
    return made
