"""Coqui TTS (https://github.com/idiap/coqui-ai-TTS), a process in an environment of its own."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from voice_gateway import worker_io
from voice_gateway.errors import VoiceError
from voice_gateway.tts.settings import CoquiSettings
from voice_gateway.tts.synthesizer import Voice
from voice_gateway.workers import Worker

WAIT_S = 0.2
"""A call does not wait for a worker that is being started again; the next voice speaks."""
PROGRAM = Path(__file__).with_name("coqui_worker.py")


class CoquiSynthesizer:
    """A Coqui model. Raises VoiceError where it is not installed, or its weights are not declared trusted."""

    def __init__(self, settings: CoquiSettings) -> None:
        # The interpreter's own name, not where a link leads: that is what makes it the environment's.
        python = Path(os.path.abspath(settings.python.expanduser()))
        if not python.exists():
            raise VoiceError(
                f"Coqui TTS is not installed: there is no {python}.", hint="make coqui", code="tts.no_coqui"
            )
        if not settings.trusted:
            raise VoiceError(
                f"The Coqui model {settings.model} is not declared trusted.",
                hint="read docs/voices.md, then set trusted = true",
                code="tts.untrusted",
            )
        self._speaker = settings.speaker
        self._rate = 0
        options = {
            "model": settings.model,
            "speaker_recordings": [str(path) for path in settings.speaker_recordings],
            "speaker": settings.speaker,
            "device": settings.device,
        }
        self.worker = Worker(
            [str(python), str(PROGRAM), worker_io.__file__, json.dumps(options)],
            name="coqui",
            # Weights only: what else a checkpoint may hold would be run when it is read.
            env={"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1", "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"},
            start_timeout_s=settings.start_timeout_s,
            wait_s=WAIT_S,
        )

    @property
    def rate(self) -> int:
        """Known once it is started."""
        return self._rate

    @property
    def at_once(self) -> int:
        return 1

    async def start(self) -> None:
        await self.worker.start()
        described, _ = await self.worker.ask({"describe": True})
        self._rate = int(described["rate"])

    async def stop(self) -> None:
        await self.worker.stop()

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        asked = {"text": text, "language": voice.language, "speaker": voice.name or self._speaker}
        async with aclosing(self.worker.stream(asked)) as replies:
            async for _, pcm in replies:
                yield pcm
