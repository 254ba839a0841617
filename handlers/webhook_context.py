"""What handlers may ask of webhooks."""

from dataclasses import dataclass

from services.webhooks.deliveries import Deliveries
from services.webhooks.subscriptions import Subscriptions


@dataclass(frozen=True, kw_only=True)
class WebhookServices:
    """Subscriptions, and what was sent to them."""

    subscriptions: Subscriptions
    deliveries: Deliveries
