"""One answered SIP call, as a leg."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import structlog
from aiosipua import IncomingCall, SdpMessage, SipRequest, SipResponse
from aiosipua.utils import format_addr

from bot.transfer_targets import masked
from voice_gateway.audio import FRAME_MS
from voice_gateway.codecs import pcm_rate
from voice_gateway.leg import (
    Audio,
    CallInfo,
    Digit,
    Ended,
    Held,
    LegEvent,
    LegEvents,
    Marked,
    Reception,
    TransferProgress,
)
from voice_gateway.transports import rtp_events, sip_sdp
from voice_gateway.transports.rtp_session import RtpSession
from voice_gateway.transports.sip_sdp import Agreement
from voice_gateway.transports.sip_wire import Address, SipWire, respond

MOST_TARGET_CHARS = 256
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_URI = re.compile(
    r"sips?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,128}@[A-Za-z0-9\-.\[\]:]{1,128}(;[A-Za-z0-9\-_.=]+)*"
)

log = structlog.get_logger(__name__)


class SipLeg:
    """Made by `voice_gateway.transports.sip.SipTransport`, which tells it of requests of its dialog."""

    continuous = True
    """Routers, recorders and some exchanges take silence without packets for a call that is gone."""

    def __init__(
        self,
        info: CallInfo,
        call: IncomingCall,
        agreement: Agreement,
        *,
        wire: SipWire,
        local: Address,
        media: Address,
        transfer_host: str,
        may_send_to: Callable[[str], bool],
        on_over: Callable[[SipLeg], None],
    ) -> None:
        self._info = info
        self.call = call
        self._agreement = agreement
        self._rate = pcm_rate(agreement.form.codec)
        self._wire = wire
        self._local = local
        self._media = media
        self._transfer_host = transfer_host
        self.may_send_to = may_send_to
        self._settled = asyncio.Event()
        self._on_over = on_over
        self._session: RtpSession | None = None
        self._events = LegEvents()
        self._version = 1
        self._acknowledged = False
        self._leaving: str | None = None
        self._over = False
        self._key_packets = False

    # What the core sees

    @property
    def info(self) -> CallInfo:
        return self._info

    @property
    def rate(self) -> int:
        return self._rate

    @property
    def is_over(self) -> bool:
        return self._over

    @property
    def is_confirmed(self) -> bool:
        """Whether the caller knows that it is answered."""
        return self._acknowledged

    def listen(self, on_event: Callable[[LegEvent], None]) -> None:
        self._events.listen(on_event)

    def send(self, pcm: bytes) -> None:
        if self._session is not None:
            self._session.send(pcm)

    def mark(self, name: str) -> None:
        # RTP has no word for it. Frames are sent as they are due, so the last one is played a frame later.
        asyncio.get_running_loop().call_later(FRAME_MS / 1000, self._tell, Marked(name))

    def clear(self) -> None:
        """Nothing: what was sent is being played."""

    def send_digits(self, digits: str) -> None:
        if self._over or self._session is None or self._session.press(digits):
            return
        for digit in filter(rtp_events.is_key, digits):
            request = self._request("INFO")
            request.content_type = "application/dtmf-relay"
            request.text = f"Signal={digit}\r\nDuration={rtp_events.PRESS_STEPS * FRAME_MS}\r\n"
            self._wire.send(request, self.call.source_addr)

    def transfer(self, target: str, *, context_id: str) -> None:
        """Blind transfer (RFC 3515). The context id goes in ``User-to-User`` (RFC 7433), hexadecimal as its
        section 4.1 has it: in the REFER, and for the call that it makes in the Refer-To URI (section 5)."""
        uri = self._refer_to(target)
        if uri is None:
            log.warning("sip.bad_transfer_target", call=self._info.call_id, target=masked(target))
            self._soon(TransferProgress(400, "Bad Transfer Target"))
            return
        if self._over or self._leaving is not None:
            self._soon(TransferProgress(481, "Call Is Over"))
            return
        context = context_id.encode().hex()
        request = self._request("REFER")
        request.set_header("Refer-To", f"<{uri}?User-to-User={context}%3Bencoding%3Dhex>")
        request.set_header("Referred-By", f"<{self.call.dialog.local_uri}>")
        request.set_header("User-to-User", f"{context};encoding=hex")
        self._wire.send(request, self.call.source_addr)

    def hang_up(self, reason: str = "hangup") -> None:
        if self._over or self._leaving is not None:
            return
        if not self._acknowledged and self.call.retransmit_2xx:
            # A caller who has not acknowledged the answer must not be told goodbye yet (RFC 3261, 15).
            self._leaving = reason
            return
        self._wire.send(self._request("BYE"), self.call.source_addr)
        self.end(reason)

    def reception(self) -> Reception:
        return self._session.reception() if self._session is not None else Reception()

    # What the transport tells

    def attach(self, session: RtpSession) -> None:
        """The media is ready."""
        self._session = session
        session.sends = self._agreement.direction in ("sendrecv", "sendonly")
        if self._agreement.held:
            self._tell(Held(True))

    def on_frame(self, pcm: bytes, concealed: bool) -> None:
        """20 ms were heard."""
        # What comes while the other end holds the call is its music, and nobody speaks to us.
        if not self._agreement.held:
            self._tell(Audio(pcm, concealed))

    def on_digit(self, digit: str) -> None:
        """A key was told of in the media."""
        self._key_packets = True
        self._tell(Digit(digit))

    def on_info(self, request: SipRequest) -> None:
        """A key was told of in signalling, as some exchanges do instead, or besides."""
        digit = read_key(request)
        if digit is not None and not self._key_packets:
            self._tell(Digit(digit))

    async def until_acknowledged(self) -> None:
        """Until the caller knows that it is answered, or the call is over."""
        await self._settled.wait()

    def acknowledged(self) -> None:
        """The caller knows that it is answered."""
        self._acknowledged = True
        self._settled.set()
        if self._leaving is not None:
            reason, self._leaving = self._leaving, None
            self.hang_up(reason)

    def answer(self, offer: SdpMessage | None) -> SdpMessage | None:
        """Our side of a new agreement (hold, resume, another address); None where there is none to be had,
        and the old one stays. Without an offer we make ours, that all stays as it is."""
        self._version += 1
        if offer is None:
            return sip_sdp.restate(self._agreement, self._media, version=self._version)
        # The rate of a leg stays what it is for the whole call.
        codecs = [self._agreement.form.codec]
        try:
            agreement = sip_sdp.agree(offer, codecs, family="IP6" if ":" in self._media[0] else "IP4")
        except sip_sdp.NotAcceptable:
            return None
        held, self._agreement = self._agreement.held, agreement
        if self._session is not None:
            self._session.sends = agreement.direction in ("sendrecv", "sendonly")
            if agreement.direction != "inactive":
                self._session.redirect(agreement.remote, agreement.form)
        if agreement.held != held:
            self._tell(Held(agreement.held))
        return sip_sdp.answer(offer, agreement, self._media, version=self._version)

    def first_answer(self, offer: SdpMessage) -> SdpMessage:
        """Our side of the first agreement."""
        return sip_sdp.answer(offer, self._agreement, self._media, version=self._version)

    def reinvited(self, offer: SdpMessage | None) -> None:
        """A request within the call wants to change it."""
        answer = self.answer(offer)
        if answer is None:
            # The call goes on as it was (RFC 3261, 14.2).
            self._wire.send_reply(respond(self.call.invite, 488, "Not Acceptable Here"))
        else:
            self.call.accept(answer)

    def transferring(self, status: int, reason: str) -> None:
        """How the transfer goes."""
        self._tell(TransferProgress(status, reason))

    def outcome(self, request: SipRequest, response: SipResponse | None) -> None:
        """How a request of ours ended."""
        status = response.status_code if response is not None else 408
        if request.method == "REFER" and status >= 300:
            self.transferring(status, response.reason_phrase if response is not None else "Request Timeout")
        elif request.method == "UPDATE" and status in (408, 481):
            self.end("lost")

    def check(self, now: float, silent_for_s: float) -> None:
        """Once a second: send reports, and notice where nobody is there any more."""
        if self._over or self._session is None:
            return
        self._session.report(now)
        if self._agreement.held:
            self._session.heard_at = now
        elif now - self._session.heard_at > silent_for_s:
            log.info("sip.lost", call=self._info.call_id)
            self._leaving = None
            self._acknowledged = True
            self.hang_up("lost")

    def end(self, reason: str) -> None:
        """The call is over."""
        if self._over:
            return
        self._over = True
        self._settled.set()
        if self._session is not None:
            self._session.close()
        self._on_over(self)
        self._tell(Ended(reason))

    # How

    def _tell(self, event: LegEvent) -> None:
        if not self._over or isinstance(event, Ended):
            self._events.tell(event)

    def _soon(self, event: LegEvent) -> None:
        asyncio.get_running_loop().call_soon(self._tell, event)

    def _request(self, method: str) -> SipRequest:
        request = self.call.dialog.create_request(method, via_host=self._local[0], via_port=self._local[1])
        request.set_header("Contact", f"<sip:{format_addr(*self._local)}>")
        return request

    def _refer_to(self, target: str) -> str | None:
        if is_number(target):
            # The caller's own From names no exchange of ours: they could have us send others to theirs.
            host = self._transfer_host
            return f"sip:{target.replace('#', '%23')}@{host}" if host else None
        return target if len(target) <= MOST_TARGET_CHARS and _URI.fullmatch(target) else None


def is_number(target: str) -> bool:
    """Whether it is a bare number, which needs an exchange."""
    return _NUMBER.fullmatch(target) is not None


def read_key(request: SipRequest) -> str | None:
    """The key that an INFO tells of (``application/dtmf-relay`` or ``application/dtmf``); None for none."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    text = request.text[:256]
    if kind == "application/dtmf-relay":
        found = re.search(r"(?im)^\s*signal\s*=\s*([0-9A-D*#]{1,2})\s*$", text)
        text = found[1] if found else ""
    elif kind != "application/dtmf":
        return None
    key = {"10": "*", "11": "#"}.get(text.strip(), text.strip().upper())
    return key if rtp_events.is_key(key) else None
