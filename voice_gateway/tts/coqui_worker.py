"""The process in which Coqui TTS runs: ``.venv-coqui/bin/python coqui_worker.py WORKER_IO.py OPTIONS``.

It runs in an environment in which Firstline is not installed, so it imports nothing of ours but the file of
`voice_gateway.worker_io`, whose path it is given.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

WEIGHTS = ("model.pth", "model_file.pth", "best_model.pth")
WARM_UP = "One moment, please."
CHUNK_TOKENS = 20
"""XTTS: audio tokens before a piece is sent; about 0.9 s of speech."""

Pieces = Callable[[str, str, str], Iterator[Any]]
"""Text, language and speaker to waveforms as NumPy arrays, -1..1."""


def load(failed: Callable[[str, str], Exception], options: Mapping[str, Any]) -> Callable[..., Any]:
    """Load the model; the handler of requests. ``failed`` makes the error of a request."""
    import torch

    torch.set_num_threads(1)
    from TTS.tts.models.xtts import Xtts

    on_cuda = options["device"] == "cuda" or (options["device"] == "auto" and torch.cuda.is_available())
    synthesizer = _synthesizer(str(options["model"]), on_cuda=on_cuda)
    model = synthesizer.tts_model
    languages = _names(model.language_manager, "language_names")
    speakers = _names(model.speaker_manager, "speaker_names")
    streams = isinstance(model, Xtts)
    say = _xtts(model, options["speaker_recordings"]) if streams else _whole(synthesizer, languages)

    def handle(header: dict[str, Any], _: bytes) -> Iterable[tuple[Mapping[str, Any], bytes]]:
        if header.get("describe"):
            rate = int(synthesizer.output_sample_rate)
            yield {"rate": rate, "speakers": speakers, "languages": languages, "streams": streams}, b""
            return
        language = str(header["language"]).partition("-")[0].lower()
        speaker = str(header["speaker"]) or next(iter(speakers), "")
        if speaker and speaker not in speakers:
            raise failed(
                "tts.speaker", f"the model has no speaker {speaker}; it has: {', '.join(speakers[:50])}"
            )
        if len(languages) > 1 and language not in languages:
            raise failed(
                "tts.language", f"the model does not speak {language}; it speaks {', '.join(languages)}"
            )
        with torch.inference_mode():
            for samples in say(str(header["text"]), language, speaker):
                yield {}, _pcm(samples)

    warm_up = {
        "text": WARM_UP,
        "language": languages[0] if languages else "en",
        "speaker": options["speaker"],
    }
    for _ in handle(warm_up, b""):
        pass
    return handle


def _synthesizer(model: str, *, on_cuda: bool) -> Any:
    """The library's synthesizer of a directory, or of a model's name, which it downloads."""
    from TTS.utils.synthesizer import Synthesizer

    folder = Path(model).expanduser()
    if not folder.is_dir():
        from TTS.api import TTS

        if not model.startswith("tts_models/"):
            raise SystemExit(f"{model} is neither a directory nor a name such as tts_models/en/ljspeech/vits")
        return TTS(model_name=model, progress_bar=False, gpu=on_cuda).synthesizer
    config = folder / "config.json"
    if not config.is_file():
        raise SystemExit(f"{folder} has no config.json")
    vocoder = folder / "vocoder"
    is_xtts = json.loads(config.read_text(encoding="utf-8")).get("model") == "xtts"
    return Synthesizer(
        tts_checkpoint=folder if is_xtts else _weights(folder),
        tts_config_path=config,
        vocoder_checkpoint=_weights(vocoder) if vocoder.is_dir() else None,
        vocoder_config=vocoder / "config.json" if vocoder.is_dir() else None,
        use_cuda=on_cuda,
    )


def _weights(folder: Path) -> Path:
    found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        raise SystemExit(f"{folder} has no weights: none of {', '.join(WEIGHTS)}")
    return found


def _whole(synthesizer: Any, languages: list[str]) -> Pieces:
    """Of models that make a clause at once: VITS, Glow-TTS, FastPitch, Tacotron..."""
    import numpy as np

    def say(text: str, language: str, speaker: str) -> Iterator[Any]:
        samples = synthesizer.tts(
            text,
            speaker_name=speaker or None,
            language_name=language if len(languages) > 1 else None,
            split_sentences=False,
        )
        yield np.asarray(samples, dtype=np.float32)

    return say


def _xtts(model: Any, recordings: list[str]) -> Pieces:
    """Of XTTS, in pieces as they are made; the voice is a speaker of the model, or recordings to imitate."""
    imitated = model.get_conditioning_latents(audio_path=recordings) if recordings else None

    def say(text: str, language: str, speaker: str) -> Iterator[Any]:
        if imitated is not None:
            latent, embedding = imitated
        else:
            latent, embedding = model.speaker_manager.speakers[speaker].values()
        for piece in model.inference_stream(
            text, language, latent, embedding, stream_chunk_size=CHUNK_TOKENS
        ):
            yield piece.cpu().numpy()

    return say


def _names(manager: Any, attribute: str) -> list[str]:
    return [str(name) for name in getattr(manager, attribute, ())] if manager is not None else []


def _pcm(samples: Any) -> bytes:
    import numpy as np

    return bytes((np.clip(samples.reshape(-1), -1.0, 1.0) * 32767).astype("<i2").tobytes())


def _file(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("worker_io", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and the like look their module up there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    worker_io = _file(sys.argv[1])
    worker_io.serve(lambda: load(worker_io.RequestFailed, json.loads(sys.argv[2])))
