"""What is sent to one receiver, and when: on real stores, without a network."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.common.mongo import Mongo
from services.webhooks.lanes import Lane, LaneParts
from services.webhooks.model import (
    Answer,
    DeliveryState,
    Failure,
    PauseReason,
    Secret,
    Subscription,
    SubscriptionState,
)
from services.webhooks.mongo import MongoDeliveries, MongoSubscriptions
from services.webhooks.rules import paused
from services.webhooks.signing import ensure_signed, key_of, new_secret
from tests.webhooks import (
    NOW,
    Heard,
    Platform,
    TurnedClock,
    added,
    make_delivery,
    make_subscription,
    no_chance,
)

SECRET = new_secret()
LONG = timedelta(days=20)


class Broken(Answer):
    """An answer that nobody has thought of."""

    def __init__(self) -> None:
        super().__init__(status=503, headers={})

    def __getattribute__(self, name: str) -> Any:
        if name == "headers":
            raise OverflowError
        return super().__getattribute__(name)


class ClearText:
    """Keeps as it is given: what encryption does is tested elsewhere."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext.decode()


@pytest.fixture
def subscriptions(mongo: Mongo) -> MongoSubscriptions:
    return MongoSubscriptions(mongo)


@pytest.fixture
def deliveries(mongo: Mongo) -> MongoDeliveries:
    return MongoDeliveries(mongo)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def lane_of(
    subscriptions: MongoSubscriptions, deliveries: MongoDeliveries, clock: TurnedClock, heard: Heard, platform: Platform
) -> Callable[[Subscription], Lane]:
    parts = LaneParts(
        subscriptions=subscriptions,
        deliveries=deliveries,
        posting=platform,
        cipher=ClearText(),
        watch=heard,
        origin="city.example",
        clock=clock,
        chance=no_chance,
    )
    return lambda subscription: Lane(subscription, parts)


def with_secret() -> Secret:
    return Secret(current=SECRET.encode(), previous=None, previous_until=None)


async def worked_off(lane: Lane) -> None:
    while await lane.work_once():
        pass


