"""Webhooks: which other platforms are told of events, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.webhooks import (
    EVERY_KIND,
    DeliveryListSchema,
    DeliverySchema,
    NewWebhookSchema,
    WebhookListSchema,
    WebhookSchema,
    WebhookWithSecretSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.identity.model import Role
from services.webhooks import errors
from services.webhooks.model import Delivery, NewSubscription, Subscription, WithSecret

TAG = "Webhooks"
ADMINS = frozenset({Role.CITY_ADMIN})
READERS = frozenset({*ADMINS, Role.AUDITOR})


class WebhooksHandler(ApiHandler):
    """`/admin/webhooks`."""

    @operation(
        Operation(
            summary="Make a webhook",
            description="The answer shows the secret, and nothing else ever does. A repeated request makes no second "
            "webhook, and cannot show the secret either: it is refused with the `webhook_id`, for which a new secret "
            "can be had by `rotate-secret`. The webhook is `pending` until its receiver has agreed: it is asked by "
            "OPTIONS with `WebHook-Request-Origin`, and answers with `WebHook-Allowed-Origin` (CloudEvents, HTTP 1.1 "
            "Web Hooks). Events are CloudEvents 1.0, signed as Standard Webhooks.",
            tag=TAG,
            roles=ADMINS,
            body=NewWebhookSchema,
            reply=WebhookWithSecretSchema,
            status=201,
            repeatable=True,
            refusals=(errors.WebhookMadeBefore, errors.WebhookUrlRefused, errors.WebhooksUsedUp),
        )
    )
    async def post(self, asked: NewSubscription) -> Mapping[str, Any]:
        """Make a subscription."""
        made = await self.services.webhooks.subscriptions.create(self.actor, asked, self.repeated)
        self.set_header("Location", f"/api/v1/admin/webhooks/{made.subscription.id}")
        return _shown_with_secret(made)

    @operation(
        Operation(
            summary="List webhooks",
            description="All those of one's city, oldest first.",
            tag=TAG,
            roles=READERS,
            reply=WebhookListSchema,
        )
    )
    async def get(self) -> Page[Mapping[str, Any]]:
        """Return all subscriptions."""
        found = await self.services.webhooks.subscriptions.list(self.actor)
        return Page(items=[_shown(one) for one in found], next=None)


class WebhookHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}`."""

    @operation(
        Operation(
            summary="See a webhook", tag=TAG, roles=READERS, reply=WebhookSchema, refusals=(errors.WebhookUnknown,)
        )
    )
    async def get(self, webhook_id: str) -> Mapping[str, Any]:
        """Return a subscription."""
        return _shown(await self.services.webhooks.subscriptions.get(self.actor, webhook_id))


class PauseWebhookHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/pause`."""

    @operation(
        Operation(
            summary="Pause a webhook",
            description="Nothing is sent until it is resumed. What happens meanwhile waits for at most three days. "
            "Pausing again changes nothing.",
            tag=TAG,
            roles=ADMINS,
            reply=WebhookSchema,
            refusals=(errors.WebhookUnknown, TooBusy),
        )
    )
    async def post(self, webhook_id: str) -> Mapping[str, Any]:
        """Pause a subscription."""
        return _shown(await self.services.webhooks.subscriptions.pause(self.actor, webhook_id))


class ResumeWebhookHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/resume`."""

    @operation(
        Operation(
            summary="Resume a webhook",
            description="A receiver that was gone or failed for days is asked for its agreement first; one that has "
            "yet to agree is asked at once.",
            tag=TAG,
            roles=ADMINS,
            reply=WebhookSchema,
            refusals=(errors.WebhookUnknown, TooBusy),
        )
    )
    async def post(self, webhook_id: str) -> Mapping[str, Any]:
        """Resume a subscription."""
        return _shown(await self.services.webhooks.subscriptions.resume(self.actor, webhook_id))


class WebhookSecretHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/rotate-secret`."""

    @operation(
        Operation(
            summary="Give a webhook a new secret",
            description="The answer shows it, and nothing else ever does. For 24 hours each message is signed with "
            "both.",
            tag=TAG,
            roles=ADMINS,
            reply=WebhookWithSecretSchema,
            refusals=(errors.WebhookUnknown, TooBusy),
        )
    )
    async def post(self, webhook_id: str) -> Mapping[str, Any]:
        """Make a new secret."""
        return _shown_with_secret(await self.services.webhooks.subscriptions.rotate_secret(self.actor, webhook_id))


class DeleteWebhookHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/delete`."""

    @operation(
        Operation(
            summary="Delete a webhook",
            description="What waits for its receiver is not sent.",
            tag=TAG,
            roles=ADMINS,
            status=204,
            refusals=(errors.WebhookUnknown,),
        )
    )
    async def post(self, webhook_id: str) -> None:
        """Remove a subscription."""
        await self.services.webhooks.subscriptions.remove(self.actor, webhook_id)


class WebhookTestHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/test`."""

    @operation(
        Operation(
            summary="Send a test event",
            description="Of the type `cn.chengma.webhook.test.v1`, whatever kinds the webhook is for. It is sent in a "
            "moment; its delivery tells what came of it.",
            tag=TAG,
            roles=ADMINS,
            reply=DeliverySchema,
            status=202,
            refusals=(errors.WebhookUnknown, errors.WebhookNotActive),
        )
    )
    async def post(self, webhook_id: str) -> Mapping[str, Any]:
        """Send a test."""
        return _shown_delivery(await self.services.webhooks.deliveries.test(self.actor, webhook_id))


class WebhookDeliveriesHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/deliveries`."""

    @operation(
        Operation(
            summary="List deliveries of a webhook",
            description="The last hundred, of the newest event first. They are kept for seven days after their end.",
            tag=TAG,
            roles=READERS,
            reply=DeliveryListSchema,
            refusals=(errors.WebhookUnknown,),
        )
    )
    async def get(self, webhook_id: str) -> Page[Mapping[str, Any]]:
        """Return the last deliveries."""
        found: Sequence[Delivery] = await self.services.webhooks.deliveries.list(self.actor, webhook_id)
        return Page(items=[_shown_delivery(one) for one in found], next=None)


class RedeliverHandler(ApiHandler):
    """`/admin/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver`."""

    @operation(
        Operation(
            summary="Deliver once more",
            description="Whatever became of it before; the receiver gets the same message id.",
            tag=TAG,
            roles=ADMINS,
            reply=DeliverySchema,
            status=202,
            refusals=(errors.WebhookUnknown, errors.DeliveryUnknown, errors.WebhookNotActive),
        )
    )
    async def post(self, webhook_id: str, delivery_id: str) -> Mapping[str, Any]:
        """Try a delivery anew."""
        return _shown_delivery(await self.services.webhooks.deliveries.redeliver(self.actor, webhook_id, delivery_id))


def _shown(one: Subscription) -> Mapping[str, Any]:
    return {
        **vars(one),
        "events": [EVERY_KIND] if one.kinds is None else sorted(one.kinds),
        "failure": one.handshake.failure,
        "old_secret_until": one.secret.previous_until,
    }


def _shown_with_secret(made: WithSecret) -> Mapping[str, Any]:
    return {"webhook": _shown(made.subscription), "secret": made.secret}


def _shown_delivery(one: Delivery) -> Mapping[str, Any]:
    return {**vars(one), "id": one.event_id, "message_id": one.message.id, "type": one.message.type}
