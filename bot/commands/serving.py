"""Serving HTTP until interrupted, as the commands do that serve."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from bot.errors import FirstlineError

STOP_WITHIN_S = 5


def listen(host: str, port: int, *, code: str, hint: str) -> socket.socket:
    """The socket to serve on, taken before models are loaded, so that a taken port is known at once.

    Raises FirstlineError with the code and the hint.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise FirstlineError(
            f"Cannot listen on {host} port {port}: {error.strerror}.",
            code=code,
            hint=f"stop what uses it, or choose another: {hint}",
        ) from error
    return listening


def serve(app: ASGIApp, listening: socket.socket, failures: Sequence[Exception], **options: Any) -> None:
    """Serve until interrupted, with more options of uvicorn's; the socket is closed then.

    Raises the first of ``failures``, which the application fills where it cannot start.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
        **options,
    )
    logger = logging.getLogger("uvicorn.error")

    def is_news(_record: logging.LogRecord) -> bool:
        # Why the start failed is raised below; uvicorn would tell it too, as a traceback.
        return not failures

    logger.addFilter(is_news)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except SystemExit:
        # uvicorn's way to say that the start failed.
        if not failures:
            raise
    finally:
        logger.removeFilter(is_news)
        listening.close()
    if failures:
        raise failures[0]


def in_url(host: str) -> str:
    """The host as it is written in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
