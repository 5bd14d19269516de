"""Says texts on a leg: synthesis clause by clause, playback, and what was heard of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voice_gateway.speaker import Heard, Playback, Speaker
from voice_gateway.speech import Speech


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something to say. ``on_done`` is told what of it was heard, once; ``on_first_frame`` when it begins."""

    text: str
    on_done: Callable[[Heard], None] = lambda _: None
    on_first_frame: Callable[[], None] = lambda: None


class Talker:
    """What a call says, in order."""

    def __init__(self, speaker: Speaker, speech: Speech, *, rate: int, language: str) -> None:
        self.speaker = speaker
        self.language = language
        self._speech = speech
        self._rate = rate
        self._filling: set[asyncio.Task[None]] = set()

    def say(self, lines: Sequence[Line]) -> None:
        """Say lines after what is being said already."""
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
            for text, playback in playbacks:
                async for clause in self._speech.clauses(text, language=self.language, rate=self._rate):
                    playback.add(clause)
                playback.finish()
        finally:
            # Whatever went wrong, nothing may wait for audio that never comes.
            for _, playback in playbacks:
                playback.finish()
