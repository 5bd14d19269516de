"""Calls from browsers: ``POST /webrtc/offer`` takes an SDP offer, and answers it (audio only, Opus); before,
``POST /webrtc/ice-servers`` tells by which STUN and TURN servers to get through.

A customer's browser brings no token; an agent's brings the ticket that the desk gave it. Beside the audio
there may be a data channel named ``call`` with JSON: in ``{"digit"}`` and ``{"hang_up": true}``, out
``{"state": "connected"}`` and ``{"state": "ended", "reason"}``.
"""

from __future__ import annotations

import asyncio
import fractions
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from secrets import token_urlsafe
from typing import Any, Final, Literal, Protocol, TypeVar

import numpy as np
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voice_gateway.audio import FRAME_MS, frame_bytes, silence
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker, Digit, Leg, Marked
from voice_gateway.pacer import MOST_CAUGHT_UP
from voice_gateway.transports.ice import IceServers
from voice_gateway.transports.media_stream import language
from voice_gateway.transports.media_stream_concealment import Concealment
from voice_gateway.transports.media_stream_leg import Framer, Meter, StreamLeg, carry
from voice_gateway.transports.tickets import BadTicket, Ticket, TicketReader

PATH: Final = "/webrtc/offer"
ICE_PATH: Final = "/webrtc/ice-servers"
CHANNEL: Final = "call"
RATE: Final = 16_000
MOST_BODY: Final = 100_000
MOST_SDP: Final = 64_000
MOST_CANDIDATES: Final = 60
MOST_QUEUED: Final = 3
"""Frames that wait to be sent; beyond that the oldest is dropped, so that speech is never late."""
FLUSH_S: Final = 0.5
"""How long the last message on the data channel may take."""
MOST_CHANNEL_MESSAGE: Final = 1000

log = structlog.get_logger(__name__)


class AgentTaker(Protocol):
    """Who takes agents' legs (`voice_gateway.switchboard`)."""

    async def take_agent(self, leg: Leg, ticket: Ticket) -> None:
        """Join an agent to the call of their ticket, and carry the leg to its end."""
        ...


@dataclass(frozen=True, kw_only=True)
class WebRtcSettings:
    """``origins``: web origins whose pages may call. ``hosts``: our addresses to offer; None for all of this
    machine's but loopback. ``ice``: STUN and TURN. ``most_pending``: offers whose connection is not up yet.
    Times are in seconds; ``gone_s`` is how long there may be no sign of life of a browser, ``agent_gone_s``
    of an agent's, whose caller waits. (Chromium without a microphone left 2.0 s between its signs at most.)
    """

    origins: Sequence[str] = ()
    hosts: Sequence[str] | None = None
    ice: IceServers = field(default_factory=lambda: IceServers(valid_s=3600))
    most_pending: int = 50
    connect_s: float = 15.0
    gone_s: float = 10.0
    agent_gone_s: float = 3.5


class BadOffer(VoiceError):
    """An offer that cannot be answered; ``status`` is the HTTP status, ``retry_after_s`` its Retry-After."""

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        code: str = "webrtc.bad_offer",
        status: int = 400,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.status = status
        self.retry_after_s = retry_after_s


class Question(BaseModel):
    """What a browser posts to be told of servers; who is an agent has a ticket."""

    model_config = ConfigDict(extra="ignore")

    token: str | None = Field(default=None, max_length=4096)


class Offer(Question):
    """What a browser posts to call."""

    sdp: str = Field(min_length=1, max_length=MOST_SDP)
    type: Literal["offer"]
    language: str | None = Field(default=None, max_length=20)


