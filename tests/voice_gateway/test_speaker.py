"""What one leg is played, frame by frame, and what was heard of it."""

from __future__ import annotations

from tests.support.calls import FakeLeg
from voice_gateway.audio import silence
from voice_gateway.speaker import Heard, Playback, Speaker
from voice_gateway.speech import Clause

RATE = 8000
FRAME = 320


def clause(text: str, frames: int, mark: bytes = b"\x01\x00") -> Clause:
    return Clause(text, mark * (FRAME // 2 * frames))


def playing(*clauses: Clause, finished: bool = True) -> tuple[FakeLeg, Speaker, Playback, list[Heard]]:
    heard: list[Heard] = []
    leg = FakeLeg(rate=RATE)
    speaker = Speaker(leg)
    leg.listen(lambda event: speaker.marked(getattr(event, "name", "")))
    playback = Playback(on_done=heard.append)
    for each in clauses:
        playback.add(each)
    if finished:
        playback.finish()
    speaker.play(playback)
    return leg, speaker, playback, heard


def ticks(speaker: Speaker, count: int) -> None:
    for _ in range(count):
        speaker.tick()


def test_plays_to_the_end_and_tells_what_was_heard() -> None:
    leg, speaker, _, heard = playing(clause("Hello there.", 3), clause("Goodbye.", 2))
    ticks(speaker, 7)
    assert len(leg.sent) == 5
    assert heard == [Heard("Hello there. Goodbye.", interrupted=False, ms=100)]
    assert not speaker.is_speaking


def test_what_is_stopped_is_told_by_words() -> None:
    leg, speaker, _, heard = playing(clause("one two three four", 8))
    ticks(speaker, 4)
    speaker.stop()
    ticks(speaker, 4)
    assert len(leg.sent) == 4
    assert leg.cleared == 1
    assert heard == [Heard("one two", interrupted=True, ms=80)]


def test_a_pause_is_silent_and_goes_back_a_little() -> None:
    leg, speaker, _, heard = playing(clause("a b c", 30))
    ticks(speaker, 20)
    speaker.pause()
    ticks(speaker, 5)
    assert len(leg.sent) == 20
    assert not speaker.is_audible
    assert speaker.is_speaking
    speaker.resume()
    ticks(speaker, 40)
    assert len(leg.sent) == 20 + 10 + 10
    assert heard == [Heard("a b c", interrupted=False, ms=600)]


def test_waits_for_audio_that_is_still_being_made() -> None:
    leg, speaker, playback, heard = playing(clause("first", 2), finished=False)
    ticks(speaker, 5)
    assert len(leg.sent) == 2
    assert not heard
    playback.add(clause("second", 1))
    playback.finish()
    ticks(speaker, 5)
    assert len(leg.sent) == 3
    assert heard == [Heard("first second", interrupted=False, ms=60)]


def test_the_last_frame_is_filled_up() -> None:
    leg, speaker, _, _ = playing(Clause("x", b"\x01\x00" * 200))
    ticks(speaker, 3)
    assert [len(frame) for frame in leg.sent] == [FRAME, FRAME]


def test_a_continuous_leg_hears_silence_between() -> None:
    leg = FakeLeg(rate=RATE, continuous=True)
    speaker = Speaker(leg)
    ticks(speaker, 2)
    assert leg.sent == [silence(RATE)] * 2


def test_background_is_heard_when_nothing_is_said_and_stays_live() -> None:
    leg, speaker, _, _ = playing(clause("hello", 2))
    frames = iter(bytes([number]) * FRAME for number in range(10))
    speaker.background(lambda: next(frames))
    ticks(speaker, 4)
    assert leg.sent[2:] == [b"\x02" * FRAME, b"\x03" * FRAME]


def test_every_frame_sent_is_told() -> None:
    told: list[bytes] = []
    leg = FakeLeg(rate=RATE, continuous=True)
    Speaker(leg, on_frame=told.append).tick()
    assert told == leg.sent
