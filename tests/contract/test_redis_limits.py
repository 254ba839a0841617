"""Limits in a real Redis: exact whoever counts, one question for address, session and account."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from ulid import ULID

from handlers.context import CounterAway, Limit, Standing
from server.config_sections import RateLimitConfig
from server.redis import RedisGuard, RedisSessionFlags, connect_redis, note_key
from server.redis_limits import PERIOD_MS, RedisRateLimiter
from tests.processes import Stores

MOST = 10
FEW = 4
LIMITS = RateLimitConfig(
    per_address=MOST,
    per_account=FEW,
    log_in_per_address=1,
    wechat_log_in_per_address=1,
    log_in_per_account=1,
    public_misses_per_address=1,
    complaints_per_address=1,
    public_photos_per_address=1,
)
NOBODY_THERE = "unix:///nowhere/redis.sock"
WELCOME = Standing(address_wait_s=None, live=True, account_wait_s=None)


def new() -> str:
    """Return somebody whom nobody has counted before."""
    return str(ULID())


@pytest.fixture
async def redis(stores: Stores) -> AsyncIterator[Redis]:
    redis = connect_redis(stores.redis_url)
    yield redis
    await redis.aclose()


@pytest.fixture
def flags(redis: Redis) -> RedisSessionFlags:
    return RedisSessionFlags(redis, RedisGuard(), ended_ttl_s=60)


@pytest.fixture
def limiter(redis: Redis, flags: RedisSessionFlags) -> RedisRateLimiter:
    return RedisRateLimiter(redis, RedisGuard(), flags, LIMITS)


async def passed(limiter: RedisRateLimiter, who: str, tries: int = 3 * MOST) -> int:
    """Return how many of so many at once are let pass by their address."""
    waits = await asyncio.gather(*(limiter.claim(Limit.ADDRESS, who) for _ in range(tries)))
    return waits.count(None)


async def count_as(redis: Redis, who: str, *, began_ms_ago: int, before: int, count: int) -> None:
    """Leave an address counted as of a window that began so long ago."""
    seconds, microseconds = await redis.time()
    began = seconds * 1000 + microseconds // 1000 - began_ms_ago
    await redis.set(f"limit:address:{who}", f"{began} {before} {count}")


async def test_several_processes_let_as_many_pass_as_one(stores: Stores, flags: RedisSessionFlags) -> None:
    clients = [connect_redis(stores.redis_url) for _ in range(3)]
    limiters = [RedisRateLimiter(client, RedisGuard(), flags, LIMITS) for client in clients]
    who, other = new(), new()
    assert sum(await asyncio.gather(*(passed(limiter, who) for limiter in limiters))) == MOST
    assert await passed(limiters[0], who) == 0
    assert await passed(limiters[0], other) == MOST
    for client in clients:
        await client.aclose()


async def test_more_than_fit_into_one_question_are_counted_all(limiter: RedisRateLimiter) -> None:
    many = [new() for _ in range(700)]
    waits = await asyncio.gather(*(limiter.claim(Limit.ADDRESS, who) for who in many for _ in range(2)))
    assert waits == [None] * 1400
    assert await passed(limiter, many[0]) == MOST - 2


async def test_a_refused_request_is_not_counted_and_says_how_long_to_wait(
    redis: Redis, limiter: RedisRateLimiter
) -> None:
    who = new()
    await count_as(redis, who, began_ms_ago=20_000, before=0, count=MOST)
    for _ in range(3):
        wait_s = await limiter.claim(Limit.ADDRESS, who)
        assert wait_s is not None
        assert 25 <= wait_s <= 41
    assert str(await redis.get(f"limit:address:{who}")).endswith(f" 0 {MOST}'")


@pytest.mark.parametrize(
    ("began_ms_ago", "before", "count", "room"),
    [
        (0, 0, 3, range(MOST - 3, MOST - 2)),
        # The window before weighs by what still lies within the last minute.
        (PERIOD_MS // 2, MOST, 0, range(MOST // 2, MOST // 2 + 3)),
        (PERIOD_MS // 2, MOST, 2, range(MOST // 2 - 2, MOST // 2 + 1)),
        # The present one has become the one before.
        (PERIOD_MS * 3 // 2, 1000, MOST, range(MOST // 2, MOST // 2 + 3)),
        (PERIOD_MS * 2, 1000, 1000, range(MOST, MOST + 1)),
    ],
)
async def test_a_window_slides(
    redis: Redis, limiter: RedisRateLimiter, began_ms_ago: int, before: int, count: int, room: range
) -> None:
    who = new()
    await count_as(redis, who, began_ms_ago=began_ms_ago, before=before, count=count)
    assert await passed(limiter, who) in room


@pytest.mark.parametrize(
    ("began_ms_ago", "before", "count", "wait_s"),
    [
        (15_000, 0, MOST, range(35, 47)),
        # Half of what was before must slide out first.
        (0, MOST, MOST // 2, range(20, 32)),
        # The limit was lowered meanwhile.
        (0, 0, 2 * MOST, range(80, 92)),
    ],
)
async def test_the_wait_is_as_long_as_it_takes(
    redis: Redis, limiter: RedisRateLimiter, began_ms_ago: int, before: int, count: int, wait_s: range
) -> None:
    who = new()
    await count_as(redis, who, began_ms_ago=began_ms_ago, before=before, count=count)
    assert await limiter.claim(Limit.ADDRESS, who) in wait_s


async def test_a_counter_is_forgotten_when_it_means_nothing_any_more(redis: Redis, limiter: RedisRateLimiter) -> None:
    who = new()
    await limiter.claim(Limit.ADDRESS, who)
    assert PERIOD_MS < await redis.pttl(f"limit:address:{who}") <= 2 * PERIOD_MS


async def test_what_is_noted_of_a_session_decides_whether_its_account_is_counted(
    limiter: RedisRateLimiter, flags: RedisSessionFlags
) -> None:
    unknown, living, ended = (f"ses_{new()}" for _ in range(3))
    await flags.note_live([living])
    await flags.note_ended(ended)
    account = new()
    for session_id, live in ((unknown, None), (ended, False)):
        for _ in range(2 * FEW):
            standing = await limiter.claim_together(address=None, session_id=session_id, account=account)
            assert standing == WELCOME._replace(live=live)
    standings = [await limiter.claim_together(address=None, session_id=living, account=account) for _ in range(FEW + 2)]
    assert standings[:FEW] == [WELCOME] * FEW
    for standing in standings[FEW:]:
        assert standing.live
        assert standing.account_wait_s is not None
        assert 50 <= standing.account_wait_s <= 61


async def test_who_must_wait_by_address_is_not_counted_by_account(
    limiter: RedisRateLimiter, flags: RedisSessionFlags
) -> None:
    session_id, account, crowded = f"ses_{new()}", new(), new()
    await flags.note_live([session_id])
    assert await passed(limiter, crowded) == MOST
    for _ in range(2 * FEW):
        standing = await limiter.claim_together(address=crowded, session_id=session_id, account=account)
        assert standing.address_wait_s is not None
        assert standing.account_wait_s is None
    standing = await limiter.claim_together(address=new(), session_id=session_id, account=account)
    assert standing == WELCOME


async def test_requests_of_one_moment_are_counted_in_the_order_in_which_they_came(
    limiter: RedisRateLimiter, flags: RedisSessionFlags
) -> None:
    session_id = f"ses_{new()}"
    await flags.note_live([session_id])
    address = new()
    standings = await asyncio.gather(
        *(limiter.claim_together(address=address, session_id=session_id, account=new()) for _ in range(2 * MOST))
    )
    assert [standing.address_wait_s is None for standing in standings] == [True] * MOST + [False] * MOST


async def test_a_note_that_a_session_ended_is_never_overwritten(redis: Redis, flags: RedisSessionFlags) -> None:
    ended, living = f"ses_{new()}", f"ses_{new()}"
    await flags.note_ended(ended)
    await flags.note_live([ended, living])
    await flags.note_live([])
    assert [await redis.get(note_key(session_id)) for session_id in (ended, living)] == [b"ended", b"live"]
    await flags.note_ended(living)
    assert await redis.get(note_key(living)) == b"ended"


async def test_a_session_that_ended_while_redis_was_away_is_refused_here(
    redis: Redis, flags: RedisSessionFlags
) -> None:
    away = connect_redis(NOBODY_THERE)
    lonely = RedisSessionFlags(away, RedisGuard(), ended_ttl_s=60)
    limiter = RedisRateLimiter(redis, RedisGuard(), lonely, LIMITS)
    session_id, account = f"ses_{new()}", new()
    await flags.note_live([session_id])
    await lonely.note_ended(session_id)
    for _ in range(2 * FEW):
        standing = await limiter.claim_together(address=new(), session_id=session_id, account=account)
        assert standing == WELCOME._replace(live=False)
    for task in list(lonely._insisting):
        task.cancel()
    await away.aclose()


async def test_without_redis_nobody_is_counted_and_nobody_waits(flags: RedisSessionFlags) -> None:
    away = connect_redis(NOBODY_THERE)
    limiter = RedisRateLimiter(away, RedisGuard(), flags, LIMITS)
    with pytest.raises(CounterAway):
        await limiter.claim(Limit.ADDRESS, new())
    claims = [limiter.claim_together(address=new(), session_id="ses_x", account=new()) for _ in range(1000)]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {CounterAway}
    await away.aclose()
