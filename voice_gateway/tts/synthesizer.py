"""The interface of speech synthesis, and its deterministic fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from voice_gateway.audio import SAMPLE_BYTES


@dataclass(frozen=True)
class Voice:
    """Which voice speaks: a language (IETF tag) and, where the engine has several, its name."""

    language: str = "en"
    name: str = ""


class Synthesizer(Protocol):
    """Text to speech, shared by all calls."""

    @property
    def rate(self) -> int:
        """Hz of the PCM that it makes."""
        ...

    def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """The PCM (16-bit mono) of one clause, in pieces as they are made. Raises WorkerDied."""
        ...


class FakeSynthesizer:
    """A steady tone of 60 ms a character, so that what was heard can be reckoned."""

    MS_PER_CHARACTER = 60

    def __init__(self, rate: int = 8000) -> None:
        self._rate = rate
        self.said: list[str] = []

    @property
    def rate(self) -> int:
        return self._rate

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        self.said.append(text)
        samples = self._rate * self.MS_PER_CHARACTER * len(text) // 1000
        tone = (b"\x00\x20" * (self._rate // 800) + b"\x00\xe0" * (self._rate // 800)) * (
            samples * 400 // self._rate + 1
        )
        yield tone[: samples * SAMPLE_BYTES]
