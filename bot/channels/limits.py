"""How much one address may send: a moving window, shared over Redis when there are several nodes."""

from __future__ import annotations

from ipaddress import ip_address

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.problems import problem
from bot.errors import FirstlineError, Unavailable

_CUSTOMERS_ROUTES = ("/handoff", "/handoff/cancel", "/rating", "/contact-changes/undo")


class TooManyRequests(FirstlineError):
    """The address sent too much in the last minute."""

    code = "rate.limited"
    status = 429


class MessageLimit:
    """Counts messages per address; loopback, which is the operator or a proxy, is exempt."""

    def __init__(self, per_minute: int, *, redis_url: str | None = None) -> None:
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
        self._item = RateLimitItemPerMinute(per_minute)

    async def allow(self, address: str) -> bool:
        """Count one message of an address; False when it is one too many. Raises Unavailable."""
        if _is_loopback(address):
            return True
        try:
            return await self._limiter.hit(self._item, "messages", address)
        except StorageError as error:
            raise Unavailable(
                "Redis cannot be reached.", code="redis.unavailable", hint="try again in a moment"
            ) from error


class LimitMiddleware:
    """Applies a `MessageLimit` to what anyone may send over HTTP."""

    def __init__(self, app: ASGIApp, *, limit: MessageLimit) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and _is_public(scope["path"]):
            address = (scope.get("client") or ("", 0))[0]
            try:
                await self._check(address)
            except FirstlineError as error:
                response = problem(error, headers={"Retry-After": "10"})
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, address: str) -> None:
        if not await self._limit.allow(address):
            raise TooManyRequests("Too many messages in a minute.", hint="wait a moment")


def _is_public(path: str) -> bool:
    return path.startswith("/webhooks/") or path.endswith(_CUSTOMERS_ROUTES)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
