"""The mouth of one leg: what is queued plays in frames of 20 ms, and what was heard of it is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from voice_gateway.audio import FRAME_MS, frame_bytes, silence
from voice_gateway.leg import Leg
from voice_gateway.speech import Clause

REWIND_MS = 200
"""How far a paused playback goes back when it resumes, so that no word is torn."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of a playback the other side heard."""

    text: str
    interrupted: bool
    ms: int


@dataclass(eq=False)
class Playback:
    """Something being said. Clauses are added while it plays; it ends after the last one once `finish`ed."""

    on_done: Callable[[Heard], None] = lambda _: None
    on_first_frame: Callable[[], None] = lambda: None
    _clauses: list[Clause] = field(default_factory=list)
    _pcm: bytearray = field(default_factory=bytearray)
    _bounds: list[int] = field(default_factory=list)
    _at: int = 0
    _finished: bool = False

    def add(self, clause: Clause) -> None:
        """Say this too."""
        self._clauses.append(clause)
        self._pcm += clause.pcm
        self._bounds.append(len(self._pcm))

    def finish(self) -> None:
        """Nothing more will be added."""
        self._finished = True

    @property
    def has_begun(self) -> bool:
        return self._at > 0

    def heard(self, *, rate: int, interrupted: bool) -> Heard:
        """What was heard so far: whole clauses, and as many words of the current one as its share played."""
        words: list[str] = []
        start = 0
        for clause, end in zip(self._clauses, self._bounds, strict=True):
            if self._at >= end:
                words.append(clause.text)
            elif self._at > start:
                parts = clause.text.split()
                words.append(" ".join(parts[: round(len(parts) * (self._at - start) / (end - start))]))
            start = end
        ms = min(self._at, len(self._pcm)) // (frame_bytes(rate) // FRAME_MS)
        return Heard(" ".join(word for word in words if word), interrupted, ms)

    def _next(self, size: int) -> bytes | None:
        """The next frame; None when there is nothing to play now."""
        if self._at >= len(self._pcm):
            return None
        if self._at + size > len(self._pcm) and not self._finished:
            return None
        frame = bytes(self._pcm[self._at : self._at + size])
        self._at += size
        return frame.ljust(size, b"\0")

    def _rewind(self, size: int) -> None:
        self._at = max(0, min(self._at, len(self._pcm)) - size)
        self._at -= self._at % 2


class Speaker:
    """Plays one thing after another to a leg. `tick` is called every 20 ms."""

    def __init__(self, leg: Leg, *, on_frame: Callable[[bytes], None] = lambda _: None) -> None:
        """``on_frame`` is told each frame that is sent."""
        self._leg = leg
        self._on_frame = on_frame
        self._size = frame_bytes(leg.rate)
        self._queue: deque[Playback] = deque()
        self._paused = False
        self._background: Callable[[], bytes | None] | None = None
        self._marks = 0
        self._awaiting: dict[str, Playback] = {}

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said, or will be as soon as its audio is made."""
        return bool(self._queue or self._awaiting)

    @property
    def is_audible(self) -> bool:
        """Whether the other side hears us now."""
        return self.is_speaking and not self._paused

    def play(self, playback: Playback) -> None:
        """Say this after what is queued already."""
        self._queue.append(playback)

    def background(self, source: Callable[[], bytes | None] | None) -> None:
        """Have the frames of a source (music, the other side of a bridge) sent while nothing is being said.

        It is asked for a frame each 20 ms, None when it has none now.
        """
        self._background = source

    def pause(self) -> None:
        """Fall silent at once, and remember where."""
        if not self._paused and self.is_speaking:
            self._paused = True
            self._leg.clear()

    def resume(self) -> None:
        """Go on a little before where it was paused."""
        if self._paused:
            self._paused = False
            if self._queue:
                self._queue[0]._rewind(self._size * REWIND_MS // FRAME_MS)

    def stop(self) -> None:
        """Say nothing more of what is queued; each playback is told what was heard of it."""
        self._paused = False
        self._leg.clear()
        stopped = [*self._awaiting.values(), *self._queue]
        self._awaiting.clear()
        self._queue.clear()
        for playback in stopped:
            playback.on_done(playback.heard(rate=self._leg.rate, interrupted=True))

    def marked(self, name: str) -> None:
        """The leg played a playback to its end."""
        playback = self._awaiting.pop(name, None)
        if playback is not None:
            playback.on_done(playback.heard(rate=self._leg.rate, interrupted=False))

    def tick(self) -> None:
        """Send the frame that is due."""
        frame = None if self._paused else self._next()
        if self._background is not None:
            # Asked for also while something else is said, so that what is live stays live.
            behind = self._background()
            if frame is None and not self._paused:
                frame = behind
        if frame is None and self._leg.continuous:
            frame = silence(self._leg.rate)
        if frame is not None:
            self._on_frame(frame)
            self._leg.send(frame)

    def _next(self) -> bytes | None:
        while self._queue:
            playback = self._queue[0]
            first = not playback.has_begun
            frame = playback._next(self._size)
            if frame is not None:
                if first:
                    playback.on_first_frame()
                return frame
            if not playback._finished:
                return None
            self._queue.popleft()
            self._marks += 1
            name = f"m{self._marks}"
            self._awaiting[name] = playback
            self._leg.mark(name)
        return None
