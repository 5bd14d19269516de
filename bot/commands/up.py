"""``firstline up``: the bot and the voice gateway together, each a process of its own."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from rich.console import Console

STOP_WITHIN_S = 15.0
LOOK_EVERY_S = 0.2


def run(serve_options: Sequence[str], *, environment: Mapping[str, str], console: Console) -> int:
    """Run both until one ends or we are told to stop; then stop the other. The exit status of the first."""
    shared = _shared(environment)
    command = [sys.executable, "-m", "bot.cli"]
    children = [
        subprocess.Popen([*command, "serve", *serve_options], env=shared),
        subprocess.Popen([*command, "voice"], env=shared),
    ]
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(LOOK_EVERY_S)
    status = next((child.returncode for child in children if child.returncode is not None), 0)
    if not stopping:
        console.print("One half of Firstline ended, so the other is stopped.", style="red")
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if stopping else status or 1


def _shared(environment: Mapping[str, str]) -> dict[str, str]:
    """What both need to find each other: a token made for this run, and addresses, unless they are set."""
    port = environment.get("FIRSTLINE_PORT", "8000")
    voice_port = environment.get("FIRSTLINE_VOICE_PORT", "8010")
    defaults = {
        "FIRSTLINE_API_TOKEN": secrets.token_urlsafe(32),
        "FIRSTLINE_VOICE_URL": f"http://127.0.0.1:{voice_port}",
        "FIRSTLINE_VOICE_BOT_URL": f"http://127.0.0.1:{port}",
    }
    return {**os.environ, **defaults, **environment}
