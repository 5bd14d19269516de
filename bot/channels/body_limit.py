"""How large a request's body may be."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.problems import problem
from bot.errors import FirstlineError

MAX_BODY = 1_000_000
"""Bytes; our largest legitimate request is a list of tracker events."""


class BodyTooLarge(FirstlineError):
    """The request's body is over the limit."""

    code = "request.too_large"
    status = 413


class BodyLimitMiddleware:
    """Refuses bodies over a limit, whether their length was announced or not."""

    def __init__(self, app: ASGIApp, *, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise BodyTooLarge("The request is too large.", hint=f"{self._limit} bytes at most")
            return message

        await self._app(scope, counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = BodyTooLarge("The request is too large.", hint=f"{self._limit} bytes at most")
        await problem(error)(scope, receive, send)
