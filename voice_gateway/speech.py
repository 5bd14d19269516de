"""What is to be said, as audio: clause by clause, so that the first plays while the next is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of what is said: its words as written, and its audio at the rate that was asked for."""

    text: str
    pcm: bytes


class Speech(Protocol):
    """Texts to clauses of audio (`voice_gateway.tts.speaking` makes them)."""

    def clauses(self, text: str, *, language: str, rate: int) -> AsyncIterator[Clause]:
        """The clauses of a text in order, each as soon as it is made; those known before come at once.

        Never raises because of a voice that broke: another voice speaks then, or the clause is silent.
        """
        ...
