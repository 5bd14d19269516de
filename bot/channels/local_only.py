"""What only this machine may reach: the demo, and what needs no token here.

A connection from loopback proves little by itself. A reverse proxy on this machine makes everybody look
local, and a page of any site can have the visitor's browser call ``127.0.0.1`` under a name of its own (DNS
rebinding). So the request must also name this machine as its host, and carry no trace of a proxy.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.problems import problem
from bot.errors import Forbidden
from bot.network import is_loopback

_FORWARDED = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host"),
        *("true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip"),
    }
)
"""What proxies add, besides all that begins with x-forwarded."""
# RFC 9112, section 3.2: a host and a port, and nobody's name before an @.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]*)?", re.IGNORECASE | re.ASCII)


class LocalOnlyMiddleware:
    """Refuses every request that did not come straight from a program on this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_direct(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            error = Forbidden(
                "The demo, whose passwords are public, answers this machine only.",
                code="demo.local_only",
                hint="open http://127.0.0.1 directly, or serve without --demo",
            )
            await problem(error)(scope, receive, send)


def is_direct(connection: HTTPConnection) -> bool:
    """Whether a request was made on this machine, to this machine, with nobody in between."""
    address = connection.client.host if connection.client else ""
    return (
        is_loopback(address)
        and _names_this_machine(connection.headers)
        and not any(name in _FORWARDED or name.startswith("x-forwarded") for name in connection.headers)
    )


def _names_this_machine(headers: Headers) -> bool:
    named = headers.getlist("host")
    host = _HOST.fullmatch(named[0]) if len(named) == 1 else None
    if host is None:
        return False
    name = (host[1] or host[2]).lower()
    # RFC 6761, section 6.3: names under localhost never leave the machine.
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)
