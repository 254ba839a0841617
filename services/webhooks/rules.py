"""Decisions about subscriptions and deliveries, free of input and output."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from services.sync.model import EventKind
from services.webhooks.model import (
    Answer,
    Delivery,
    DeliveryState,
    Failure,
    Handshake,
    Message,
    PauseReason,
    Secret,
    Subscription,
    SubscriptionState,
    Tried,
)

# Returns a number from 0 up to 1, another one each time.
Chance = Callable[[], float]

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
FORGET_AFTER = timedelta(days=7)
OLD_SECRET_LASTS = timedelta(hours=24)
# Longer than a request may take, with the writes around it.
HOLD = timedelta(seconds=30)
MOST_SUBSCRIPTIONS = 50
ALLOWED_ORIGIN, ALLOWED_RATE, RETRY_AFTER = "webhook-allowed-origin", "webhook-allowed-rate", "retry-after"
LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def wants(subscription: Subscription, kind: EventKind) -> bool:
    """Tell whether events of a kind are noted for a subscription.

    One that somebody paused keeps what happens meanwhile; one whose receiver is gone or never agreed does not.
    """
    listening = subscription.state is SubscriptionState.ACTIVE or subscription.reason is PauseReason.ASKED
    return listening and (subscription.kinds is None or kind in subscription.kinds)


def new_delivery(subscription_id: str, event_id: str, message: Message, *, made_at: datetime, at: datetime) -> Delivery:
    """Return a delivery that is to be tried first at `at`."""
    return Delivery(
        subscription_id=subscription_id,
        event_id=event_id,
        message=message,
        state=DeliveryState.WAITING,
        tries=0,
        fence=0,
        next_try_at=at,
        made_at=made_at,
        give_up_at=made_at + GIVE_UP_AFTER,
    )


def wait_after(failures: int, chance: Chance) -> timedelta:
    """Return how long to wait after the n-th failure in a row: 5 s, twice as long each time, at most 6 h.

    Up to half as much again is left to chance, so that what failed together is not tried together.
    """
    longest = LONGEST_WAIT / FIRST_WAIT
    wait = min(2.0 ** min(failures - 1, 20), longest) * (1 + chance() / 2)
    return FIRST_WAIT * min(wait, longest)


def tried(answer: Answer, now: datetime) -> Tried:
    """Return what an answer to a message means; redirects are not followed, so they are failures."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Tried(failure=None, status=answer.status)
    asked = retry_after(answer.headers.get(RETRY_AFTER, ""), now) if answer.status in LATER else None
    return Tried(failure=Failure.STATUS, status=answer.status, retry_after_s=asked)


def retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), at most 6 h; None for none."""
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):  # no date, or one in a year that no calendar reaches
            return None
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT.total_seconds())


def after_try(delivery: Delivery, outcome: Tried, now: datetime, chance: Chance) -> Delivery:
    """Return the delivery after a try: done, dead, or to be tried again."""
    changed = replace(
        delivery,
        tries=delivery.tries + 1,
        last_try_at=now,
        last_status=outcome.status,
        failure=outcome.failure,
        next_try_at=None,
    )
    if outcome.failure is None:
        return replace(changed, state=DeliveryState.DONE)
    wait = max(wait_after(changed.tries, chance), timedelta(seconds=outcome.retry_after_s or 0))
    if outcome.status == HTTPStatus.GONE or now + wait > delivery.give_up_at:
        return replace(changed, state=DeliveryState.DEAD)
    return replace(changed, next_try_at=now + wait)


def is_over(delivery: Delivery, now: datetime) -> bool:
    """Tell whether a delivery waited for so long that it is not tried any more."""
    return now > delivery.give_up_at


def buried(delivery: Delivery) -> Delivery:
    """Return the delivery as one that is not tried any more."""
    return replace(delivery, state=DeliveryState.DEAD, next_try_at=None)


def asked_again(delivery: Delivery, now: datetime) -> Delivery:
    """Return the delivery as one that is to be tried anew, whatever became of it before."""
    return replace(
        delivery,
        state=DeliveryState.WAITING,
        tries=0,
        fence=delivery.fence + 1,
        next_try_at=now,
        give_up_at=now + GIVE_UP_AFTER,
    )


def after_success(subscription: Subscription) -> Subscription:
    """Return the subscription after its receiver took something."""
    return replace(subscription, failing_since=None)


def after_failure(subscription: Subscription, outcome: Tried, now: datetime) -> Subscription:
    """Return the subscription after a failure: paused when the receiver is gone, or failed for three days on end."""
    since = subscription.failing_since or now
    failing = replace(subscription, failing_since=since)
    if outcome.status == HTTPStatus.GONE:
        return paused(failing, PauseReason.GONE)
    return paused(failing, PauseReason.FAILING) if now - since >= GIVE_UP_AFTER else failing


def paused(subscription: Subscription, reason: PauseReason) -> Subscription:
    """Return the subscription at rest; one that is at rest already keeps its reason."""
    if subscription.state is SubscriptionState.PAUSED:
        return subscription
    # Whose receiver never agreed cannot be made to send by a pause and its end.
    told = PauseReason.UNCONFIRMED if subscription.state is SubscriptionState.PENDING else reason
    return replace(subscription, state=SubscriptionState.PAUSED, reason=told)


def resumed(subscription: Subscription, now: datetime) -> Subscription:
    """Return the subscription at work again; unless only somebody's wish had paused it, its receiver is asked anew."""
    if subscription.state is SubscriptionState.ACTIVE:
        return subscription
    if subscription.reason is PauseReason.ASKED:
        return replace(subscription, state=SubscriptionState.ACTIVE, reason=None)
    return replace(
        subscription,
        state=SubscriptionState.PENDING,
        reason=None,
        failing_since=None,
        handshake=Handshake(tries=0, next_try_at=now, failure=subscription.handshake.failure),
    )


def rotated(subscription: Subscription, secret: bytes, now: datetime) -> Subscription:
    """Return the subscription with a new secret; the present one signs as well for a day."""
    present = subscription.secret.current
    return replace(subscription, secret=Secret(current=secret, previous=present, previous_until=now + OLD_SECRET_LASTS))


def secrets_at(secret: Secret, now: datetime) -> tuple[bytes, ...]:
    """Return what signs at this instant, still encrypted, the newest first."""
    if secret.previous is None or secret.previous_until is None or secret.previous_until <= now:
        return (secret.current,)
    return (secret.current, secret.previous)


def permission(answer: Answer, origin: str) -> Failure | None:
    """Return why an answer is no agreement to being told by `origin`, None when it is one.

    CloudEvents, "HTTP 1.1 Web Hooks" 1.0.2, section 4.2: what counts is the header, not the status.
    """
    allowed = answer.headers.get(ALLOWED_ORIGIN, "").strip().casefold()
    return None if allowed in {"*", origin.casefold()} else Failure.NOT_ALLOWED


def rate_of(answer: Answer) -> int | None:
    """Return how many requests a minute the receiver allows, None where it sets no bound that can be read."""
    text = answer.headers.get(ALLOWED_RATE, "").strip()
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- digits


def confirmed(subscription: Subscription, per_minute: int | None) -> Subscription:
    """Return the subscription after its receiver agreed."""
    handshake = replace(subscription.handshake, failure=None)
    return replace(subscription, state=SubscriptionState.ACTIVE, per_minute=per_minute, handshake=handshake)


def unconfirmed(subscription: Subscription, failure: Failure, now: datetime, chance: Chance) -> Subscription:
    """Return the subscription after its receiver did not agree: asked again later, at last paused."""
    tries = subscription.handshake.tries + 1
    wait = wait_after(tries, chance)
    asked = replace(subscription, handshake=Handshake(tries=tries, next_try_at=now + wait, failure=failure))
    return paused(asked, PauseReason.UNCONFIRMED) if wait >= LONGEST_WAIT else asked
