"""A worker for the tests of `voice_gateway.workers`: it does what each request's ``do`` says."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from voice_gateway.worker_io import Handle, RequestFailed, answer, open_inbox, serve


def handle(header: dict[str, Any], payload: bytes) -> Iterable[tuple[Mapping[str, Any], bytes]]:
    match header["do"]:
        case "echo":
            print("this goes to stderr")
            yield {"said": header.get("said")}, payload
        case "pieces":
            for n in range(header["count"]):
                time.sleep(header.get("pause_s", 0.0))
                yield {"n": n}, payload
        case "nothing":
            return
        case "refuse":
            raise RequestFailed("test.refused", "not this")
        case "break":
            raise ZeroDivisionError("broken")
        case "sleep":
            time.sleep(header["s"])
            yield {"slept": True}, b""
        case "exit":
            os._exit(3)
        case "pid":
            yield {"pid": os.getpid()}, b""


def load() -> Handle:
    if "fail" in sys.argv:
        print("no model here", file=sys.stderr)
        sys.exit(1)
    if "hang" in sys.argv:
        time.sleep(60)
    return handle


def main() -> None:
    if "threads" not in sys.argv:
        serve(load)
        return
    inbox, ready = open_inbox()
    ready()
    while taken := inbox.take(8):
        for request in taken:
            threading.Thread(target=answer, args=(request, handle), daemon=True).start()


if __name__ == "__main__":
    main()