class OutgoingTrack(MediaStreamTrack):
    """What we send: a frame each 20 ms, silence when there is none."""

    kind = "audio"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._queue: deque[bytes | Any] = deque()
        self._frames = 0
        self._due: float | None = None
        self._samples = 0

    def put(self, pcm: bytes) -> None:
        """Send a frame when its time comes."""
        late_s = 0.0 if self._due is None else max(0.0, self._clock.now() - self._due)
        # After a stall of this process both who puts and who fetches make up for it, one before the other.
        if self._frames >= MOST_QUEUED + min(MOST_CAUGHT_UP, int(late_s * 1000 / FRAME_MS)):
            oldest = next(at for at, item in enumerate(self._queue) if isinstance(item, bytes))
            del self._queue[oldest]
            self._frames -= 1
        self._queue.append(pcm)
        self._frames += 1

    def after(self, callback: Any) -> None:
        """Call a function once what was put before is sent."""
        self._queue.append(callback)

    def clear(self) -> None:
        """Send no frame that waits."""
        self._queue = deque(item for item in self._queue if not isinstance(item, bytes))
        self._frames = 0

    async def recv(self) -> AudioFrame:
        """The next frame, at its time (asked for by aiortc)."""
        if self.readyState != "live":
            raise MediaStreamError
        now = self._clock.now()
        # A stall is not made up for: its frames are gone, as they are on any wire.
        due = now if self._due is None or now - self._due > 0.2 else self._due
        await self._clock.sleep_until(due)
        self._due = due + FRAME_MS / 1000
        # aiortc codes stereo, and would make mono quieter by 3 dB on the way there.
        frame = AudioFrame(format="s16", layout="stereo", samples=RATE * FRAME_MS // 1000)
        frame.planes[0].update(np.frombuffer(self._next(), dtype="<i2").repeat(2).tobytes())
        frame.sample_rate = RATE
        frame.pts = self._samples
        frame.time_base = fractions.Fraction(1, RATE)
        self._samples += frame.samples
        return frame

    def _next(self) -> bytes:
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, bytes):
                self._frames -= 1
                return item
            item()
        return silence(RATE)


