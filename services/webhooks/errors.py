"""Why a webhook is not found, cannot be made, or cannot be acted on."""

from collections.abc import Mapping

from services.common.errors import Conflict, FieldError, Invalid, NotFound


class WebhookUnknown(NotFound):
    """There is no such subscription, or not within the actor's scope."""

    code = "webhook_not_found"
    title = "No such webhook"


class DeliveryUnknown(NotFound):
    """The subscription has no such delivery, or none any more."""

    code = "webhook_delivery_not_found"
    title = "No such delivery"


class WebhookUrlRefused(Invalid):
    """Nothing can be sent to this address; `errors` says why."""

    code = "webhook_url_refused"
    title = "Nothing can be sent to this address"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(errors=(FieldError(path="url", code=code, detail=detail),))


class WebhookMadeBefore(Conflict):
    """A repeated request made this subscription before; its secret cannot be shown again."""

    code = "webhook_made_before"
    title = "This request has made its webhook already"

    def __init__(self, webhook_id: str = "") -> None:
        super().__init__()
        self._webhook_id = webhook_id

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Tell which subscription it was."""
        return {"webhook_id": self._webhook_id}


class WebhooksUsedUp(Conflict):
    """There are as many subscriptions as there may be."""

    code = "webhooks_used_up"
    title = "There are too many webhooks"


class WebhookNotActive(Conflict):
    """Nothing is sent to this receiver now."""

    code = "webhook_not_active"
    title = "This webhook is not active"


class PostFailed(Exception):
    """A request came to nothing before there was an answer; nothing of the address is in the message."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure
