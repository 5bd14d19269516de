"""The ears: with fakes in virtual time, and with the real models on recordings."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence

import pytest

from models import store
from tests.support import speech
from tests.voice_gateway.listening import (
    FIVE_DIGITS,
    LEAD_S,
    RATE,
    YES_NO,
    PacedRecognizer,
    dictated,
    listen,
)
from voice_gateway.asr.digits import with_digits
from voice_gateway.asr.recognizer import FakeRecognizer, Hint, Recognition, Recognizer
from voice_gateway.asr.whisper import WhisperRecognizer, whisper_worker
from voice_gateway.audio import Samples, to_pcm
from voice_gateway.ears import Ears
from voice_gateway.errors import WorkerDied
from voice_gateway.hearing import (
    Hearing,
    HearingEvent,
    NotUnderstood,
    SpeechDismissed,
    SpeechStarted,
    Utterance,
)
from voice_gateway.smart_turn import FakeTurnHint, TurnHint
from voice_gateway.vad import LoudnessModel, StreamActivity

VOICE = to_pcm(speech.noise(0.01, level_db=-18))[:320]
QUIET = bytes(320)


class Line:
    """A caller who is loud or silent, in frames of 20 ms."""

    def __init__(
        self, recognizer: Recognizer, *, latency_ms: int = 100, turn_hint: TurnHint | None = None
    ) -> None:
        self.events: list[HearingEvent] = []
        self.recognizer = PacedRecognizer(recognizer, latency_ms)
        self.ears = Ears(
            rate=RATE,
            activity=StreamActivity(LoudnessModel(), RATE),
            recognizer=self.recognizer,
            on_event=self.events.append,
            turn_hint=turn_hint,
        )
        self.ears.set_language("en")

    async def speak(self, ms: int) -> None:
        await self._feed(VOICE, ms)

    async def be_silent(self, ms: int) -> None:
        await self._feed(QUIET, ms)

    async def _feed(self, frame: bytes, ms: int) -> None:
        for _ in range(ms // 20):
            self.ears.feed(frame)
            await self.recognizer.advance(20)

    @property
    def utterances(self) -> list[Utterance]:
        return [event for event in self.events if isinstance(event, Utterance)]


async def test_what_is_said_is_told_once_with_its_times() -> None:
    line = Line(FakeRecognizer(["Where is my order?"]))
    await line.be_silent(1000)
    await line.speak(1000)
    assert isinstance(line.events[0], SpeechStarted)
    assert 1000 <= line.events[0].at_ms <= 1064
    await line.be_silent(2000)
    said = line.utterances
    assert [utterance.text for utterance in said] == ["Where is my order?"]
    assert abs(said[0].start_ms - 1000) <= 32
    assert abs(said[0].end_ms - 2000) <= 32
    assert said[0].timings.end_of_turn == 0.45
    assert said[0].timings.waited <= 0.05
    hearing: Hearing = line.ears
    await hearing.close()


async def test_recognition_that_comes_late_is_waited_for() -> None:
    line = Line(FakeRecognizer(["yes"]), latency_ms=700)
    line.ears.expect(YES_NO)
    await line.speak(400)
    await line.be_silent(760)
    assert line.utterances == []
    await line.be_silent(200)
    timings = line.utterances[0].timings
    assert timings.end_of_turn == 0.24
    assert 0.5 < timings.waited < 0.75


async def test_the_recogniser_hears_from_before_the_onset_to_after_the_end() -> None:
    fake = FakeRecognizer(["hello"])
    line = Line(fake)
    await line.be_silent(3000)
    await line.speak(1000)
    await line.be_silent(1000)
    assert len(fake.heard) == 1
    assert 1.25 <= len(fake.heard[0]) / 16000 <= 1.4


async def test_a_pause_in_a_dictated_number_does_not_end_the_turn() -> None:
    line = Line(FakeRecognizer(["four eight", "four eight two", "four eight two one three"]))
    line.ears.expect(FIVE_DIGITS)
    for _ in range(3):
        await line.speak(500)
        assert line.utterances == []
        await line.be_silent(1000)
    assert [utterance.text for utterance in line.utterances] == ["48213"]
    assert line.utterances[0].timings.end_of_turn == 0.24


async def test_a_trailing_and_is_waited_on() -> None:
    line = Line(FakeRecognizer(["I want to return it and", "I want to return it and get my money back."]))
    await line.speak(1000)
    await line.be_silent(1000)
    assert line.utterances == []
    await line.speak(1000)
    await line.be_silent(1000)
    assert [utterance.text for utterance in line.utterances] == ["I want to return it and get my money back."]


async def test_between_people_a_turn_ends_at_a_pause_whatever_recognition_takes() -> None:
    line = Line(FakeRecognizer(["Let me look and", "Here it is.", "Thanks."]), latency_ms=1500)
    line.ears.bridged(True)
    for _ in range(2):
        await line.speak(1000)
        await line.be_silent(800)
    await line.be_silent(1000)
    assert [utterance.text for utterance in line.utterances] == ["Let me look and", "Here it is."]
    assert [utterance.timings.end_of_turn for utterance in line.utterances] == [0.7, 0.7]


async def test_the_recogniser_is_told_what_is_wanted() -> None:
    fake = FakeRecognizer(["Where is it?", "48213"])
    line = Line(fake)
    line.ears.set_language(None, ("en", "de"))
    await line.speak(1000)
    await line.be_silent(1000)
    line.ears.expect(FIVE_DIGITS)
    await line.speak(1000)
    await line.be_silent(1000)
    first, second = fake.hints
    assert (first.language, first.candidates, first.number) == (None, ("en", "de"), False)
    assert (second.number, second.digits) == (True, 5)


@pytest.mark.parametrize(("candidates", "after"), [(("en", "de"), "de"), ((), "en")])
async def test_ears_follow_a_language_that_is_surely_spoken_unless_it_is_final(
    candidates: Sequence[str], after: str
) -> None:
    fake = FakeRecognizer(["Wo ist sie?", "Danke."], surely_in="de")
    line = Line(fake)
    line.ears.set_language("en", candidates)
    await line.speak(1000)
    await line.be_silent(1000)
    assert line.utterances[0].language_sure
    await line.speak(1000)
    await line.be_silent(1000)
    assert fake.hints[1].language == after


@pytest.mark.parametrize(("finished", "waits_s"), [(0.95, 0.3), (0.5, 0.45), (0.05, 0.95)])
async def test_a_hint_shortens_or_lengthens_the_pause_after_free_speech(
    finished: float, waits_s: float
) -> None:
    hint = FakeTurnHint(finished)
    line = Line(FakeRecognizer(["Where is my order?", "48213"]), turn_hint=hint)
    await line.speak(1000)
    await line.be_silent(1200)
    assert [utterance.timings.end_of_turn for utterance in line.utterances] == [waits_s]
    line.ears.expect(FIVE_DIGITS)
    await line.speak(1000)
    await line.be_silent(1200)
    assert line.utterances[1].timings.end_of_turn == 0.24
    assert len(hint.heard) == 1


async def test_a_hint_after_the_text_still_counts_and_one_after_the_turn_does_not() -> None:
    may = asyncio.Event()
    line = Line(FakeRecognizer(["I think", "Where is it?"]), turn_hint=FakeTurnHint(0.05, delay=may))
    await line.speak(1000)
    await line.be_silent(340)
    may.set()
    await line.be_silent(400)
    assert line.utterances == []
    await line.be_silent(400)
    assert [utterance.timings.end_of_turn for utterance in line.utterances] == [0.95]
    may.clear()
    await line.speak(1000)
    await line.be_silent(600)
    may.set()
    await line.be_silent(400)
    assert [utterance.timings.end_of_turn for utterance in line.utterances] == [0.95, 0.45]


@pytest.mark.parametrize(
    ("texts", "voice_ms", "why"), [(["Uh-huh."], 400, "backchannel"), ([], 400, "noise")]
)
async def test_assents_and_noises_over_the_bot_are_dismissed(
    texts: list[str], voice_ms: int, why: str
) -> None:
    line = Line(FakeRecognizer(texts))
    line.ears.bot_speaks(True)
    await line.speak(voice_ms)
    line.ears.bot_speaks(False)
    await line.be_silent(500)
    started, dismissed = line.events
    assert isinstance(started, SpeechStarted)
    assert isinstance(dismissed, SpeechDismissed)
    assert dismissed.why == why


async def test_an_assent_in_silence_or_to_a_yes_no_question_is_an_answer() -> None:
    line = Line(FakeRecognizer(["Okay.", "Yeah."]))
    await line.speak(400)
    await line.be_silent(1000)
    line.ears.expect(YES_NO)
    line.ears.bot_speaks(True)
    await line.speak(400)
    await line.be_silent(1000)
    assert [utterance.text for utterance in line.utterances] == ["Okay.", "Yeah."]


async def test_speech_of_which_nothing_is_made_is_told() -> None:
    line = Line(FakeRecognizer([]))
    await line.speak(1500)
    await line.be_silent(1500)
    assert isinstance(line.events[-1], NotUnderstood)
    assert line.events[-1].why == "empty"


class Broken:
    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        raise WorkerDied("The whisper worker ended.")


async def test_a_recogniser_that_died_is_no_end_of_the_ears() -> None:
    line = Line(Broken())
    for _ in range(2):
        await line.speak(400)
        await line.be_silent(1500)
    assert [event.why for event in line.events if isinstance(event, NotUnderstood)] == ["unavailable"] * 2


async def test_closing_withdraws_what_is_being_recognised() -> None:
    line = Line(FakeRecognizer(["late"]), latency_ms=5000)
    await line.speak(400)
    await line.be_silent(300)
    await line.ears.close()
    await line.be_silent(100)
    assert line.utterances == []


async def test_memory_does_not_grow_in_silence() -> None:
    line = Line(FakeRecognizer([]))
    await line.be_silent(60_000)
    assert len(line.ears._pcm) < RATE * 2


# --- the real models ----------------------------------------------------------------------------------


@pytest.fixture
async def whisper() -> AsyncIterator[WhisperRecognizer]:
    recognizer = WhisperRecognizer(whisper_worker(store.path("whisper-base")))
    await recognizer.start()
    yield recognizer
    await recognizer.stop()


def on_the_line(voice: Samples) -> Samples:
    return speech.joined(speech.silence(LEAD_S), speech.at_level(voice), speech.silence(2.0))


@pytest.mark.requires("shared", "voice")
async def test_recordings_on_a_telephone_line(whisper: Recognizer) -> None:
    recording = next(speech.recordings("speechbrain-asr"))
    events = await listen(on_the_line(speech.trimmed(recording.samples, below=0.08)), whisper, over_bot=True)
    assert isinstance(events[0], SpeechStarted)
    assert events[0].at_ms <= LEAD_S * 1000 + 250
    assert [type(event) for event in events[1:]] == [Utterance]
    assert isinstance(events[1], Utterance)
    assert speech.word_errors(recording.text, events[1].text).rate < 0.4

    cough = await listen(on_the_line(speech.cough()), whisper, over_bot=True)
    assert not [event for event in cough if isinstance(event, Utterance | NotUnderstood)]


@pytest.mark.slow
@pytest.mark.requires("shared", "voice")
async def test_dictation_and_noises_on_a_telephone_line(whisper: Recognizer) -> None:
    digits = dictated("48213", speaker="george", take=0, gap_s=0.15, pause_s=0.6, group=2)
    events = await listen(on_the_line(digits), whisper, expectation=FIVE_DIGITS)
    assert [event.text for event in events if isinstance(event, Utterance)] == ["48213"]

    for noise in (speech.click(), speech.breath()):
        events = await listen(on_the_line(noise), whisper, over_bot=True)
        assert not [event for event in events if isinstance(event, Utterance | NotUnderstood)]


@pytest.mark.slow
@pytest.mark.requires("voice")
async def test_the_worker_refuses_noise_and_survives_death(
    whisper: WhisperRecognizer,
) -> None:
    hint = Hint(language="en")
    noise = speech.joined(speech.silence(0.3), speech.cough(), speech.silence(0.5))
    assert (await whisper.recognize(noise, hint)).refused is not None
    assert (await whisper.recognize(speech.silence(1.0), hint)).refused is not None
    pid = whisper.worker.pid
    assert pid is not None
    waiting = asyncio.create_task(whisper.recognize(speech.noise(2.0, level_db=-40), Hint()))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    result = await waiting
    assert result.text == "" or result.confidence < 0.9
    assert whisper.worker.deaths == 1


@pytest.mark.requires("shared", "voice")
async def test_numbers_and_languages_on_a_telephone_line(whisper: Recognizer) -> None:
    """Digits that go on in the model's ears are those that are wanted, and words are no digits; people are
    heard to speak one of the line's languages."""
    digits = dictated("96105", speaker="jackson", take=7, gap_s=0.15, pause_s=0.15, group=9)
    line = speech.telephone(on_the_line(digits))
    plain = await whisper.recognize(line, Hint(language="en", voiced_s=2.0))
    wanted = await whisper.recognize(line, Hint(language="en", voiced_s=2.0, number=True, digits=5))
    assert with_digits(plain.text, expected=True) == "961000"
    assert with_digits(wanted.text, expected=True) == "96105"
    assert wanted.confidence > plain.confidence
    words = speech.telephone(on_the_line(speech.espeak("I want to talk to somebody")))
    refusing = await whisper.recognize(words, Hint(language="en", number=True, digits=5))
    assert "talk" in refusing.text
    for language in ("en", "de"):
        recording = next(speech.recordings("picovoice-leopard", language=language))
        heard = await whisper.recognize(speech.telephone(recording.samples), Hint(candidates=("en", "de")))
        assert (heard.language, heard.language_sure) == (language, True)
    # Whisper has another name for it.
    assert (await whisper.recognize(line, Hint(language="nb"))).language == "nb"
