"""kill -9 of real workers while they wait for WeChat, and between messages: nobody hears anything twice."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from server.embedded import PROJECT
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from services.common.mongo import Mongo
from services.notifications.model import NoticeKind, NoticeState
from tests.contract.wechat import SEND, base_url, sandbox, stand_in
from tests.notices import TEMPLATES, Hand, Post, make_call
from tests.processes import Stores
from tests.waiting import until

__all__ = ["base_url", "sandbox", "stand_in"]

KIND = NoticeKind.BOOKING_CONFIRMED
MANY, ENOUGH = 160, 1000
WITHIN_S = 60


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@contextmanager
def worker(stores: Stores, database: str, wechat_url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.notice_worker", stores.mongodb_uri, database, wechat_url]
    process = subprocess.Popen(command, cwd=PROJECT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_worker_killed_while_it_waits_for_wechat_leaves_the_notice_uncertain(
    stores: Stores, database_name: str, mongo: Mongo, base_url: str, stand_in: Switches
) -> None:
    await stand_in.accept("sandbox-li", TEMPLATES[KIND].id, 5)
    await stand_in.fault(SEND, hang=True, times=1)
    post, call = Post(mongo=mongo, clock=SystemClock()), make_call()
    await post.tell(call)

    async def asked() -> bool:
        return await stand_in.calls(SEND) == 1

    with worker(stores, database_name, base_url):
        await until(asked, within_s=WITHIN_S)
        assert (await post.only(call)).state is NoticeState.SENDING
    await stand_in.clear_faults()
    later = Hand(datetime.now(UTC) + timedelta(minutes=3))
    other = Post(mongo=mongo, clock=later)
    await other.work.give_up_stale()
    await other.go_on()
    notice = await other.only(call)
    assert (notice.state, notice.code) == (NoticeState.UNCERTAIN, "worker_gone")
    assert await stand_in.calls(SEND) == 1


async def some_more(stand_in: Switches, wanted: int) -> bool:
    return await stand_in.calls(SEND) >= wanted


async def test_workers_killed_again_and_again_tell_each_fact_once_at_most(
    stores: Stores, database_name: str, mongo: Mongo, base_url: str, sandbox: Sandbox, stand_in: Switches
) -> None:
    post, seed = Post(mongo=mongo, clock=SystemClock()), random.randrange(10**6)
    chance = random.Random(seed)
    sandbox.people.accept("sandbox-li", TEMPLATES[KIND].id, ENOUGH)
    calls = [make_call() for _ in range(MANY)]
    await post.tell(*calls, accepts=2)
    await stand_in.fault(SEND, delay_s=0.4, times=ENOUGH)

    for _ in range(3):
        with worker(stores, database_name, base_url), worker(stores, database_name, base_url):
            await until(partial(some_more, stand_in, await stand_in.calls(SEND) + 6), within_s=WITHIN_S)
            await asyncio.sleep(chance.random() / 5)
    await stand_in.clear_faults()
    other = Post(mongo=mongo, clock=Hand(datetime.now(UTC) + timedelta(minutes=3)))
    await other.work.give_up_stale()
    with worker(stores, database_name, base_url):

        async def over() -> bool:
            found = [await post.notices(call) for call in calls]
            return all(len(one) == 1 and one[0].ended_at is not None for one in found)

        await until(over, within_s=WITHIN_S)
    states = [(await post.only(call)).state for call in calls]
    assert set(states) <= {NoticeState.SENT, NoticeState.UNCERTAIN}, seed
    sent, asked = states.count(NoticeState.SENT), await stand_in.calls(SEND)
    assert sent <= asked <= MANY, seed
    assert [await post.left(call) for call in calls] == [1] * MANY
