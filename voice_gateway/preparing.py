"""Audio that is made before a call wants it: the gateway's own prompts, and the bot's fixed answers.

A processor that speaks for nobody is taken from those who call and chat. So it is made while no call is live,
and no faster than in a third of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from voice_gateway.clock import Clock
from voice_gateway.errors import BotUnreachable
from voice_gateway.texts import fixed, text
from voice_gateway.tts.speaking import Speaking

REST = 2.0
"""So many times as long as a clause took to make, none is made."""
LOOK_EVERY_S = 0.5
"""How often it is looked whether calls are still live."""

log = structlog.get_logger(__name__)


class Preparation:
    """Fills the memory of `Speaking`; `run` must be running."""

    def __init__(
        self,
        speech: Speaking,
        *,
        name: str,
        languages: Sequence[str],
        answers: Callable[[str], Awaitable[Sequence[str]]] | None,
        live_calls: Callable[[], int],
        clock: Clock,
    ) -> None:
        """``name``: who answers the phone. ``answers`` are the bot's fixed ones in a language."""
        self._speech = speech
        self._name = name
        self._languages = languages
        self._answers = answers
        self._live_calls = live_calls
        self._clock = clock
        self._bot_came = asyncio.Event()

    async def greeting(self) -> None:
        """Make what every call begins with."""
        language = self._languages[0]
        lines = [text(which, language, name=self._name) for which in ("greeting", "recorded", "ask")]
        if len(self._languages) > 1:
            lines += [text("language", each, key=key) for key, each in enumerate(self._languages, 1)]
        await self._speech.warm(lines, language=language)

    def bot_came(self) -> None:
        """The bot is there, perhaps with other answers than before."""
        self._bot_came.set()

    async def run(self) -> None:
        """Make the other prompts, then the bot's answers each time it comes, until cancelled."""
        for language in self._languages:
            prompts = fixed(language, name=self._name)
            made = await self._speech.warm(prompts, language=language, rest=self._rest)
            log.info("prompts are made", language=language, made=made, of=len(prompts))
        while self._answers is not None:
            await self._bot_came.wait()
            self._bot_came.clear()
            for language in self._languages:
                try:
                    answers = await self._answers(language)
                except BotUnreachable as error:
                    log.info("the bot offers no answers", language=language, code=error.code)
                    continue
                made = await self._speech.warm(answers, language=language, openings=True, rest=self._rest)
                log.info("answers are made", language=language, made=made, of=len(answers))

    async def _rest(self, took_s: float) -> None:
        await self._clock.sleep_until(self._clock.now() + REST * took_s)
        while self._live_calls():
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY_S)
