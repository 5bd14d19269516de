"""``firstline serve``: the server, and what it prints for whoever started it."""

from __future__ import annotations

import socket
import time

import uvicorn
from rich.console import Console

from bot.errors import FirstlineError
from bot.front_line import FrontLine
from bot.handoff.demo import DEMO_AGENTS, DEMO_PASSWORD
from bot.server import MAX_SOCKET_MESSAGE, create_app
from bot.settings import Settings


def run(settings: Settings, console: Console) -> None:
    """Serve until interrupted. Raises FirstlineError when it cannot start."""
    began = time.perf_counter()
    console.print("Starting Firstline ...")
    failures: list[FirstlineError] = []

    def on_ready(line: FrontLine) -> None:
        port = listening.getsockname()[1]
        _greet(line, console, port=port, seconds=time.perf_counter() - began)

    app = create_app(settings, on_ready=on_ready, on_failure=failures.append)
    listening = _listen(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=5,
        server_header=False,
        ws_max_size=MAX_SOCKET_MESSAGE,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except SystemExit:
        # uvicorn's way to say that the start failed; the reason follows.
        if not failures:
            raise
    finally:
        listening.close()
    if failures:
        raise failures[0]


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before the models are loaded, so that a taken port is known at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise FirstlineError(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}.",
            code="serve.cannot_listen",
            hint="stop what uses it, or choose another: firstline serve --port 8001",
        ) from error
    return listening


def _greet(line: FrontLine, console: Console, *, port: int, seconds: float) -> None:
    settings = line.settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{port}"
    console.print(f"Ready in {seconds:.1f} s, with {line.interpreter.model.fingerprint.name}.")
    console.print(f"  shop and widget  {base}/")
    console.print(f"  agent desk       {base}/desk")
    console.print(f"  HTTP API         {base}/docs")
    if settings.demo:
        logins = ", ".join(agent.login for agent in DEMO_AGENTS)
        console.print(f"  desk logins      {logins}; password {DEMO_PASSWORD}")
        console.print("Try in the shop's chat: where is my order 48213?  (its postcode is 0150)")
