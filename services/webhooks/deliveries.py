"""Deliveries as admins see them: the last of a subscription, one more try, and a message that only tests."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services.common.clock import Clock, IdSource
from services.common.newest import newest
from services.identity.model import Actor
from services.webhooks.envelopes import message_of_test
from services.webhooks.errors import DeliveryUnknown, WebhookNotActive
from services.webhooks.fanout import Writing
from services.webhooks.model import Delivery, SubscriptionState
from services.webhooks.ports import DeliveryStore
from services.webhooks.rules import asked_again, new_delivery
from services.webhooks.subscriptions import Subscriptions

SHOWN = 100
FIRST_WINDOW = timedelta(minutes=5)


class Deliveries:
    """What admins do with deliveries of their subscriptions."""

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        store: DeliveryStore,
        writing: Writing,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._subscriptions = subscriptions
        self._store = store
        self._writing = writing
        self._clock = clock
        self._ids = ids

    async def list(self, actor: Actor, subscription_id: str) -> Sequence[Delivery]:
        """Return the last SHOWN deliveries, of the newest event first; raises WebhookUnknown."""
        await self._subscriptions.get(actor, subscription_id)
        return await newest(
            partial(self._between, subscription_id),
            prefix="evt",
            wanted=SHOWN,
            until=None,
            now=self._clock.now(),
            first_window=FIRST_WINDOW,
        )

    async def _between(self, subscription_id: str, since: str, until: str) -> Sequence[Delivery]:
        return await self._store.between(subscription_id, since, until, SHOWN)

    async def test(self, actor: Actor, subscription_id: str) -> Delivery:
        """Return the delivery of a message that tells nothing; raises WebhookUnknown or WebhookNotActive."""
        subscription = await self._subscriptions.get(actor, subscription_id)
        if subscription.state is not SubscriptionState.ACTIVE:
            raise WebhookNotActive
        now, event_id = self._clock.now(), self._ids.new("evt")
        pseudonyms = self._writing.pseudonyms(subscription_id)
        message = message_of_test(event_id, subscription_id, now, self._writing.source, pseudonyms)
        delivery = new_delivery(subscription_id, event_id, message, made_at=now, at=now)
        await self._store.add([delivery])
        return delivery

    async def redeliver(self, actor: Actor, subscription_id: str, event_id: str) -> Delivery:
        """Try a delivery anew, whatever became of it; raises WebhookUnknown, DeliveryUnknown or WebhookNotActive."""
        subscription = await self._subscriptions.get(actor, subscription_id)
        found = await self._store.find(subscription_id, event_id)
        if found is None:
            raise DeliveryUnknown
        if subscription.state is not SubscriptionState.ACTIVE:
            raise WebhookNotActive
        again = asked_again(found, self._clock.now())
        # Where it is not held as it was read, it is being tried at this moment.
        await self._store.settle(again, found.fence)
        return again
