"""Who checked the same item a moment ago, by keyed digests that Redis forgets after ten minutes."""

from redis.asyncio import Redis

from server.redis import RedisGuard, RedisUnavailable

ONCE_IN_S = 600


class RedisRepeats:
    """Tells a reload from a check; see `services.items.public.ports.Repeats`."""

    def __init__(self, redis: Redis, guard: RedisGuard) -> None:
        self._redis = redis
        self._guard = guard

    async def claim(self, visitor: str) -> bool:
        """Tell whether this visitor did not claim in the last ten minutes; True also when that cannot be known."""
        try:
            async with self._guard.watch():
                return bool(await self._redis.set(f"checked:{visitor}", b"", ex=ONCE_IN_S, nx=True))
        except RedisUnavailable:
            return True
