"""``firstline voice``: the voice gateway, and what it prints for whoever started it."""

from __future__ import annotations

import socket
import time

import uvicorn
from rich.console import Console

from voice_gateway.errors import VoiceError
from voice_gateway.gateway import Gateway
from voice_gateway.server import create_app
from voice_gateway.settings import Settings

MAX_SOCKET_MESSAGE = 200_000
"""Bytes of one message of a media stream: chan_websocket's are up to 65,500, others' a second of base64."""


def run(settings: Settings, console: Console) -> None:
    """Carry calls until interrupted. Raises VoiceError when it cannot start."""
    began = time.perf_counter()
    console.print("Starting the voice gateway ...")
    failures: list[VoiceError] = []

    def on_ready(gateway: Gateway) -> None:
        _greet(gateway, console, port=listening.getsockname()[1], seconds=time.perf_counter() - began)

    app = create_app(settings, on_ready=on_ready, on_failure=failures.append)
    listening = _listen(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
        ws="websockets-sansio",
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
    """The socket of HTTP, taken before the models are loaded, so that a taken port is known at once."""
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise VoiceError(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}.",
            code="voice.cannot_listen",
            hint="stop what uses it, or choose another: FIRSTLINE_VOICE_PORT=8011",
        ) from error
    return listening


def _greet(gateway: Gateway, console: Console, *, port: int, seconds: float) -> None:
    settings = gateway.settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    console.print(f"The phone line is ready in {seconds:.1f} s.")
    if gateway.sip_port is not None:
        suffix = "" if gateway.sip_port == 5060 else f":{gateway.sip_port}"
        console.print(f"  any SIP phone    sip:ivr@{host}{suffix}")
    if gateway.audiosocket_port is not None:
        console.print(f"  AudioSocket      tcp {host}:{gateway.audiosocket_port}")
    console.print(f"  browsers         http://{host}:{port}/webrtc/offer (the shop's chat has a call button)")
