"""Access tokens while Redis is away, hangs, or comes back."""

import asyncio
import signal
from typing import Any

from redis.asyncio import Redis

from server.wechat.assembly import connect
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from tests.contract.wechat import (
    APP_ID,
    PLENTY_S,
    SECRET,
    TOKEN,
    MovableClock,
    Office,
    Valkey,
    base_url,
    clock,
    office,
    sandbox,
    stand_in,
    valkey,
)

__all__ = ["base_url", "clock", "office", "sandbox", "stand_in", "valkey"]

# It would wait for ever if we did.
ENDLESS: dict[str, Any] = {"socket_timeout": None}


async def test_without_redis_each_process_fetches_once(office: Office, stand_in: Switches) -> None:
    sources = [office.shared("unix:///nonexistent/redis.sock", **ENDLESS) for _ in range(2)]
    tokens = await asyncio.gather(*(source.current() for source in sources for _ in range(20)))
    assert len(set(tokens)) == 1
    assert await stand_in.calls(TOKEN) == 2


async def test_a_token_is_renewed_while_redis_is_away_and_shared_when_it_is_back(
    office: Office, valkey: Valkey, stand_in: Switches, clock: MovableClock
) -> None:
    source = office.shared(valkey.url, **ENDLESS)
    bad = await source.current()
    valkey.stop()
    try:
        renewed = await source.refresh(bad)
        assert renewed != bad
        assert await source.current() == renewed
    finally:
        valkey.start()
    clock.pass_by(hours=2)
    await source.current()
    before = await stand_in.calls(TOKEN)
    assert await office.shared(valkey.url, **ENDLESS).current() == await source.current()
    assert await stand_in.calls(TOKEN) == before


async def test_a_redis_that_hangs_counts_as_away(office: Office, valkey: Valkey, sandbox: Sandbox) -> None:
    source = office.shared(valkey.url, **ENDLESS)
    valkey.send(signal.SIGSTOP)
    try:
        async with asyncio.timeout(PLENTY_S):
            assert await source.current() == sandbox.tokens.give(APP_ID).value
    finally:
        valkey.send(signal.SIGCONT)


async def test_the_whole_client_works_with_and_without_redis(valkey: Valkey, base_url: str) -> None:
    for url in (valkey.url, "unix:///nonexistent/redis.sock"):
        redis = Redis.from_url(url)
        client = connect(
            base_url=base_url,
            app_id=APP_ID,
            app_secret=SECRET,
            timeout_s=PLENTY_S,
            clock=SystemClock(),
            redis=redis,
        )
        assert (await client.draw_unlimited_code("v=1", "pages/a")).startswith(b"\x89PNG")
        await client.close()
        await redis.aclose()
