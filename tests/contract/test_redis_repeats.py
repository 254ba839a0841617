"""Reloads told from checks, in the real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from server.redis import RedisGuard, connect_redis
from server.redis_repeats import ONCE_IN_S, RedisRepeats
from tests.factories import new_id
from tests.processes import Stores

NOBODY_THERE = "unix:///nowhere/redis.sock"


@pytest.fixture
async def redis(stores: Stores) -> AsyncIterator[Redis]:
    redis = connect_redis(stores.redis_url)
    yield redis
    await redis.aclose()


async def test_a_visitor_claims_once_until_it_is_forgotten(redis: Redis) -> None:
    repeats, visitor, other = RedisRepeats(redis, RedisGuard()), new_id("digest"), new_id("digest")
    assert [await repeats.claim(visitor), await repeats.claim(visitor), await repeats.claim(other)] == [
        True,
        False,
        True,
    ]
    assert 0 < await redis.ttl(f"checked:{visitor}") <= ONCE_IN_S
    await redis.delete(f"checked:{visitor}")
    assert await repeats.claim(visitor)


async def test_without_redis_every_check_counts() -> None:
    redis = connect_redis(NOBODY_THERE)
    repeats, visitor = RedisRepeats(redis, RedisGuard()), new_id("digest")
    assert [await repeats.claim(visitor), await repeats.claim(visitor)] == [True, True]
    await redis.aclose()