class WebRtcLeg(StreamLeg):
    """A browser's leg; its PCM has 16000 Hz."""

    def __init__(
        self,
        info: CallInfo,
        connection: RTCPeerConnection,
        *,
        clock: Clock,
        gone_s: float,
    ) -> None:
        """``gone_s``: so long after the last sign of life the browser is lost."""
        super().__init__(info, rate=RATE, clock=clock)
        self.connection = connection
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._clock = clock
        self._gone_s = gone_s
        self._alive_at = clock.now()
        self._track = OutgoingTrack(clock)
        self._channel: RTCDataChannel | None = None
        self._incoming: asyncio.Future[MediaStreamTrack] = self._loop.create_future()
        self._hung_up: asyncio.Future[str] = self._loop.create_future()
        self._messages = Meter(clock, per_s=10, burst=50)
        self._reason = "hangup"
        connection.addTrack(self._track)
        connection.on("track", self._on_track)
        connection.on("datachannel", self._on_channel)
        connection.on("connectionstatechange", self._on_state)

    def send(self, pcm: bytes) -> None:
        if not self.is_over and len(pcm) == frame_bytes(RATE):
            self._track.put(pcm)

    def mark(self, name: str) -> None:
        if not self.is_over:
            self._track.after(lambda: self._soon(Marked(name)))

    def clear(self) -> None:
        self._track.clear()

    def hang_up(self, reason: str = "hangup") -> None:
        self._closed(reason)
        self.end(reason)

    async def wait_connected(self, within_s: float) -> bool:
        """Whether audio can flow before the time is over."""
        await asyncio.wait(
            (self._connected, self._hung_up), timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        return self._connected.done() and not self._hung_up.done()

    async def read(self) -> str:
        """Until the browser ends it, or is lost: why."""
        watching = [asyncio.create_task(work) for work in (self._listen(), self._miss())]
        try:
            done, _ = await asyncio.wait((self._hung_up, *watching), return_when=asyncio.FIRST_COMPLETED)
            return self._hung_up.result() if self._hung_up.done() else done.pop().result()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def write(self) -> None:
        """Until we hang up; aiortc fetches what there is to be sent."""
        await self.wait_over()

    async def close(self) -> None:
        """Tell the browser that it is over, and close the connection."""
        self._tell_browser({"state": "ended", "reason": self._reason})
        channel = self._channel
        if channel is not None and channel.readyState == "open" and channel.bufferedAmount:
            sent = asyncio.Event()
            channel.on("bufferedamountlow", sent.set)
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
                    await sent.wait()
        self._track.stop()
        await self.connection.close()

    def end(self, reason: str) -> None:
        if not self.is_over:
            self._reason = reason
        super().end(reason)

    def alive(self) -> None:
        """Something came of the browser."""
        self._alive_at = self._clock.now()

    async def _miss(self) -> str:
        self.alive()
        while (due := self._alive_at + self._gone_s) > self._clock.now():
            await self._clock.sleep_until(due)
        return "lost"

    async def _listen(self) -> str:
        track = await self._incoming
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        concealment = Concealment(RATE)
        framer = Framer(RATE)
        expected: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return "hangup"
            if not isinstance(frame, AudioFrame):
                continue
            self._packets += 1
            if frame.pts is not None:
                self._jitter.arrived(self._clock.now() * 1000, frame.pts * 1000 / frame.sample_rate)
                gap = 0 if expected is None else frame.pts - expected
                missing = round(gap / frame.samples) if 0 < gap < 10 * frame.sample_rate else 0
                self._lost += missing
                for pcm in concealment.fill(missing):
                    self._hear(pcm, concealed=True)
                expected = frame.pts + frame.samples
                # The resampler would make up for gaps too, in its own way.
                frame.pts = None
            for resampled in resampler.resample(frame):
                for pcm in framer.feed(bytes(resampled.planes[0])[: resampled.samples * 2]):
                    concealment.heard(pcm)
                    self._hear(pcm)

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and not self._incoming.done():
            self._incoming.set_result(track)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        if self._connected.done():
            self._tell_browser({"state": "connected"})

    def _on_message(self, message: str | bytes) -> None:
        if not self._messages.allow():
            return
        match parse_channel_message(message):
            case Digit() as digit:
                self._tell(digit)
            case "hang_up":
                self._closed("hangup")
            case None:
                log.warning("webrtc.bad_channel_message", call=self.info.call_id)

    def _on_state(self) -> None:
        match self.connection.connectionState:
            case "connected":
                if not self._connected.done():
                    self._connected.set_result(None)
                self._tell_browser({"state": "connected"})
            case "failed":
                self._closed("lost")
            case "closed":
                self._closed("hangup")

    def _closed(self, reason: str) -> None:
        if not self._hung_up.done():
            self._hung_up.set_result(reason)

    def _tell_browser(self, message: Mapping[str, str]) -> None:
        channel = self._channel
        if channel is not None and channel.readyState == "open":
            channel.send(json.dumps(message))


def parse_channel_message(message: str | bytes) -> Digit | Literal["hang_up"] | None:
    """What a browser says on the data channel; None when it is nothing known."""
    if not isinstance(message, str) or len(message) > MOST_CHANNEL_MESSAGE:
        return None
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    digit = said.get("digit")
    if isinstance(digit, str) and len(digit) == 1 and digit in "0123456789*#ABCD":
        return Digit(digit)
    return "hang_up" if said.get("hang_up") is True else None


class WebRtc:
    """The route, and the calls that came by it. Without ``tickets`` no agents come."""

    def __init__(
        self,
        taker: CallTaker,
        agents: AgentTaker,
        settings: WebRtcSettings,
        *,
        tickets: TicketReader | None,
        clock: Clock | None = None,
    ) -> None:
        self._taker = taker
        self._agents = agents
        self._settings = settings
        self._tickets = tickets
        self._clock = clock or SystemClock()
        self._legs: set[WebRtcLeg] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._pending = 0
        self.router = APIRouter()
        for path, endpoint in ((PATH, self._post_offer), (ICE_PATH, self._post_question)):
            self.router.add_api_route(path, endpoint, methods=["POST"])
            self.router.add_api_route(path, self._preflight, methods=["OPTIONS"], include_in_schema=False)

    async def close(self) -> None:
        """Hang up, and wait until the browsers know."""
        for leg in list(self._legs):
            leg.hang_up()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _preflight(self, request: Request) -> Response:
        headers = self._cors(request)
        return Response(status_code=204 if headers else 403, headers=headers)

    async def _post_offer(self, request: Request) -> Response:
        return await self._reply(request, self._call)

    async def _post_question(self, request: Request) -> Response:
        return await self._reply(request, self._tell_servers)

    async def _reply(
        self, request: Request, answer: Callable[[Request], Awaitable[Mapping[str, Any]]]
    ) -> Response:
        headers = self._cors(request)
        try:
            if "origin" in request.headers and not headers and not _is_same_origin(request):
                raise BadOffer(
                    "Pages of this site may not call.",
                    hint="add the site to the gateway's allowed origins",
                    code="webrtc.origin_not_allowed",
                    status=403,
                )
            content = await answer(request)
        except BadOffer as problem:
            refusal = {"code": problem.code, "message": problem.message, "hint": problem.hint}
            if problem.retry_after_s is not None:
                headers = {**headers, "Retry-After": str(problem.retry_after_s)}
            return JSONResponse(refusal, status_code=problem.status, headers=headers)
        return JSONResponse(content, headers=headers)

    async def _tell_servers(self, request: Request) -> Mapping[str, Any]:
        """Anyone may ask, as anyone may call; passwords that last are for agents."""
        question = await _read(Question, request)
        if question.token is not None:
            self._ticket(question.token, TicketReader.read)
        return {"ice_servers": self._settings.ice.told(trusted=question.token is not None)}

    async def _call(self, request: Request) -> Mapping[str, str]:
        offer = await _read(Offer, request)
        if self._pending >= self._settings.most_pending:
            raise BadOffer(
                "Too many calls begin at once.", hint="try again soon", code="webrtc.full", status=503
            )
        ticket = None if offer.token is None else self._ticket(offer.token, TicketReader.redeem)
        info = CallInfo(
            transport="webrtc",
            call_id=token_urlsafe(16),
            peer=request.client.host if request.client else "",
            language=language(offer.language),
        )
        if ticket is None:
            refusal = self._taker.admit(info)
            if refusal is not None:
                raise BadOffer(
                    refusal.reason,
                    hint="try again later",
                    code="webrtc.refused",
                    status=refusal.status,
                    retry_after_s=refusal.retry_after_s,
                )
        self._pending += 1
        leg: WebRtcLeg | None = None
        try:
            leg = WebRtcLeg(
                info,
                RTCPeerConnection(
                    RTCConfiguration(
                        iceServers=[RTCIceServer(**told) for told in self._settings.ice.told(trusted=True)],
                        bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
                    )
                ),
                clock=self._clock,
                gone_s=self._settings.gone_s if ticket is None else self._settings.agent_gone_s,
            )
            local = await self._negotiate(leg, offer)
        except BaseException as error:
            self._pending -= 1
            if ticket is None:
                self._taker.release(info)
            if leg is not None:
                await leg.close()
            if isinstance(error, BadOffer | asyncio.CancelledError):
                raise
            log.warning("webrtc.bad_offer", problem=type(error).__name__)
            raise BadOffer("The offer cannot be answered.", hint="send the browser's own SDP") from error
        call = asyncio.create_task(self._run(leg, ticket))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return {"sdp": local.sdp, "type": local.type, "id": info.call_id}

    def _ticket(self, token: str, take: Callable[[TicketReader, str], Ticket]) -> Ticket:
        if self._tickets is None:
            raise BadOffer(
                "Agents cannot join here.", hint="set the API token", code="ticket.not_set_up", status=403
            )
        try:
            return take(self._tickets, token)
        except BadTicket as error:
            raise BadOffer(error.message, hint=error.hint, code=error.code, status=403) from error

    async def _negotiate(self, leg: WebRtcLeg, offer: Offer) -> RTCSessionDescription:
        _check_sdp(offer.sdp)
        connection = leg.connection
        await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, offer.type))
        transports = {transceiver.receiver.transport for transceiver in connection.getTransceivers()}
        if connection.sctp is not None:
            transports.add(connection.sctp.transport)
        for gatherer in {transport.transport.iceGatherer for transport in transports}:
            notice(gatherer, leg.alive)
            if self._settings.hosts is not None:
                gather_at(gatherer, self._settings.hosts)
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription

    async def _run(self, leg: WebRtcLeg, ticket: Ticket | None) -> None:
        try:
            try:
                connected = await leg.wait_connected(self._settings.connect_s)
            finally:
                self._pending -= 1
            if not connected:
                log.info("webrtc.not_connected", call=leg.info.call_id)
                if ticket is None:
                    self._taker.release(leg.info)
                return
            self._legs.add(leg)
            taker = self._taker if ticket is None else _AgentsTaker(self._agents, ticket)
            await carry(leg, taker, read=leg.read(), write=leg.write())
        finally:
            self._legs.discard(leg)
            await leg.close()

    def _cors(self, request: Request) -> dict[str, str]:
        """What a page of another site may read and send; empty when it is none of those allowed."""
        origin = request.headers.get("origin", "")
        if origin not in self._settings.origins:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        }


