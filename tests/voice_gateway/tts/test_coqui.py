"""Coqui TTS really runs in its own environment, and speaks through our interface (random weights)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.requirements import ROOT
from voice_gateway.audio import duration_ms
from voice_gateway.errors import VoiceError
from voice_gateway.tts.casting import speaking
from voice_gateway.tts.coqui import CoquiSynthesizer
from voice_gateway.tts.settings import CoquiSettings, SpeechSettings
from voice_gateway.tts.synthesizer import Voice

PYTHON = ROOT / ".venv-coqui/bin/python"
MAKER = Path(__file__).with_name("tiny_coqui.py")

pytestmark = [pytest.mark.requires("coqui"), pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models of `tiny_coqui`."""
    folder = tmp_path_factory.mktemp("coqui")
    subprocess.run([PYTHON, MAKER, folder], check=True, capture_output=True, timeout=300)
    return folder


def settings_of(model: Path) -> CoquiSettings:
    return CoquiSettings(model=str(model), trusted=True, python=PYTHON, device="cpu", start_timeout_s=300)


async def test_vits_speaks_on_a_call(models: Path) -> None:
    voices = {"en": [settings_of(models / "vits")]}
    speech = speaking(SpeechSettings(voices=voices, patience_s=60))
    await speech.start()
    try:
        clauses = [clause async for clause in speech.clauses("Hello there.", language="en", rate=8000)]
        assert [clause.text for clause in clauses] == ["Hello there."]
        assert any(clauses[0].pcm)
        assert duration_ms(clauses[0].pcm, 8000) > 100
        engine = next(engine for engine in speech.engines if isinstance(engine, CoquiSynthesizer))
        described, _ = await engine.worker.ask({"describe": True})
        assert described["speakers"] == ["first", "second"]
        with pytest.raises(VoiceError, match="no speaker nobody"):
            await anext(aiter(engine.stream("Hello.", Voice("en", "nobody"))))
    finally:
        await speech.stop()


async def test_xtts_streams_in_pieces(models: Path) -> None:
    engine = CoquiSynthesizer(settings_of(models / "xtts"))
    await engine.start()
    try:
        pieces = [pcm async for pcm in engine.stream("Hello there.", Voice("de", "Second Voice"))]
        assert engine.rate == 24_000
        assert len(pieces) > 1
        assert all(pieces)
        with pytest.raises(VoiceError, match="does not speak lv"):
            await anext(aiter(engine.stream("Labdien.", Voice("lv"))))
    finally:
        await engine.stop()
