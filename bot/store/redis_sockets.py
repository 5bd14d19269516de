"""Socket.IO over several nodes: what one node emits reaches the clients of all, by Redis Pub/Sub.

Pub/Sub keeps nothing for a node that was cut off. So once a node can listen again it closes its clients'
connections: they connect anew by themselves and fetch what they missed, as after any lost network.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
            url, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0), health_check_interval=0
        )
        # Pub/Sub knows no databases, so the number is in the channel's name.
        number = self._redis.connection_pool.connection_kwargs.get("db", 0)
        super().__init__(channel=f"firstline:{number}:socketio")

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
                async with self._listener.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(self.channel)
                    if cut_off:
                        cut_off = False
                        await self._reconnect_clients()
                    async for message in subscription.listen():
                        yield message["data"]
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
