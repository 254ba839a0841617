"""Subscriptions and deliveries in the real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.mongo import Mongo
from services.common.requests import REQUESTS
from services.sync.model import EventKind
from services.webhooks.changing import change
from services.webhooks.errors import WebhookUnknown
from services.webhooks.fanout import Fanout, Writing
from services.webhooks.model import (
    PauseReason,
    Tried,
)
from services.webhooks.mongo import DELIVERIES, MongoDeliveries, MongoSubscriptions
from services.webhooks.rules import HOLD, after_try
from tests.factories import make_request
from tests.webhooks import (
    NOW,
    TurnedClock,
    added,
    make_delivery,
    make_subscription,
    make_told,
    no_chance,
)

LONG = timedelta(days=20)


@pytest.fixture
def subscriptions(mongo: Mongo) -> MongoSubscriptions:
    return MongoSubscriptions(mongo)


@pytest.fixture
def deliveries(mongo: Mongo) -> MongoDeliveries:
    return MongoDeliveries(mongo)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_a_subscription_is_kept_whole_and_changed_by_version(subscriptions: MongoSubscriptions) -> None:
    made = make_subscription(
        kinds=frozenset({EventKind.ITEM_EVENT}), per_minute=5, failing_since=NOW, reason=PauseReason.ASKED
    )
    assert await subscriptions.first_answer(None) is None
    assert await subscriptions.add(made, None) == made.id
    assert await subscriptions.find(made.id) == made
    assert made in await subscriptions.all()
    changed = replace(made, version=2, kinds=None, description="other")
    assert await subscriptions.replace(changed, 1)
    assert not await subscriptions.replace(changed, 1)
    assert await subscriptions.find(made.id) == changed
    assert await subscriptions.remove(made.id)
    assert not await subscriptions.remove(made.id)
    assert await subscriptions.find(made.id) is None
    with pytest.raises(WebhookUnknown):
        await change(subscriptions, made.id, lambda one: one)


async def test_a_repeated_request_makes_one_subscription(subscriptions: MongoSubscriptions, mongo: Mongo) -> None:
    request, first = make_request(), make_subscription()
    made = await asyncio.gather(*(subscriptions.add(replace(first, id=f"{first.id}{n}"), request) for n in range(4)))
    assert len(set(made)) == 1
    assert await subscriptions.first_answer(request) == made[0]
    assert await subscriptions.find(made[0]) == replace(first, id=made[0])
    answers = await mongo.collection(REQUESTS).find({}).to_list()
    assert {"_id": made[0]} in [one["answer"] for one in answers]
    with pytest.raises(IdempotencyKeyReused):
        await subscriptions.add(make_subscription(), replace(request, fingerprint="other"))


async def test_all_changes_of_one_moment_are_kept(subscriptions: MongoSubscriptions) -> None:
    made = await added(subscriptions, make_subscription(description=""))

    async def append(letter: str) -> None:
        await change(subscriptions, made.id, lambda one: replace(one, description=one.description + letter))

    await asyncio.gather(*(append(letter) for letter in "abcde"))
    after = await subscriptions.find(made.id)
    assert after is not None
    assert sorted(after.description) == list("abcde")


async def test_telling_again_changes_nothing(
    subscriptions: MongoSubscriptions, deliveries: MongoDeliveries, clock: TurnedClock, mongo: Mongo
) -> None:
    every = await added(subscriptions, make_subscription())
    some = await added(subscriptions, make_subscription(kinds=frozenset({EventKind.ITEM_EVENT})))
    events = [make_told() for _ in range(30)]
    fanout = Fanout(
        subscriptions=subscriptions,
        deliveries=deliveries,
        writing=Writing(source="https://city.example", secret=b"s" * 32),
        clock=clock,
    )
    await fanout.tell(events[:20])
    [first] = await deliveries.due(every.id, NOW - LONG, NOW + LONG, 1)
    done = after_try(replace(first, fence=1), Tried(failure=None, status=200), NOW, no_chance)
    assert await deliveries.claim(first, NOW + HOLD)
    assert await deliveries.settle(done, 1)
    clock.turn(timedelta(hours=1))
    await asyncio.gather(fanout.tell(events), fanout.tell(events), fanout.tell([]))
    collection = mongo.collection(DELIVERIES)
    assert await collection.count_documents({"subscription_id": every.id}) == 30
    assert await collection.count_documents({"subscription_id": some.id}) == 0
    assert await deliveries.find(every.id, first.event_id) == done
    await subscriptions.remove(every.id)
    await subscriptions.remove(some.id)


async def test_a_delivery_is_held_by_one_and_its_end_by_its_fence(deliveries: MongoDeliveries) -> None:
    waiting = make_delivery("whk_held")
    await deliveries.add([waiting])
    assert await deliveries.find("whk_held", waiting.event_id) == waiting
    took = await asyncio.gather(*(deliveries.claim(waiting, NOW + HOLD) for _ in range(5)))
    assert sorted(took) == [False] * 4 + [True]
    assert await deliveries.due("whk_held", NOW - LONG, NOW, 10) == []
    [held] = await deliveries.due("whk_held", NOW, NOW + HOLD, 10)
    assert held == replace(waiting, fence=1, next_try_at=NOW + HOLD)
    # Its hold lapses, somebody else tries: what the first one has to say comes too late.
    assert await deliveries.claim(held, NOW + 2 * HOLD)
    done = after_try(held, Tried(failure=None, status=204), NOW, no_chance)
    assert not await deliveries.settle(done, 1)
    assert await deliveries.settle(replace(done, fence=2), 2)
    assert not await deliveries.claim(replace(done, fence=2), NOW + HOLD)
    assert await deliveries.due("whk_held", NOW - LONG, NOW + LONG, 10) == []


async def test_lists_are_bounded_and_without_texts(deliveries: MongoDeliveries) -> None:
    made = [make_delivery("whk_list") for _ in range(12)]
    await deliveries.add(made)
    ids = sorted(one.event_id for one in made)
    found = await deliveries.between("whk_list", ids[0], ids[-1], 5)
    assert [one.event_id for one in found] == ids[-6:-1][::-1]
    assert {one.message.body for one in found} == {""}
