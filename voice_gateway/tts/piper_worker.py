"""The process in which Piper runs: ``python -m voice_gateway.tts.piper_worker MODEL.onnx SPEED [SPEAKER]``.

The only module that imports Piper, which is GPL-3.0; nothing imports this one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from voice_gateway.worker_io import Handle, RequestFailed, serve

WARM_UP = "One moment, please."
"""The first run of a model is several times slower than the others."""


def load() -> Handle:
    """Load the voice that the command line names, and run it once."""
    import json

    import onnxruntime
    from piper import PiperVoice
    from piper.config import PiperConfig, SynthesisConfig

    model = Path(sys.argv[1])
    speed = float(sys.argv[2])
    speaker = int(sys.argv[3]) if len(sys.argv) > 3 else None
    options = onnxruntime.SessionOptions()
    # Piper's own loader takes every core, which starves the calls.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    voice = PiperVoice(
        session=onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"]),
        config=PiperConfig.from_dict(json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))),
    )
    how = SynthesisConfig(speaker_id=speaker, length_scale=voice.config.length_scale / speed)

    def say(header: dict[str, Any], _: bytes) -> Iterable[tuple[Mapping[str, Any], bytes]]:
        text = header.get("text")
        if not isinstance(text, str):
            raise RequestFailed("tts.request", "a request without a text")
        for chunk in voice.synthesize(text, how):
            yield {}, chunk.audio_int16_bytes

    list(say({"text": WARM_UP}, b""))
    return say


if __name__ == "__main__":
    serve(load)
