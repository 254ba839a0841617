"""Events as receivers get them: CloudEvents 1.0.2, pseudonymous, and with no more than each kind needs."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timezone
from typing import Any

from services.common.clock import CITY_OFFSET, city_day
from services.sync.model import EventKind, OutboxEvent
from services.sync.pseudonyms import Pseudonyms
from services.webhooks.model import Message

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
TEST_TYPE = "cn.chengma.webhook.test.v1"
CITY_TIME = timezone(CITY_OFFSET)
EVENT, RESERVATION = "event", "reservation"

# What a receiver learns of an event of each kind; whatever else lies in the payload stays here.
TOLD: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.RESERVATION_BOOKED: ("venue_id", "slot_id", "party_size"),
    EventKind.RESERVATION_CANCELLED: ("venue_id", "slot_id"),
    EventKind.VISIT_ADMITTED: ("venue_id", "count"),
    EventKind.VENUE_CROWDED: ("venue_id", "level", "change", "inside", "ceiling"),
    EventKind.ITEM_EVENT: ("index", "type", "items"),
    EventKind.PATROL_EVENT: ("index", "type", "site_id"),
}
ABOUT_RESERVATIONS = frozenset(
    {EventKind.RESERVATION_BOOKED, EventKind.RESERVATION_CANCELLED, EventKind.VISIT_ADMITTED}
)


def type_of(kind: EventKind) -> str:
    """Return the type that CloudEvents calls a kind by, such as `cn.chengma.reservation.booked.v1`."""
    return f"cn.chengma.{kind}.v1"


def message_of(event: OutboxEvent, source: str, pseudonyms: Pseudonyms) -> Message:
    """Return the event for the recipient of these pseudonyms; `source` says which instance it comes from.

    The event's own id tells its instant to the millisecond, so it has a pseudonym as well. When somebody entered is
    told to the day only: `time` is the midnight at which that day of the city began.
    """
    about = event.subject_id
    entered = event.kind is EventKind.VISIT_ADMITTED
    return _message(
        pseudonyms.of(EVENT, event.id),
        type_of(event.kind),
        source=source,
        subject=pseudonyms.of(RESERVATION, about) if event.kind in ABOUT_RESERVATIONS else about,
        at=_midnight(event.occurred_at) if entered else event.occurred_at,
        data={name: _plain(event.payload[name]) for name in TOLD[event.kind] if name in event.payload},
    )


def message_of_test(event_id: str, subscription_id: str, now: datetime, source: str, pseudonyms: Pseudonyms) -> Message:
    """Return the message that only tries a subscription out."""
    named = pseudonyms.of(EVENT, event_id)
    return _message(named, TEST_TYPE, source=source, subject=subscription_id, at=now, data={})


def _message(
    message_id: str, its_type: str, *, source: str, subject: str, at: datetime, data: Mapping[str, Any]
) -> Message:
    content = {
        "specversion": "1.0",
        "id": message_id,
        "source": source,
        "type": its_type,
        "subject": subject,
        "time": at.astimezone(CITY_TIME).isoformat(timespec="seconds"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Message(id=message_id, type=its_type, body=json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _plain(value: str | int | datetime) -> str | int:
    if isinstance(value, datetime):
        return value.astimezone(CITY_TIME).isoformat(timespec="seconds")
    return value


def _midnight(instant: datetime) -> datetime:
    return datetime.combine(city_day(instant), time(), CITY_TIME)