async def test_a_receiver_that_agrees_is_sent_to(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    heard: Heard,
) -> None:
    pending = make_subscription(state=SubscriptionState.PENDING, secret=with_secret())
    lane = lane_of(await added(subscriptions, pending))
    made = [make_delivery(pending.id) for _ in range(20)]
    await deliveries.add(made)
    await worked_off(lane)
    assert platform.asked == [{"WebHook-Request-Origin": "city.example"}]
    assert lane.subscription.state is SubscriptionState.ACTIVE
    await worked_off(lane)
    assert heard.outcomes == ["agreed", *["done"] * 20]
    for headers, body in platform.came:
        lower = {name.lower(): text for name, text in headers.items()}
        assert ensure_signed(key_of(SECRET), lower, body, NOW)
        assert lower["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert lower["origin"] == "city.example"
    assert {body.decode() for _, body in platform.came} == {one.message.body for one in made}
    for one in made:
        after = await deliveries.find(pending.id, one.event_id)
        assert after is not None
        assert (after.state, after.last_status, after.tries) == (DeliveryState.DONE, 204, 1)


async def test_a_receiver_that_does_not_agree_gets_nothing(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    clock: TurnedClock,
) -> None:
    pending = make_subscription(state=SubscriptionState.PENDING)
    lane = lane_of(await added(subscriptions, pending))
    await deliveries.add([make_delivery(pending.id)])
    for agreed in (Answer(status=200, headers={}), Failure.ADDRESS_REFUSED, Failure.UNREACHABLE):
        platform.agreed = agreed
        await worked_off(lane)
        await worked_off(lane)  # not again before its time
        clock.turn(timedelta(minutes=1))
    assert len(platform.asked) == 3
    assert platform.came == []
    kept = await subscriptions.find(pending.id)
    assert kept is not None
    assert (kept.handshake.tries, kept.handshake.failure) == (3, Failure.UNREACHABLE)


async def test_failures_are_repeated_with_the_same_id_until_they_are_taken(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    clock: TurnedClock,
    heard: Heard,
) -> None:
    active = await added(subscriptions, make_subscription(secret=with_secret()))
    lane, one = lane_of(active), make_delivery(active.id)
    await deliveries.add([one])
    platform.answers = [Answer(status=500, headers={}), Failure.NO_ANSWER, Answer(status=302, headers={})]
    for _ in range(40):
        await worked_off(lane)
        clock.turn(timedelta(seconds=1))
        kept = await subscriptions.find(active.id)
        assert kept is not None
        lane.subscription = kept
        assert (kept.failing_since is None) is (len(platform.came) in {0, 4})
    assert heard.outcomes == ["status", "no_answer", "status", "done"]
    assert {headers["webhook-id"] for headers, _ in platform.came} == {one.message.id}
    assert {body for _, body in platform.came} == {one.message.body.encode()}


@pytest.mark.parametrize("fault", ["in what came", "in what is sent"])
async def test_a_defect_of_ours_counts_as_a_failure(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    clock: TurnedClock,
    heard: Heard,
    fault: str,
) -> None:
    secret = with_secret() if fault == "in what came" else Secret(current=b"?", previous=None, previous_until=None)
    active = await added(subscriptions, make_subscription(secret=secret))
    lane, one = lane_of(active), make_delivery(active.id)
    await deliveries.add([one])
    platform.answers = [Broken()] * 40
    await worked_off(lane)
    after = await deliveries.find(active.id, one.event_id)
    assert after is not None
    assert (after.tries, after.failure, after.next_try_at) == (1, Failure.DEFECT, clock.now() + timedelta(seconds=5))
    for _ in range(30):
        clock.turn(timedelta(hours=6))
        now = clock.now()
        await deliveries.add([make_delivery(active.id, made_at=now, next_try_at=now, give_up_at=now + LONG)])
        await worked_off(lane)
    kept = await subscriptions.find(active.id)
    assert kept is not None
    assert (kept.state, kept.reason) == (SubscriptionState.PAUSED, PauseReason.FAILING)
    assert set(heard.outcomes) == {"defect"}
    assert len(heard.defects) == len(heard.outcomes)


async def test_a_defect_while_asking_for_leave_counts_as_a_failure(
    subscriptions: MongoSubscriptions,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    clock: TurnedClock,
    heard: Heard,
) -> None:
    pending = await added(subscriptions, make_subscription(state=SubscriptionState.PENDING))
    lane = lane_of(pending)
    platform.agreed = Broken()
    for _ in range(40):
        await worked_off(lane)
        clock.turn(timedelta(hours=1))
    kept = await subscriptions.find(pending.id)
    assert kept is not None
    assert (kept.reason, kept.handshake.failure) == (PauseReason.UNCONFIRMED, Failure.DEFECT)
    assert len(heard.defects) == kept.handshake.tries


async def test_who_said_gone_is_paused_and_the_operator_told(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    heard: Heard,
) -> None:
    active = await added(subscriptions, make_subscription(secret=with_secret()))
    lane = lane_of(active)
    await deliveries.add([make_delivery(active.id)])
    platform.answers = [Answer(status=410, headers={})]
    await worked_off(lane)
    kept = await subscriptions.find(active.id)
    assert kept is not None
    assert kept.reason is PauseReason.GONE
    assert heard.pauses == [(active.id, PauseReason.GONE)]
    await deliveries.add([make_delivery(active.id)])
    await worked_off(lane)
    assert len(platform.came) == 1


async def test_what_waited_through_a_pause_is_sent_and_what_waited_too_long_is_not(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
    clock: TurnedClock,
) -> None:
    active = make_subscription(secret=with_secret())
    lane = lane_of(await added(subscriptions, paused(active, PauseReason.ASKED)))
    old = make_delivery(active.id)
    clock.turn(timedelta(days=3, seconds=1))
    fresh = make_delivery(active.id, made_at=clock.now(), next_try_at=clock.now(), give_up_at=clock.now() + LONG)
    await deliveries.add([old, fresh])
    await worked_off(lane)
    assert platform.came == []
    lane.subscription = active
    await worked_off(lane)
    assert [headers["webhook-id"] for headers, _ in platform.came] == [fresh.message.id]
    buried = await deliveries.find(active.id, old.event_id)
    assert buried is not None
    assert buried.state is DeliveryState.DEAD


async def test_two_senders_share_the_work(
    subscriptions: MongoSubscriptions,
    deliveries: MongoDeliveries,
    lane_of: Callable[[Subscription], Lane],
    platform: Platform,
) -> None:
    active = await added(subscriptions, make_subscription(secret=with_secret()))
    made = [make_delivery(active.id) for _ in range(100)]
    await deliveries.add(made)
    await asyncio.gather(worked_off(lane_of(active)), worked_off(lane_of(active)))
    came = [headers["webhook-id"] for headers, _ in platform.came]
    assert sorted(came) == sorted(one.message.id for one in made)
