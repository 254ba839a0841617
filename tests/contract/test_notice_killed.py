"""A worker killed, or its database gone, between any two steps: nothing is lost, nothing is told twice."""

import itertools
from contextlib import suppress
from datetime import timedelta
from typing import cast

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.notifications.model import Fact, NoticeCall, NoticeKind, NoticeState
from services.notifications.mongo import MongoNoticeCalls, MongoNotices
from services.notifications.ports import CallStore, NoticeStore, Sender
from tests.contract.documents import Documents
from tests.contract.mishaps import Killed, Mishap
from tests.factories import NOW
from tests.notices import SOON, Hand, Phone, Post, make_call


@pytest.fixture
async def mongo_empty(mongo: Mongo, database_name: str) -> Mongo:
    for name in ("notices", "notice_calls", "notice_accepts"):
        await mongo.client[database_name][name].delete_many({})
    return mongo


def mortal(mongo: Mongo, clock: Hand, sender: Sender, mishap: Mishap) -> Post:
    """Return a worker that has the mishap, which can hit any use of its stores."""
    post = Post(mongo=mongo, clock=clock, sender=sender, store=cast(NoticeStore, mishap.around(MongoNotices(mongo))))
    post.expanding.calls = cast(CallStore, mishap.around(MongoNoticeCalls(mongo, clock)))
    return post


def times_told(phone: Phone, call: NoticeCall) -> int:
    return sum(page.endswith(call.subject_id) for _, _, page in phone.sent)


async def run_through(post: Post) -> None:
    """Work as the background does, only that what is caught there ends a round here."""
    for _ in range(4):
        with suppress(DatabaseUnavailable):
            await post.go_on()


async def test_killed_between_any_two_steps(mongo_empty: Mongo, documents: Documents) -> None:
    seen: set[NoticeState] = set()
    for step in itertools.count():
        phone, clock, mishap = Phone(), Hand(), Mishap(step)
        calls = [make_call(), make_call(facts={Fact.STARTS_AT: SOON.isoformat()}, expires_at=SOON)]
        post = mortal(mongo_empty, clock, cast(Sender, mishap.around(phone)), mishap)
        await post.tell(*calls)
        with suppress(Killed):
            await post.go_on()
        other = Post(mongo=mongo_empty, clock=clock, sender=phone)
        for _ in range(3):
            clock.pass_by(minutes=3)
            await other.work.give_up_stale()
            await other.go_on()
        assert await documents.find("notice_calls") == []
        for call in calls:
            first = (await other.notices(call))[0]
            assert first.state in {NoticeState.SENT, NoticeState.UNCERTAIN}
            assert times_told(phone, call) <= 1
            assert times_told(phone, call) == 1 or first.state is NoticeState.UNCERTAIN
            seen.add(first.state)
        kinds = [one.kind for one in await other.notices(calls[1])]
        assert kinds == [NoticeKind.BOOKING_CONFIRMED, NoticeKind.VISIT_REMINDER]
        if not mishap.struck:
            break
    assert step > 20
    assert seen == {NoticeState.SENT, NoticeState.UNCERTAIN}


async def test_the_database_away_between_any_two_steps(mongo_empty: Mongo, documents: Documents) -> None:
    for step in itertools.count():
        phone, clock, mishap = Phone(), Hand(), Mishap(step, DatabaseUnavailable)
        calls = [make_call(), make_call(expires_at=NOW - timedelta(seconds=1))]
        post = mortal(mongo_empty, clock, phone, mishap)
        await post.tell(*calls)
        await run_through(post)
        assert await documents.find("notice_calls") == []
        assert (await post.only(calls[0])).state is NoticeState.SENT
        assert (await post.only(calls[1])).state is NoticeState.EXPIRED
        assert [times_told(phone, call) for call in calls] == [1, 0]
        assert [await post.left(call) for call in calls] == [0, 1]
        if not mishap.struck:
            break
    assert step > 15
