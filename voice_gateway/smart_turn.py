"""Whether what was said sounds finished: smart-turn 3 (BSD-2, pipecat-ai), by ear and not by words.

The model hears the last 8 s of a turn through Whisper's log-mel features. It is a hint for how long to wait
and no judge: of read and synthetic speech it knows little, of spoken commands much.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from faster_whisper.feature_extractor import FeatureExtractor

from voice_gateway.audio import ASR_RATE, Samples

HEARD_S = 8
VARIANCE_FLOOR = 1e-7


class TurnHint(Protocol):
    """Anything that guesses by ear whether somebody has finished."""

    async def finished(self, samples: Samples) -> float:
        """How probably (0..1) a turn is complete, given its samples so far at `ASR_RATE`."""
        ...


class FakeTurnHint:
    """The deterministic fake: always the same answer, after ``delay`` is set where one is given."""

    def __init__(self, answer: float, *, delay: asyncio.Event | None = None) -> None:
        self._answer = answer
        self._delay = delay
        self.heard: list[Samples] = []

    async def finished(self, samples: Samples) -> float:
        """See `TurnHint`."""
        self.heard.append(samples)
        if self._delay is not None:
            await self._delay.wait()
        return self._answer


class SmartTurn:
    """`TurnHint` by the ONNX model of a folder, in a thread of its own; shared by all calls."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "smart-turn-v3.2-cpu.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._features = FeatureExtractor(chunk_length=HEARD_S)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="smart-turn")

    async def finished(self, samples: Samples) -> float:
        """See `TurnHint`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.look, samples)

    def look(self, samples: Samples) -> float:
        """`finished`, in the caller's thread: about 80 ms of a processor."""
        size = HEARD_S * ASR_RATE
        heard = np.pad(samples[-size:], (max(0, size - len(samples)), 0))
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + VARIANCE_FLOOR)
        features = self._features(heard, padding=0).astype(np.float32)
        (logits,) = self._session.run(None, {"input_features": features[np.newaxis]})
        return float(logits[0, 0])

    def close(self) -> None:
        """End the thread; what still waits for it is withdrawn."""
        self._thread.shutdown(wait=False, cancel_futures=True)
