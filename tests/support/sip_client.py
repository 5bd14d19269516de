"""A small SIP user agent client over UDP (RFC 3261), of the tests' own: it shares no code with the gateway.

It does what a plain telephone does in one call: INVITE, ACK, re-INVITE, CANCEL and BYE, with
retransmission, and it answers what comes within the call: BYE, re-INVITE, REFER (noted down, and reported
as done), anything else.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

T1_S = 0.5
"""The first retransmission's wait (RFC 3261, 17.1.1.1)."""
ANSWER_WITHIN_S = 15.0

_URI = re.compile(r"sip:(?:(?P<user>[^@;>]+)@)?(?P<host>[^:;>?]+)(?::(?P<port>\d+))?")
_LONG = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "r": "refer-to",
}


class CallRefused(Exception):
    """The call was answered with an error."""

    def __init__(self, answer: Message) -> None:
        super().__init__(answer.start)
        self.status = answer.status
        self.answer = answer


@dataclass(frozen=True)
class Message:
    """A request or response."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.append((_LONG.get(name, name), value.strip()))
        return cls(start, tuple(headers), body)

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response answers."""
        return self.get("cseq").split()[-1]

    def get(self, name: str) -> str:
        """The first header of a name in lower case; empty where there is none."""
        return next((value for each, value in self.headers if each == name), "")

    def pack(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


@dataclass(frozen=True)
class Referral:
    """Where the other side passed the call on to, and what came with it."""

    target: str
    user_to_user: str


@dataclass
class _Asked:
    """A request that waits for its final response."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)
    final: asyncio.Future[Message] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class SipClient(asyncio.DatagramProtocol):
    """One call to one URI, such as ``sip:ivr@127.0.0.1:5060``."""

    def __init__(
        self, target: str, *, user: str = "caller", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        found = _URI.match(target)
        if found is None:
            raise ValueError(f"{target!r} is no SIP URI")
        self.target = target
        self.ended = asyncio.Event()
        self.ended_by_peer = False
        self.referrals: list[Referral] = []
        self.refer_outcome = "200 OK"
        """What is told of the calls that REFERs ask for: as if they were made, and went so."""
        self.local_sdp = ""
        self._peer = (found["host"], int(found["port"] or 5060))
        self._remote_target = target
        self._user = user
        self._headers = headers
        self._call_id = f"{secrets.token_hex(12)}@caller"
        self._tag = secrets.token_hex(6)
        self._to = f"<{target}>"
        self._cseq = 0
        self._invite_branch = ""
        self._asked: dict[int, _Asked] = {}
        self._acks: dict[int, bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._address = ("127.0.0.1", 0)

    async def open(self) -> None:
        """Take a port of the loopback address."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport = transport
        self._address = transport.get_extra_info("sockname")[:2]

    def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.close()

    async def invite(self, sdp: str) -> Message:
        """Call, or change the call's media; the answer with its SDP. Raises CallRefused, TimeoutError."""
        self.local_sdp = sdp
        self._invite_branch = branch = _branch()
        number = self._next()
        answer = await self._ask("INVITE", number, branch, body=sdp)
        if answer.status >= 300:
            raise CallRefused(answer)
        self._to = answer.get("to")
        contact = _URI.search(answer.get("contact"))
        if contact is not None:
            self._remote_target = contact[0]
        return answer

    async def cancel(self) -> None:
        """Give up a call that is not answered yet; `invite` then raises CallRefused with 487."""
        await self._ask("CANCEL", self._cseq, self._invite_branch)

    async def bye(self) -> None:
        """End the call, if the other side has not."""
        if not self.ended.is_set():
            self.ended.set()
            await self._ask("BYE", self._next(), _branch())

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return
        message = Message.parse(data)
        if message.get("call-id") != self._call_id:
            return
        if message.status:
            self._on_response(message)
        else:
            self._on_request(message)

    async def _ask(self, method: str, number: int, branch: str, *, body: str = "") -> Message:
        asked = _Asked()
        key = -number if method == "CANCEL" else number
        self._asked[key] = asked
        data = self._request(method, number, branch, body).pack()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                wait_s = T1_S
                while not asked.final.done() and not (method == "INVITE" and asked.heard.is_set()):
                    self._send(data)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(asked.heard.wait(), wait_s)
                    wait_s = min(4.0, wait_s * 2)
                return await asked.final
        finally:
            del self._asked[key]

    def _on_response(self, message: Message) -> None:
        number = int(message.get("cseq").split()[0])
        asked = self._asked.get(-number if message.method == "CANCEL" else number)
        if message.status < 200:
            if asked is not None and message.method == "INVITE":
                asked.heard.set()
            return
        if message.method == "INVITE":
            self._acknowledge(number, message)
        if asked is not None and not asked.final.done():
            asked.final.set_result(message)
            asked.heard.set()

    def _acknowledge(self, number: int, answer: Message) -> None:
        """ACK each final response to an INVITE, those that are sent again too."""
        if number not in self._acks:
            is_success = answer.status < 300
            contact = _URI.search(answer.get("contact"))
            uri = contact[0] if is_success and contact is not None else self._remote_target
            branch = _branch() if is_success else self._invite_branch
            self._acks[number] = self._request("ACK", number, branch, uri=uri, to=answer.get("to")).pack()
        self._send(self._acks[number])

    def _on_request(self, message: Message) -> None:
        method = message.method
        if method == "ACK":
            return
        if method == "INVITE":
            self._respond(message, "200 OK", self.local_sdp)
        elif method == "REFER":
            self._respond(message, "202 Accepted")
            self.referrals.append(Referral(message.get("refer-to"), message.get("user-to-user")))
            self._notify(f"SIP/2.0 {self.refer_outcome}")
        else:
            self._respond(message, "200 OK")
        if method == "BYE" and not self.ended.is_set():
            self.ended_by_peer = True
            self.ended.set()

    def _notify(self, fragment: str) -> None:
        """Tell how the transfer went (RFC 3515, 2.4.5); sent once, since loopback loses nothing."""
        extra = (
            ("Event", "refer"),
            ("Subscription-State", "terminated;reason=noresource"),
            ("Content-Type", "message/sipfrag;version=2.0"),
        )
        self._send(self._request("NOTIFY", self._next(), _branch(), fragment, extra=extra).pack())

    def _respond(self, request: Message, status: str, sdp: str = "") -> None:
        same = [
            (name, value)
            for name, value in request.headers
            if name in ("via", "from", "to", "call-id", "cseq")
        ]
        more = [("Contact", self._contact)]
        if sdp:
            more.append(("Content-Type", "application/sdp"))
        self._send(Message(f"SIP/2.0 {status}", (*same, *more), sdp).pack())

    def _request(
        self,
        method: str,
        number: int,
        branch: str,
        body: str = "",
        *,
        uri: str = "",
        to: str = "",
        extra: tuple[tuple[str, str], ...] = (),
    ) -> Message:
        host, port = self._address
        headers = [
            ("Via", f"SIP/2.0/UDP {host}:{port};rport;branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{self._user}@{host}:{port}>;tag={self._tag}"),
            ("To", to or self._to),
            ("Call-ID", self._call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", self._contact),
            ("User-Agent", "caller"),
            *extra,
        ]
        if method == "INVITE":
            headers += [*self._headers, ("Content-Type", "application/sdp")]
        return Message(f"{method} {uri or self._remote_target} SIP/2.0", tuple(headers), body)

    @property
    def _contact(self) -> str:
        host, port = self._address
        return f"<sip:{self._user}@{host}:{port}>"

    def _next(self) -> int:
        self._cseq += 1
        return self._cseq

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, self._peer)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(10)}"
