"""Paths that mean one thing only: no ``.`` or ``..`` segments, which programs resolve differently."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.problems import problem
from bot.errors import NotFound

_DOTS = re.compile(r"(?:^|[/\\])\.{1,2}(?=$|[/\\;])|\x00")


class PlainPathsMiddleware:
    """Answers a path with dot segments, encoded or not, as one at which there is nothing.

    A proxy that resolves them would ask for another route than the one that it, or a limit, looked at. So
    would a program behind us that an id from a path is passed on to.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Decoded by the server: %2e%2e is seen as well.
        if scope["type"] == "http" and _DOTS.search(scope["path"]):
            await problem(NotFound("There is nothing at this address.", hint="see /docs"))(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)
