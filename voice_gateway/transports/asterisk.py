"""Calls by Asterisk's chan_websocket (https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/):
``Dial(WebSocket/firstline/c(slin16)f(json))`` with a client of that name in ``websocket_client.conf``.

Binary messages are audio, text messages are control, as lines or (Asterisk 20.18, 22.8, 23.2 on) as JSON.
Asterisk paces what it plays, and says when it has too much. The client's ``username`` and ``password`` come
as HTTP basic authentication; ``v(caller=...,called=...,language=...)`` in the dial string says who calls.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from bot.doors import opens_to
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker, Digit
from voice_gateway.transports.audiosocket import Network, is_allowed
from voice_gateway.transports.media_stream import (
    MOST_BAD,
    MOST_PARAMETERS,
    POLICY_VIOLATION,
    TRY_AGAIN_LATER,
    WireFormat,
    close_quietly,
    ended_by,
    language,
)
from voice_gateway.transports.media_stream_leg import Framer, Meter, Outbox, StreamLeg, carry

PATH: Final = "/asterisk"
SUBPROTOCOL: Final = "media"
MOST_BINARY: Final = 65_500
"""Bytes: what Asterisk itself takes for the longest message."""
MOST_TEXT: Final = 65_500
MESSAGES_PER_S: Final = 250.0

FORMATS: Final[Mapping[str, WireFormat]] = {
    "ulaw": WireFormat("mulaw", 8000),
    "alaw": WireFormat("alaw", 8000),
    "slin": WireFormat("l16-le", 8000),
    "slin16": WireFormat("l16-le", 16_000),
}

log = structlog.get_logger(__name__)


class BadControl(VoiceError):
    """A control message that cannot be understood."""

    code = "asterisk.bad_message"


@dataclass(frozen=True)
class Control:
    """An event of Asterisk's; ``is_json`` is how it was written, and so how commands are."""

    event: str
    fields: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    is_json: bool = False


def parse(text: str) -> Control:
    """A control message, in either form. Raises BadControl."""
    if len(text) > MOST_TEXT:
        raise BadControl("The control message is too long.")
    if text.lstrip().startswith("{"):
        return _parse_json(text)
    event, *rest = text.strip().split(" ")
    if not re.fullmatch(r"[A-Z][A-Z_]{0,63}", event):
        raise BadControl("The control message names no event.")
    fields: dict[str, str] = {}
    for word in rest[:MOST_PARAMETERS]:
        name, colon, value = word.partition(":")
        if colon:
            fields[name] = value
        elif word:
            # An id may stand alone, says the documentation of MEDIA_BUFFERING_COMPLETED.
            fields["correlation_id"] = word
    return Control(event, fields)


def _parse_json(text: str) -> Control:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadControl("The control message is no JSON.") from error
    event = message.get("event") if isinstance(message, dict) else None
    if not isinstance(event, str):
        raise BadControl("The control message names no event.")
    variables = message.get("channel_variables")
    return Control(
        event, _texts(message), _texts(variables) if isinstance(variables, dict) else {}, is_json=True
    )


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in list(values.items())[:MOST_PARAMETERS]
        if isinstance(value, str | int) and len(name) <= 100 and len(str(value)) <= 500
    }


@dataclass(frozen=True, kw_only=True)
class AsteriskSettings:
    """``token``: the password of Asterisk's client (or a bearer token); ``allow``: networks that may connect.

    With neither there is no route; with both, both are asked for. Without a ``token`` no web page may
    connect: a browser on an allowed machine runs anybody's. Times are in seconds.
    """

    token: str | None = None
    allow: Sequence[Network] | None = None
    start_s: float = 10.0
    idle_s: float = 60.0


