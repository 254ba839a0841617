"""Access tokens that several token sources share over a real Redis, from the stand-in over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from server.wechat.store import TokenStore
from server.wechat.tokens import IssuedToken, hold
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.identity.wechat_errors import WeChatMisconfigured, WeChatUnavailable
from tests.contract.wechat import (
    APP_ID,
    TOKEN,
    MovableClock,
    Office,
    base_url,
    clock,
    office,
    redis_url,
    sandbox,
    stand_in,
    valkey,
)

__all__ = ["base_url", "clock", "office", "redis_url", "sandbox", "stand_in", "valkey"]

KEY, LOCK_KEY = f"wechat:token:{APP_ID}", f"{{wechat:token:{APP_ID}}}:lock"


@pytest.fixture(autouse=True)
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(redis_url)
    yield redis
    await redis.aclose()


async def test_all_who_share_a_redis_use_one_token(office: Office, redis_url: str, stand_in: Switches) -> None:
    sources = [office.shared(redis_url) for _ in range(3)]

    tokens = await asyncio.gather(*(source.current() for source in sources for _ in range(20)))

    assert len(set(tokens)) == 1
    assert await stand_in.calls(TOKEN) == 1


async def test_the_token_lies_under_its_name_until_it_ends(office: Office, redis_url: str, redis: Redis) -> None:
    await office.shared(redis_url).current()
    assert 7_000_000 < await redis.pttl(KEY) <= 7_200_000
    assert await redis.keys("*") == [KEY.encode()]


async def test_a_bad_token_reported_by_many_is_renewed_once(
    office: Office, redis_url: str, redis: Redis, stand_in: Switches, sandbox: Sandbox
) -> None:
    sources = [office.shared(redis_url) for _ in range(3)]
    (bad,) = {await source.current() for source in sources}

    tokens = await asyncio.gather(*(source.refresh(bad) for source in sources for _ in range(20)))

    assert len(set(tokens)) == 1
    assert tokens[0] != bad
    assert await stand_in.calls(TOKEN) == 3  # the first one, then once plainly and once by force
    assert tokens[0] == sandbox.tokens.give(APP_ID).value
    assert await redis.exists(LOCK_KEY) == 0


async def test_a_token_that_was_renewed_already_is_taken_over(
    office: Office, redis_url: str, stand_in: Switches
) -> None:
    early, late = office.shared(redis_url), office.shared(redis_url)
    bad = await early.current()
    assert await late.current() == bad
    renewed = await early.refresh(bad)
    before = await stand_in.calls(TOKEN)

    assert await late.refresh(bad) == renewed
    assert await late.current() == renewed
    assert await stand_in.calls(TOKEN) == before


async def test_a_token_that_somebody_else_replaced_is_not_replaced_again(
    office: Office, redis_url: str, sandbox: Sandbox, clock: MovableClock
) -> None:
    source = office.shared(redis_url)
    bad = await source.current()
    theirs = sandbox.tokens.replace(APP_ID).value
    clock.pass_by(minutes=1)  # so that the stand-in would give yet another one if it were forced

    assert await source.refresh(bad) == theirs


async def test_force_is_used_once_in_72_minutes_by_all_together(
    office: Office, redis_url: str, clock: MovableClock
) -> None:
    one, other = office.shared(redis_url), office.shared(redis_url)
    forced = await one.refresh(await one.current())
    clock.pass_by(minutes=71)
    assert await other.current() == forced
    assert await other.refresh(forced) == forced
    assert await one.refresh(forced) == forced
    assert await office.shared(redis_url).refresh(forced) == forced  # a process that has just started

    clock.pass_by(minutes=1)

    assert await other.refresh(forced) != forced


async def test_a_token_is_renewed_before_its_end_and_once_for_all(
    office: Office, redis_url: str, stand_in: Switches, clock: MovableClock, sandbox: Sandbox
) -> None:
    sources = [office.shared(redis_url) for _ in range(3)]
    (first,) = {await source.current() for source in sources}
    clock.pass_by(seconds=6929)
    assert {await source.current() for source in sources} == {first}
    assert await stand_in.calls(TOKEN) == 1
    clock.pass_by(seconds=1)

    renewed = set(await asyncio.gather(*(source.current() for source in sources)))

    assert len(renewed) == 1
    assert renewed != {first}
    assert await stand_in.calls(TOKEN) == 2
    assert sandbox.tokens.ensure_valid(first) == APP_ID  # whoever is still under way with it is not refused


@pytest.mark.parametrize("rubbish", ["", "{", "[]", "7", '{"value": "x"}', '{"value": 1, "usable_until": "soon"}'])
async def test_rubbish_in_redis_counts_as_no_token(
    office: Office, redis_url: str, redis: Redis, rubbish: str, sandbox: Sandbox
) -> None:
    await redis.set(KEY, rubbish)
    assert await office.shared(redis_url).current() == sandbox.tokens.give(APP_ID).value


async def test_a_failed_fetch_gives_the_lock_back(
    office: Office, redis_url: str, redis: Redis, stand_in: Switches
) -> None:
    await stand_in.fault(TOKEN, errcode=40125)
    with pytest.raises(WeChatMisconfigured):
        await office.shared(redis_url).current()
    assert await redis.keys("*") == []


async def test_the_lock_of_a_dead_process_runs_out(
    office: Office, redis_url: str, redis: Redis, stand_in: Switches
) -> None:
    await redis.set(LOCK_KEY, "somebody who was killed", px=300)
    assert await office.shared(redis_url).current()
    assert await stand_in.calls(TOKEN) == 1


async def test_waiting_for_another_process_is_bounded(
    office: Office, redis_url: str, redis: Redis, stand_in: Switches
) -> None:
    await redis.set(LOCK_KEY, "somebody who hangs", px=600_000)
    with pytest.raises(WeChatUnavailable):
        await office.shared(redis_url, timeout_s=0.1).current()
    assert await stand_in.calls(TOKEN) == 0
    assert await redis.get(LOCK_KEY) == b"somebody who hangs"


async def test_who_lost_the_lock_writes_nothing_and_frees_nothing(redis: Redis, clock: MovableClock) -> None:
    store = TokenStore(redis=redis, app_id=APP_ID)
    new, old = (
        hold(IssuedToken(value=value, expires_in_s=7200), now=clock.now(), forced_at=None) for value in ("new", "old")
    )
    assert await store.claim("slow", 60)
    assert not await store.claim("quick", 60)
    await redis.delete(LOCK_KEY)  # as if it had run out
    assert await store.claim("quick", 60)
    assert await store.keep("quick", new, clock.now())

    assert not await store.keep("slow", old, clock.now())
    await store.release("slow")

    assert await store.read() == new
    assert await redis.get(LOCK_KEY) == b"quick"
