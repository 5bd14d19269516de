"""Worker processes: models and voices run beside the gateway, so that none can stop or crash a call.

A `Worker` is a supervised child process that is spoken to over stdin and stdout; `worker_io` says how, and is
the child's side. Many requests may be in flight. When the process dies, or sends nothing for too long, every
request in flight raises WorkerDied at once, and it is started again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import structlog

from voice_gateway.errors import VoiceError, WorkerDied
from voice_gateway.worker_io import SIZES, BrokenFrame, check_sizes, decode_header, encode

BACKOFF_S = (0.05, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits before a start, by the number of deaths in a row."""
STEADY_S = 30.0
"""A worker that lived for so long has no deaths in a row behind it."""
STOP_GRACE_S = 1.0
STDERR_LINES = 20
STDERR_LINE_BYTES = 4096

log = structlog.get_logger(__name__)

Reply = tuple[dict[str, Any], bytes]


class Worker:
    """A supervised child process.

    ``request_timeout_s`` is how long it may send nothing at all while a request waits; then it is killed.
    ``wait_s`` is how long a request waits for a worker that is being started again. ``max_in_flight`` bounds
    the requests; more are refused with ``worker.busy``.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str] | None = None,
        start_timeout_s: float = 60.0,
        request_timeout_s: float = 30.0,
        wait_s: float = 10.0,
        max_in_flight: int = 256,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._env = {**os.environ, **(env or {})}
        self._start_timeout_s = start_timeout_s
        self._request_timeout_s = request_timeout_s
        self._wait_s = wait_s
        self._max_in_flight = max_in_flight
        self._backoff_s = backoff_s
        self._ids = count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._replies: dict[int, asyncio.Queue[Reply | None]] = {}
        self._heard_at = 0.0
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._supervisor: asyncio.Task[None] | None = None
        self.deaths = 0

    @property
    def ready(self) -> bool:
        """Whether it runs and takes requests now."""
        return self._ready.is_set()

    @property
    def in_flight(self) -> int:
        return len(self._replies)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises WorkerDied, with the end of its stderr, if it fails."""
        if self._supervisor is not None:
            return
        first = asyncio.get_running_loop().create_future()
        self._supervisor = asyncio.create_task(self._supervise(first), name=f"worker {self.name}")
        try:
            await first
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it; requests in flight raise WorkerDied."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor

    async def ask(self, header: Mapping[str, Any], payload: bytes = b"") -> Reply:
        """The one reply to a request. Raises as `stream` does."""
        answer: Reply | None = None
        async for reply in self.stream(header, payload):
            answer = answer or reply
        if answer is None:
            raise VoiceError(f"The {self.name} worker gave no answer.", code="worker.no_answer")
        return answer

    async def stream(self, header: Mapping[str, Any], payload: bytes = b"") -> AsyncGenerator[Reply, None]:
        """The replies to a request, as they come; closing the generator, or cancelling, withdraws it.

        Raises WorkerDied, or VoiceError where the worker refuses the request.
        """
        if len(self._replies) >= self._max_in_flight:
            raise VoiceError(
                f"The {self.name} worker has {self._max_in_flight} requests already.",
                hint="allow fewer calls at once, or give it a faster device",
                code="worker.busy",
            )
        process = await self._running()
        request = next(self._ids)
        try:
            frame = encode({**header, "id": request}, payload)
        except BrokenFrame as error:
            raise VoiceError(f"A request is too large: {error}.", code="worker.too_large") from error
        replies: asyncio.Queue[Reply | None] = asyncio.Queue()
        self._replies[request] = replies
        done = False
        try:
            await self._write(process, frame)
            while not done:
                reply = await self._next(process, replies)
                if reply is None:
                    done = True
                    raise self._died()
                head, body = reply
                done = bool(head.get("last"))
                if (failure := head.get("error")) is not None:
                    raise VoiceError(
                        str(failure.get("message", "no reason given")),
                        code=str(failure.get("code", "worker.error")),
                    )
                if not done or body or head.keys() - {"id", "last"}:
                    yield reply
        finally:
            self._replies.pop(request, None)
            if not done and process is self._process and process.stdin is not None:
                process.stdin.write(encode({"cancel": request}))

    async def _running(self) -> asyncio.subprocess.Process:
        if self._supervisor is None:
            raise WorkerDied(f"The {self.name} worker is not running.", hint="start it first")
        if not self._ready.is_set():
            try:
                async with asyncio.timeout(self._wait_s):
                    await self._ready.wait()
            except TimeoutError:
                raise self._died() from None
        assert self._process is not None
        return self._process

    async def _write(self, process: asyncio.subprocess.Process, frame: bytes) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(frame)
            async with asyncio.timeout(self._request_timeout_s):
                await process.stdin.drain()
        except TimeoutError as error:
            self._kill_stuck(process)
            raise self._died() from error
        except OSError as error:
            raise self._died() from error

    async def _next(
        self, process: asyncio.subprocess.Process, replies: asyncio.Queue[Reply | None]
    ) -> Reply | None:
        while True:
            since = time.monotonic()
            try:
                async with asyncio.timeout(self._request_timeout_s):
                    return await replies.get()
            except TimeoutError:
                # Others may be answered while this one waits its turn.
                if self._heard_at < since:
                    self._kill_stuck(process)

    def _kill_stuck(self, process: asyncio.subprocess.Process) -> None:
        if process is self._process:
            log.warning("worker does not answer and is killed", worker=self.name)
            _kill(process)

    async def _supervise(self, first: asyncio.Future[None]) -> None:
        in_a_row = 0
        while True:
            began = time.monotonic()
            self._stderr.clear()
            try:
                await self._run_once(first)
            except OSError as error:
                self._stderr.append(f"{self._command[0]}: {error.strerror}")
            if not first.done():
                first.set_exception(self._died())
                return
            self.deaths += 1
            in_a_row = 1 if time.monotonic() - began > STEADY_S else in_a_row + 1
            wait_s = self._backoff_s[min(in_a_row, len(self._backoff_s)) - 1]
            log.warning("worker died", worker=self.name, deaths=self.deaths, again_in_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _run_once(self, first: asyncio.Future[None]) -> None:
        """From a start to the process's end, however that comes."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._env,
            # A group of its own, so that what it starts can be ended with it.
            start_new_session=True,
        )
        self._process = process
        errors = asyncio.create_task(self._collect(process))
        try:
            async with asyncio.timeout(self._start_timeout_s) as limit:
                async for header, payload in _frames(process):
                    self._heard_at = time.monotonic()
                    if header.get("ready"):
                        limit.reschedule(None)
                        self._ready.set()
                        if not first.done():
                            first.set_result(None)
                    elif (replies := self._replies.get(header.get("id", 0))) is not None:
                        replies.put_nowait((header, payload))
        except TimeoutError:
            self._stderr.append(f"not ready within {self._start_timeout_s:g} s")
        except BrokenFrame as error:
            log.warning("worker sent no frame", worker=self.name, error=str(error))
        finally:
            self._ready.clear()
            self._process = None
            for replies in self._replies.values():
                replies.put_nowait(None)
            await asyncio.shield(_end(process))
            errors.cancel()
            with suppress(asyncio.CancelledError):
                await errors

    async def _collect(self, process: asyncio.subprocess.Process) -> None:
        """Keep the end of what it writes to stderr, for the error of a start that fails."""
        assert process.stderr is not None
        while chunk := await process.stderr.read(STDERR_LINE_BYTES):
            for line in chunk.decode("utf-8", "replace").splitlines():
                self._stderr.append(line)
                log.debug("worker wrote to stderr", worker=self.name, line=line)

    def _died(self) -> WorkerDied:
        wrote = " / ".join(line for line in self._stderr if line.strip())[-1000:]
        return WorkerDied(f"The {self.name} worker ended or does not start.", hint=wrote)


async def _frames(process: asyncio.subprocess.Process) -> AsyncIterator[Reply]:
    """What the process sends, until its end. Raises BrokenFrame."""
    assert process.stdout is not None
    with suppress(asyncio.IncompleteReadError):
        while True:
            header, payload = SIZES.unpack(await process.stdout.readexactly(SIZES.size))
            check_sizes(header, payload)
            head = await process.stdout.readexactly(header)
            yield decode_header(head), await process.stdout.readexactly(payload) if payload else b""


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the pipe, by which a worker ends by itself; kill the one that does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_GRACE_S)
    except TimeoutError:
        pass
    finally:
        _kill(process)
        await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