class AsteriskLeg(StreamLeg):
    """A call over chan_websocket. Its PCM has the rate of the channel's format."""

    def __init__(self, info: CallInfo, start: Control, *, clock: Clock, idle_s: float) -> None:
        self._format = FORMATS[start.fields["format"]]
        super().__init__(info, rate=self._format.rate, clock=clock)
        self._idle_s = idle_s
        self._is_json = start.is_json
        self._framer = Framer(self.rate)
        self._outbox: Outbox[str | bytes] = Outbox()
        self._messages = Meter(clock, per_s=MESSAGES_PER_S, burst=4 * MESSAGES_PER_S)
        self._bad = 0
        # Answered already, unless the dial string says "n".
        self._outbox.now(self._command("ANSWER"))

    def send(self, pcm: bytes) -> None:
        if not self.is_over:
            self._outbox.media(self._format.encode(pcm))

    def mark(self, name: str) -> None:
        if self.is_over:
            return
        self._expect(name)
        # The lines of older releases have no mark that names itself.
        command = (
            self._command("MARK_MEDIA", correlation_id=name)
            if self._is_json
            else self._command("REPORT_QUEUE_DRAINED")
        )
        self._outbox.after(command)

    def clear(self) -> None:
        if self.is_over:
            return
        self._outbox.clear()
        self._outbox.now(self._command("FLUSH_MEDIA"))
        self._played_all()

    def hang_up(self, reason: str = "hangup") -> None:
        if not self.is_over:
            self._outbox.hold(False)
            self._outbox.after(self._command("HANGUP"))
        self._outbox.close()
        self.end(reason)

    async def read(self, websocket: WebSocket) -> str:
        """Until the other side ends it: why. Raises TimeoutError."""
        while True:
            async with asyncio.timeout(self._idle_s):
                message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return ended_by(WebSocketDisconnect(message.get("code") or 1006))
            if not self._messages.allow():
                log.warning("asterisk.flood", call=self.info.call_id)
                return "error"
            try:
                if (audio := message.get("bytes")) is not None:
                    self._heard(audio)
                elif (reason := self._told(parse(message.get("text") or ""))) is not None:
                    return reason
            except BadControl as error:
                self._bad += 1
                log.warning("asterisk.bad_message", call=self.info.call_id, problem=error.message)
                if self._bad > MOST_BAD:
                    return "error"

    async def write(self, websocket: WebSocket) -> None:
        """Send what there is to be sent, until we hang up."""

        async def write(message: str | bytes) -> None:
            if isinstance(message, str):
                await websocket.send_text(message)
            else:
                await websocket.send_bytes(message)

        await self._outbox.run(write)

    def _heard(self, audio: bytes) -> None:
        if len(audio) > MOST_BINARY:
            raise BadControl("The piece of audio is too long.")
        self._packets += 1
        for frame in self._framer.feed(self._format.decode(audio)):
            self._hear(frame)

    def _told(self, control: Control) -> str | None:
        match control.event:
            case "DTMF_END":
                digit = control.fields.get("digit", "")
                if not re.fullmatch(r"[0-9*#A-D]", digit):
                    raise BadControl("The key is none of a telephone's.")
                self._tell(Digit(digit))
            case "MEDIA_XOFF":
                self._outbox.hold(True)
            case "MEDIA_XON":
                self._outbox.hold(False)
            case "MEDIA_MARK_PROCESSED":
                self._played(control.fields.get("correlation_id", ""))
            case "QUEUE_DRAINED":
                self._played_all()
            case "HANGUP":
                return "hangup"
        # STATUS and what newer releases tell is of no interest.
        return None

    def _command(self, command: str, **fields: str) -> str:
        if self._is_json:
            return json.dumps({"command": command, **fields})
        return " ".join((command, *fields.values()))


class Asterisk:
    """The route, and the calls on it."""

    def __init__(self, taker: CallTaker, settings: AsteriskSettings, *, clock: Clock | None = None) -> None:
        self._taker = taker
        self._settings = settings
        self._clock = clock or SystemClock()
        self._legs: set[AsteriskLeg] = set()
        self.router = APIRouter()
        if settings.token or settings.allow is not None:
            self.router.add_api_websocket_route(PATH, self._serve)

    async def close(self) -> None:
        """Hang up."""
        for leg in list(self._legs):
            leg.hang_up()

    @opens_to(
        "Asterisk, by the secret; without one, this machine",
        limit="lines of the transport, calls of the peer",
    )
    async def _serve(self, websocket: WebSocket) -> None:
        """A call by chan_websocket."""
        peer = websocket.client.host if websocket.client else ""
        if not self._may_connect(peer, websocket.headers):
            log.warning("asterisk.refused_connection", peer=peer)
            await websocket.close(POLICY_VIOLATION)
            return
        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        try:
            async with asyncio.timeout(self._settings.start_s):
                start = await self._started(websocket)
        except (BadControl, TimeoutError) as error:
            problem = str(error) if isinstance(error, BadControl) else "No channel began."
            log.warning("asterisk.not_begun", peer=peer, problem=problem)
            await close_quietly(websocket, POLICY_VIOLATION)
            return
        except WebSocketDisconnect:
            return
        info = _call_info(websocket, peer, start)
        refusal = self._taker.admit(info)
        if refusal is not None:
            log.info("asterisk.refused", status=refusal.status)
            await close_quietly(websocket, TRY_AGAIN_LATER)
            return
        leg = AsteriskLeg(info, start, clock=self._clock, idle_s=self._settings.idle_s)
        self._legs.add(leg)
        try:
            await carry(leg, self._taker, read=leg.read(websocket), write=leg.write(websocket))
        finally:
            self._legs.discard(leg)
            await close_quietly(websocket, 1000)

    def _may_connect(self, peer: str, headers: Mapping[str, str]) -> bool:
        if self._settings.allow is not None and not is_allowed(peer, self._settings.allow):
            return False
        if not self._settings.token:
            return "origin" not in headers
        given = _secret(headers.get("authorization", ""))
        return hmac.compare_digest(given.encode(), self._settings.token.encode())

    async def _started(self, websocket: WebSocket) -> Control:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        start = parse(message.get("text") or "")
        if start.event != "MEDIA_START":
            raise BadControl("The first message is not MEDIA_START.")
        if start.fields.get("format") not in FORMATS:
            raise BadControl(
                "The channel has a format that is not known here.",
                hint=f"dial with c(...) of {', '.join(FORMATS)}",
            )
        if not (start.fields.get("connection_id") or start.fields.get("channel_id")):
            raise BadControl("The channel has no id.")
        return start


def _call_info(websocket: WebSocket, peer: str, start: Control) -> CallInfo:
    query = _texts(dict(websocket.query_params))
    return CallInfo(
        transport="asterisk",
        call_id=start.fields.get("channel_id") or start.fields["connection_id"],
        peer=peer,
        caller=query.get("caller", ""),
        called=query.get("called", ""),
        language=language(query.get("language")),
        parameters={**start.variables, **query},
    )


def _secret(authorization: str) -> str:
    """The password of basic authentication, or a bearer token; empty when there is neither."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""
