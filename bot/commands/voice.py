"""``firstline voice``: the voice gateway, and what it prints for whoever started it."""

from __future__ import annotations

import time

from rich.console import Console

from bot.commands.serving import in_url, listen, serve
from voice_gateway.errors import VoiceError
from voice_gateway.gateway import Gateway
from voice_gateway.server import create_app
from voice_gateway.settings import Settings

MAX_SOCKET_MESSAGE = 200_000
"""Bytes of one message of a media stream: chan_websocket's are up to 65,500, others' a second of base64."""


def run(settings: Settings, console: Console) -> None:
    """Carry calls until interrupted. Raises FirstlineError or VoiceError when it cannot start."""
    began = time.perf_counter()
    console.print("Starting the voice gateway ...")
    failures: list[VoiceError] = []

    def on_ready(gateway: Gateway) -> None:
        _greet(gateway, console, port=listening.getsockname()[1], seconds=time.perf_counter() - began)

    app = create_app(settings, on_ready=on_ready, on_failure=failures.append)
    listening = listen(
        settings.host, settings.port, code="voice.cannot_listen", hint="FIRSTLINE_VOICE_PORT=8011"
    )
    serve(app, listening, failures, ws="websockets-sansio", ws_max_size=MAX_SOCKET_MESSAGE)


def _greet(gateway: Gateway, console: Console, *, port: int, seconds: float) -> None:
    host = in_url(gateway.settings.host)
    console.print(f"The phone line is ready in {seconds:.1f} s.")
    if gateway.sip_port is not None:
        suffix = "" if gateway.sip_port == 5060 else f":{gateway.sip_port}"
        console.print(f"  any SIP phone    sip:ivr@{host}{suffix}")
    if gateway.audiosocket_port is not None:
        console.print(f"  AudioSocket      tcp {host}:{gateway.audiosocket_port}")
    console.print(f"  browsers         http://{host}:{port}/webrtc/offer (the shop's chat has a call button)")
