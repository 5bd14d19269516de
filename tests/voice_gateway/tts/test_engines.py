"""Real voices speak through the one interface: Piper, espeak-ng, and a speech server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr, ValidationError

from models import ModelError
from voice_gateway.audio import duration_ms, to_samples
from voice_gateway.errors import VoiceError, WorkerDied
from voice_gateway.tts.casting import speaking
from voice_gateway.tts.coqui import CoquiSynthesizer
from voice_gateway.tts.espeak import EspeakSynthesizer
from voice_gateway.tts.finish import active_level
from voice_gateway.tts.openai_speech import OpenAiSynthesizer
from voice_gateway.tts.piper import PiperSynthesizer
from voice_gateway.tts.settings import (
    CoquiSettings,
    EspeakSettings,
    OpenAiSettings,
    PiperSettings,
    SpeechSettings,
)
from voice_gateway.tts.synthesizer import Synthesizer, Voice


async def spoken(engine: Synthesizer, text: str, voice: Voice | None = None) -> bytes:
    return b"".join([pcm async for pcm in engine.stream(text, voice or Voice())])


def is_audible(pcm: bytes, rate: int) -> bool:
    return active_level(to_samples(pcm), rate) > -40


@pytest.mark.requires("voice", "espeak")
async def test_call_hears_piper_and_then_espeak_when_piper_is_killed() -> None:
    speech = speaking(SpeechSettings())
    await speech.start()
    piper = next(engine for engine in speech.engines if isinstance(engine, PiperSynthesizer))
    try:
        clauses = [clause async for clause in speech.clauses("Hello there.", language="en", rate=8000)]
        assert [clause.text for clause in clauses] == ["Hello there."]
        assert 500 < duration_ms(clauses[0].pcm, 8000) < 2500
        assert is_audible(clauses[0].pcm, 8000)
        pid = piper.worker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        clauses = [clause async for clause in speech.clauses("Still here.", language="en", rate=8000)]
        assert is_audible(clauses[0].pcm, 8000)
    finally:
        await speech.stop()


@pytest.mark.parametrize("model", ["no-such-model", "/nowhere/voice.onnx"])
def test_piper_voice_that_is_not_there_says_so(model: str) -> None:
    with pytest.raises((ModelError, VoiceError)):
        PiperSynthesizer(PiperSettings(model=model))


def test_piper_voice_without_its_description_says_what_to_download(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx").touch()
    with pytest.raises(VoiceError, match=r"onnx\.json that belongs"):
        PiperSynthesizer(PiperSettings(model=str(tmp_path / "voice.onnx")))


@pytest.mark.requires("espeak")
@pytest.mark.parametrize(("language", "text"), [("nb", "Hei."), ("lv", "Labdien."), ("fa", "سلام")])
async def test_espeak_speaks_languages_that_have_no_other_voice(language: str, text: str) -> None:
    engine = EspeakSynthesizer(EspeakSettings())
    await engine.start()
    pcm = await spoken(engine, text, Voice(language))
    assert 200 < duration_ms(pcm, engine.rate) < 3000
    assert is_audible(pcm, engine.rate)


@pytest.mark.requires("espeak")
async def test_espeak_without_such_a_voice_is_a_dead_voice() -> None:
    engine = EspeakSynthesizer(EspeakSettings())
    with pytest.raises(WorkerDied, match="espeak-ng --voices"):
        await spoken(engine, "Hello.", Voice("zz-unknown"))


def test_espeak_voice_is_a_name_and_no_option() -> None:
    with pytest.raises(ValidationError):
        EspeakSettings(voice="../../etc/passwd")


@asynccontextmanager
async def speech_server(
    *pieces: bytes, status: int = 200, stall: bool = False
) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """A server of OpenAI's interface; its address, and the requests that it got."""
    requests: list[web.Request] = []

    async def speak(request: web.Request) -> web.StreamResponse:
        await request.read()
        requests.append(request)
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if stall:
            await asyncio.sleep(1)
        return response

    app = web.Application()
    app.router.add_post("/v1/audio/speech", speak)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/v1", requests
    finally:
        await runner.cleanup()


async def test_speech_server_is_asked_as_openai_is_and_its_pcm_comes_whole() -> None:
    async with speech_server(b"\1\2\3", b"\4\5\6") as (url, requests):
        engine = OpenAiSynthesizer(OpenAiSettings(url=url, key=SecretStr("hush"), voice="nova"))
        await engine.start()
        try:
            assert await spoken(engine, "Hello.") == b"\1\2\3\4\5\6"
        finally:
            await engine.stop()
    asked = json.loads(await requests[0].read())
    assert asked == {"model": "tts-1", "voice": "nova", "input": "Hello.", "response_format": "pcm"}
    assert requests[0].headers["Authorization"] == "Bearer hush"


async def test_speech_server_that_refuses_says_what_to_check_and_keeps_the_key() -> None:
    async with speech_server(status=401) as (url, _):
        engine = OpenAiSynthesizer(OpenAiSettings(url=url, key=SecretStr("hush")))
        await engine.start()
        with pytest.raises(VoiceError, match="check the key") as caught:
            await spoken(engine, "Hello.")
        await engine.stop()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("stall", [True, False])
async def test_speech_server_that_is_down_or_stalls_is_a_failed_voice(stall: bool) -> None:
    async with speech_server(b"\0\0", stall=True) as (url, _):
        engine = OpenAiSynthesizer(
            OpenAiSettings(url=url if stall else "http://127.0.0.1:1/v1", timeout_s=0.1)
        )
        await engine.start()
        with pytest.raises(VoiceError, match="does not answer"):
            await spoken(engine, "Hello.")
        await engine.stop()


async def test_voice_that_cannot_be_had_is_left_out_and_another_speaks() -> None:
    async with speech_server((b"\0\x20" * 20 + b"\0\xe0" * 20) * 400) as (url, _):
        voices = {"en": [PiperSettings(model="no-such-model"), OpenAiSettings(url=url)]}
        speech = speaking(SpeechSettings(voices=voices))
        await speech.start()
        clauses = [clause async for clause in speech.clauses("Hello.", language="en", rate=8000)]
        await speech.stop()
    assert is_audible(clauses[0].pcm, 8000)


def test_coqui_weights_are_read_only_when_declared_trusted(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    with pytest.raises(VoiceError, match="trusted = true"):
        CoquiSynthesizer(CoquiSettings(model=str(tmp_path), python=python))
    with pytest.raises(VoiceError, match="make coqui"):
        CoquiSynthesizer(CoquiSettings(model=str(tmp_path), trusted=True, python=tmp_path / "absent"))


def test_settings_of_voices_are_told_apart_by_their_engine() -> None:
    settings = SpeechSettings.model_validate(
        {
            "voices": {
                "de": [
                    {"engine": "coqui", "model": "/models/thorsten", "trusted": True},
                    {"engine": "espeak"},
                ]
            }
        }
    )
    assert [type(voice) for voice in settings.voices["de"]] == [CoquiSettings, EspeakSettings]
    with pytest.raises(ValidationError):
        SpeechSettings.model_validate({"voices": {"de": [{"engine": "gramophone"}]}})
