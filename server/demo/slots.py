"""Turns a demo venue's usual hours into slots, each with the same id whoever plans it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from server.demo.model import DemoVenue, OpeningHours, demo_id

SLOT_PREFIX = "slt"

# Asia/Shanghai has had one offset and no summer time since 1991 (IANA tz database). A fixed offset also
# works on the many small machines and containers that have Python but no zone files.
CITY_TIME = timezone(timedelta(hours=8))


@dataclass(frozen=True, kw_only=True)
class PlannedSlot:
    """A stretch of time at a venue, from `starts_at` up to, not including, `ends_at` (aware, UTC)."""

    id: str
    venue_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int


def plan_slots(venue: DemoVenue, first_day: date, days: int) -> list[PlannedSlot]:
    """Return the slots of `days` calendar days of the city, from `first_day` on, in order of time.

    They fill the usual hours in steps of slot_minutes; what is left at closing time and shorter than a
    slot is dropped. A slot's id follows from its venue and start, so overlapping plans agree.
    """
    starts = (
        start
        for offset in range(days)
        for hours in _hours_on(venue, first_day + timedelta(days=offset))
        for start in _starts(venue, first_day + timedelta(days=offset), hours)
    )
    return [_slot(venue, starts_at) for starts_at in starts]


def _hours_on(venue: DemoVenue, day: date) -> list[OpeningHours]:
    open_hours = (hours for hours in venue.usual_hours if day.isoweekday() in hours.days)
    return sorted(open_hours, key=lambda hours: hours.opens)


def _starts(venue: DemoVenue, day: date, hours: OpeningHours) -> Iterator[datetime]:
    midnight = datetime.combine(day, time(), CITY_TIME).astimezone(UTC)
    step = timedelta(minutes=venue.slot_minutes)
    for number in range((hours.closes - hours.opens) // step):
        yield midnight + hours.opens + number * step


def _slot(venue: DemoVenue, starts_at: datetime) -> PlannedSlot:
    return PlannedSlot(
        id=demo_id(SLOT_PREFIX, f"{venue.id}/{starts_at.isoformat()}"),
        venue_id=venue.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=venue.slot_minutes),
        capacity=venue.slot_capacity,
    )
