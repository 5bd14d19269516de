"""The voices of the settings, as engines."""

from __future__ import annotations

import structlog

from models import ModelError
from voice_gateway.errors import VoiceError
from voice_gateway.tts.coqui import CoquiSynthesizer
from voice_gateway.tts.espeak import EspeakSynthesizer
from voice_gateway.tts.openai_speech import OpenAiSynthesizer
from voice_gateway.tts.piper import PiperSynthesizer
from voice_gateway.tts.settings import (
    CoquiSettings,
    EspeakSettings,
    OpenAiSettings,
    PiperSettings,
    SpeechSettings,
    VoiceSettings,
)
from voice_gateway.tts.speaking import Part, Speaking
from voice_gateway.tts.synthesizer import Synthesizer

log = structlog.get_logger(__name__)


def speaking(settings: SpeechSettings) -> Speaking:
    """Speech with the voices of the settings, each engine made once; `Speaking.start` starts them.

    A voice that cannot be had is left out and logged with the mend.
    """
    engines: list[tuple[VoiceSettings, Synthesizer]] = []
    casts: dict[str, list[Part]] = {}
    for language, voices in settings.voices.items():
        casts[language] = []
        for voice in voices:
            try:
                engine = next((made for known, made in engines if known == voice), None) or _engine(voice)
            except (VoiceError, ModelError) as error:
                log.error("voice is left out", engine=voice.engine, language=language, error=str(error))
                continue
            engines.append((voice, engine))
            casts[language].append(Part(engine, voice.engine))
    return Speaking(casts, cache_bytes=settings.cache_mb << 20, patience_s=settings.patience_s)


def _engine(voice: VoiceSettings) -> Synthesizer:
    match voice:
        case PiperSettings():
            return PiperSynthesizer(voice)
        case EspeakSettings():
            return EspeakSynthesizer(voice)
        case OpenAiSettings():
            return OpenAiSynthesizer(voice)
        case CoquiSettings():
            return CoquiSynthesizer(voice)
