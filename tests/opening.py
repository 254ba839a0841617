"""Calendars to test with: written as on the wire, read as the server reads them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from handlers.operation import checked
from handlers.schemas.calendars import NewVenueCalendarSchema
from handlers.wire import CITY_TIME
from services.calendars.almanac import Almanac
from services.calendars.drafted_effects import minutes_of
from services.calendars.drafting import read_rules
from services.calendars.model import DEFAULT_DAYS_AHEAD, Calendar, WorshipMonth, WorshipTime
from services.calendars.resolving import PlannedSlot
from services.calendars.worship import WorshipTable, month_of

TABLES = Path(__file__).parent / "calendars"
PACKAGED = Almanac([])
NO_WORSHIP = WorshipTable()
VENUE = "ven_01JD0000000000000000000000"
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
TWO_YEARS = (LAST - FIRST).days + 1
OPEN: dict[str, Any] = {
    "kind": "sessions",
    "sessions": [{"opens": "09:00", "closes": "17:00", "slot_minutes": 60, "capacity": 100}],
}
DAILY: dict[str, Any] = {"kind": "weekly", "days": [1, 2, 3, 4, 5, 6, 7]}


def two_years() -> Iterator[date]:
    for offset in range(TWO_YEARS):
        yield FIRST + timedelta(days=offset)


def table(name: str) -> Any:
    """Return a table of what is expected."""
    return yaml.safe_load((TABLES / f"{name}.yaml").read_text(encoding="utf-8"))


def rule(when: Mapping[str, Any], what: Mapping[str, Any] = OPEN, **more: Any) -> dict[str, Any]:
    """Return a rule as on the wire."""
    return {"label": "示例", "when": dict(when), "what": dict(what), **more}


def plainly(value: Any) -> Any:
    """Return what YAML made of a rule as JSON would have it: days as texts."""
    if isinstance(value, dict):
        return {name: plainly(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plainly(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def calendar_of(rules: Sequence[Mapping[str, Any]]) -> Calendar:
    """Return a calendar by the way that one takes through the wire."""
    content = checked(NewVenueCalendarSchema, {"version": 0, "rules": plainly(list(rules))})
    numbers = itertools.count(1)
    read = read_rules(content["rules"], lambda: f"rul_{next(numbers):026}")
    return Calendar(venue_id=VENUE, version=1, rules=read, plan_days_ahead=DEFAULT_DAYS_AHEAD)


def worship_of(times: Sequence[Mapping[str, Any]]) -> WorshipTable:
    """Return times of worship by their rows; the months that they name are known."""
    months: dict[str, list[WorshipTime]] = {}
    for one in times:
        time = WorshipTime(
            date=one["date"], name=one["name"], starts=minutes_of(one["starts"]), ends=minutes_of(one["ends"])
        )
        months.setdefault(month_of(time.date), []).append(time)
    return WorshipTable(
        WorshipMonth(venue_id=VENUE, month=month, times=tuple(known)) for month, known in months.items()
    )


def in_city(instant: datetime) -> datetime:
    return instant.astimezone(CITY_TIME)


def starts_of(slots: Sequence[PlannedSlot]) -> list[str]:
    """Return when slots start, in the city."""
    return [f"{in_city(one.starts_at):%H:%M}" for one in slots]


def days_by_month(months: Mapping[Any, Sequence[int]]) -> set[date]:
    """Return the days of `{2025-01: [3, 10], …}`."""
    return {date.fromisoformat(f"{month}-{day:02}") for month, days in months.items() for day in days}
