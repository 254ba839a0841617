"""Subscriptions: made, seen, paused, resumed, given another secret, removed."""

from collections.abc import Sequence

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.common.protection import FieldCipher
from services.identity.errors import RoleForbidden
from services.identity.model import Actor, ScopeLevel
from services.webhooks.addresses import Reach, ensure_url
from services.webhooks.changing import change
from services.webhooks.errors import WebhookMadeBefore, WebhooksUsedUp, WebhookUnknown
from services.webhooks.model import (
    Handshake,
    NewSubscription,
    PauseReason,
    Secret,
    Subscription,
    SubscriptionState,
    WithSecret,
)
from services.webhooks.ports import SubscriptionStore
from services.webhooks.rules import MOST_SUBSCRIPTIONS, paused, resumed, rotated
from services.webhooks.signing import new_secret


class Subscriptions:
    """What admins of a city do with its subscriptions; those of another city do not exist for them."""

    def __init__(
        self, *, store: SubscriptionStore, cipher: FieldCipher, reach: Reach, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._reach = reach
        self._clock = clock
        self._ids = ids

    async def create(self, actor: Actor, asked: NewSubscription, request: IdempotentRequest | None) -> WithSecret:
        """Return the new subscription with its secret, which nobody is shown again; its receiver has yet to agree.

        Raises WebhookUrlRefused, WebhooksUsedUp, IdempotencyKeyReused, and WebhookMadeBefore for a repeated request.
        """
        ensure_url(asked.url, self._reach)
        if (first := await self._store.first_answer(request)) is not None:
            raise WebhookMadeBefore(first)
        if len(await self._store.all()) >= MOST_SUBSCRIPTIONS:
            raise WebhooksUsedUp
        now = self._clock.now()
        made = Subscription(
            id=self._ids.new("whk"),
            version=1,
            city_id=_cities(actor)[0],
            url=asked.url,
            kinds=asked.kinds,
            description=asked.description,
            state=SubscriptionState.PENDING,
            reason=None,
            secret=Secret(current=await self._cipher.encrypt(new_secret()), previous=None, previous_until=None),
            handshake=Handshake(tries=0, next_try_at=now, failure=None),
            per_minute=None,
            failing_since=None,
            created_at=now,
            created_by=actor.id,
        )
        if (kept := await self._store.add(made, request)) != made.id:
            raise WebhookMadeBefore(kept)
        return await self._opened(made)

    async def list(self, actor: Actor) -> Sequence[Subscription]:
        """Return those of the actor's cities, oldest first."""
        return [one for one in await self._store.all() if one.city_id in _cities(actor)]

    async def get(self, actor: Actor, subscription_id: str) -> Subscription:
        """Return a subscription; raises WebhookUnknown."""
        found = await self._store.find(subscription_id)
        if found is None or found.city_id not in _cities(actor):
            raise WebhookUnknown
        return found

    async def pause(self, actor: Actor, subscription_id: str) -> Subscription:
        """Send nothing more until it is resumed; what happens meanwhile waits for at most three days."""
        await self.get(actor, subscription_id)
        return await change(self._store, subscription_id, lambda one: paused(one, PauseReason.ASKED))

    async def resume(self, actor: Actor, subscription_id: str) -> Subscription:
        """Send again; a receiver that had gone or failed is asked first. One that has yet to agree is asked at once."""
        await self.get(actor, subscription_id)
        now = self._clock.now()
        return await change(self._store, subscription_id, lambda one: resumed(one, now))

    async def rotate_secret(self, actor: Actor, subscription_id: str) -> WithSecret:
        """Return the subscription with a new secret; the one before signs beside it for a day."""
        await self.get(actor, subscription_id)
        ciphertext, now = await self._cipher.encrypt(new_secret()), self._clock.now()
        return await self._opened(await change(self._store, subscription_id, lambda one: rotated(one, ciphertext, now)))

    async def remove(self, actor: Actor, subscription_id: str) -> None:
        """Remove a subscription; raises WebhookUnknown."""
        await self.get(actor, subscription_id)
        await self._store.remove(subscription_id)

    async def _opened(self, subscription: Subscription) -> WithSecret:
        secret = await self._cipher.decrypt(subscription.secret.current)
        return WithSecret(subscription=subscription, secret=secret)


def _cities(actor: Actor) -> Sequence[str]:
    cities = sorted(scope.id for scope in actor.scopes if scope.level is ScopeLevel.CITY)
    if not cities:  # a role for a city, with a scope within one
        raise RoleForbidden
    return cities
