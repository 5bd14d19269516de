"""SIP datagrams, and what RFC 3261's transactions (17) ask of either side beyond `aiosipua`.

A request that comes again is answered again and not carried out again; a request of ours is sent again until
it is answered. Whatever cannot be answered safely is dropped before anything else looks at it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

import structlog
from aiosipua import (
    SipMessage,
    SipRequest,
    SipResponse,
    parse_via,
    stringify_via,
)
from aiosipua.transport import SipTransport
from aiosipua.utils import generate_tag

from voice_gateway.addresses import is_loopback, peer_of
from voice_gateway.clock import Clock

Address = tuple[str, int]
Network = IPv4Network | IPv6Network

MOST_BYTES = 16_384
MOST_ID_CHARS = 256
MOST_SEQUENCE = 2**31
ANSWERED_S = 32.0
"""How long answers are kept for requests that come again (64 times T1)."""
MOST_ANSWERED = 4096
T1_S = 0.5
T2_S = 4.0
GIVEN_UP_S = 64 * T1_S
MOST_REFUSALS = 20
"""403s a second to hosts that may not call; the rest is dropped, lest forged addresses make us shout."""

DATAGRAMS_PER_S = 100.0
"""Of one source, over time: more than all lines of a trunk say. The rest is dropped before it is read, so
that who floods us keeps nobody else waiting."""
DATAGRAM_BURST = 300.0
MOST_SOURCES = 10_000
ROOM_BYTES = 4 * 1024 * 1024
"""For datagrams that wait to be read; as much of it as the system gives."""

UNKNOWN = "unknown"
"""In place of a host that a proxy did not tell as it should."""

Key = tuple[str, str, str]

log = structlog.get_logger(__name__)


@dataclass
class _Served:
    request: SipRequest
    expires: float
    answer: tuple[bytes, Address] | None = None


@dataclass
class _Asked:
    request: SipRequest
    raw: bytes
    address: Address
    began: float
    wait: float = T1_S
    timer: asyncio.TimerHandle | None = field(default=None)


class SipWire(SipTransport):
    """``on_request`` is told each new request, ``on_outcome`` how a request of ours ended: its final answer,
    or None when none came."""

    def __init__(
        self,
        local: Address,
        *,
        peers: Sequence[Network],
        headers: Mapping[str, str],
        clock: Clock,
        proxies: Sequence[Network] = (),
    ) -> None:
        """``proxies`` send for many, and see to floods themselves."""
        super().__init__(local_addr=local)
        self._peers = tuple(peers)
        self._proxies = tuple(proxies)
        self._sources: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._headers = headers
        self._clock = clock
        self._served: OrderedDict[Key, _Served] = OrderedDict()
        self._asked: dict[Key, _Asked] = {}
        self._refusals = (0, 0.0)
        self._socket: asyncio.DatagramTransport | None = None
        self.on_outcome: Callable[[SipRequest, SipResponse | None], None] = lambda request, response: None
        self.dropped = 0
        """Datagrams that were no SIP, too many of one source, or not from where calls may come."""

    async def start(self) -> None:
        """Bind; `local_addr` is then the address that was got."""
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._dispatch), local_addr=self.local_addr
        )
        self.local_addr = self._socket.get_extra_info("sockname")[:2]
        self._socket.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)

    async def stop(self) -> None:
        """Close, and ask nothing again."""
        for asked in self._asked.values():
            if asked.timer is not None:
                asked.timer.cancel()
        self._asked.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # What comes in

    def _dispatch(self, data: bytes, addr: Address) -> None:
        if self._is_too_much(addr):
            self.dropped += 1
            return
        message = _read(data, addr)
        if message is None:
            self.dropped += 1
        elif not self._may_call(addr[0]):
            self.dropped += 1
            if isinstance(message, SipRequest) and message.method == "INVITE" and self._may_refuse():
                self.send_reply(respond(message, 403, "Forbidden"))
        elif isinstance(message, SipResponse):
            self._take_answer(message)
        elif not self._answer_again(message) and self.on_message is not None:
            try:
                self.on_message(message, addr)
            except Exception:
                # One broken request must not end the calls of others.
                log.exception("sip.request_failed", method=message.method)

    def _is_too_much(self, addr: Address) -> bool:
        """Whether a source has sent more than anybody who calls does."""
        if self._proxies and _is_in(addr[0], self._proxies):
            return False
        # Programs on this machine are told apart by their ports, for they have one address.
        source = f"{addr[0]}:{addr[1]}" if is_loopback(addr[0]) else peer_of(addr[0])
        now = self._clock.now()
        left, since = self._sources.pop(source, (DATAGRAM_BURST, now))
        left = min(DATAGRAM_BURST, left + (now - since) * DATAGRAMS_PER_S)
        self._sources[source] = (max(0.0, left - 1), now)
        if len(self._sources) > MOST_SOURCES:
            self._sources.popitem(last=False)
        return left < 1

    def _may_call(self, host: str) -> bool:
        return _is_in(host, self._peers)

    def _may_refuse(self) -> bool:
        refused, since = self._refusals
        now = self._clock.now()
        if now - since >= 1:
            refused, since = 0, now
        self._refusals = (refused + 1, since)
        return refused < MOST_REFUSALS

    def _answer_again(self, request: SipRequest) -> bool:
        """Whether a request was here before; if it was answered, it is answered so again."""
        if request.method == "ACK":
            return False
        now = self._clock.now()
        while self._served:
            key, oldest = next(iter(self._served.items()))
            if oldest.expires > now and len(self._served) < MOST_ANSWERED:
                break
            del self._served[key]
        key = _key(request, request.method)
        served = self._served.get(key)
        if served is None:
            self._served[key] = _Served(request, now + ANSWERED_S)
            return False
        if served.answer is not None:
            self._write(*served.answer)
        return True

    def _take_answer(self, response: SipResponse) -> None:
        cseq = response.cseq
        key = _key(response, cseq.method if cseq else "")
        asked = self._asked.get(key)
        if asked is None:
            return
        if response.status_code < 200:
            asked.wait = T2_S
            return
        if asked.timer is not None:
            asked.timer.cancel()
        del self._asked[key]
        self.on_outcome(asked.request, response)

    # What goes out

    def send(self, message: SipRequest | SipResponse, addr: Address) -> None:
        """Send a message; where it cannot be sent to is no error."""
        if isinstance(message, SipResponse):
            self._send_answer(message, addr)
            return
        raw = bytes(message)
        if message.method != "ACK":
            key = _key(message, message.method)
            asked = _Asked(message, raw, addr, self._clock.now())
            self._asked[key] = asked
            self._wait(key, asked)
        self._write(raw, addr)

    def _send_answer(self, response: SipResponse, addr: Address) -> None:
        cseq = response.cseq
        served = self._served.get(_key(response, cseq.method if cseq else ""))
        if served is not None and served.request.method == "INVITE" and 100 < response.status_code < 300:
            # Without it the caller would not send later requests through the proxies (RFC 3261, 12.1.1).
            for route in served.request.headers.get("record-route"):
                if route not in response.headers.get("record-route"):
                    response.headers.append("Record-Route", route)
            for name, value in self._headers.items():
                response.headers.set_single(name, value)
        raw = bytes(response)
        if served is not None:
            served.answer = (raw, addr)
        self._write(raw, addr)

    def _wait(self, key: Key, asked: _Asked) -> None:
        loop = asyncio.get_running_loop()
        asked.timer = loop.call_later(asked.wait, self._ask_again, key, asked)

    def _ask_again(self, key: Key, asked: _Asked) -> None:
        if self._clock.now() - asked.began >= GIVEN_UP_S:
            self._asked.pop(key, None)
            self.on_outcome(asked.request, None)
            return
        self._write(asked.raw, asked.address)
        asked.wait = min(2 * asked.wait, T2_S)
        self._wait(key, asked)

    def _write(self, raw: bytes, address: Address) -> None:
        # A name would be looked up while all calls wait, and a port that is none would close the socket.
        if self._socket is not None and is_address(address):
            self._socket.sendto(raw, address)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, on_datagram: Callable[[bytes, Address], None]) -> None:
        self._on_datagram = on_datagram

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._on_datagram(data, addr[:2])

    def error_received(self, exc: Exception) -> None:
        """Nobody listens where we sent to: retransmission and time-outs see to it."""


def _is_in(host: str, networks: Sequence[Network]) -> bool:
    address = ipaddress.ip_address(host)
    return any(address in network for network in networks)


def is_address(address: Address) -> bool:
    """Whether a datagram can be sent there: an IP address and a port."""
    try:
        ipaddress.ip_address(address[0])
    except ValueError:
        return False
    return 0 < address[1] < 65_536


def whence(request: SipRequest, addr: Address, proxies: Sequence[Network]) -> str:
    """The host that a request comes from, as the trusted proxies on its way saw it; or `UNKNOWN`.

    Each adds a Via, and to the one before it the address that it saw (RFC 3261, 18.2.1); what anybody else
    says counts for nothing.
    """
    host = addr[0]
    for value in request.headers.get("via")[1:]:
        if not _is_in(host, proxies):
            break
        via = parse_via(value)
        seen = (via.received or via.host).strip("[]")
        # Quotes could hide a parameter that is none. And who cannot be told apart has not a proxy's rights.
        if '"' in value or not is_address((seen, 1)):
            return UNKNOWN
        host = seen
    return host


def respond(
    request: SipRequest,
    status: int,
    reason: str,
    headers: Mapping[str, str | Sequence[str]] | None = None,
) -> SipResponse:
    """An answer to a request that belongs to no call (yet)."""
    response = SipResponse(status_code=status, reason_phrase=reason)
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        for value in request.headers.get(name):
            response.headers.append(name, value)
    to = request.to_addr
    if to is not None and not to.tag:
        response.headers.set_single("To", f"{request.headers.get_first('To')};tag={generate_tag()}")
    for name, given in (headers or {}).items():
        for value in [given] if isinstance(given, str) else given:
            response.headers.append(name, value)
    return response


def _read(data: bytes, addr: Address) -> SipRequest | SipResponse | None:
    """A message that the rest can rely on: it has what RFC 3261 (8.1.1) demands, well-formed and in bounds,
    and its answer goes to whoever sent it."""
    if len(data) > MOST_BYTES or b"\0" in data or not data.strip():
        return None
    try:
        message = SipMessage.parse(data)
        cseq, sender, to = message.cseq, message.from_addr, message.to_addr
        if cseq is None or sender is None or to is None or not 0 <= cseq.seq < MOST_SEQUENCE:
            return None
        if not 0 < len(message.call_id or "") <= MOST_ID_CHARS or len(sender.tag or "") > MOST_ID_CHARS:
            return None
        vias = message.headers.get("via")
        via = parse_via(vias[0])
        if isinstance(message, SipRequest):
            if message.method != cseq.method or not message.method.isupper() or not sender.tag:
                return None
            message.contact  # noqa: B018 - raises where it cannot be read
            # The address that we saw, and nothing that the Via says of itself (RFC 3261, 18.2.1; RFC 3581).
            via.params["received"] = addr[0]
            if "rport" in via.params:
                via.params["rport"] = str(addr[1])
            vias[0] = stringify_via(via)
        elif not 100 <= message.status_code < 700:
            return None
    except (ValueError, IndexError, AttributeError):
        return None
    return message


def _key(message: SipMessage, method: str) -> Key:
    """What tells a transaction from others (RFC 3261, 17.1.3 and 17.2.3)."""
    via = parse_via(message.headers.get("via")[0])
    branch = via.branch or f"{message.call_id}/{message.headers.get_first('cseq')}"
    return (branch, f"{via.host}:{via.port}", method)
