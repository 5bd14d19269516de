"""``firstline serve``: the server, and what it prints for whoever started it."""

from __future__ import annotations

import time

from rich.console import Console

from bot.commands.serving import in_url, listen, serve
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
    listening = listen(
        settings.host, settings.port, code="serve.cannot_listen", hint="firstline serve --port 8001"
    )
    serve(
        app,
        listening,
        failures,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        ws_max_size=MAX_SOCKET_MESSAGE,
    )


def _greet(line: FrontLine, console: Console, *, port: int, seconds: float) -> None:
    settings = line.settings
    base = f"http://{in_url(settings.host)}:{port}"
    console.print(f"Ready in {seconds:.1f} s, with {line.interpreter.model.fingerprint.name}.")
    console.print(f"  shop and widget  {base}/")
    console.print(f"  agent desk       {base}/desk")
    console.print(f"  HTTP API         {base}/docs")
    if settings.demo:
        logins = ", ".join(agent.login for agent in DEMO_AGENTS)
        console.print(f"  desk logins      {logins}; password {DEMO_PASSWORD}")
        console.print("Try in the shop's chat: where is my order 48213?  (its postcode is 0150)")
