"""Webhooks on the wire."""

from typing import Any

from marshmallow import ValidationError, fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.sync.model import EventKind
from services.webhooks.model import DeliveryState, Failure, NewSubscription, PauseReason, SubscriptionState

EVERY_KIND = "*"
EXAMPLE_URL = "https://platform.example/hooks/chengma"
KINDS = (*(kind.value for kind in EventKind), EVERY_KIND)
MESSAGE_ID = "event-aaaaaaaaaaaaaaaaaaaaaaaaaa"


class KindField(fields.String):
    """The kind of an event, or `*`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in KINDS:
            choices = ", ".join(KINDS)
            raise ValidationError(f"not_allowed [{choices}]: must be one of: {choices}")
        return text

    default_error_messages = {  # noqa: RUF012 -- marshmallow's own convention
        "invalid": "wrong_type: this value has the wrong type",
        "invalid_utf8": "wrong_type: this value has the wrong type",
        "null": "null: this field may not be null",
    }


class NewWebhookSchema(WireSchema):
    """A subscription that is asked for."""

    url = Text(
        longest=1000,
        pattern=r"[!-~]+",
        required=True,
        metadata={"description": "Where events are sent by POST: https, a public address.", "examples": [EXAMPLE_URL]},
    )
    events = Items(
        KindField(metadata={"enum": list(KINDS), "examples": ["reservation.booked"]}),
        least=1,
        most=len(KINDS),
        required=True,
        metadata={"description": "Kinds of events, or `*` for all that there are and will be."},
    )
    description = Text(
        longest=200, shortest=0, load_default="", metadata={"description": "Whose it is.", "examples": ["一网统管"]}
    )

    def make(self, values: dict[str, Any]) -> NewSubscription:
        """Return what is asked for."""
        events = values["events"]
        kinds = None if EVERY_KIND in events else frozenset(EventKind(kind) for kind in events)
        return NewSubscription(url=values["url"], kinds=kinds, description=values["description"])


class WebhookSchema(WireSchema):
    """A subscription. Only what makes it or its secret shows the secret."""

    id = shown_id("whk")
    url = shown(EXAMPLE_URL)
    events = Items(fields.String(metadata={"examples": ["reservation.booked"]}), most=len(KINDS), required=True)
    description = fields.String(required=True, metadata={"examples": ["一网统管"]})
    state = OneOf(
        SubscriptionState,
        required=True,
        metadata={"description": "`pending` until the receiver has agreed to being told (OPTIONS)."},
    )
    reason = OneOf(PauseReason, required=True, allow_none=True, metadata={"description": "Why it is paused."})
    failure = OneOf(
        Failure, required=True, allow_none=True, metadata={"description": "Why the receiver has not agreed yet."}
    )
    failing_since = Instant(required=True, allow_none=True)
    per_minute = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Requests a minute that the receiver allows; null: no bound.", "examples": [120]},
    )
    old_secret_until = Instant(
        required=True, allow_none=True, metadata={"description": "Until then the secret before signs as well."}
    )
    created_at = Instant(required=True)


class WebhookWithSecretSchema(WireSchema):
    """A subscription and its secret, which is shown this once."""

    webhook = Part(WebhookSchema, required=True)
    secret = fields.String(
        required=True,
        metadata={
            "description": "Standard Webhooks: `whsec_` and base64.",
            "examples": ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
        },
    )


class WebhookListSchema(WireSchema):
    """All subscriptions of one's city."""

    items = Items(Part(WebhookSchema), most=200, required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null: they are few."})


class DeliverySchema(WireSchema):
    """One event on its way to one receiver."""

    id = shown_id("evt")
    message_id = fields.String(
        required=True, metadata={"description": "By which the receiver knows it.", "examples": [MESSAGE_ID]}
    )
    type = shown("cn.chengma.reservation.booked.v1")
    state = OneOf(DeliveryState, required=True)
    tries = fields.Integer(required=True, metadata={"examples": [1]})
    failure = OneOf(Failure, required=True, allow_none=True, metadata={"description": "Why the last try failed."})
    last_status = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What the receiver answered last.", "examples": [204]}
    )
    last_try_at = Instant(required=True, allow_none=True)
    next_try_at = Instant(required=True, allow_none=True)
    made_at = Instant(required=True)


class DeliveryListSchema(WireSchema):
    """The last hundred deliveries."""

    items = Items(Part(DeliverySchema), most=200, required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})
