"""Which voices speak which language: the settings of speech."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr


class PiperSettings(BaseModel):
    """A Piper voice: neural, on one CPU thread, in a process of its own."""

    engine: Literal["piper"] = "piper"
    model: str = Field(
        "piper-en-us-joe",
        description="A name of `firstline models list`, or the path of an .onnx voice.",
    )
    speaker: int | None = Field(None, ge=0, description="Number of the speaker, of a voice that has several.")
    speed: float = Field(1.0, ge=0.5, le=2.0, description="1.2 speaks a fifth faster.")


class EspeakSettings(BaseModel):
    """A voice of espeak-ng: robotic, but there for a hundred languages."""

    engine: Literal["espeak"] = "espeak"
    voice: str = Field(
        "",
        pattern=r"^[A-Za-z0-9+_-]*$",
        description="A name of `espeak-ng --voices`; empty: that of the language.",
    )
    words_per_minute: int = Field(160, ge=80, le=400, description="How fast it speaks.")


class OpenAiSettings(BaseModel):
    """A server that speaks OpenAI's `/v1/audio/speech`: hosted, or one's own."""

    engine: Literal["openai"] = "openai"
    url: str = Field(
        "http://127.0.0.1:8880/v1", pattern=r"^https?://", description="Where the API is, up to `/v1`."
    )
    key: SecretStr | None = Field(None, description="Bearer token of the API.")
    model: str = Field("tts-1", description="Model to ask for.")
    voice: str = Field("alloy", description="Voice to ask for.")
    rate: int = Field(24_000, ge=8000, le=48_000, description="Hz of the PCM that it sends.")
    timeout_s: float = Field(10.0, gt=0, le=60, description="Longest wait for the first or the next audio.")


class CoquiSettings(BaseModel):
    """A Coqui TTS model, in the environment that `make coqui` makes."""

    engine: Literal["coqui"] = "coqui"
    model: str = Field(
        description="A directory with config.json and weights, or a name such as tts_models/en/ljspeech/vits."
    )
    trusted: bool = Field(
        False, description="Whether you trust where the weights come from: they are read with PyTorch."
    )
    speaker: str = Field("", description="Name of the speaker, of a model that has several.")
    speaker_recordings: list[Path] = Field([], description="XTTS: recordings of a voice to imitate, instead.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where it runs.")
    python: Path = Field(
        Path(".venv-coqui/bin/python"), description="The Python that Coqui is installed for."
    )
    start_timeout_s: float = Field(180.0, gt=0, description="How long the model may take to load.")


VoiceSettings = Annotated[
    PiperSettings | EspeakSettings | OpenAiSettings | CoquiSettings, Field(discriminator="engine")
]

OTHERS = "*"
"""The languages that have no voices of their own."""


class SpeechSettings(BaseModel):
    """What the gateway speaks with. A language's first voice speaks; the others stand in when it fails."""

    voices: Mapping[str, list[VoiceSettings]] = Field(
        {"en": [PiperSettings(), EspeakSettings()], OTHERS: [EspeakSettings()]},
        description="Voices by language, the preferred one first; `*` is for every other language.",
    )
    cache_mb: int = Field(64, ge=1, le=4096, description="Memory for what was said before, in MB.")
    patience_s: float = Field(6.0, gt=0, description="How long a voice may take over a clause.")
