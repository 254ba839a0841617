"""What webhooks need from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.common.model import IdempotentRequest
from services.webhooks.model import Answer, Delivery, PauseReason, Subscription


class SubscriptionStore(Protocol):
    """Subscriptions; there are few. Raises DatabaseUnavailable."""

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the subscription that the request made, if it did; raises IdempotencyKeyReused."""

    async def add(self, subscription: Subscription, request: IdempotentRequest | None) -> str:
        """Add it and return its id, or that of what the request made first; raises IdempotencyKeyReused."""

    async def find(self, subscription_id: str) -> Subscription | None:
        """Return the subscription."""

    async def all(self) -> Sequence[Subscription]:
        """Return all of them, oldest first."""

    async def replace(self, subscription: Subscription, version: int) -> bool:
        """Put it in the place of its version `version`; False when it has another one, or is gone."""

    async def remove(self, subscription_id: str) -> bool:
        """Remove it; False when it is gone."""


class DeliveryStore(Protocol):
    """Deliveries. Raises DatabaseUnavailable."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Add those that are not there yet: their names are made of subscription and event."""

    async def find(self, subscription_id: str, event_id: str) -> Delivery | None:
        """Return the delivery."""

    async def due(self, subscription_id: str, since: datetime, until: datetime, most: int) -> Sequence[Delivery]:
        """Return the first `most` of those to be tried after `since`, up to and with `until`, the earliest first."""

    async def between(self, subscription_id: str, since: str, until: str, most: int) -> Sequence[Delivery]:
        """Return the last `most` of those with since <= event id < until, without the texts of their messages."""

    async def claim(self, delivery: Delivery, until: datetime) -> bool:
        """Hold it until then, as it was read: its fence grows by one; False when somebody else did."""

    async def settle(self, delivery: Delivery, fence: int) -> bool:
        """Keep what became of it, if it is still held under `fence`."""


class Posting(Protocol):
    """Requests to receivers, to permitted addresses only; raises PostFailed where no answer came."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message."""

    async def ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask by OPTIONS."""


class Watch(Protocol):
    """Who hears of what an operator should know; never an address, which may hold what is secret."""

    def tried(self, outcome: str) -> None:
        """Hear what a try came to: `done`, or the name of the failure."""

    def paused(self, subscription_id: str, reason: PauseReason) -> None:
        """Hear that a subscription was paused because of its receiver."""

    def defect(self, subscription_id: str, error: Exception) -> None:
        """Hear that sending met a defect of ours."""
