"""Subscriptions, events and parts of webhooks for tests."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from services.sync.model import EventKind, OutboxEvent
from services.sync.pseudonyms import Pseudonyms
from services.webhooks.errors import PostFailed
from services.webhooks.model import (
    Answer,
    Delivery,
    Failure,
    Handshake,
    Message,
    PauseReason,
    Secret,
    Subscription,
    SubscriptionState,
)
from services.webhooks.ports import SubscriptionStore
from services.webhooks.rules import new_delivery

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
URL = "https://platform.example/hooks"
PSEUDONYMS = Pseudonyms.for_recipient(b"p" * 32, "webhook|whk_example")
_numbers = itertools.count(1)


def no_chance() -> float:
    """Return what makes waits their shortest."""
    return 0.0


def make_subscription(**changes: Any) -> Subscription:
    made = Subscription(
        id=f"whk_{ULID()}",
        version=1,
        city_id="310000",
        url=URL,
        kinds=None,
        description="示例平台",
        state=SubscriptionState.ACTIVE,
        reason=None,
        secret=Secret(current=b"c", previous=None, previous_until=None),
        handshake=Handshake(tries=0, next_try_at=NOW, failure=None),
        per_minute=None,
        failing_since=None,
        created_at=NOW,
        created_by="stf_example",
    )
    return replace(made, **changes)


async def added(subscriptions: SubscriptionStore, made: Subscription) -> Subscription:
    """Return the subscription, which is kept now."""
    assert await subscriptions.add(made, None) == made.id
    return made


def make_told(kind: EventKind = EventKind.RESERVATION_BOOKED, **changes: Any) -> OutboxEvent:
    event = OutboxEvent(
        id=f"evt_{ULID()}",
        kind=kind,
        subject_id=f"rsv_{ULID()}",
        occurred_at=NOW,
        payload={"venue_id": "ven_example", "slot_id": "slt_example", "party_size": 3},
    )
    return replace(event, **changes)


def make_delivery(subscription_id: str = "whk_example", **changes: Any) -> Delivery:
    number = next(_numbers)
    message = Message(id=f"event-{number}", type="cn.chengma.reservation.booked.v1", body=json.dumps({"n": number}))
    return replace(new_delivery(subscription_id, f"evt_{ULID()}", message, made_at=NOW, at=NOW), **changes)


@dataclass(kw_only=True, eq=False)
class TurnedClock:
    """A clock that a test turns."""

    present: datetime = NOW

    def now(self) -> datetime:
        return self.present

    def turn(self, by: timedelta) -> None:
        self.present += by


@dataclass(kw_only=True, eq=False)
class Heard:
    """What a watch heard."""

    outcomes: list[str] = field(default_factory=list)
    pauses: list[tuple[str, PauseReason]] = field(default_factory=list)
    defects: list[Exception] = field(default_factory=list)

    def tried(self, outcome: str) -> None:
        self.outcomes.append(outcome)

    def paused(self, subscription_id: str, reason: PauseReason) -> None:
        self.pauses.append((subscription_id, reason))

    def defect(self, subscription_id: str, error: Exception) -> None:  # noqa: ARG002 -- the port's signature
        self.defects.append(error)


@dataclass(kw_only=True, eq=False)
class Platform:
    """A receiver without a network: answers what the test sets, and remembers what came."""

    answers: list[Answer | Failure] = field(default_factory=list)
    agreed: Answer | Failure = field(
        default_factory=lambda: Answer(status=200, headers={"webhook-allowed-origin": "city.example"})
    )
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        assert url == URL
        self.came.append((dict(headers), body))
        return _given(self.answers.pop(0) if self.answers else Answer(status=204, headers={}))

    async def ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        assert url == URL
        self.asked.append(dict(headers))
        return _given(self.agreed)


def _given(answer: Answer | Failure) -> Answer:
    if isinstance(answer, Failure):
        raise PostFailed(answer)
    return answer
