"""One writer per conversation across nodes, over Redis.

The lock only orders writers; what keeps a log right when a lock is lost is its sequence numbers
(`bot.conversation.SequenceConflict`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from bot.conversations import InProcessLocks
from bot.store.redis import reaching_redis

LEASE_S = 10.0
"""A node that dies holds its locks for this long. Whoever lives renews theirs, however long a turn takes."""
_ASK_EVERY_S = 0.01

log = structlog.get_logger(__name__)


class RedisLocks:
    """`bot.conversations.Locks` for several processes. Raises Unavailable when Redis is away."""

    def __init__(self, redis: Redis, *, prefix: str = "firstline:lock:", lease_s: float = LEASE_S) -> None:
        self._redis = redis
        self._prefix = prefix
        self._lease_s = lease_s
        self._here = InProcessLocks()

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        # Within the process first: its writers go in the order they came, and only one of them asks Redis.
        async with self._here.hold(conversation_id):
            lock = self._redis.lock(self._prefix + conversation_id, timeout=self._lease_s, sleep=_ASK_EVERY_S)
            with reaching_redis():
                await lock.acquire()
            renewing = asyncio.create_task(self._renew(lock))
            try:
                yield
            finally:
                renewing.cancel()
                await self._release(lock, conversation_id)

    async def _renew(self, lock: Lock) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                await lock.reacquire()
            except LockError:
                # Somebody else may hold it by now; the end of the block tells.
                return
            except RedisError:
                continue

    async def _release(self, lock: Lock, conversation_id: str) -> None:
        try:
            await lock.release()
        except LockError:
            log.warning("redis_locks.lease_ran_out", conversation_id=conversation_id)
        except RedisError:
            # What was appended stays true, and the lease runs out by itself.
            log.warning("redis_locks.not_released", conversation_id=conversation_id)
