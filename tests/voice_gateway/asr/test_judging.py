"""When a text of Whisper's is not to be believed, how finished it is, and the windows it is decoded in."""

from __future__ import annotations

import numpy as np
import pytest

from voice_gateway.asr.endings import Ending, ending, is_backchannel
from voice_gateway.asr.judging import Decoded, is_suspect, refusal, repeats
from voice_gateway.asr.windows import LONGEST_S, MOST_SPEECH_S, split_at_pauses, window_s
from voice_gateway.audio import ASR_RATE
from voice_gateway.hearing import Expectation


def decoded(text: str, *, log_prob: float = -0.3, no_speech: float = 0.05, complete: bool = True) -> Decoded:
    return Decoded(text=text, log_prob=log_prob, no_speech=no_speech, complete=complete)


@pytest.mark.parametrize(
    ("given", "voiced_s", "why"),
    [
        (decoded("Where is my order?"), 1.0, None),
        (decoded("83016", log_prob=-0.85, no_speech=0.74), 1.5, None),
        (decoded(""), 1.0, "empty"),
        (decoded("..."), 1.0, "empty"),
        (decoded("You", log_prob=-0.74, no_speech=0.92), 0.5, "no_speech"),
        (decoded("I", log_prob=-1.06, no_speech=0.66), 0.3, "no_speech"),
        (decoded("10 of clubs " * 12), 2.0, "repetition"),
        (decoded("Thank you for watching, and see you in the next video, bye"), 0.3, "repetition"),
        (decoded("Davosso", log_prob=-1.6), 1.0, "low_confidence"),
    ],
)
def test_refusals(given: Decoded, voiced_s: float, why: str | None) -> None:
    assert refusal(given, voiced_s=voiced_s) == why


def test_what_loops_or_does_not_end_is_tried_again() -> None:
    assert is_suspect(decoded("Where is", complete=False), voiced_s=1)
    assert is_suspect(decoded("no no no no no no"), voiced_s=1)
    assert not is_suspect(decoded("Where is my order?"), voiced_s=1)


def test_digits_may_be_repeated() -> None:
    assert not repeats("5 5 5 5 5")
    assert not repeats("0, 0, 0, 0.")
    assert repeats("lobsters and lobsters and lobsters and lobsters and")
    assert not repeats("no, no, that is not my order")
    assert repeats("I do not think you have done right. I do not think you")


FIVE = Expectation(kind="digits", digits=5)
ANY = Expectation(kind="digits")
YES_NO = Expectation(kind="yes_no")
FREE = Expectation()


@pytest.mark.parametrize(
    ("text", "expectation", "wanted"),
    [
        ("48213", FIVE, Ending.COMPLETE),
        ("Four eight two one three.", FIVE, Ending.COMPLETE),
        ("4-8-2", FIVE, Ending.DICTATING),
        ("Kevin", FIVE, Ending.NUMBER),
        ("0150", ANY, Ending.NUMBER),
        ("48213", FREE, Ending.NUMBER),
        ("Yes.", YES_NO, Ending.COMPLETE),
        ("Yes, please.", YES_NO, Ending.COMPLETE),
        ("Yes.", FREE, Ending.OPEN),
        ("Yes, but I want to know first", YES_NO, Ending.OPEN),
        ("I have a question and", FREE, Ending.UNFINISHED),
        ("My order number is...", FREE, Ending.UNFINISHED),
        ("Well, um", FREE, Ending.UNFINISHED),
        ("Where is my order?", FREE, Ending.OPEN),
        ("", FREE, Ending.OPEN),
    ],
)
def test_endings(text: str, expectation: Expectation, wanted: Ending) -> None:
    assert ending(text, expectation, language="en") is wanted


def test_backchannels() -> None:
    for text in ("Uh-huh.", "Mm-hmm", "Yeah, yeah.", "Okay.", "Mm."):
        assert is_backchannel(text, language="en-GB")
    for text in ("Okay, where is my order?", "No.", "Stop", "", "Agent"):
        assert not is_backchannel(text, language="en")


def test_windows_leave_a_second_behind_the_speech() -> None:
    assert window_s(2.0) == 8.0
    assert window_s(9.5) == 10.5
    assert window_s(29.5) == LONGEST_S


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, 70 * ASR_RATE).astype(np.float32)
    samples[20 * ASR_RATE : 21 * ASR_RATE] = 0
    pieces = split_at_pauses(samples)
    assert sum(map(len, pieces)) == len(samples)
    assert all(len(piece) <= MOST_SPEECH_S * ASR_RATE for piece in pieces)
    assert 20 <= len(pieces[0]) / ASR_RATE <= 21
