"""Socket.IO over several nodes: what one node emits reaches the clients of all, by Redis Pub/Sub.

Pub/Sub keeps nothing for a node that does not listen. So a node listens before it has clients (`listening`),
and once it can listen again after it was cut off it closes its clients' connections: they connect anew by
themselves and fetch what they missed, as after any lost network.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from socketio.async_pubsub_manager import AsyncPubSubManager

from bot.store.redis import TIMEOUT_S, connect

_LISTEN_AGAIN_S = 0.5

log = structlog.get_logger(__name__)


class RedisSockets(AsyncPubSubManager):  # type: ignore[misc]  # python-socketio has no types
    """The server's client manager; the number of its Redis database keeps installations apart."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        # Without retries, which would subscribe anew in silence: a gap in what was heard must be known.
        self._listener = Redis.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        self._subscribed = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        # Pub/Sub knows no databases, so the number is in the channel's name.
        number = self._redis.connection_pool.connection_kwargs.get("db", 0)
        super().__init__(channel=f"firstline:{number}:socketio")

    def initialize(self) -> None:
        """Called at the first client, when python-socketio would begin to listen: too late for that client.

        What another node emitted between its connection and the subscription would never reach it.
        """
        if self._listening is None:
            raise RuntimeError("clients connect only inside `listening`")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear what the other nodes emit, from the beginning of the block to its end."""
        self._listening = asyncio.create_task(self._thread(), name="redis_sockets")
        try:
            await self._subscribed.wait()
            yield
        finally:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            await self._listener.aclose()
            await self._redis.aclose()

    async def _publish(self, data: dict[str, Any]) -> None:
        try:
            await self._redis.publish(self.channel, self.json.dumps(data))
        except RedisError:
            # Who is connected here was told already; the others fetch it when they are connected again.
            log.warning("redis_sockets.not_published")

    async def _listen(self) -> AsyncIterator[bytes]:
        cut_off = False
        while True:
            try:
                async with self._listener.pubsub() as subscription:
                    await subscription.subscribe(self.channel)
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            yield message["data"]
                        elif message["type"] == "subscribe":
                            cut_off = False
                            if self._subscribed.is_set():
                                await self._reconnect_clients()
                            self._subscribed.set()
            except RedisError:
                if not cut_off:
                    log.warning("redis_sockets.cut_off")
                cut_off = True
                await asyncio.sleep(_LISTEN_AGAIN_S)

    async def _reconnect_clients(self) -> None:
        """Close the connections as a lost network does.

        Neither a disconnect of Socket.IO nor one of Engine.IO would do: after the one clients stay away, and
        after the other Engine.IO keeps a WebSocket open for as long as a ping may take.
        """
        log.warning("redis_sockets.back")
        for connection in list(self.server.eio.sockets.values()):
            await connection.close(wait=False, abort=True)
            await connection.queue.put(None)
