"""Three processes that want an access token at the same instant.

Run as a script, this file is one of those processes: see `worker`.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.wechat.assembly import process_tokens, shared_tokens
from server.wechat.renewal import DirectRenewal, StableTokenFetch
from server.wechat.sharing import SharedRenewal
from server.wechat.store import TokenStore
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from tests.contract.wechat import (
    APP_ID,
    PLENTY_S,
    SECRET,
    TOKEN,
    base_url,
    redis_url,
    sandbox,
    valkey,
    wait_for_fetches,
)

ROOT = Path(__file__).parents[2]
__all__ = ["base_url", "redis_url", "sandbox", "valkey"]


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


class NoLock(TokenStore):
    """A shared store that everybody may renew at any time: what the lock is there to prevent."""

    async def claim(self, mark: str, for_s: float) -> bool:
        await super().claim(mark, for_s)
        return True


async def fetches_of_three_processes(kind: str, base_url: str, redis_url: str, until: int) -> tuple[int, int]:
    """Let three processes ask at once; returns how many fetches there were, and how many different tokens.

    The first fetch is held until `until` of them have come, so that no luck with timing is needed.
    """
    stand_in = Switches(base_url)
    await stand_in.fault(TOKEN, hang=True, times=100)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, kind, base_url, redis_url]
    workers = [
        await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        for _ in range(3)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert await worker.stdout.readline() == b"ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write(b"go\n")
        await wait_for_fetches(stand_in, until)
        await stand_in.clear_faults()
        said = [(await worker.communicate())[0].splitlines() for worker in workers]
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
    return await stand_in.calls(TOKEN), len({lines[-1] for lines in said})


@pytest.mark.parametrize(("kind", "fetches"), [("alone", 3), ("unlocked", 3), ("shared", 1)])
async def test_three_processes_at_once_fetch_one_token_thanks_to_the_lock(
    base_url: str, redis_url: str, kind: str, fetches: int
) -> None:
    assert await fetches_of_three_processes(kind, base_url, redis_url, until=fetches) == (fetches, 1)


async def worker(kind: str, base_url: str, redis_url: str) -> None:
    """Be one process: get ready, wait for a line, ask for a token, say it."""
    redis = Redis.from_url(redis_url)
    clock = SystemClock()
    app = {"base_url": base_url, "app_id": APP_ID, "app_secret": SECRET}
    match kind:
        case "alone":
            tokens = process_tokens(**app, timeout_s=PLENTY_S, clock=clock)
        case "unlocked":
            inner = DirectRenewal(fetch=StableTokenFetch(**app, timeout_s=PLENTY_S), clock=clock)
            store = NoLock(redis=redis, app_id=APP_ID)
            renewal = SharedRenewal(store=store, inner=inner, clock=clock, longest_s=2 * PLENTY_S)
            tokens = TokenCache(renewal=renewal, clock=clock)
        case _:
            tokens = shared_tokens(**app, timeout_s=PLENTY_S, clock=clock, redis=redis)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(await tokens.current(), flush=True)
    await tokens.close()
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(worker(*sys.argv[1:]))
