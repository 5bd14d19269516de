"""Calls by SIP over UDP (RFC 3261) with RTP. TLS, WebSocket and SRTP are the edge's (docs/telephony.md)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import structlog
from aiosipua import (
    IncomingCall,
    SdpMessage,
    SipRequest,
    SipResponse,
    SipUAS,
    parse_uri,
    serialize_sdp,
    stringify_uri,
)
from aiosipua.dialog import DialogState, dialog_matches, remote_cseq_valid
from pydantic import SecretStr

from voice_gateway.addresses import is_in, is_loopback, is_public, read_address
from voice_gateway.clock import Clock, SystemClock
from voice_gateway.codecs import CodecName
from voice_gateway.errors import VoiceError
from voice_gateway.leg import CallInfo, CallTaker
from voice_gateway.transports import sip_sdp
from voice_gateway.transports.rtp_ports import NoPortLeft, PortPair, RtpPorts
from voice_gateway.transports.rtp_session import RtpSession
from voice_gateway.transports.sip_auth import Algorithm, DigestGate, Verdict
from voice_gateway.transports.sip_leg import SipLeg, read_key
from voice_gateway.transports.sip_sdp import Agreement
from voice_gateway.transports.sip_wire import Address, SipWire, respond, whence

USER_AGENT = "Firstline"
METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY"
RETRY_AFTER_S = "5"
MOST_PARAMETERS = 16
MOST_PARAMETER_CHARS = 256
LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

log = structlog.get_logger(__name__)
# It warns of each datagram that is not as it should be: whoever sends such things would fill the disk.
logging.getLogger("aiosipua").setLevel(logging.ERROR)


@dataclass(frozen=True, kw_only=True)
class SipSettings:
    """How calls by SIP come in.

    Only hosts in ``peers`` may call. A call that one of them in ``proxies`` passes on counts as one from
    where it got it: in limits, and in what wrong passwords cost. With ``users`` (name to password) their
    calls must prove one of them in ``realm``, by one of ``algorithms`` (baresip 1.0 hangs up where it is
    shown SHA-256). ``advertised`` is the IP address that others reach us at, where that is not ``host``.
    ``codecs`` in order of preference. ``ring_s``: how long it rings before we answer. ``silent_for_s``: a
    call without a packet for so long is over. ``most_pending``: calls that are not acknowledged yet, at once.
    ``media_networks``: inside which audio is sent where a caller wants it, besides to public addresses.
    ``transfer_host``: whose numbers a transfer to a bare number means; without it there is none.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_ports: tuple[int, int] = (20_000, 20_999)
    advertised: str = ""
    peers: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    media_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    realm: str = "firstline"
    users: Mapping[str, SecretStr] = field(default_factory=dict)
    algorithms: tuple[Algorithm, ...] = ("MD5",)
    nonce_s: float = 60.0
    codecs: tuple[CodecName, ...] = ("G722", "PCMU", "PCMA")
    symmetric_rtp: bool = True
    silent_for_s: float = 30.0
    ring_s: float = 0.0
    session_expires_s: int = 1800
    most_pending: int = 64
    transfer_host: str = ""

    def __post_init__(self) -> None:
        """Raises:
        VoiceError: ``sip.settings``, where the address to be reached at is not known.
        """
        try:
            reached_at = ip_address(self.advertised or self.host)
        except ValueError:
            reached_at = None
        if reached_at is None or reached_at.is_unspecified:
            raise VoiceError(
                f"Nobody can send audio to {self.advertised or self.host!r}",
                hint="set FIRSTLINE_VOICE_SIP__ADVERTISED to the IP address that callers reach this host at",
                code="sip.settings",
            )


@dataclass
class _Arriving:
    """An admitted call on its way to an answer."""

    info: CallInfo
    agreement: Agreement
    ports: PortPair


class _Dialogs(SipUAS):
    """`aiosipua`'s server side, which never forgets a call that we ended: this one does."""

    def forget(self, call: IncomingCall) -> None:
        call._stop_retransmissions()
        call.dialog.terminate()
        self._remove_invite_transaction(call.invite)
        self._calls.pop(call.call_id, None)


