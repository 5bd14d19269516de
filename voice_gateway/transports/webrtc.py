"""Calls from browsers: ``POST /webrtc/offer`` takes an SDP offer, and answers it (audio only, Opus); before,
``POST /webrtc/ice-servers`` tells by which STUN and TURN servers to get through.

A customer's browser brings no token; an agent's brings the ticket that the desk gave it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any, Final, Literal, Protocol, TypeVar

import structlog
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.doors import opens_to
from voice_gateway.addresses import Network, is_loopback
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker, Leg
from voice_gateway.limits import PeerRate
from voice_gateway.transports.ice import IceServers
from voice_gateway.transports.media_stream import language
from voice_gateway.transports.media_stream_leg import carry
from voice_gateway.transports.tickets import BadTicket, Ticket, TicketReader
from voice_gateway.transports.webrtc_candidates import Reach, screened
from voice_gateway.transports.webrtc_ice import gather_at, notice
from voice_gateway.transports.webrtc_leg import WebRtcLeg

PATH: Final = "/webrtc/offer"
ICE_PATH: Final = "/webrtc/ice-servers"
MOST_BODY: Final = 100_000
MOST_SDP: Final = 64_000
MOST_CANDIDATES: Final = 60
BODY_WITHIN_S: Final = 10.0
RETRY_WHEN_FULL_S: Final = 5

log = structlog.get_logger(__name__)


class AgentTaker(Protocol):
    """Who takes agents' legs (`voice_gateway.switchboard`)."""

    async def take_agent(self, leg: Leg, ticket: Ticket) -> None:
        """Join an agent to the call of their ticket, and carry the leg to its end."""
        ...


@dataclass(frozen=True, kw_only=True)
class WebRtcSettings:
    """``origins``: web origins whose pages may call. ``hosts``: our addresses to offer; None for all of this
    machine's but loopback. ``ice``: STUN and TURN. ``allowed_networks`` and ``refused_networks``: as of
    `Reach`; a browser on this machine may be anywhere where only the loopback is offered. ``most_pending``:
    offers whose connection is not up yet, of customers, and of agents. Times are in seconds; ``gone_s`` is
    how long there may be no sign of life of a browser, ``agent_gone_s`` of an agent's, whose caller waits.
    (Chromium without a microphone left 2.0 s between its signs at most.)
    """

    origins: Sequence[str] = ()
    hosts: Sequence[str] | None = None
    ice: IceServers = field(default_factory=lambda: IceServers(valid_s=3600))
    allowed_networks: Sequence[Network] = ()
    refused_networks: Sequence[Network] = ()
    most_pending: int = 50
    connect_s: float = 15.0
    gone_s: float = 10.0
    agent_gone_s: float = 3.5

    def reach(self, peer: str) -> Reach:
        """Where an offer of a peer's may have us send packets."""
        inside = self.hosts is not None and all(is_loopback(host) for host in [*self.hosts, peer])
        return Reach(
            everywhere=inside, own=peer, allowed=self.allowed_networks, refused=self.refused_networks
        )


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


class WebRtc:
    """The route, and the calls that came by it. Without ``tickets`` no agents come.

    ``questions``: how often a peer may ask for servers without a ticket.
    """

    def __init__(
        self,
        taker: CallTaker,
        agents: AgentTaker,
        settings: WebRtcSettings,
        *,
        tickets: TicketReader | None,
        questions: PeerRate,
        clock: Clock | None = None,
    ) -> None:
        self._taker = taker
        self._agents = agents
        self._settings = settings
        self._tickets = tickets
        self._questions = questions
        self._clock = clock or SystemClock()
        self._legs: set[WebRtcLeg] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._pending: Counter[bool] = Counter()
        """Offers whose connection is not up, of agents (True) and of customers, who cannot keep those out."""
        self.router = APIRouter()
        for path, endpoint in ((PATH, self._post_offer), (ICE_PATH, self._post_question)):
            self.router.add_api_route(path, endpoint, methods=["POST"])
            self.router.add_api_route(path, self._preflight, methods=["OPTIONS"], include_in_schema=False)

    async def close(self) -> None:
        """Hang up, and wait until the browsers know."""
        for leg in list(self._legs):
            leg.hang_up()
        await asyncio.gather(*self._calls, return_exceptions=True)

    @opens_to("anyone", limit="none: it says one word")
    async def _preflight(self, request: Request) -> Response:
        """Whether a page of another site may ask (CORS)."""
        headers = self._cors(request)
        return Response(status_code=204 if headers else 403, headers=headers)

    @opens_to(
        "pages of the allowed origins and programs; agents, by a ticket",
        limit="lines of the transport, calls of the peer, offers under way",
    )
    async def _post_offer(self, request: Request) -> Response:
        """A call from a browser, a customer's or an agent's."""
        return await self._reply(request, self._call)

    @opens_to("pages of the allowed origins and programs; agents, by a ticket", limit="questions of the peer")
    async def _post_question(self, request: Request) -> Response:
        """The STUN and TURN servers to call with."""
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
        """Anyone may ask, as anyone may call and as often; passwords that last are for agents."""
        question = await _read(Question, request)
        if question.token is not None:
            self._ticket(question.token, TicketReader.read)
        elif wait_s := self._questions.wait_s(_peer(request)):
            raise BadOffer(
                "Too many questions from this address.",
                hint="try again later",
                code="webrtc.asked_too_often",
                status=429,
                retry_after_s=wait_s,
            )
        return {"ice_servers": self._settings.ice.told(trusted=question.token is not None)}

    async def _call(self, request: Request) -> Mapping[str, str]:
        offer = await _read(Offer, request)
        is_agent = offer.token is not None
        if self._pending[is_agent] >= self._settings.most_pending:
            raise BadOffer(
                "Too many calls begin at once.",
                hint="try again soon",
                code="webrtc.full",
                status=503,
                retry_after_s=RETRY_WHEN_FULL_S,
            )
        ticket = None if offer.token is None else self._ticket(offer.token, TicketReader.redeem)
        info = CallInfo(
            transport="webrtc",
            call_id=token_urlsafe(16),
            peer=_peer(request),
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
        self._pending[is_agent] += 1
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
            self._pending[is_agent] -= 1
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
        sdp = screened(offer.sdp, self._settings.reach(leg.info.peer))
        await connection.setRemoteDescription(RTCSessionDescription(sdp, offer.type))
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
        self._legs.add(leg)
        try:
            try:
                connected = await leg.wait_connected(self._settings.connect_s)
            finally:
                self._pending[ticket is not None] -= 1
            if not connected:
                log.info("webrtc.not_connected", call=leg.info.call_id)
                if ticket is None:
                    self._taker.release(leg.info)
                return
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


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_same_origin(request: Request) -> bool:
    """Whether the page came from where it posts to; a browser sends Origin with each POST."""
    host = request.headers.get("host", "")
    return request.headers["origin"] in (f"http://{host}", f"https://{host}")


Body = TypeVar("Body", bound=BaseModel)


async def _read(kind: type[Body], request: Request) -> Body:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BODY:
                    raise BadOffer("The offer is too large.", hint=f"{MOST_BODY} bytes at most")
    except TimeoutError:
        raise BadOffer("The offer did not come.", hint="send it at once", status=408) from None
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
