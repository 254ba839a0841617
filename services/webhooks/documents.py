"""How subscriptions and deliveries are written as documents."""

from collections.abc import Mapping
from typing import Any

from services.sync.model import EventKind
from services.webhooks.model import (
    Delivery,
    DeliveryState,
    Failure,
    Handshake,
    Message,
    PauseReason,
    Secret,
    Subscription,
    SubscriptionState,
)
from services.webhooks.rules import FORGET_AFTER


def subscription_document(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as it is kept."""
    kinds = subscription.kinds
    return {
        "_id": subscription.id,
        "version": subscription.version,
        "city_id": subscription.city_id,
        "url": subscription.url,
        "kinds": None if kinds is None else sorted(kinds),
        "description": subscription.description,
        "state": subscription.state,
        "reason": subscription.reason,
        "secret": dict(vars(subscription.secret)),
        "handshake": dict(vars(subscription.handshake)),
        "per_minute": subscription.per_minute,
        "failing_since": subscription.failing_since,
        "created_at": subscription.created_at,
        "created_by": subscription.created_by,
    }


def read_subscription(document: Mapping[str, Any]) -> Subscription:
    """Return the subscription of a document."""
    kinds, reason, handshake = document["kinds"], document["reason"], document["handshake"]
    return Subscription(
        id=document["_id"],
        version=document["version"],
        city_id=document["city_id"],
        url=document["url"],
        kinds=None if kinds is None else frozenset(EventKind(kind) for kind in kinds),
        description=document["description"],
        state=SubscriptionState(document["state"]),
        reason=None if reason is None else PauseReason(reason),
        secret=Secret(**document["secret"]),
        handshake=Handshake(
            tries=handshake["tries"], next_try_at=handshake["next_try_at"], failure=_failure(handshake["failure"])
        ),
        per_minute=document["per_minute"],
        failing_since=document["failing_since"],
        created_at=document["created_at"],
        created_by=document["created_by"],
    )


def delivery_id(subscription_id: str, event_id: str) -> str:
    """Return the name of a delivery: the same event makes no second one."""
    return f"{subscription_id}:{event_id}"


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as it is kept."""
    return {
        "_id": delivery_id(delivery.subscription_id, delivery.event_id),
        "subscription_id": delivery.subscription_id,
        "event_id": delivery.event_id,
        "message_id": delivery.message.id,
        "type": delivery.message.type,
        "body": delivery.message.body,
        "made_at": delivery.made_at,
        "fence": delivery.fence,
        **outcome_fields(delivery),
    }


def outcome_fields(delivery: Delivery) -> dict[str, Any]:
    """Return what tries change of a delivery; `forget_at` is when the database removes it."""
    last = delivery.last_try_at if delivery.state is DeliveryState.DONE else delivery.give_up_at
    return {
        "state": delivery.state,
        "tries": delivery.tries,
        "next_try_at": delivery.next_try_at,
        "give_up_at": delivery.give_up_at,
        "last_try_at": delivery.last_try_at,
        "last_status": delivery.last_status,
        "failure": delivery.failure,
        "forget_at": (last or delivery.give_up_at) + FORGET_AFTER,
    }


def read_delivery(document: Mapping[str, Any]) -> Delivery:
    """Return the delivery of a document; one read without its text has an empty one."""
    return Delivery(
        subscription_id=document["subscription_id"],
        event_id=document["event_id"],
        message=Message(id=document["message_id"], type=document["type"], body=document.get("body", "")),
        state=DeliveryState(document["state"]),
        tries=document["tries"],
        fence=document["fence"],
        next_try_at=document["next_try_at"],
        made_at=document["made_at"],
        give_up_at=document["give_up_at"],
        last_try_at=document["last_try_at"],
        last_status=document["last_status"],
        failure=_failure(document["failure"]),
    )


def _failure(text: str | None) -> Failure | None:
    return None if text is None else Failure(text)
