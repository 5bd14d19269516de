"""The family of protocols that carry a call as JSON messages over a WebSocket: Twilio Media Streams and its
near variants. What differs between them is a `Dialect`; one reader and one leg serve all."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from voice_gateway.audio import FRAME_MS, StreamResampler
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.codecs import A_LAW, MU_LAW
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker, Digit, Transport
from voice_gateway.transports.media_stream_concealment import Concealment
from voice_gateway.transports.media_stream_leg import Framer, Meter, Outbox, StreamLeg, carry

MOST_MESSAGE = 150_000
"""Characters of one message: the largest piece of audio that a provider documents is 100 kB."""
MOST_NUMBER = 2**53
MOST_PARAMETERS = 30
MOST_BAD = 20
"""Messages that cannot be understood before the stream is given up."""
MOST_OUT_OF_ORDER = 3
"""Chunks that wait for one that is late; then it counts as lost."""
MOST_LATE = 25
"""Chunks in a row whose count is behind before it is believed that the count began anew."""
START_S = 10.0
IDLE_S = 60.0
MESSAGES_PER_S = 250.0

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013

log = structlog.get_logger(__name__)

Encoding = Literal["mulaw", "alaw", "l16-le", "l16-be"]


class BadMessage(VoiceError):
    """A message of a stream that cannot be understood."""

    code = "media_stream.bad_message"


@dataclass(frozen=True)
class WireFormat:
    """How audio is coded on the wire; ``rate`` in Hz."""

    encoding: Encoding
    rate: int

    @property
    def bytes_per_ms(self) -> float:
        return self.rate / 1000 * (2 if self.encoding.startswith("l16") else 1)

    def decode(self, payload: bytes) -> bytes:
        """As little-endian PCM; half a sample at the end is left out."""
        match self.encoding:
            case "mulaw":
                return MU_LAW.decode(payload)
            case "alaw":
                return A_LAW.decode(payload)
            case "l16-le":
                return payload[: len(payload) // 2 * 2]
            case "l16-be":
                return _swap(payload[: len(payload) // 2 * 2])

    def encode(self, pcm: bytes) -> bytes:
        """From little-endian PCM."""
        match self.encoding:
            case "mulaw":
                return MU_LAW.encode(pcm)
            case "alaw":
                return A_LAW.encode(pcm)
            case "l16-le":
                return pcm
            case "l16-be":
                return _swap(pcm)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one provider names things. ``encodings``: by the (lower-case) name in the start message.

    ``send``: what to send, None for the same as comes; ``chunk_ms``: the shortest piece to send.
    """

    transport: Transport
    stream_id: str
    sequence: str
    call_id: str
    media_format: str
    sample_rate: str
    parameters: str
    encodings: Mapping[str, Encoding]
    send: WireFormat | None = None
    chunk_ms: int = FRAME_MS


@dataclass(frozen=True, slots=True)
class Started:
    """The stream began. ``parameters`` are the provider's custom ones."""

    stream_id: str
    call_id: str
    format: WireFormat
    caller: str
    called: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    """A piece of audio; ``chunk`` counts them, ``timestamp`` is in ms from the stream's start."""

    payload: bytes
    chunk: int | None = None
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    digit: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    pass


StreamEvent = Started | Media | KeyPressed | MarkPlayed | Stopped


def parse(text: str, dialect: Dialect) -> StreamEvent | None:
    """What a message says; None where it is of no interest. Raises BadMessage."""
    if len(text) > MOST_MESSAGE:
        raise BadMessage("The message is too long.", hint=f"{MOST_MESSAGE} characters at most")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage("The message is no JSON.") from error
    if not isinstance(message, dict):
        raise BadMessage("The message is no JSON object.")
    _number(message, dialect.sequence)
    match message.get("event"):
        case "start":
            return _started(message, dialect)
        case "media":
            return _media(_part(message, "media"))
        case "dtmf":
            digit = _text(_part(message, "dtmf"), "digit")
            if not re.fullmatch(r"[0-9*#A-D]", digit):
                raise BadMessage("The key is none of a telephone's.")
            return KeyPressed(digit)
        case "mark":
            return MarkPlayed(_text(_part(message, "mark"), "name"))
        case "stop":
            return Stopped()
        case _:
            # "connected", and what a provider may add.
            return None


