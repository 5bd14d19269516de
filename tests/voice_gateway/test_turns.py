"""Turns over windows of voice activity, in the audio's own time."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.turns import Onset, PauseBegan, SpeechResumed, TurnEvent, TurnOver, Turns, TurnSettings
from voice_gateway.vad import WINDOW_MS, Window

VOICE = (0.95, -20.0)
QUIET = (0.02, -65.0)
LAG = (0.8, -60.0)
DOUBTED = (0.05, -22.0)
SETTINGS = TurnSettings()


class Line:
    """Feeds windows, and keeps the time."""

    def __init__(self, settings: TurnSettings = SETTINGS) -> None:
        self.turns = Turns(settings)
        self.now_ms = 0

    def hear(self, kind: tuple[float, float], ms: int) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        for _ in range(ms // WINDOW_MS):
            self.now_ms += WINDOW_MS
            events += self.turns.hear(Window(self.now_ms, *kind))
        return events


def kinds(events: Iterable[TurnEvent]) -> list[type[TurnEvent]]:
    return [type(event) for event in events]


def test_speech_is_noticed_within_64_ms() -> None:
    line = Line()
    assert line.hear(QUIET, 640) == []
    assert line.hear(VOICE, 320) == [Onset(640, 672)]
    doubtful = Line()
    assert doubtful.hear((0.5, -25.0), 320) == [Onset(0, 64)]


def test_a_single_doubtful_window_or_a_faint_voice_is_nothing() -> None:
    line = Line()
    for _ in range(20):
        assert line.hear((0.55, -25.0), 32) == []
        assert line.hear(QUIET, 64) == []
    assert line.hear((0.95, -60.0), 1000) == []


def test_a_loud_vowel_is_voice_before_the_voice_activity_believes_in_it_and_a_cough_is_not() -> None:
    def onsets(probability: float, level_db: float, pitch: float) -> list[TurnEvent]:
        turns = Turns()
        windows = [Window(32 * n, probability, level_db, pitch) for n in range(1, 5)]
        return [event for window in windows for event in turns.hear(window)]

    assert onsets(0.1, -20.0, 0.8) == [Onset(0, 64)]
    assert onsets(0.1, -20.0, 0.1) == []
    assert onsets(0.1, -44.0, 0.8) == []
    assert onsets(0.01, -20.0, 1.0) == []


def test_a_pause_is_told_early_and_the_turn_ends_when_patience_does() -> None:
    line = Line()
    line.hear(VOICE, 640)
    assert line.hear(QUIET, 96) == []
    assert line.hear(QUIET, 32) == [PauseBegan(0, 640, 640)]
    assert line.turns.wait(480) == []
    assert line.hear(QUIET, 320) == []
    assert line.hear(QUIET, 32) == [TurnOver(0, 640, 640, 480)]


def test_patience_that_is_over_already_ends_the_turn_at_once() -> None:
    line = Line()
    line.hear(VOICE, 640)
    line.hear(QUIET, 480)
    assert line.turns.wait(240) == [TurnOver(0, 640, 640, 480)]
    assert line.turns.wait(240) == []


def test_speech_that_goes_on_is_the_same_turn_and_each_pause_begins_anew() -> None:
    line = Line()
    line.hear(VOICE, 320)
    line.hear(QUIET, 320)
    line.turns.wait(1280)
    assert line.hear(VOICE, 320) == [SpeechResumed()]
    assert kinds(line.hear(QUIET, 640)) == [PauseBegan]
    over = line.turns.wait(100)
    assert isinstance(over[0], TurnOver)
    assert (over[0].start_ms, over[0].end_ms, over[0].voiced_ms) == (0, 960, 640)


def test_who_may_just_be_going_on_is_not_cut_off() -> None:
    line = Line()
    line.hear(VOICE, 640)
    line.hear(QUIET, 448)
    line.turns.wait(450)
    assert line.hear((0.5, -25.0), 32) == []
    assert line.hear((0.5, -25.0), 32) == [SpeechResumed()]


def test_the_lag_of_the_voice_activity_is_no_voice() -> None:
    line = Line()
    line.hear(VOICE, 640)
    events = line.hear(LAG, 160)
    assert events == [PauseBegan(0, 640, 640)]


def test_digits_that_the_voice_activity_doubts_are_kept_but_music_does_not_hold_a_turn() -> None:
    line = Line()
    line.hear(QUIET, 640)
    line.hear(VOICE, 320)
    line.hear(QUIET, 320)
    assert line.hear(DOUBTED, 160) == [SpeechResumed()]
    # Never believed again: it is no voice after a while.
    events = line.hear(DOUBTED, 4096)
    assert kinds(events) == [PauseBegan]
    assert kinds(line.turns.wait(450)) == [TurnOver]
    assert line.hear(DOUBTED, 2048) == []


def test_a_turn_nothing_is_known_of_and_one_without_pause_end_too() -> None:
    line = Line()
    line.hear(VOICE, 320)
    assert kinds(line.hear(QUIET, 3000)) == [PauseBegan, TurnOver]
    endless = line.hear(VOICE, SETTINGS.longest_ms)
    assert isinstance(endless[-1], TurnOver)
    assert endless[-1].cut


@given(
    st.lists(
        st.tuples(
            st.sampled_from([VOICE, QUIET, LAG, DOUBTED, (0.5, -30.0), (1.0, 0.0)]),
            st.integers(1, 60),
            st.none() | st.integers(0, 2000),
        ),
        max_size=40,
    )
)
def test_whatever_is_heard_turns_begin_and_end_in_order(
    heard: list[tuple[tuple[float, float], int, int | None]],
) -> None:
    line, events = Line(), []
    for kind, windows, patience in heard:
        events += line.hear(kind, windows * WINDOW_MS)
        if patience is not None:
            events += line.turns.wait(patience)
    state = "quiet"
    allowed = {
        Onset: ("quiet", "speaking"),
        PauseBegan: ("speaking", "pausing"),
        SpeechResumed: ("pausing", "speaking"),
    }
    for event in events:
        if isinstance(event, TurnOver):
            assert state == ("speaking" if event.cut else "pausing")
            assert event.start_ms < event.end_ms
            assert event.voiced_ms <= event.end_ms - event.start_ms
            state = "quiet"
        else:
            before, state_after = allowed[type(event)]
            assert state == before
            state = state_after
