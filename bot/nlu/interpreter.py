"""The running interpreter: one thread that owns the model, and requests that wait for it together.

While the thread is in a forward pass, requests gather; the next pass takes all that wait, up to `MOST`. So a
lone request waits for nobody, and the busier it gets, the more requests share a pass.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import structlog
import torch

from bot.errors import FirstlineError, InvalidInput
from bot.events import Parse
from bot.nlu.trained import Request, TrainedModel

MOST = 32
"""Requests in one forward pass."""
LONGEST = 10_000
"""Characters of an utterance."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    result: Future[Parse]


class Interpreter:
    """Parses for any number of tasks at once. Close it when done."""

    def __init__(
        self,
        model: TrainedModel,
        *,
        threads: int = 1,
        clock: Callable[[], float] = time.time,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        """``threads`` is torch's own count; ``on_batch`` is told the size of each pass, for metrics."""
        self._model = model
        self._threads = threads
        self._clock = clock
        self._on_batch = on_batch
        self._closed = False
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="nlu", daemon=True)
        self._thread.start()

    @property
    def model(self) -> TrainedModel:
        """The model that the next pass uses."""
        return self._model

    async def parse(
        self, text: str, *, language_hint: str | None = None, expected: Sequence[str] = ()
    ) -> Parse:
        """Understand ``text``.

        ``language_hint`` is the conversation's language so far; ``expected`` are the entities that the open
        form asks for, the one asked for now first: a bare "75011" is then read as what was asked.

        Raises `InvalidInput` for a text longer than `LONGEST`.
        """
        if len(text) > LONGEST:
            raise InvalidInput(
                f"the text has {len(text)} characters",
                hint=f"send {LONGEST} or fewer",
                code="nlu.text_too_long",
            )
        result: Future[Parse] = Future()
        waiting = _Waiting(Request(text, language_hint, tuple(expected)), result)
        with self._lock:
            if self._closed:
                raise FirstlineError("the interpreter is closed", code="nlu.closed", status=503)
            self._queue.put(waiting)
        return await asyncio.wrap_future(result)

    async def warm(self) -> None:
        """Run a first parse, which is slower than the others."""
        await self.parse("where is my order, please? I paid 20 euros yesterday")

    def swap(self, model: TrainedModel) -> TrainedModel:
        """Use ``model`` from the next pass on; those under way end with the old one, which is returned."""
        old, self._model = self._model, model
        _log.info("nlu model swapped", model=model.fingerprint.name)
        return old

    async def close(self) -> None:
        """Answer what waits, then stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        torch.set_num_threads(self._threads)  # counts for the calling thread
        while True:
            batch, go_on = self._gather()
            ready = [waiting for waiting in batch if waiting.result.set_running_or_notify_cancel()]
            if ready:
                self._answer(ready)
            if not go_on:
                return

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """The one that has waited longest and all others that wait, and whether more may come."""
        batch: list[_Waiting] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MOST:
                return batch, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _answer(self, ready: Sequence[_Waiting]) -> None:
        model = self._model
        self._on_batch(len(ready))
        try:
            parses = model.parse([waiting.request for waiting in ready], now=self._clock())
        except Exception as error:  # one task's bad luck must not stop the thread for all
            _log.exception("nlu pass failed", requests=len(ready))
            if len(ready) == 1:
                ready[0].result.set_exception(error)
            else:
                # It may be one text that cannot be read: the others are not to suffer for it.
                for waiting in ready:
                    self._answer([waiting])
            return
        for waiting, parse in zip(ready, parses, strict=True):
            waiting.result.set_result(parse)
