"""Quotas in a real Redis: a minute and a day, for all processes together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from server.redis import RedisGuard, RedisSessionFlags, connect_redis
from server.redis_limits import RedisRateLimiter
from server.redis_quotas import RedisQuotas
from tests.clients import a_client
from tests.contract.test_redis_limits import LIMITS, NOBODY_THERE
from tests.processes import Stores

# 23:59:30 in the city.
NOW = datetime(2026, 11, 22, 15, 59, 30, tzinfo=UTC)


class Hand:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def redis(stores: Stores) -> AsyncIterator[Redis]:
    redis = connect_redis(stores.redis_url)
    yield redis
    await redis.aclose()


def quotas_on(redis: Redis, hand: Hand) -> RedisQuotas:
    guard = RedisGuard()
    flags = RedisSessionFlags(redis, guard, ended_ttl_s=60)
    return RedisQuotas(redis, guard, RedisRateLimiter(redis, guard, flags, LIMITS), hand)


async def test_a_day_has_so_many_requests_and_ends_at_midnight_in_the_city(redis: Redis) -> None:
    hand, client = Hand(), a_client(requests_per_day=5)
    quotas = quotas_on(redis, hand)
    standings = [await quotas.claim(client) for _ in range(7)]
    assert [one and one.wait_s for one in standings] == [None] * 5 + [31, 31]
    assert [one and one.used for one in standings] == [1, 2, 3, 4, 5, 5, 5]
    standing = await quotas.standing(client)
    assert standing is not None
    assert (standing.used, standing.resets_in_s, standing.wait_s) == (5, 31, None)
    hand.at += timedelta(seconds=30)
    fresh = await quotas.claim(client)
    assert fresh is not None
    assert (fresh.used, fresh.wait_s, fresh.resets_in_s) == (1, None, 86_401)


async def test_a_minute_has_so_many_requests_and_what_it_refuses_costs_nothing(redis: Redis) -> None:
    client = a_client(requests_per_minute=3)
    quotas = quotas_on(redis, Hand())
    standings = [await quotas.claim(client) for _ in range(5)]
    assert [one is not None and one.wait_s is None for one in standings] == [True] * 3 + [False] * 2
    last = standings[-1]
    assert last is not None
    assert last.used == 3
    assert last.wait_s is not None
    assert 1 <= last.wait_s <= 61


async def test_processes_and_clients_do_not_mix(stores: Stores) -> None:
    client, other = a_client(requests_per_day=10, requests_per_minute=1000), a_client(requests_per_day=1)
    redis = [connect_redis(stores.redis_url) for _ in range(3)]
    some = [quotas_on(one, Hand()) for one in redis]
    standings = await asyncio.gather(*(quotas.claim(client) for quotas in some for _ in range(8)))
    assert sum(one is not None and one.wait_s is None for one in standings) == 10
    mine = await some[0].claim(other)
    assert mine is not None
    assert (mine.used, mine.wait_s) == (1, None)
    for one in redis:
        await one.aclose()


async def test_without_redis_nobody_is_counted() -> None:
    redis = connect_redis(NOBODY_THERE)
    quotas = quotas_on(redis, Hand())
    assert await quotas.claim(a_client()) is None
    assert await quotas.standing(a_client()) is None
    await redis.aclose()
