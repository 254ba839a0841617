"""Several workers at the same notices: whatever is told, and however often, nobody hears it twice."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from services.common.mongo import Mongo
from services.notifications.model import NoticeState
from services.notifications.mongo import MongoNotices
from services.notifications.ports import NoticeStore
from tests.concurrency.conftest import Pair
from tests.concurrency.naive_notices import NaiveNotices
from tests.notices import Hand, Post, make_call

MANY, WORKERS = 60, 4


class Crowd:
    """Counts what arrives, by page; to arrive takes a moment."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def send(self, address: str, template_id: str, fields: Mapping[str, str], page: str) -> None:
        assert address
        assert template_id
        assert fields
        await asyncio.sleep(0.005)
        self.arrived[page] += 1


async def rush(pair: Pair, make_store: Callable[[Mongo], NoticeStore]) -> tuple[Crowd, list[Post], list[NoticeState]]:
    """Let several workers loose on the same calls, told twice; return what arrived, the workers and the ends."""
    crowd, clock = Crowd(), Hand()
    posts = [
        Post(mongo=pair[one % 2], clock=clock, sender=crowd, store=make_store(pair[one % 2])) for one in range(WORKERS)
    ]
    calls = [make_call() for _ in range(MANY)]
    for call in calls:
        await posts[0].tell(call, accepts=2)
    await posts[1].calls.append(calls)
    await asyncio.gather(*(post.go_on() for post in posts))
    return crowd, posts, [(await posts[0].only(call)).state for call in calls]


async def test_without_a_guard_people_hear_things_twice(pair: Pair) -> None:
    crowd, _, _ = await rush(pair, NaiveNotices)
    assert max(crowd.arrived.values()) > 1


@pytest.mark.parametrize("_again", range(3))
async def test_many_workers_send_each_notice_once(pair: Pair, _again: int) -> None:
    crowd, posts, states = await rush(pair, MongoNotices)
    assert states == [NoticeState.SENT] * MANY
    assert list(crowd.arrived.values()) == [1] * MANY
    assert sum(len(post.heard.ends) for post in posts) == MANY
    assert [post.heard.defects for post in posts] == [[]] * WORKERS


async def test_an_accept_pays_for_one_message_however_many_want_it(pair: Pair) -> None:
    crowd, clock = Crowd(), Hand()
    posts = [Post(mongo=pair[one], clock=clock, sender=crowd) for one in range(2)]
    calls = [make_call(citizen_id=make_call().citizen_id) for _ in range(1)]
    calls += [make_call(citizen_id=calls[0].citizen_id) for _ in range(19)]
    await posts[0].calls.append(calls)
    for _ in range(5):
        await posts[0].accept(calls[0].citizen_id, calls[0].kind)
    await asyncio.gather(*(post.go_on() for post in posts))
    states = Counter(one.state for one in await posts[0].notices(calls[0]))
    assert states == {NoticeState.SENT: 5, NoticeState.NO_ACCEPT: 15}
    assert sum(crowd.arrived.values()) == 5
    assert await posts[0].left(calls[0]) == 0
