"""The token that all processes share, in Redis, and the lock of the one who renews it."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.wechat.tokens import HeldToken

ANSWERS_WITHIN_S = 0.5  # a store that is slower than this counts as away; the client's own retries included

# Both keys hash to one slot of a Redis Cluster: the braces of the lock's name hold the token's whole name.
KEEP_IF_MINE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
RELEASE_IF_MINE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class StoreAway(Exception):
    """Redis does not answer, or not in time."""


class TokenStore:
    """One app's token under `wechat:token:{app_id}`; whoever renews it holds the lock beside it.

    The lock's value is its holder's own mark and its life is bounded. What a holder writes is checked
    against the mark in the same step, so one who was too slow cannot overwrite a successor's token.
    """

    def __init__(self, *, redis: "Redis", app_id: str) -> None:
        self._redis = redis
        self._key = f"wechat:token:{app_id}"
        self._lock_key = f"{{{self._key}}}:lock"

    async def read(self) -> HeldToken | None:
        """Return the shared token; None when there is none, or nothing that can be read as one."""
        return _decode(await _answered(self._redis.get(self._key)))

    async def claim(self, mark: str, for_s: float) -> bool:
        """Take the lock for at most `for_s` seconds; False while somebody else holds it."""
        taken = await _answered(self._redis.set(self._lock_key, mark, nx=True, px=int(for_s * 1000)))
        return bool(taken)

    async def keep(self, mark: str, held: HeldToken, now: datetime) -> bool:
        """Share `held` until it expires; False, and nothing is written, when the lock is lost."""
        life_ms = max(int((held.expires_at - now).total_seconds() * 1000), 1)
        arguments = (mark, _encode(held), str(life_ms))
        return bool(await _answered(self._redis.eval(KEEP_IF_MINE, 2, self._key, self._lock_key, *arguments)))

    async def release(self, mark: str) -> None:
        """Give the lock back, if it is still held."""
        await _answered(self._redis.eval(RELEASE_IF_MINE, 1, self._lock_key, mark))


async def _answered(pending: Any) -> Any:
    waiting: Awaitable[Any] = pending
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await waiting
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreAway(type(error).__name__) from None


def _encode(held: HeldToken) -> str:
    times = {"usable_until": held.usable_until, "expires_at": held.expires_at, "forced_at": held.forced_at}
    return json.dumps({"value": held.value} | {name: at.timestamp() for name, at in times.items() if at})


def _decode(raw: str | bytes | None) -> HeldToken | None:
    try:
        record = json.loads(raw or "null")
        return HeldToken(
            value=str(record["value"]),
            usable_until=_instant(record["usable_until"]),
            expires_at=_instant(record["expires_at"]),
            forced_at=_instant(record["forced_at"]) if "forced_at" in record else None,
        )
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
