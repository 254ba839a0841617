"""Turns a demo venue's usual hours into a calendar of weekly rules, from which its slots are planned."""

from collections import defaultdict
from datetime import datetime

from server.demo.model import DemoVenue, OpeningHours, demo_id
from services.calendars.matching import DEFAULT_PRIORITY
from services.calendars.model import Calendar, ConditionKind, Rule, Session, Sessions, Weekly

RULE_PREFIX = "rul"
DAYS = 30
MINUTE_S = 60


def demo_calendar(venue: DemoVenue, now: datetime) -> Calendar:
    """Return the calendar that opens the venue in its usual hours, in slots of its slot_minutes."""
    on_days: defaultdict[tuple[Session, ...], list[int]] = defaultdict(list)
    for day in range(1, 8):
        hours = sorted((one for one in venue.usual_hours if day in one.days), key=lambda one: one.opens)
        if hours:
            on_days[tuple(_session(venue, one) for one in hours)].append(day)
    return Calendar(
        venue_id=venue.id,
        version=1,
        rules=tuple(_rule(venue, days, sessions) for sessions, days in on_days.items()),
        plan_days_ahead=DAYS,
        changed_at=now,
        changed_by=None,
    )


def _session(venue: DemoVenue, hours: OpeningHours) -> Session:
    opens, closes = (int(time.total_seconds()) // MINUTE_S for time in (hours.opens, hours.closes))
    return Session(opens=opens, closes=closes, capacity=venue.slot_capacity, slot_minutes=venue.slot_minutes)


def _rule(venue: DemoVenue, days: list[int], sessions: tuple[Session, ...]) -> Rule:
    return Rule(
        id=demo_id(RULE_PREFIX, f"{venue.id}/{days}"),
        label="平日开放（示例）",
        when=Weekly(days=tuple(days)),
        what=Sessions(sessions=sessions),
        priority=DEFAULT_PRIORITY[ConditionKind.WEEKLY],
    )
