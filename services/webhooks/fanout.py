"""From events to deliveries: one for each subscription that wants the event."""

from collections.abc import Sequence
from datetime import timedelta

from services.common.clock import Clock
from services.sync.model import OutboxEvent
from services.sync.pseudonyms import Pseudonyms
from services.webhooks.envelopes import message_of
from services.webhooks.model import Delivery, Subscription
from services.webhooks.ports import DeliveryStore, SubscriptionStore
from services.webhooks.rules import new_delivery, wants

AT_ONCE = 1000
# Told in one moment, due in one stretch of time: so that a look at the first of them is not one at all.
SAME_INSTANT = 10


class Writing:
    """How an event is put for one receiver; `source` is this instance, `secret` what pseudonyms are made with."""

    def __init__(self, *, source: str, secret: bytes) -> None:
        self.source = source
        self._secret = secret

    def pseudonyms(self, subscription_id: str) -> Pseudonyms:
        """Return those that the receiver of one subscription knows, and no other."""
        return Pseudonyms.for_recipient(self._secret, f"webhook|{subscription_id}")


class Fanout:
    """Where the relay tells events. The same event told again changes nothing."""

    def __init__(
        self, *, subscriptions: SubscriptionStore, deliveries: DeliveryStore, writing: Writing, clock: Clock
    ) -> None:
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._writing = writing
        self._clock = clock

    async def tell(self, events: Sequence[OutboxEvent]) -> None:
        """Note deliveries of the events to all who want them; raises DatabaseUnavailable when not all are noted."""
        for subscription in await self._subscriptions.all():
            wanted = [event for event in events if wants(subscription, event.kind)]
            for start in range(0, len(wanted), AT_ONCE):
                await self._deliveries.add(self._made(subscription, wanted[start : start + AT_ONCE]))

    def _made(self, subscription: Subscription, events: Sequence[OutboxEvent]) -> Sequence[Delivery]:
        now = self._clock.now()
        pseudonyms = self._writing.pseudonyms(subscription.id)
        return [
            new_delivery(
                subscription.id,
                event.id,
                message_of(event, self._writing.source, pseudonyms),
                made_at=now,
                at=now + timedelta(milliseconds=number // SAME_INSTANT),
            )
            for number, event in enumerate(events)
        ]
