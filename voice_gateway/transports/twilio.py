"""Calls by Twilio Media Streams (https://www.twilio.com/docs/voice/media-streams/websocket-messages).

A number's webhook is ``POST <public_url>/twilio/voice``; its answer connects it to ``/twilio``. One's own
TwiML with ``<Connect><Stream url="wss://.../twilio">`` works too. Both are signed by the account's token.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import quoteattr

import structlog
from fastapi import APIRouter, Request, Response, WebSocket

from bot.doors import opens_to
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.leg import CallInfo, CallTaker
from voice_gateway.transports.media_stream import (
    IDLE_S,
    POLICY_VIOLATION,
    START_S,
    Dialect,
    MediaStreams,
    language,
)

PATH = "/twilio"
MOST_FORM = 65_536
"""Bytes of a webhook's form."""
STREAM_COMES_WITHIN_S = 30.0

DIALECT = Dialect(
    transport="twilio",
    stream_id="streamSid",
    sequence="sequenceNumber",
    call_id="callSid",
    media_format="mediaFormat",
    sample_rate="sampleRate",
    parameters="customParameters",
    encodings={"audio/x-mulaw": "mulaw"},
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class TwilioSettings:
    """``auth_token``: the account's; without it there are no routes. ``public_url``: how Twilio reaches us,
    ``https://host``, with a path before ours if a proxy adds one."""

    auth_token: str | None
    public_url: str
    start_s: float = START_S
    idle_s: float = IDLE_S


class Twilio:
    """The two routes, and the calls on them."""

    def __init__(self, taker: CallTaker, settings: TwilioSettings, *, clock: Clock | None = None) -> None:
        self._taker = taker
        self._token = settings.auth_token or ""
        self._public_url = settings.public_url
        self._awaited: dict[str, tuple[CallInfo, asyncio.TimerHandle]] = {}
        self._streams = MediaStreams(
            taker,
            DIALECT,
            clock=clock or SystemClock(),
            start_s=settings.start_s,
            idle_s=settings.idle_s,
            admitted=self._admitted,
        )
        self.router = APIRouter()
        if self._token:
            self.router.add_api_websocket_route(PATH, self._stream)
            self.router.add_api_route(f"{PATH}/voice", self._voice, methods=["POST"], include_in_schema=False)

    async def close(self) -> None:
        """Hang up, and forget whose stream is still to come."""
        for call_id in list(self._awaited):
            self._give_up(call_id)
        await self._streams.close()

    @opens_to("Twilio, by its signature", limit="lines of the transport, calls of the peer")
    async def _stream(self, websocket: WebSocket) -> None:
        """A call's media stream (Twilio)."""
        if not self._is_signed(websocket, "ws", {}):
            log.warning("twilio.bad_signature", route="stream")
            await websocket.close(POLICY_VIOLATION)
            return
        await self._streams.serve(websocket)

    @opens_to("Twilio, by its signature", limit="lines of the transport, calls of the peer")
    async def _voice(self, request: Request) -> Response:
        """What Twilio is to do with a call: stream it here."""
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_FORM:
                return Response(status_code=413)
        form: dict[str, list[str]] = {}
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            form.setdefault(name, []).append(value)
        if not self._is_signed(request, "http", form):
            log.warning("twilio.bad_signature", route="voice")
            return Response(status_code=403)
        call_id = form.get("CallSid", [""])[0]
        if not call_id:
            return Response(status_code=400)
        info = CallInfo(
            transport="twilio",
            call_id=call_id,
            peer=request.client.host if request.client else "",
            caller=form.get("From", [""])[0][:200],
            called=form.get("To", [""])[0][:200],
            language=language(request.query_params.get("language")),
        )
        if call_id not in self._awaited:
            refusal = self._taker.admit(info)
            if refusal is not None:
                log.info("twilio.refused", status=refusal.status)
                return _twiml('<Reject reason="busy"/>')
            timer = asyncio.get_running_loop().call_later(STREAM_COMES_WITHIN_S, self._give_up, call_id)
            self._awaited[call_id] = (info, timer)
        url = _in_scheme(self._public_url, "ws") + PATH
        return _twiml(f"<Connect><Stream url={quoteattr(url)}/></Connect>")

    def _admitted(self, call_id: str) -> CallInfo | None:
        info, timer = self._awaited.pop(call_id, (None, None))
        if timer is not None:
            timer.cancel()
        return info

    def _give_up(self, call_id: str) -> None:
        info = self._admitted(call_id)
        if info is not None:
            self._taker.release(info)

    def _is_signed(
        self, request: Request | WebSocket, scheme: str, form: Mapping[str, Sequence[str]]
    ) -> bool:
        path = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
        url = _in_scheme(self._public_url, scheme) + path
        given = request.headers.get("x-twilio-signature", "")
        return any(
            hmac.compare_digest(given.encode(), signature(self._token, spelling, form).encode())
            for spelling in _spellings(url)
        )


def signature(auth_token: str, url: str, form: Mapping[str, Sequence[str]]) -> str:
    """What ``X-Twilio-Signature`` has for a request (https://www.twilio.com/docs/usage/security)."""
    signed = url + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _spellings(url: str) -> list[str]:
    """Twilio signs with and without the scheme's own port, whichever it likes."""
    parts = urlsplit(url)
    port = {"https": 443, "wss": 443, "http": 80, "ws": 80}[parts.scheme]
    host = parts.hostname or ""
    if parts.port is None:
        return [url, parts._replace(netloc=f"{host}:{port}").geturl()]
    return [url, parts._replace(netloc=host).geturl()] if parts.port == port else [url]


def _in_scheme(public_url: str, scheme: str) -> str:
    parts = urlsplit(public_url.rstrip("/"))
    secure = parts.scheme in ("https", "wss")
    return parts._replace(scheme=f"{scheme}s" if secure else scheme).geturl()


def _twiml(verb: str) -> Response:
    document = f'<?xml version="1.0" encoding="UTF-8"?><Response>{verb}</Response>'
    return Response(document, media_type="text/xml")
