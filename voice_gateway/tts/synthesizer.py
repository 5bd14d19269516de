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

    @property
    def at_once(self) -> int:
        """How many clauses it should be given at the same time."""
        ...

    async def start(self) -> None:
        """Load what it needs. Raises VoiceError, which names the mend."""
        ...

    async def stop(self) -> None: ...

    def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """The PCM (16-bit mono) of one clause, in pieces as they are made. Raises VoiceError."""
        ...


class FakeSynthesizer:
    """A steady tone of 60 ms a character, so that what was heard can be reckoned.

    ``error`` is raised instead, while it is set.
    """

    MS_PER_CHARACTER = 60

    def __init__(self, rate: int = 8000) -> None:
        self._rate = rate
        self.said: list[str] = []
        self.error: Exception | None = None

    @property
    def rate(self) -> int:
        return self._rate

    @property
    def at_once(self) -> int:
        return 1

    async def start(self) -> None:
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        """Nothing runs."""

    async def stream(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        if self.error is not None:
            raise self.error
        self.said.append(text)
        samples = self._rate * self.MS_PER_CHARACTER * len(text) // 1000
        tone = (b"\x00\x20" * (self._rate // 800) + b"\x00\xe0" * (self._rate // 800)) * (
            samples * 400 // self._rate + 1
        )
        yield tone[: samples * SAMPLE_BYTES]
