"""Which sites may embed the widget, and the route that tells the widget so.

A page of a site that is not let in can read no answer of ours and cannot tell a refusal from a server that
is down. So one route answers every site, with nothing but whether it is let in and how long messages may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.doors import ANYONE, opens_to
from bot.handoff.auth import is_same_origin

REMEMBERED_S = 300
"""How long a browser may remember that its site is let in. A refusal is asked for anew at each load."""


@dataclass(frozen=True)
class Sites:
    """The listed origins, every origin for ``*``, and always the server's own."""

    allowed: Sequence[str] = ()

    def lets_in(self, origin: str | None, host: str | None) -> bool:
        """Whether pages of an origin may use the widget; a request without one is from our own pages."""
        if origin is None or "*" in self.allowed or origin in self.allowed:
            return True
        return is_same_origin(origin, host)


def router(sites: Sites, *, max_message_length: int) -> APIRouter:
    """The route that the widget asks before it shows itself."""
    routes = APIRouter(tags=["customers"])

    @routes.get("/api/v1/site")
    @opens_to(ANYONE)
    async def site(request: Request) -> JSONResponse:
        """Whether the site that asks (its ``Origin``) may embed the widget. Anyone may call."""
        allowed = sites.lets_in(request.headers.get("origin"), request.headers.get("host"))
        return JSONResponse(
            {"allowed": allowed, "max_message_length": max_message_length},
            headers={
                "Access-Control-Allow-Origin": "*",
                "Cache-Control": f"private, max-age={REMEMBERED_S}" if allowed else "no-store",
                "Vary": "Origin",
            },
        )

    return routes
