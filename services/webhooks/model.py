"""Subscriptions, the deliveries that come of them, and what receivers answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.sync.model import EventKind


class SubscriptionState(StrEnum):
    """Where a subscription stands. `pending`: its receiver has not agreed yet."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"


class PauseReason(StrEnum):
    """Why a subscription is paused: somebody asked, the receiver said 410, it failed for days, or it never agreed."""

    ASKED = "asked"
    GONE = "gone"
    FAILING = "failing"
    UNCONFIRMED = "unconfirmed"


class Failure(StrEnum):
    """Why a try came to nothing.

    `status`: there was an answer, and its status was no success. `defect`: a fault of ours, which the log names.
    """

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    STATUS = "status"
    NOT_ALLOWED = "not_allowed"
    DEFECT = "defect"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What signs: 32 bytes as `whsec_…` text, encrypted; the one before it signs too until `previous_until`."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(repr=False)
    previous_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """How far the receiver's agreement is: tries so far, when to ask next, and why the last try failed."""

    tries: int
    next_try_at: datetime
    failure: Failure | None


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """That a platform wants to be told of events at `url`; `kinds` None means of all.

    `city_id` says whose it is. `failing_since` is the first failure since the last success, None when all is well.
    `per_minute` is how many requests a minute the receiver allows, None where it set no bound.
    """

    id: str
    version: int
    city_id: str
    url: str
    kinds: frozenset[EventKind] | None
    description: str
    state: SubscriptionState
    reason: PauseReason | None
    secret: Secret
    handshake: Handshake
    per_minute: int | None
    failing_since: datetime | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, kw_only=True)
class WithSecret:
    """A subscription with its secret in the clear, which is shown when it is made and never again."""

    subscription: Subscription
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewSubscription:
    """What somebody asks for."""

    url: str
    kinds: frozenset[EventKind] | None
    description: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """An event as one receiver gets it: `id` and `body` are the same at every try; `type` is that of CloudEvents."""

    id: str
    type: str
    body: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event on its way to one receiver; `event_id` is ours, `message.id` what the receiver knows it by.

    `next_try_at` is None at the end. Whoever tries holds it until then, under a `fence` that grows with each hold.
    """

    subscription_id: str
    event_id: str
    message: Message
    state: DeliveryState
    tries: int
    fence: int
    next_try_at: datetime | None
    made_at: datetime
    give_up_at: datetime
    last_try_at: datetime | None = None
    last_status: int | None = None
    failure: Failure | None = None

    @property
    def id(self) -> str:
        """What lists are ordered by."""
        return self.event_id


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a receiver answered; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a try came to; `retry_after_s` is what the receiver asked for."""

    failure: Failure | None
    status: int | None = None
    retry_after_s: float | None = None
