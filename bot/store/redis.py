"""Redis, where several nodes meet: one way to connect, and to say that it is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from bot.errors import Unavailable

TIMEOUT_S = 5.0
# Together under a second: a customer waits for it, and their page tries again by itself.
_RETRIES = 3


def connect(url: str) -> Redis:
    """A client; it connects when it is first used."""
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.3), _RETRIES),
    )


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Raise Unavailable ``redis.unavailable`` when Redis cannot be reached or used in the block."""
    try:
        yield
    except (ConnectionError, TimeoutError, ResponseError) as error:
        raise Unavailable(
            "Redis cannot be reached.",
            code="redis.unavailable",
            hint="try again in a moment; operators: does it run, and is FIRSTLINE_REDIS_URL right?",
        ) from error
