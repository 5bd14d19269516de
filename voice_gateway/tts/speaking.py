"""Texts to clauses of audio, with the voices of the settings: what `voice_gateway.speech` promises."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache

import structlog

from voice_gateway.audio import SAMPLE_BYTES, duration_ms
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.errors import VoiceError
from voice_gateway.speech import Clause
from voice_gateway.tts import clauses as clause_bounds
from voice_gateway.tts.cache import AudioCache
from voice_gateway.tts.finish import finish
from voice_gateway.tts.plain import has_words, plain
from voice_gateway.tts.settings import OTHERS
from voice_gateway.tts.spoken import apply, read
from voice_gateway.tts.synthesizer import Synthesizer, Voice
from voice_gateway.tts.turnstile import Turnstile

MS_PER_CHARACTER = 65
"""How long speech is, about: for the order of work, and for the silence where no voice speaks."""
LONGEST_SILENCE_MS = 8000
RETRY_S = 5.0
"""A voice that failed is left alone for so long, so that no call waits for it clause after clause."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Part:
    """An engine that speaks a language, and which of its voices; ``name`` is for the log."""

    engine: Synthesizer
    name: str
    voice: str = ""


@dataclass(frozen=True)
class _Said:
    """One clause: its words as written and as said, the stop that follows it, and the language."""

    written: str
    spoken: str
    stop: str
    language: str