def _started(message: Mapping[str, Any], dialect: Dialect) -> Started:
    start = _part(message, "start")
    media_format = _part(start, dialect.media_format)
    encoding = dialect.encodings.get(_text(media_format, "encoding").lower())
    rate = _number(media_format, dialect.sample_rate)
    if encoding is None or rate not in (8000, 16_000, 24_000):
        raise BadMessage(
            "The stream's audio has a format that is not known here.",
            hint=f"have it sent as one of {', '.join(dialect.encodings)} at 8000, 16000 or 24000 Hz",
        )
    if encoding in ("mulaw", "alaw") and rate != 8000:
        raise BadMessage("G.711 has 8000 samples a second.")
    given = start.get(dialect.parameters)
    parameters = {
        key: value
        for key, value in list((given if isinstance(given, dict) else {}).items())[:MOST_PARAMETERS]
        if isinstance(value, str) and len(key) <= 100 and len(value) <= 500
    }
    return Started(
        stream_id=_text(message if dialect.stream_id in message else start, dialect.stream_id),
        call_id=_text(start, dialect.call_id),
        format=WireFormat(encoding, rate),
        caller=_text(start, "from", default=""),
        called=_text(start, "to", default=""),
        parameters=parameters,
    )


def _media(media: Mapping[str, Any]) -> Media | None:
    if media.get("track", "inbound") not in ("inbound", "inbound_track"):
        return None
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise BadMessage("The audio has no payload.")
    try:
        audio = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadMessage("The audio is no base64.") from error
    return Media(audio, _number(media, "chunk"), _number(media, "timestamp"))


