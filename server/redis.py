"""What is shared through Redis: counts of requests, and a quick note of which sessions live."""

import time
from collections.abc import Mapping

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from handlers.context import CounterAway, Limit
from server.config import RateLimitConfig
from services.common.errors import Unavailable

CONNECTIONS = 16
TIMEOUT_S = 1.0
NOTE_TTL_S = 60
LIVE, ENDED = b"live", b"ended"


class RedisUnavailable(Unavailable):
    """Redis does not answer."""

    code = "redis_unavailable"
    title = "Redis does not answer"


def connect_redis(url: str) -> Redis:
    """Open the client; a full pool waits instead of failing, and no call takes longer than TIMEOUT_S."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
    return Redis(connection_pool=pool)


class RedisProbe:
    """Tells whether Redis answers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self) -> None:
        """Raise RedisUnavailable unless Redis answers."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise RedisUnavailable from error


class RedisSessionFlags:
    """Notes `live` for a minute at most and `ended` as long as an access token can live.

    A note that got lost costs one look into the database; it never makes an ended session live.
    """

    def __init__(self, redis: Redis, *, ended_ttl_s: int) -> None:
        self._redis = redis
        self._ended_ttl_s = ended_ttl_s

    async def is_live(self, session_id: str) -> bool | None:
        """Return True or False when it is noted, None when it is not (or the note is out of reach)."""
        try:
            note = await self._redis.get(_key(session_id))
        except (RedisError, OSError):
            return None
        return None if note is None else note == LIVE

    async def note_live(self, session_id: str) -> None:
        """Note that it lives; never overwrites a note that it ended."""
        try:
            await self._redis.set(_key(session_id), LIVE, ex=NOTE_TTL_S, nx=True)
        except (RedisError, OSError):
            return

    async def note_ended(self, session_id: str) -> None:
        """Note that it ended."""
        try:
            await self._redis.set(_key(session_id), ENDED, ex=max(self._ended_ttl_s, NOTE_TTL_S))
        except (RedisError, OSError):
            return


def _key(session_id: str) -> str:
    return f"session:{session_id}"


class RedisRateLimiter:
    """Sliding windows of a minute, counted for all processes together."""

    def __init__(self, redis: Redis, url: str, config: RateLimitConfig) -> None:
        self._storage = RedisStorage(
            url.replace("unix://", "redis+unix://", 1),
            implementation="redispy",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # narrower there than what it passes on
        )
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._items: Mapping[Limit, RateLimitItem] = {
            Limit.ADDRESS: RateLimitItemPerMinute(config.per_address),
            Limit.ACCOUNT: RateLimitItemPerMinute(config.per_account),
            Limit.LOG_IN_ADDRESS: RateLimitItemPerMinute(config.log_in_per_address),
            Limit.LOG_IN_ACCOUNT: RateLimitItemPerMinute(config.log_in_per_account),
        }

    async def claim(self, limit: Limit, who: str) -> int | None:
        """Count one; return None, or the seconds to wait when the limit is reached. Raises CounterAway."""
        item = self._items[limit]
        try:
            if await self._limiter.hit(item, limit, who):
                return None
            stats = await self._limiter.get_window_stats(item, limit, who)
        except (StorageError, RedisError, OSError) as error:
            raise CounterAway from error
        return max(1, int(stats.reset_time - time.time()) + 1)
