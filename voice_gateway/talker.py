"""What a call says, in order: the gateway's own prompts and the replies of bot and agents.

Synthesis runs clause by clause ahead of playback, and what the caller heard of each text is reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from voice_gateway.bot_link import Reply, ReportKind
from voice_gateway.speaker import Heard, Playback, Speaker
from voice_gateway.speech import Speech
from voice_gateway.texts import text

MOST_CHOICES = 9
"""Choices that have a key."""


class TellReport(Protocol):
    """Has something recorded in the conversation's log."""

    def __call__(self, kind: ReportKind, **data: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something to say. ``on_done`` is told what of it was heard, once; ``on_first_frame`` when it begins."""

    text: str
    on_done: Callable[[Heard], None] = lambda _: None
    on_first_frame: Callable[[], None] = lambda: None


class Talker:
    """The mouth of a call."""

    def __init__(
        self,
        speaker: Speaker,
        speech: Speech,
        *,
        rate: int,
        language: str,
        name: str,
        report: TellReport,
    ) -> None:
        """``rate`` of the leg in Hz; ``name``: who answers the phone."""
        self.speaker = speaker
        self.language = language
        self._speech = speech
        self._rate = rate
        self._name = name
        self._report = report
        self._filling: set[asyncio.Task[None]] = set()

    def prompt(self, *names: str, **values: str | int) -> None:
        """Say texts of `voice_gateway.texts`, after what is being said already."""
        self.say([self._prompt(text(name, self.language, name=self._name, **values)) for name in names])

    def greet(self, names: Sequence[str], languages: Sequence[str]) -> None:
        """Say prompts, and before the last one by which key each language is chosen."""
        lines = [self._prompt(text(name, self.language, name=self._name)) for name in names]
        lines[-1:-1] = [
            self._prompt(text("language", language, key=key)) for key, language in enumerate(languages, 1)
        ]
        self.say(lines)

    def reply(self, replies: Sequence[Reply], *, on_first_frame: Callable[[], None] = lambda: None) -> None:
        """Say replies, each with its choices and their keys."""
        lines: list[Line] = []
        for reply in replies:
            words = [reply.text] if reply.text else []
            words += [
                text("menu", self.language, choice=choice.title, key=key)
                for key, choice in enumerate(reply.choices[:MOST_CHOICES], 1)
            ]
            if words:
                first = on_first_frame if not lines else lambda: None
                on_done = partial(self._heard, reply.sequence)
                lines.append(Line(text=" ".join(words), on_done=on_done, on_first_frame=first))
        self.say(lines)

    def withhold(self, replies: Sequence[Reply]) -> None:
        """Replies are not said, for the caller has gone on: it is reported that nothing of them was heard."""
        for reply in replies:
            self._heard(reply.sequence, Heard("", interrupted=True, ms=0))

    def say(self, lines: Sequence[Line]) -> None:
        """Say lines after what is being said already."""
        if not lines:
            return
        playbacks = [
            (line, Playback(on_done=line.on_done, on_first_frame=line.on_first_frame)) for line in lines
        ]
        for _, playback in playbacks:
            self.speaker.play(playback)
        task = asyncio.create_task(self._fill([(line.text, playback) for line, playback in playbacks]))
        self._filling.add(task)
        task.add_done_callback(self._filling.discard)

    def stop(self) -> None:
        """Say no more of it; each line is told what was heard."""
        for task in self._filling:
            task.cancel()
        self.speaker.stop()

    async def _fill(self, playbacks: Sequence[tuple[str, Playback]]) -> None:
        try:
            for words, playback in playbacks:
                if words:
                    async for clause in self._speech.clauses(words, language=self.language, rate=self._rate):
                        playback.add(clause)
                playback.finish()
        finally:
            # Whatever went wrong, nothing may wait for audio that never comes.
            for _, playback in playbacks:
                playback.finish()

    def _prompt(self, words: str) -> Line:
        def heard(heard: Heard) -> None:
            self._report("prompt", text=words, heard=heard.text, interrupted=heard.interrupted)

        return Line(text=words, on_done=heard)

    def _heard(self, sequence: int, heard: Heard) -> None:
        self._report("heard", sequence=sequence, heard=heard.text, interrupted=heard.interrupted)
