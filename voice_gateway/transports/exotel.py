"""Calls by Exotel's Voicebot applet (https://developer.exotel.com/docs/agentstream/websocket-protocol).

The applet's URL is ``wss://<user>:<password>@<host>/exotel``, with ``?sample-rate=16000`` for wideband;
Exotel sends the two as HTTP basic authentication.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import Final

import structlog
from fastapi import APIRouter, WebSocket

from bot.doors import opens_to
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.leg import CallTaker
from voice_gateway.transports.media_stream import IDLE_S, POLICY_VIOLATION, START_S, Dialect, MediaStreams

PATH = "/exotel"

DIALECT: Final = Dialect(
    transport="exotel",
    stream_id="stream_sid",
    sequence="sequence_number",
    call_id="call_sid",
    media_format="media_format",
    sample_rate="sample_rate",
    parameters="custom_parameters",
    encodings={
        "audio/x-raw": "l16-le",
        "raw/slin": "l16-le",
        "base64": "l16-le",
        "audio/l16": "l16-le",
        "audio/x-mulaw": "mulaw",
    },
    # Shorter pieces are played with gaps, says its documentation.
    chunk_ms=100,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ExotelSettings:
    """The user and the password of the applet's URL; without a password there is no route."""

    user: str
    password: str | None
    start_s: float = START_S
    idle_s: float = IDLE_S


class Exotel:
    """The route, and the calls on it."""

    def __init__(self, taker: CallTaker, settings: ExotelSettings, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._streams = MediaStreams(
            taker, DIALECT, clock=clock or SystemClock(), start_s=settings.start_s, idle_s=settings.idle_s
        )
        self.router = APIRouter()
        if settings.password:
            self.router.add_api_websocket_route(PATH, self._stream)

    async def close(self) -> None:
        """Hang up."""
        await self._streams.close()

    @opens_to("Exotel, by the password", limit="lines of the transport, calls of the peer")
    async def _stream(self, websocket: WebSocket) -> None:
        """A call's media stream (Exotel)."""
        given = websocket.headers.get("authorization", "")
        wanted = f"{self._settings.user}:{self._settings.password}"
        wanted = f"Basic {base64.b64encode(wanted.encode()).decode()}"
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            log.warning("exotel.bad_credentials")
            await websocket.close(POLICY_VIOLATION)
            return
        await self._streams.serve(websocket)
