"""Events for the main system."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened."""

    RESERVATION_BOOKED = "reservation.booked"
    RESERVATION_CANCELLED = "reservation.cancelled"
    VISIT_ADMITTED = "visit.admitted"
    ITEM_EVENT = "item.event"
    PATROL_EVENT = "patrol.event"


@dataclass(frozen=True, kw_only=True)
class OutboxEvent:
    """One fact told to the main system; `payload` is pseudonymous: ids, times and counts only."""

    id: str
    kind: EventKind
    subject_id: str
    occurred_at: datetime
    payload: Mapping[str, str | int | datetime]
