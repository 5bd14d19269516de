"""Headers that keep browsers and caches from doing more with an answer than they should."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PRIVATE = ("/api/", "/webhooks/", "/conversations/", "/model/")
DOCS = "/docs"
# Swagger UI is started by a script in its page; nothing may come from elsewhere.
DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
)


class SafeHeadersMiddleware:
    """Adds them where a route has not said otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if path.startswith(PRIVATE):
                    headers.setdefault("Cache-Control", "no-store")
                if path.startswith(DOCS):
                    headers.setdefault("Content-Security-Policy", DOCS_POLICY)
            await send(message)

        await self._app(scope, receive, with_headers)