@dataclass(frozen=True)
class _AgentsTaker:
    """An agent's leg is carried as a call is; its ticket was its admission."""

    agents: AgentTaker
    ticket: Ticket

    def admit(self, info: CallInfo) -> None:
        return None

    def release(self, info: CallInfo) -> None:
        return None

    async def take(self, leg: Leg) -> None:
        await self.agents.take_agent(leg, self.ticket)


def _is_same_origin(request: Request) -> bool:
    """Whether the page came from where it posts to; a browser sends Origin with each POST."""
    host = request.headers.get("host", "")
    return request.headers["origin"] in (f"http://{host}", f"https://{host}")


Body = TypeVar("Body", bound=BaseModel)


async def _read(kind: type[Body], request: Request) -> Body:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY:
            raise BadOffer("The offer is too large.", hint=f"{MOST_BODY} bytes at most")
    try:
        return kind.model_validate_json(bytes(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadOffer(
            f"{where}: {first['msg']}", hint="post JSON with sdp, type, and token or language if wanted"
        ) from error


def _check_sdp(sdp: str) -> None:
    """Refuse what is not one audio section, and perhaps a data channel. Raises BadOffer."""
    sections = [line[2:].split(" ")[0] for line in sdp.splitlines() if line.startswith("m=")]
    if sections.count("audio") != 1 or set(sections) - {"audio", "application"} or len(sections) > 2:
        raise BadOffer("The offer is not for one audio stream.", hint="offer audio only, and a data channel")
    if sum(line.startswith("a=candidate:") for line in sdp.splitlines()) > MOST_CANDIDATES:
        raise BadOffer("The offer has too many candidates.", hint=f"{MOST_CANDIDATES} at most")


def gather_at(gatherer: Any, hosts: Sequence[str]) -> None:
    """Have ICE gather at given addresses: aioice itself leaves loopback out, and cannot leave out others."""
    connection = gatherer._connection
    connection.get_component_candidates = partial(_gather, connection.get_component_candidates, list(hosts))


def notice(gatherer: Any, on_sign: Callable[[], None]) -> None:
    """Have told of each datagram of the other side's, STUN too, which aiortc tells nobody of."""
    connection = gatherer._connection
    for name in ("request_received", "data_received"):
        setattr(connection, name, partial(_noticed, getattr(connection, name), on_sign))


def _noticed(receive: Callable[..., None], on_sign: Callable[[], None], *received: Any) -> None:
    on_sign()
    receive(*received)


async def _gather(gather: Any, hosts: Sequence[str], component: int, addresses: Sequence[str]) -> Any:
    return await gather(component=component, addresses=hosts)
