"""How much one address may send: moving windows, shared over Redis when there are several nodes.

What makes the bot work (a message, a rating, asking for a person) and what only reads or joins are counted
apart, so that a page which reloads does not silence its customer.
"""

from __future__ import annotations

import re
from enum import StrEnum

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.problems import problem
from bot.errors import FirstlineError, Unavailable
from bot.network import counted_address, is_loopback

RETRY_AFTER_S = 10


class Kind(StrEnum):
    """What is counted; each kind has a limit of its own."""

    MESSAGE = "messages"
    REQUEST = "requests"


_LIMITED = (
    ("POST", re.compile(r"/webhooks/[^/]+/webhook"), Kind.MESSAGE),
    ("POST", re.compile(r"/api/v1/conversations/[^/]+/(handoff|handoff/cancel|rating)"), Kind.MESSAGE),
    ("POST", re.compile(r"/api/v1/contact-changes/undo"), Kind.MESSAGE),
    ("GET", re.compile(r"/api/v1/conversations/[^/]+/(messages|transcript)"), Kind.REQUEST),
    ("GET", re.compile(r"/api/v1/site"), Kind.REQUEST),
)
"""The HTTP routes that anyone may call and that do more than say that the server lives."""


class TooManyRequests(FirstlineError):
    """The address sent too much in the last minute."""

    code = "rate.limited"
    status = 429


class RequestLimits:
    """Counts what an address sends, IPv6 by the /64. Loopback, the operator or a proxy, is exempt."""

    def __init__(
        self, *, messages_per_minute: int, requests_per_minute: int, redis_url: str | None = None
    ) -> None:
        storage = (
            RedisStorage(
                f"async+{redis_url}",
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix="firstline:limits",
            )
            if redis_url
            else MemoryStorage()
        )
        self._limiter = MovingWindowRateLimiter(storage)
        self._items = {
            Kind.MESSAGE: RateLimitItemPerMinute(messages_per_minute),
            Kind.REQUEST: RateLimitItemPerMinute(requests_per_minute),
        }

    async def allow(self, address: str, kind: Kind) -> bool:
        """Count one of an address; False when it is one too many. Raises Unavailable."""
        if is_loopback(address):
            return True
        try:
            return await self._limiter.hit(self._items[kind], kind.value, counted_address(address))
        except StorageError as error:
            raise Unavailable(
                "Redis cannot be reached.", code="redis.unavailable", hint="try again in a moment"
            ) from error


class LimitMiddleware:
    """Applies `RequestLimits` to what anyone may send over HTTP, before a body is read."""

    def __init__(self, app: ASGIApp, *, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = limit_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if kind is not None:
            address = (scope.get("client") or ("", 0))[0]
            try:
                if not await self._limits.allow(address, kind):
                    raise TooManyRequests(f"Too many {kind.value} in a minute.", hint="wait a moment")
            except FirstlineError as error:
                response = problem(error, headers={"Retry-After": str(RETRY_AFTER_S)})
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def limit_of(method: str, path: str) -> Kind | None:
    """What a request counts as; None for a route that is not limited by address."""
    asked = "GET" if method == "HEAD" else method
    for limited, pattern, kind in _LIMITED:
        if limited == asked and pattern.fullmatch(path):
            return kind
    return None