class Speaking:
    """Speech of all calls. ``casts`` has the voices of each language, the preferred one first.

    Each engine is given as many clauses at once as it takes, those first that are needed soonest: the first
    clause of an answer before the later ones of others, because these still have something to play.
    """

    def __init__(
        self,
        casts: Mapping[str, Sequence[Part]],
        *,
        cache_bytes: int = 64 << 20,
        patience_s: float = 6.0,
        clock: Clock | None = None,
    ) -> None:
        self._casts = casts
        self._cache = AudioCache(cache_bytes)
        self._patience_s = patience_s
        self._clock = clock or SystemClock()
        self.engines = list(dict.fromkeys(part.engine for parts in casts.values() for part in parts))
        self._gates = {engine: Turnstile(engine.at_once) for engine in self.engines}
        self._failed_at: dict[Synthesizer, float] = {}

    async def start(self) -> None:
        """Start every engine. One that does not start is logged with the mend; the others speak for it."""
        await asyncio.gather(*(self._start(engine) for engine in self.engines))

    async def _start(self, engine: Synthesizer) -> None:
        try:
            await engine.start()
        except VoiceError as error:
            self._failed_at[engine] = self._clock.now()
            log.error("voice does not start", engine=self._name(engine), code=error.code, error=str(error))

    async def stop(self) -> None:
        """End the engines' processes."""
        for engine in self.engines:
            await engine.stop()

    async def warm(
        self,
        texts: Iterable[str],
        *,
        language: str,
        rates: Sequence[int] = (8000, 16_000),
        openings: bool = False,
        rest: Callable[[float], Awaitable[None]] | None = None,
    ) -> int:
        """Make what is always said beforehand, for legs of these rates (Hz); calls go first. Never raises.

        With ``openings`` only the first clause of each text, the one that is waited for. ``rest`` is awaited
        before each clause with the seconds that the one before it took. Ends, with the number of texts that
        are there, when they fill half of the memory: what was said in calls is worth more than the others.
        """
        took_s = 0.0
        made = 0
        for text in texts:
            parts = _clauses(text, language)
            for said in parts[:1] if openings else parts:
                if self._cache.is_half_full:
                    return made
                if rest is not None:
                    await rest(took_s)
                began = self._clock.now()
                await self._make(said, rates, due=math.inf)
                took_s = self._clock.now() - began
            made += 1
        return made

    async def clauses(self, text: str, *, language: str, rate: int) -> AsyncGenerator[Clause, None]:
        """The clauses of a text in order, each as soon as it is made, the next being made meanwhile."""
        begun = self._clock.now()
        ahead_ms = 0
        following: asyncio.Task[bytes] | None = None
        parts = _clauses(text, language)
        try:
            for index, said in enumerate(parts):
                making = following or asyncio.create_task(self._audio(said, rate, due=begun))
                following = making
                pcm = await making
                following = None
                ahead_ms += duration_ms(pcm, rate)
                if index + 1 < len(parts):
                    due = begun + ahead_ms / 1000
                    following = asyncio.create_task(self._audio(parts[index + 1], rate, due=due))
                yield Clause(said.written, pcm)
        finally:
            if following is not None:
                following.cancel()

    async def _audio(self, said: _Said, rate: int, *, due: float) -> bytes:
        made = await self._make(said, (rate,), due=due)
        if made is not None:
            return made[0]
        milliseconds = min(LONGEST_SILENCE_MS, MS_PER_CHARACTER * len(said.spoken))
        return bytes(SAMPLE_BYTES * (rate * milliseconds // 1000))

    async def _make(self, said: _Said, rates: Sequence[int], *, due: float) -> list[bytes] | None:
        """The clause at each rate, of the first voice that can; None where none can."""
        parts = self._cast(said.language)
        for part in parts:
            kept = [self._cache.get(self._key(part, said, rate)) for rate in rates]
            if all(pcm is not None for pcm in kept):
                return [pcm for pcm in kept if pcm is not None]
            if self._is_resting(part.engine) and part is not parts[-1]:
                continue
            try:
                raw = await self._synthesise(part, said, due)
            except (VoiceError, TimeoutError) as error:
                self._failed_at[part.engine] = self._clock.now()
                log.warning("voice failed", engine=part.name, error=_described(error))
                continue
            except Exception:
                # Whatever an engine does, the call goes on.
                self._failed_at[part.engine] = self._clock.now()
                log.exception("voice broke", engine=part.name)
                continue
            made = [await asyncio.to_thread(self._finish, raw, part, said, rate) for rate in rates]
            if not all(made):
                # It has no sound for these letters; another may.
                continue
            for rate, pcm in zip(rates, made, strict=True):
                self._cache.put(self._key(part, said, rate), pcm)
            return made
        log.error("no voice speaks", language=said.language)
        return None

    async def _synthesise(self, part: Part, said: _Said, due: float) -> bytes:
        """Raw PCM of a clause. Raises VoiceError or TimeoutError."""
        async with self._gates[part.engine].passed(due), asyncio.timeout(self._patience_s):
            pieces = part.engine.stream(said.spoken, Voice(said.language, part.voice))
            raw = bytearray()
            if isinstance(pieces, AsyncGenerator):
                async with aclosing(pieces):
                    async for pcm in pieces:
                        raw += pcm
            else:
                async for pcm in pieces:
                    raw += pcm
        self._failed_at.pop(part.engine, None)
        return bytes(raw)

    @staticmethod
    def _finish(raw: bytes, part: Part, said: _Said, rate: int) -> bytes:
        return finish(raw, rate=part.engine.rate, to=rate, stop=said.stop)

    def _cast(self, language: str) -> Sequence[Part]:
        tag = language.lower()
        for known in (language, tag, tag.partition("-")[0], OTHERS):
            parts = self._casts.get(known)
            if parts:
                return parts
        return ()

    def _is_resting(self, engine: Synthesizer) -> bool:
        failed_at = self._failed_at.get(engine)
        return failed_at is not None and self._clock.now() - failed_at < RETRY_S

    def _name(self, engine: Synthesizer) -> str:
        return next(part.name for parts in self._casts.values() for part in parts if part.engine is engine)

    @staticmethod
    def _key(part: Part, said: _Said, rate: int) -> tuple[object, ...]:
        return part, rate, said.language, said.spoken, said.stop


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__


@lru_cache(maxsize=512)
def _clauses(text: str, language: str) -> tuple[_Said, ...]:
    written = plain(text)
    found = read(written, language)
    # What is written with a point at its end is no end of a sentence, unless it is said as one.
    whole = [
        (reading.start, reading.end + (written[reading.end - 1] == "." and not reading.spoken.endswith(".")))
        for reading in found
    ]
    bounds = clause_bounds.split(written, whole=whole)
    said: list[_Said] = []
    for start, end in bounds:
        spoken = apply(written, found, start, end)
        if has_words(spoken):
            # A bracket or a dash is a rest too.
            follows = written[end:].lstrip()[:1]
            stop = "," if spoken[-1].isalnum() and follows and follows in "(-\u2013\u2014" else spoken[-1]
            said.append(_Said(written[start:end], spoken, stop, language))
    return tuple(said)