def _part(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = message.get(name)
    if not isinstance(part, dict):
        raise BadMessage(f"The message has no {name}.")
    return part


def _text(message: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    value = message.get(name, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > 200 or (default is None and not value):
        raise BadMessage(f"{name} is missing, or no text of 200 characters at most.")
    return value


def _number(message: Mapping[str, Any], name: str) -> int | None:
    """A count, which providers write as a number or as a text."""
    value = message.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_NUMBER:
        raise BadMessage(f"{name} is no number.")
    return value


def _swap(samples: bytes) -> bytes:
    swapped = bytearray(len(samples))
    swapped[0::2], swapped[1::2] = samples[1::2], samples[0::2]
    return bytes(swapped)


@dataclass(frozen=True, slots=True)
class Gap:
    """Audio of so many ms never came."""

    ms: int


class Reassembly:
    """Puts chunks in order, and finds where some are missing: by their count, or by a leap of the time."""

    def __init__(self, bytes_per_ms: float) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._next_chunk: int | None = None
        self._next_ms: int | None = None
        self._held: dict[int, Media] = {}
        self._late = 0

    def put(self, media: Media) -> list[Media | Gap]:
        """What can be heard with this chunk, in order; a chunk that comes too late is left out."""
        if media.chunk is None:
            return self._emit(media, missing=0)
        if self._next_chunk is None or media.chunk == self._next_chunk:
            return [*self._emit(media, missing=0), *self._follow()]
        if media.chunk < self._next_chunk:
            self._late += 1
            if self._late <= MOST_LATE:
                return []
            self._held.clear()
            return self._emit(media, missing=0)
        self._held[media.chunk] = media
        if len(self._held) <= MOST_OUT_OF_ORDER:
            return []
        first = min(self._held)
        return [*self._emit(self._held.pop(first), missing=first - self._next_chunk), *self._follow()]

    def _follow(self) -> list[Media | Gap]:
        ready: list[Media | Gap] = []
        while self._next_chunk in self._held:
            ready += self._emit(self._held.pop(self._next_chunk), missing=0)
        return ready

    def _emit(self, media: Media, *, missing: int) -> list[Media | Gap]:
        self._late = 0
        ms = round(len(media.payload) / self._bytes_per_ms)
        gap = missing * ms
        if media.timestamp is not None:
            if self._next_ms is not None:
                gap = media.timestamp - self._next_ms
            self._next_ms = media.timestamp + ms
        if media.chunk is not None:
            self._next_chunk = media.chunk + 1
        # Providers round their timestamps: less than half a frame is no gap.
        return [Gap(gap), media] if gap > FRAME_MS // 2 else [media]


class MediaStreamLeg(StreamLeg):
    """A call over a media stream. Its PCM has 8000 Hz when the stream has, else 16000."""

    def __init__(
        self, info: CallInfo, started: Started, dialect: Dialect, *, clock: Clock, idle_s: float
    ) -> None:
        super().__init__(info, rate=8000 if started.format.rate == 8000 else 16_000, clock=clock)
        self._clock = clock
        self._idle_s = idle_s
        self._dialect = dialect
        self._stream_id = started.stream_id
        self._in = started.format
        self._in_resampler = StreamResampler(self._in.rate, self.rate)
        self._out = dialect.send or started.format
        self._out_resampler = StreamResampler(self.rate, self._out.rate)
        self._chunk_bytes = int(self._out.bytes_per_ms * dialect.chunk_ms)
        self._chunk = bytearray()
        self._reassembly = Reassembly(self._in.bytes_per_ms)
        self._concealment = Concealment(self.rate)
        self._framer = Framer(self.rate)
        self._outbox: Outbox[str] = Outbox()
        self._messages = Meter(clock, per_s=MESSAGES_PER_S, burst=4 * MESSAGES_PER_S)
        self._bad = 0

    def send(self, pcm: bytes) -> None:
        if self.is_over:
            return
        self._chunk += self._out.encode(self._out_resampler.feed(pcm))
        if len(self._chunk) >= self._chunk_bytes:
            self._send_chunk()

    def mark(self, name: str) -> None:
        if self.is_over:
            return
        self._send_chunk()
        self._expect(name)
        self._outbox.after(self._message("mark", mark={"name": name}))

    def clear(self) -> None:
        if self.is_over:
            return
        self._chunk.clear()
        self._outbox.clear()
        self._outbox.now(self._message("clear"))
        self._played_all()

    def hang_up(self, reason: str = "hangup") -> None:
        """Ends the stream; what then becomes of the call is the provider's (with ``<Connect>``: its end)."""
        self._send_chunk()
        self._outbox.close()
        self.end(reason)

    async def read(self, websocket: WebSocket) -> str:
        """Until the stream is over: why. Raises TimeoutError when nothing comes."""
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    text = await receive_text(websocket)
                if not self._messages.allow():
                    log.warning("media_stream.flood", call=self.info.call_id)
                    return "error"
                event = parse(text, self._dialect)
                if isinstance(event, Started):
                    raise BadMessage("The stream began twice.")
            except WebSocketDisconnect as gone:
                return ended_by(gone)
            except BadMessage as error:
                self._bad += 1
                log.warning("media_stream.bad_message", call=self.info.call_id, problem=error.message)
                if self._bad > MOST_BAD:
                    return "error"
                continue
            match event:
                case Media():
                    self._heard(event)
                case KeyPressed(digit=digit):
                    self._tell(Digit(digit))
                case MarkPlayed(name=name):
                    self._played(name)
                case Stopped():
                    return "hangup"

    async def write(self, websocket: WebSocket) -> None:
        """Send what there is to be sent, until we hang up."""
        await self._outbox.run(websocket.send_text)

    def _heard(self, media: Media) -> None:
        self._packets += 1
        if media.timestamp is not None:
            self._jitter.arrived(self._clock.now() * 1000, media.timestamp)
        for piece in self._reassembly.put(media):
            if isinstance(piece, Gap):
                frames = round(piece.ms / FRAME_MS)
                # What a peer claims to have lost is not all believed.
                self._lost += min(frames, 50)
                for frame in self._concealment.fill(frames):
                    self._hear(frame, concealed=True)
            else:
                for frame in self._framer.feed(self._in_resampler.feed(self._in.decode(piece.payload))):
                    self._concealment.heard(frame)
                    self._hear(frame)

    def _send_chunk(self) -> None:
        if self._chunk and not self.is_over:
            payload = base64.b64encode(self._chunk).decode()
            self._chunk.clear()
            self._outbox.media(self._message("media", media={"payload": payload}))

    def _message(self, event: str, **parts: Any) -> str:
        return json.dumps({"event": event, self._dialect.stream_id: self._stream_id, **parts})


@dataclass
class MediaStreams:
    """Serves the streams of one provider; the route checks who comes.

    Times are in seconds: until a stream begins, and until one that is silent is given up. ``admitted`` gives
    what a call was admitted as before its stream came (by a webhook), if it was.
    """

    taker: CallTaker
    dialect: Dialect
    clock: Clock = field(default_factory=SystemClock)
    start_s: float = START_S
    idle_s: float = IDLE_S
    admitted: Callable[[str], CallInfo | None] = lambda _: None
    _legs: set[MediaStreamLeg] = field(default_factory=set)

    async def serve(self, websocket: WebSocket) -> None:
        """One stream from its handshake to its end."""
        await websocket.accept()
        try:
            async with asyncio.timeout(self.start_s):
                started = await self._started(websocket)
        except (BadMessage, TimeoutError) as error:
            problem = error.message if isinstance(error, BadMessage) else "No stream began."
            log.warning("media_stream.not_begun", problem=problem)
            await close_quietly(websocket, POLICY_VIOLATION)
            return
        except WebSocketDisconnect:
            return
        info = self._admit(websocket, started)
        if info is None:
            await close_quietly(websocket, TRY_AGAIN_LATER)
            return
        leg = MediaStreamLeg(info, started, self.dialect, clock=self.clock, idle_s=self.idle_s)
        self._legs.add(leg)
        try:
            await carry(leg, self.taker, read=leg.read(websocket), write=leg.write(websocket))
        finally:
            self._legs.discard(leg)
            await close_quietly(websocket, 1000)

    async def close(self) -> None:
        """Hang up all calls."""
        for leg in list(self._legs):
            leg.hang_up()

    async def _started(self, websocket: WebSocket) -> Started:
        # "connected" comes first, and no more than a message or two before the start.
        for _ in range(5):
            event = parse(await receive_text(websocket), self.dialect)
            if isinstance(event, Started):
                return event
            if event is not None:
                raise BadMessage("The stream has not begun.")
        raise BadMessage("The stream has not begun.")

    def _admit(self, websocket: WebSocket, started: Started) -> CallInfo | None:
        before = self.admitted(started.call_id)
        if before is not None:
            return replace(before, parameters=started.parameters)
        info = CallInfo(
            transport=self.dialect.transport,
            call_id=started.call_id,
            peer=websocket.client.host if websocket.client else "",
            caller=started.caller or started.parameters.get("caller", ""),
            called=started.called or started.parameters.get("called", ""),
            language=language(started.parameters.get("language")),
            parameters=started.parameters,
        )
        refusal = self.taker.admit(info)
        if refusal is not None:
            log.info("media_stream.refused", status=refusal.status)
            return None
        return info


def ended_by(gone: WebSocketDisconnect) -> str:
    """Whether a WebSocket was closed in order (RFC 6455, 7.4.1), as the reason of `Ended`.

    A connection that just broke off is 1005 or 1006, as the server has it.
    """
    return "hangup" if gone.code in (1000, 1001) else "lost"


async def receive_text(websocket: WebSocket) -> str:
    """The next text message. Raises BadMessage for binary ones, WebSocketDisconnect at the end."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1006)
    text = message.get("text")
    if not isinstance(text, str):
        raise BadMessage("The message is binary.", hint="this protocol has text messages only")
    return text


def language(code: str | None) -> str | None:
    """A language that the other side names, as an ISO 639-1 code; None when it is none."""
    match = re.fullmatch(r"([a-z]{2})([_-][A-Za-z]{2})?", code or "")
    return match[1] if match else None


async def close_quietly(websocket: WebSocket, code: int) -> None:
    """Close a WebSocket that the other side may have closed."""
    try:
        await websocket.close(code)
    except (RuntimeError, OSError, WebSocketDisconnect):
        # The other side was faster.
        return
