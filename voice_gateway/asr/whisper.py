"""Recognition by Whisper in a process of its own (`whisper_worker`), shared by all calls."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from time import monotonic

from voice_gateway.asr.recognizer import Hint, Recognition
from voice_gateway.audio import Samples, to_pcm
from voice_gateway.errors import WorkerDied
from voice_gateway.workers import Worker

TRIES = 2
"""A worker that dies under a request is started again within seconds, and the caller need not repeat."""
RESTART_WAIT_S = 30.0
"""The model is loaded again within seconds, but on a machine that is busy with calls."""


class WhisperRecognizer:
    """A `Recognizer` over a `Worker` that runs Whisper."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    async def start(self) -> None:
        """Load the model. Raises WorkerDied where it cannot be loaded."""
        await self.worker.start()

    async def stop(self) -> None:
        """End the process."""
        await self.worker.stop()

    async def recognize(self, samples: Samples, hint: Hint) -> Recognition:
        """See `Recognizer`. Raises WorkerDied, or VoiceError ``worker.busy``."""
        began = monotonic()
        request = {
            "language": hint.language,
            "candidates": list(hint.candidates),
            "number": hint.number,
            "digits": hint.digits,
            "hot_words": list(hint.hot_words),
            "voiced_s": hint.voiced_s,
        }
        payload = to_pcm(samples)
        for remaining in reversed(range(TRIES)):
            try:
                answer, _ = await self.worker.ask(request, payload)
                break
            except WorkerDied:
                if not remaining:
                    raise
        refused = answer["refused"]
        return Recognition(
            text="" if refused else answer["text"],
            confidence=min(1.0, math.exp(answer["log_prob"])),
            no_speech=answer["no_speech"],
            language=answer["language"],
            language_sure=answer["language_sure"],
            refused=refused,
            took_s=monotonic() - began,
        )


def whisper_worker(
    folder: Path, *, device: str = "cpu", threads: int = 1, workers: int = 1, nice: int = 0
) -> Worker:
    """The worker for a Whisper model in CTranslate2's format. ``device`` is ``cpu`` or ``cuda``.

    On a CPU ``workers`` requests are recognised side by side, each by ``threads`` numeric threads.
    """
    command = [sys.executable, "-m", "voice_gateway.asr.whisper_worker", str(folder)]
    command += ["--device", device, "--threads", str(threads), "--workers", str(workers), "--nice", str(nice)]
    env = {"OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return Worker(command, name="whisper", env=env, wait_s=RESTART_WAIT_S)