class SipTransport:
    """Answers calls by SIP and hands them to a `CallTaker`."""

    def __init__(
        self, settings: SipSettings, *, clock: Clock | None = None, rng: random.Random | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._rng = rng or random.SystemRandom()
        self._ports = RtpPorts(settings.host, *settings.rtp_ports, rng=self._rng)
        self._gate = (
            DigestGate(
                settings.realm,
                settings.users,
                clock=self._clock,
                algorithms=settings.algorithms,
                valid_s=settings.nonce_s,
            )
            if settings.users
            else None
        )
        self._wire = SipWire(
            (settings.host, settings.port),
            peers=settings.peers,
            headers={"Allow": METHODS, "Supported": "timer", "Accept": "application/sdp"},
            clock=self._clock,
            proxies=settings.proxies,
        )
        self._dialogs = _Dialogs(
            self._wire, user_agent=USER_AGENT, session_expires=settings.session_expires_s
        )
        self._taker: CallTaker | None = None
        self._arriving: dict[str, _Arriving] = {}
        self._answering: dict[str, tuple[_Arriving, asyncio.Task[None]]] = {}
        self._legs: dict[str, SipLeg] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._forward = self._wire.on_message

    @property
    def address(self) -> Address:
        """Where calls come in."""
        return self._wire.local_addr

    @property
    def calls(self) -> int:
        """How many there are now."""
        return len(self._legs)

    async def start(self, taker: CallTaker) -> None:
        """Take calls from now on.

        Raises:
            OSError: where the port cannot be had.
        """
        self._taker = taker
        dialogs = self._dialogs
        await dialogs.start()
        dialogs.advertised_addr = (self._settings.advertised or self.address[0], self.address[1])
        self._forward = self._wire.on_message
        self._wire.on_message = self._on_request
        self._wire.on_outcome = self._on_outcome
        dialogs.on_invite = self._on_invite
        dialogs.on_reinvite = self._on_reinvite
        dialogs.on_update = self._on_update
        dialogs.on_bye = lambda call, request: self._end(call.call_id, "hangup")
        dialogs.on_cancel = lambda request, addr: self._on_cancel(request.call_id or "")
        dialogs.on_options = lambda request, addr: self._on_options(request)
        dialogs.on_transfer_progress = self._on_transfer_progress
        dialogs.on_ack_timeout = self._on_never_acknowledged
        dialogs.on_session_expired = lambda call: self._end(call.call_id, "lost")
        self._spawn(self._keep_house())

    async def stop(self) -> None:
        """Hang up every call and close the port."""
        for call_id, leg in list(self._legs.items()):
            if call_id in self._answering:
                leg.call.reject(503, "Service Unavailable")
                self._on_cancel(call_id)
            else:
                leg.acknowledged()
                leg.hang_up("shutdown")
        # Those who take the calls see them end, and do what they must.
        await asyncio.sleep(0)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._dialogs.stop()

    # Requests

    def _on_request(self, request: SipRequest | SipResponse, addr: Address) -> None:
        assert isinstance(request, SipRequest)
        call_id = request.call_id or ""
        match request.method:
            case "INVITE":
                self._invited(request, addr)
            case "CANCEL" if call_id in self._legs and call_id not in self._answering:
                # Too late: it is answered, and the caller must hang up (RFC 3261, 9.2).
                self._wire.send_reply(respond(request, 200, "OK"))
            case "INFO":
                self._informed(request)
            case "ACK":
                self._pass_on(request, addr)
                leg = self._legs.get(call_id)
                if leg is not None and dialog_matches(leg.call.dialog, request):
                    leg.acknowledged()
            case "UPDATE" if not _is_readable(request):
                self._wire.send_reply(respond(request, 400, "Bad Session Description"))
            case _:
                self._pass_on(request, addr)

    def _pass_on(self, request: SipRequest, addr: Address) -> None:
        if self._forward is not None:
            self._forward(request, addr)

    def _invited(self, request: SipRequest, addr: Address) -> None:
        call = self._dialogs.get_call(request.call_id or "")
        refusal: SipResponse | None = None
        to = request.to_addr
        if not _is_readable(request):
            refusal = respond(request, 400, "Bad Session Description")
        elif to is not None and to.tag:
            if call is None or call.dialog.state is DialogState.TERMINATED:
                refusal = respond(request, 481, "Call/Transaction Does Not Exist")
            elif call.dialog.state is DialogState.EARLY:
                refusal = respond(request, 491, "Request Pending")
        elif call is not None:
            refusal = respond(request, 482, "Loop Detected")
        else:
            refusal = self._refuse(request, addr) or self._admit(request, addr)
        if refusal is not None:
            self._wire.send_reply(refusal)
            return
        self._pass_on(request, addr)
        # Where the library refused it (session timer too short), nobody came for it.
        arriving = self._arriving.pop(request.call_id or "", None)
        if arriving is not None:
            self._give_back(arriving)

    def _refuse(self, request: SipRequest, addr: Address) -> SipResponse | None:
        """What speaks against a call before anybody is asked."""
        pending = sum(not leg.is_confirmed for leg in self._legs.values())
        if pending >= self._settings.most_pending:
            return respond(request, 503, "Service Unavailable", {"Retry-After": RETRY_AFTER_S})
        if self._gate is None:
            return None
        host, given = self._whence(request, addr), request.get_header("authorization")
        if given is None:
            return respond(request, 401, "Unauthorized", {"WWW-Authenticate": self._gate.challenges(host)})
        verdict = self._gate.judge("INVITE", given, host, uri=request.uri)
        if verdict is Verdict.GOOD:
            return None
        if verdict is Verdict.ELSEWHERE:
            log.info("sip.credentials_for_elsewhere", peer=host)
            return respond(request, 400, "Credentials For Another URI")
        if verdict is Verdict.BARRED:
            return respond(request, 403, "Forbidden")
        log.info("sip.unauthorized", peer=host, verdict=verdict.value)
        challenges = self._gate.challenges(host, stale=verdict is Verdict.STALE)
        return respond(request, 401, "Unauthorized", {"WWW-Authenticate": challenges})

    def _whence(self, request: SipRequest, addr: Address) -> str:
        return whence(request, addr, self._settings.proxies)

    def _admit(self, request: SipRequest, addr: Address) -> SipResponse | None:
        """Ask the taker, and get what an answer needs."""
        assert self._taker is not None
        info = _describe(request, self._whence(request, addr))
        refused = self._taker.admit(info)
        if refused is not None:
            wait_s = refused.retry_after_s
            headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
            # RFC 3261 knows no 429.
            status = 503 if refused.status == 429 else refused.status
            return respond(request, status, refused.reason, headers)
        try:
            agreement = sip_sdp.agree(sip_sdp.read(request.body), self._settings.codecs, family=self._family)
            ports = self._ports.open()
        except sip_sdp.NotAcceptable as problem:
            self._taker.release(info)
            warning = f'304 {USER_AGENT} "{problem}"'
            return respond(request, 488, "Not Acceptable Here", {"Warning": warning})
        except NoPortLeft:
            self._taker.release(info)
            log.warning("sip.no_port_left", ports=self._settings.rtp_ports)
            return respond(request, 503, "Service Unavailable", {"Retry-After": RETRY_AFTER_S})
        self._arriving[info.call_id] = _Arriving(info, agreement, ports)
        return None

    @property
    def _family(self) -> Any:
        return "IP6" if ":" in (self._settings.advertised or self._settings.host) else "IP4"

    def _give_back(self, arriving: _Arriving) -> None:
        assert self._taker is not None
        arriving.ports.media.close()
        arriving.ports.control.close()
        self._taker.release(arriving.info)

    def _informed(self, request: SipRequest) -> None:
        leg = self._legs.get(request.call_id or "")
        if leg is None or not dialog_matches(leg.call.dialog, request):
            answer = respond(request, 481, "Call/Transaction Does Not Exist")
        elif not remote_cseq_valid(leg.call.dialog, request):
            answer = respond(request, 500, "Server Internal Error")
        elif request.body and read_key(request) is None:
            answer = respond(request, 415, "Unsupported Media Type", {"Accept": "application/dtmf-relay"})
        else:
            answer = respond(request, 200, "OK")
            leg.on_info(request)
        self._wire.send_reply(answer)

    def _on_options(self, request: SipRequest) -> None:
        """What we can (RFC 3261, 11)."""
        answer = respond(
            request,
            200,
            "OK",
            {
                "Allow": METHODS,
                "Accept": "application/sdp",
                "Supported": "timer",
                "User-Agent": USER_AGENT,
                "Content-Type": "application/sdp",
            },
        )
        local = (self._settings.advertised or self.address[0], 0)
        answer.text = serialize_sdp(sip_sdp.capabilities(self._settings.codecs, local))
        self._wire.send_reply(answer)

    # Calls

    def _on_invite(self, call: IncomingCall) -> None:
        arriving = self._arriving.pop(call.call_id)
        if "timer" not in {token.strip().lower() for token in call.invite.headers.get("supported")}:
            # Nobody would refresh the session, and we would end a call that is well.
            call.session_interval = None
        reached_at = self._settings.advertised or self.address[0]
        leg = SipLeg(
            arriving.info,
            call,
            arriving.agreement,
            wire=self._wire,
            local=(reached_at, self.address[1]),
            media=(reached_at, arriving.ports.port),
            transfer_host=self._settings.transfer_host,
            may_send_to=partial(self._may_send_to, origin=arriving.info.peer, source=call.source_addr[0]),
            on_over=self._on_over,
        )
        self._legs[call.call_id] = leg
        self._answering[call.call_id] = arriving, self._spawn(self._answer(leg, arriving))

    async def _answer(self, leg: SipLeg, arriving: _Arriving) -> None:
        call = leg.call
        call.ringing()
        if self._settings.ring_s:
            await self._clock.sleep_until(self._clock.now() + self._settings.ring_s)
        session = RtpSession(
            arriving.agreement.form,
            arriving.agreement.remote,
            symmetric=self._settings.symmetric_rtp,
            clock=self._clock,
            rng=self._rng,
            on_frame=leg.on_frame,
            on_digit=leg.on_digit,
            may_send_to=leg.may_send_to,
        )
        try:
            await session.open(arriving.ports)
        except OSError:
            call.reject(503, "Service Unavailable")
            self._on_cancel(call.call_id)
            raise
        # No pause from here on: either a CANCEL came before, or the call is answered.
        assert call.sdp_offer is not None
        leg.attach(session)
        call.accept(leg.first_answer(call.sdp_offer))
        del self._answering[call.call_id]
        self._spawn(self._carry(leg))

    async def _carry(self, leg: SipLeg) -> None:
        """Not before the caller has acknowledged the answer: who forges an address never does, and would have
        us send audio to whomever their offer names."""
        assert self._taker is not None
        taken = False
        try:
            await leg.until_acknowledged()
            if not leg.is_over:
                taken = True
                await self._taker.take(leg)
        except Exception:
            log.exception("sip.call_failed", call=leg.info.call_id)
        finally:
            if not taken:
                self._taker.release(leg.info)
            leg.hang_up()

    def _may_send_to(self, media: str, *, origin: str, source: str) -> bool:
        """Whether a caller may have audio sent to an address before any came from there: nobody from outside
        to one of the operator's own networks. ``source`` sent the call, ``origin`` made it."""
        address, made_at = read_address(media), read_address(origin)
        if address is None:
            return False
        if is_public(address) or media in (origin, source):
            return True
        if is_in(address, self._settings.proxies) or is_in(address, self._settings.media_networks):
            return True
        inside = made_at is not None and not is_public(made_at)
        return inside and (not address.is_loopback or is_loopback(origin))

    def _on_cancel(self, call_id: str) -> None:
        """The caller gave up before we answered."""
        arriving, task = self._answering.pop(call_id)
        task.cancel()
        self._on_over(self._legs[call_id])
        self._give_back(arriving)

    def _on_reinvite(self, call: IncomingCall) -> None:
        leg = self._legs.get(call.call_id)
        if leg is None:
            self._wire.send_reply(respond(call.invite, 481, "Call/Transaction Does Not Exist"))
            return
        if call.invite.contact:
            # Later requests of ours go where this one says (RFC 3261, 12.2.2).
            call.dialog.remote_target = stringify_uri(call.invite.contact[0].uri)
        leg.reinvited(call.sdp_offer if call.invite.body else None)

    def _on_update(self, call: IncomingCall, request: SipRequest) -> SdpMessage | None:
        leg = self._legs.get(call.call_id)
        return leg.answer(sip_sdp.read(request.body)) if leg is not None and request.body else None

    def _on_transfer_progress(self, call_id: str, status: int, reason: str) -> None:
        leg = self._legs.get(call_id)
        if leg is not None:
            leg.transferring(status, reason)

    def _on_never_acknowledged(self, call: IncomingCall) -> None:
        leg = self._legs.get(call.call_id)
        if leg is not None:
            leg.acknowledged()
            leg.hang_up("lost")

    def _on_outcome(self, request: SipRequest, response: SipResponse | None) -> None:
        leg = self._legs.get(request.call_id or "")
        if leg is not None:
            leg.outcome(request, response)

    def _end(self, call_id: str, reason: str) -> None:
        leg = self._legs.get(call_id)
        if call_id in self._answering:
            self._on_cancel(call_id)
        elif leg is not None:
            leg.end(reason)

    def _on_over(self, leg: SipLeg) -> None:
        self._legs.pop(leg.call.call_id, None)
        self._dialogs.forget(leg.call)

    # How

    async def _keep_house(self) -> None:
        while True:
            await self._clock.sleep_until(self._clock.now() + 1)
            now = self._clock.now()
            for leg in list(self._legs.values()):
                leg.check(now, self._settings.silent_for_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _is_readable(request: SipRequest) -> bool:
    """Whether the description in a request can be read, if it has one. (`aiosipua` asks no such question.)"""
    try:
        if request.body:
            sip_sdp.read(request.body)
    except sip_sdp.BadSdp:
        return False
    return True


def _describe(request: SipRequest, peer: str) -> CallInfo:
    sender, called = request.from_addr, parse_uri(request.uri)
    parameters = {
        name: values[0][:MOST_PARAMETER_CHARS]
        for name, values in request.headers.items()
        if name.lower().startswith("x-") or name.lower() == "user-to-user"
    }
    return CallInfo(
        transport="sip",
        call_id=request.call_id or "",
        peer=peer,
        caller=(sender.uri.user or sender.uri.host if sender is not None else "")[:MOST_PARAMETER_CHARS],
        called=(called.user or called.host)[:MOST_PARAMETER_CHARS],
        parameters=dict(list(parameters.items())[:MOST_PARAMETERS]),
    )
