"""Calls by Telnyx media streaming
(https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket).

Start the stream with ``stream_url`` ``wss://<host>/telnyx``, ``stream_bidirectional_mode`` ``rtp`` and
``stream_auth_token``, which Telnyx sends back in a header of the handshake: that is how it is known.
What comes is coded as the telephone network did; what we send is as ``stream_bidirectional_codec`` says.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Final

import structlog
from fastapi import APIRouter, WebSocket

from bot.doors import opens_to
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.leg import CallTaker
from voice_gateway.transports.media_stream import (
    IDLE_S,
    POLICY_VIOLATION,
    START_S,
    Dialect,
    MediaStreams,
    WireFormat,
)

PATH = "/telnyx"
TOKEN_HEADER = "x-telnyx-streaming-auth-token"

DIALECT: Final = Dialect(
    transport="telnyx",
    stream_id="stream_id",
    sequence="sequence_number",
    call_id="call_control_id",
    media_format="media_format",
    sample_rate="sample_rate",
    parameters="custom_parameters",
    # L16 is in network order (RFC 3551, 4.5.11).
    encodings={"pcmu": "mulaw", "pcma": "alaw", "l16": "l16-be"},
)

MU_LAW_8000: Final = WireFormat("mulaw", 8000)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class TelnyxSettings:
    """``stream_token``: the streams' ``stream_auth_token``; without it there is no route. ``send``: what
    ``stream_bidirectional_codec`` (and its sampling rate) was set to."""

    stream_token: str | None
    send: WireFormat = MU_LAW_8000
    start_s: float = START_S
    idle_s: float = IDLE_S


class Telnyx:
    """The route, and the calls on it."""

    def __init__(self, taker: CallTaker, settings: TelnyxSettings, *, clock: Clock | None = None) -> None:
        self._token = settings.stream_token or ""
        self._streams = MediaStreams(
            taker,
            replace(DIALECT, send=settings.send),
            clock=clock or SystemClock(),
            start_s=settings.start_s,
            idle_s=settings.idle_s,
        )
        self.router = APIRouter()
        if self._token:
            self.router.add_api_websocket_route(PATH, self._stream)

    async def close(self) -> None:
        """Hang up."""
        await self._streams.close()

    @opens_to("Telnyx, by the secret", limit="lines of the transport, calls of the peer")
    async def _stream(self, websocket: WebSocket) -> None:
        """A call's media stream (Telnyx)."""
        given = websocket.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            log.warning("telnyx.bad_token")
            await websocket.close(POLICY_VIOLATION)
            return
        await self._streams.serve(websocket)
