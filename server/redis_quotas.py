"""Quotas of machine clients, counted in Redis for all processes: a sliding minute, and the city's calendar day."""

from datetime import datetime, time, timedelta

from redis.asyncio import Redis

from handlers.context import CounterAway
from server.redis import RedisGuard, RedisUnavailable
from server.redis_limits import RedisRateLimiter
from services.clients.model import Client, QuotaStanding
from services.common.clock import CITY_OFFSET, Clock, city_day

# Longer than the day, so that a clock that is a little off still finds the count.
KEPT_S = 2 * 24 * 60 * 60

# KEYS: the day's count. ARGV: the most, seconds to keep it. Answers with the count, and whether this one was let pass.
SCRIPT = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used >= tonumber(ARGV[1]) then
  return {used, 0}
end
used = redis.call('INCR', KEYS[1])
if used == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return {used, 1}
"""


class RedisQuotas:
    """See `services.clients.ports.Quotas`. What the minute refuses does not count for the day."""

    def __init__(self, redis: Redis, guard: RedisGuard, minutes: RedisRateLimiter, clock: Clock) -> None:
        self._redis = redis
        self._guard = guard
        self._minutes = minutes
        self._clock = clock
        self._script = redis.register_script(SCRIPT)

    async def claim(self, client: Client) -> QuotaStanding | None:
        """Count one request unless a quota is exhausted; None when the counter is away."""
        now = self._clock.now()
        try:
            wait_s = await self._minutes.claim_up_to(client.requests_per_minute, client.id)
            if wait_s is not None:
                return await self._standing(client, now, wait_s)
            async with self._guard.watch():
                used, passed = await self._script([_key(client, now)], [client.requests_per_day, KEPT_S])
        except (CounterAway, RedisUnavailable):
            return None
        resets_in_s = _resets_in_s(now)
        return QuotaStanding(used=used, resets_in_s=resets_in_s, wait_s=None if passed else resets_in_s)

    async def standing(self, client: Client) -> QuotaStanding | None:
        """Return how the client stands, without counting; None when the counter is away."""
        try:
            return await self._standing(client, self._clock.now(), None)
        except RedisUnavailable:
            return None

    async def _standing(self, client: Client, now: datetime, wait_s: int | None) -> QuotaStanding:
        async with self._guard.watch():
            used = int(await self._redis.get(_key(client, now)) or 0)
        return QuotaStanding(used=used, resets_in_s=_resets_in_s(now), wait_s=wait_s)


def _key(client: Client, now: datetime) -> str:
    return f"quota:{city_day(now)}:{client.id}"


def _resets_in_s(now: datetime) -> int:
    """Return the seconds to midnight in the city, at least one."""
    local = now + CITY_OFFSET
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    return int((midnight - local).total_seconds()) + 1
