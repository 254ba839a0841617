"""What becomes of facts outside: events that tell of them, and records that the main system keeps of things."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened."""

    RESERVATION_BOOKED = "reservation.booked"
    RESERVATION_CANCELLED = "reservation.cancelled"
    VISIT_ADMITTED = "visit.admitted"
    VENUE_CROWDED = "venue.crowded"
    ITEM_EVENT = "item.event"
    PATROL_EVENT = "patrol.event"


class RecordKind(StrEnum):
    """What the main system keeps records of; `docs/standard` has a schema for each."""

    SLOT = "slot"
    RESERVATION = "reservation"
    ADMISSION = "admission"
    ITEM = "item"
    ITEM_EVENT = "item_event"
    OUTLET = "outlet"
    PLATE = "plate"
    SITE_STATUS = "site_status"
    CHECKLIST = "checklist"
    ROUND = "round"
    DRAW = "draw"
    TASK = "task"
    CHECK_IN = "check_in"
    FINDING = "finding"
    COMPLAINT = "complaint"
    PATROL_EVENT = "patrol_event"


@dataclass(frozen=True, kw_only=True)
class OutboxEvent:
    """One fact told to other systems; `payload` holds ids, codes, times and counts only."""

    id: str
    kind: EventKind
    subject_id: str
    occurred_at: datetime
    payload: Mapping[str, str | int | datetime]


@dataclass(frozen=True, kw_only=True)
class RecordRef:
    """That a record was made or changed: `id` is that of the thing here."""

    kind: RecordKind
    id: str
