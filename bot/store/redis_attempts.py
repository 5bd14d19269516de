"""`bot.handoff.attempts.Attempts` over Redis, for several nodes; each call is one script, so atomic."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from bot.handoff.attempts import Allowance
from bot.store.redis import reaching_redis

# KEYS: a hash each, n: failures, at: the last one's time. ARGV: now, window, then free, first, most of each.
_RESERVE = """
local now, window, wait = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
for i, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'n', 'at')
  local n, at = tonumber(found[1] or '0'), tonumber(found[2] or '0')
  local free, first, most = tonumber(ARGV[3*i]), tonumber(ARGV[3*i+1]), tonumber(ARGV[3*i+2])
  if n >= free and now - at <= window then
    local delay = math.min(most, first * 2 ^ math.min(n - free, 32))
    wait = math.max(wait, at + delay - now)
  end
end
if wait > 0 then return tostring(wait) end
for _, key in ipairs(KEYS) do
  redis.call('HINCRBY', key, 'n', 1)
  redis.call('HSET', key, 'at', ARGV[1])
  redis.call('EXPIRE', key, math.ceil(window))
end
return '0'
"""
_TAKE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 and redis.call('HINCRBY', key, 'n', -1) <= 0 then
    redis.call('DEL', key)
  end
end
return 0
"""


class RedisAttempts:
    """Raises Unavailable when Redis is away: then nobody's password is checked."""

    def __init__(self, redis: Redis, *, prefix: str = "firstline:attempts:") -> None:
        self._redis = redis
        self._prefix = prefix

    async def reserve(self, allowances: Sequence[Allowance], *, now: float, window_s: float) -> float:
        numbers: list[float] = [now, window_s]
        for each in allowances:
            numbers += [each.free, each.first_delay_s, each.most_delay_s]
        keys = [self._key(each.key) for each in allowances]
        return float(await self._eval(_RESERVE, keys, [repr(number) for number in numbers]))

    async def take_back(self, keys: Sequence[str]) -> None:
        await self._eval(_TAKE_BACK, [self._key(key) for key in keys], [])

    async def forget(self, keys: Sequence[str]) -> None:
        if keys:
            with reaching_redis():
                await self._redis.delete(*(self._key(key) for key in keys))

    async def _eval(self, script: str, keys: list[str], numbers: list[str]) -> Any:
        if not keys:
            return 0
        with reaching_redis():
            return await self._redis.eval(script, len(keys), *keys, *numbers)

    def _key(self, key: str) -> str:
        # Logins and addresses are not to be read in Redis, and may be of any length.
        return self._prefix + hashlib.sha256(key.encode()).hexdigest()
