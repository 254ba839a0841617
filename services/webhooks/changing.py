"""Changing a subscription that others may be changing in the same moment."""

from collections.abc import Callable
from dataclasses import replace

from services.common.errors import TooBusy
from services.webhooks.errors import WebhookUnknown
from services.webhooks.model import Subscription
from services.webhooks.ports import SubscriptionStore

TRIES = 20


async def change(
    store: SubscriptionStore, subscription_id: str, decide: Callable[[Subscription], Subscription]
) -> Subscription:
    """Return the subscription as `decide` wants it; raises WebhookUnknown, or TooBusy where others never rest."""
    for _ in range(TRIES):
        present = await store.find(subscription_id)
        if present is None:
            raise WebhookUnknown
        wanted = decide(present)
        if wanted == present:
            return present
        changed = replace(wanted, version=present.version + 1)
        if await store.replace(changed, present.version):
            return changed
    raise TooBusy(retry_after_s=1)
