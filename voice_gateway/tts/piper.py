"""Piper (https://github.com/OHF-Voice/piper1-gpl), a neural voice for a CPU, in a process of its own.

Piper is GPL-3.0: it is imported by `piper_worker` only, which the gateway starts as another program.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from models import store
from voice_gateway.errors import VoiceError
from voice_gateway.tts.settings import PiperSettings
from voice_gateway.tts.synthesizer import Voice
from voice_gateway.workers import Worker

WAIT_S = 0.2
"""A call does not wait for a worker that is being started again; the next voice speaks."""


class PiperSynthesizer:
    """A Piper voice; it speaks the one language that it was made for, whatever ``voice.language`` says.

    Raises VoiceError where the voice is not there; that of a manifest model says how to fetch it.
    """

    def __init__(self, settings: PiperSettings) -> None:
        model = _model_file(settings.model)
        self._rate = _rate(model)
        command = [sys.executable, "-m", "voice_gateway.tts.piper_worker", str(model), str(settings.speed)]
        if settings.speaker is not None:
            command.append(str(settings.speaker))
        self.worker = Worker(
            command,
            name="piper",
            env={"OMP_NUM_THREADS": "1"},
            request_timeout_s=10.0,
            wait_s=WAIT_S,
        )

    @property
    def rate(self) -> int:
        return self._rate

    @property
    def at_once(self) -> int:
        return 1

    async def start(self) -> None:
        await self.worker.start()

    async def stop(self) -> None:
        await self.worker.stop()

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        async with aclosing(self.worker.stream({"text": text})) as replies:
            async for _, pcm in replies:
                yield pcm


def _model_file(model: str) -> Path:
    path = Path(model).expanduser()
    if path.suffix != ".onnx":
        # A model of the manifest; raises ModelMissing, which says how to fetch it.
        folder = store.path(model)
        path = next(folder.glob("*.onnx"), folder / "voice.onnx")
    if not path.is_file():
        raise VoiceError(
            f"There is no Piper voice at {path}.",
            hint="name an .onnx file, or a model of `firstline models list`",
            code="tts.no_model",
        )
    return path.absolute()


def _rate(model: Path) -> int:
    config = model.with_name(f"{model.name}.json")
    try:
        return int(json.loads(config.read_text(encoding="utf-8"))["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VoiceError(
            f"{config} does not describe the Piper voice: {error}",
            hint="download the .onnx.json that belongs to the .onnx",
            code="tts.no_model",
        ) from error
