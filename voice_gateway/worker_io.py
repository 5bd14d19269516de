"""The worker's side of the pipe to the gateway: frames on stdin and stdout
(`voice_gateway.workers` is the other side).

A frame is two big-endian u32 (the sizes of header and payload), a header in JSON, and the payload's bytes.
The gateway sends requests ``{"id": 7, ...}`` and withdrawals ``{"cancel": 7}``. The worker sends
``{"ready": true}`` once it has loaded what it needs, then any number of replies ``{"id": 7, ...}`` to a
request. The last one has ``"last": true``, and ``"error": {"code": "tts.voice", "message": "..."}`` where the
request failed.

Standard library only, and nothing of ours: worker programs run in virtual environments of their own, where
this file is loaded by its path.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

SIZES = struct.Struct(">II")
MAX_HEADER_BYTES = 1 << 20
MAX_PAYLOAD_BYTES = 1 << 26
EXIT_GRACE_S = 0.5
"""How long a worker that is busy may go on once the gateway has closed the pipe."""


class BrokenFrame(Exception):
    """What came is no frame."""


class RequestFailed(Exception):
    """A request that cannot be answered; the worker goes on. ``code`` is stable (``area.problem``)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def encode(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """One frame. Raises BrokenFrame when it is larger than the other side takes."""
    head = json.dumps(header, separators=(",", ":")).encode()
    check_sizes(len(head), len(payload))
    return SIZES.pack(len(head), len(payload)) + head + payload


def decode_header(head: bytes) -> dict[str, Any]:
    """The header of a frame. Raises BrokenFrame."""
    try:
        header = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame(f"a header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise BrokenFrame("a header is not a JSON object")
    return header


def check_sizes(header: int, payload: int) -> None:
    """Raises BrokenFrame for sizes out of bounds."""
    if not 0 < header <= MAX_HEADER_BYTES or payload > MAX_PAYLOAD_BYTES:
        raise BrokenFrame(f"a frame of {header} + {payload} bytes")


class Request:
    """One request; `reply` and `fail` may be called from any thread, and do nothing once it is withdrawn."""

    def __init__(self, pipe: _Pipe, header: dict[str, Any], payload: bytes) -> None:
        self._pipe = pipe
        self.id = header["id"]
        self.header = header
        self.payload = payload
        self.withdrawn = False

    def reply(self, header: Mapping[str, Any], payload: bytes = b"", *, last: bool = False) -> None:
        """Send a reply."""
        if not self.withdrawn:
            self._pipe.send({**header, "id": self.id, "last": last}, payload)
        if last:
            self._pipe.forget(self)

    def fail(self, code: str, message: str) -> None:
        """Send an error as the last reply."""
        self.reply({"error": {"code": code, "message": message}}, last=True)


class Inbox:
    """The requests that wait, in the order of their arrival."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Request | None] = queue.SimpleQueue()

    def put(self, request: Request | None) -> None:
        """Add one; None ends the inbox."""
        self._queue.put(request)

    def take(self, limit: int = 1) -> list[Request]:
        """Wait for a request, and return it with those that wait behind it; empty when there will be none."""
        taken: list[Request] = []
        while len(taken) < limit:
            try:
                request = self._queue.get(block=not taken)
            except queue.Empty:
                break
            if request is None:
                self._queue.put(None)
                break
            if not request.withdrawn:
                taken.append(request)
        return taken


class _Pipe:
    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self.inbox = Inbox()
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()
        self._requests: dict[int, Request] = {}

    def send(self, header: Mapping[str, Any], payload: bytes = b"") -> None:
        frame = encode(header, payload)
        with self._lock:
            self._sink.write(frame)
            self._sink.flush()

    def forget(self, request: Request) -> None:
        self._requests.pop(request.id, None)

    def read(self) -> None:
        """Read frames until the pipe ends, which ends the worker."""
        try:
            while (frame := self._frame()) is not None:
                header, payload = frame
                if "cancel" in header:
                    withdrawn = self._requests.pop(header["cancel"], None)
                    if withdrawn is not None:
                        withdrawn.withdrawn = True
                else:
                    request = Request(self, header, payload)
                    self._requests[request.id] = request
                    self.inbox.put(request)
        finally:
            self.inbox.put(None)
            overdue = threading.Timer(EXIT_GRACE_S, os._exit, [0])
            overdue.daemon = True
            overdue.start()

    def _frame(self) -> tuple[dict[str, Any], bytes] | None:
        sizes = self._source.read(SIZES.size)
        if len(sizes) < SIZES.size:
            return None
        header, payload = SIZES.unpack(sizes)
        check_sizes(header, payload)
        head, body = self._source.read(header), self._source.read(payload)
        return (decode_header(head), body) if len(body) == payload else None


def open_inbox() -> tuple[Inbox, Callable[[], None]]:
    """Take over stdin and stdout; the second value is called to tell the gateway that the worker is ready.

    From then on prints, of ours or of a library's, go to stderr.
    """
    # The gateway ends its workers by closing the pipe; Ctrl-C in its terminal is not for them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    pipe = _Pipe(sys.stdin.buffer, sink)
    threading.Thread(target=pipe.read, name="requests", daemon=True).start()
    return pipe.inbox, lambda: pipe.send({"ready": True})


Handle = Callable[[dict[str, Any], bytes], Iterable[tuple[Mapping[str, Any], bytes]]]
"""A request's header and payload to its replies."""


def serve(load: Callable[[], Handle]) -> None:
    """Load, tell that we are ready, and answer one request after the other until the gateway ends us.

    A withdrawn request's replies are no longer asked for. What a request raises fails that request only.
    """
    inbox, ready = open_inbox()
    handle = load()
    ready()
    while taken := inbox.take():
        answer(taken[0], handle)


def answer(request: Request, handle: Handle) -> None:
    """Send the replies that a handler makes of a request."""
    try:
        for header, payload in handle(request.header, request.payload):
            if request.withdrawn:
                return
            request.reply(header, payload)
        request.reply({}, last=True)
    except RequestFailed as failed:
        request.fail(failed.code, failed.message)
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:
        request.fail("worker.error", f"{type(error).__name__}: {error}")
