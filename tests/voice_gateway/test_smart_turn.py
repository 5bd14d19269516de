"""The hint by ear, with the real model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models import store
from tests.support import speech
from voice_gateway.audio import ASR_RATE
from voice_gateway.smart_turn import HEARD_S, SmartTurn

COMMAND = speech.AUDIO / "speech-to-intent-619" / "00e09cf0-a01d-453e-9b89-dc6e6d31d362.flac"


@pytest.fixture
def smart_turn() -> Iterator[SmartTurn]:
    made = SmartTurn(store.path("smart-turn"))
    yield made
    made.close()


@pytest.mark.requires("shared", "voice")
async def test_a_whole_command_sounds_finished_and_its_first_half_does_not(smart_turn: SmartTurn) -> None:
    command = speech.telephone(speech.at_level(speech.trimmed(speech.load(COMMAND), below=0.03)))
    assert await smart_turn.finished(command) > 0.5
    assert await smart_turn.finished(command[: len(command) // 2]) < 0.5


@pytest.mark.requires("voice")
async def test_silence_nothing_and_a_long_turn_are_no_trouble(smart_turn: SmartTurn) -> None:
    noise = speech.noise(HEARD_S * 2.0, level_db=-30)
    for samples in (speech.silence(0.0), speech.silence(1.0), noise):
        assert 0 <= await smart_turn.finished(samples) <= 1
    assert await smart_turn.finished(noise) == await smart_turn.finished(noise[-HEARD_S * ASR_RATE :])
