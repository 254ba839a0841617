"""What is shared through Redis: the client, whether it answers, and a quick note of which sessions live."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from services.common.errors import Unavailable

CONNECTIONS = 16
TIMEOUT_S = 1.0
AWAY_S = 1.0
NOTE_TTL_S = 10
# Together twice the life of a `live` note: none can be left after that.
INSIST_TRIES = 200
INSIST_PAUSE_S = 0.1
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


class RedisGuard:
    """Remembers for a moment that Redis is away, so that not every request waits for it in vain."""

    def __init__(self) -> None:
        self._away_until = 0.0

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[None]:
        """Surround calls to Redis; raises RedisUnavailable when it is, or a moment ago was, away."""
        if time.monotonic() < self._away_until:
            raise RedisUnavailable
        try:
            yield
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_S
            raise RedisUnavailable from error


class RedisProbe:
    """Tells whether Redis answers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self) -> None:
        """Raise RedisUnavailable unless Redis answers."""
        async with RedisGuard().watch():
            await self._redis.ping()


class RedisSessionFlags:
    """Notes `live` for seconds, and `ended` as long as an access token can live.

    A note that got lost costs one look into the database; it never makes an ended session live. When Redis is away in
    the moment of a log-out, this process refuses the session by itself and goes on trying; another process can find an
    older `live` for the blink between Redis' return and the next try.
    """

    def __init__(self, redis: Redis, guard: RedisGuard, *, ended_ttl_s: int) -> None:
        self._redis = redis
        self._guard = guard
        self._ended_ttl_s = max(ended_ttl_s, NOTE_TTL_S)
        self._ended_here: set[str] = set()
        self._insisting: set[asyncio.Task[None]] = set()

    def ended_here(self, session_id: str) -> bool:
        """Tell whether this process ended the session and could not note it yet."""
        return session_id in self._ended_here

    async def note_live(self, session_ids: Collection[str]) -> None:
        """Note that they live; never overwrites a note that one ended."""
        with suppress(RedisUnavailable):
            async with self._guard.watch(), self._redis.pipeline(transaction=False) as pipeline:
                for session_id in session_ids:
                    pipeline.set(note_key(session_id), LIVE, ex=NOTE_TTL_S, nx=True)
                await pipeline.execute()

    async def note_ended(self, session_id: str) -> None:
        """Note that it ended; if Redis is away, keep trying until no older note can be left there."""
        if not await self._try_to_note_ended(session_id):
            self._ended_here.add(session_id)
            task = asyncio.get_running_loop().create_task(self._insist(session_id))
            self._insisting.add(task)
            task.add_done_callback(self._insisting.discard)

    async def _insist(self, session_id: str) -> None:
        for _ in range(INSIST_TRIES):
            await asyncio.sleep(INSIST_PAUSE_S)
            if await self._try_to_note_ended(session_id):
                break
        self._ended_here.discard(session_id)

    async def _try_to_note_ended(self, session_id: str) -> bool:
        with suppress(RedisError, OSError):
            await self._redis.set(note_key(session_id), ENDED, ex=self._ended_ttl_s)
            return True
        return False


def note_key(session_id: str) -> str:
    """Return where the note on a session is kept."""
    return f"session:{session_id}"
