"""How instants and days are written in records: as the city sees them, whoever reads them."""

from datetime import date, datetime, timezone

from services.common.clock import CITY_OFFSET, city_day

CITY_TIME = timezone(CITY_OFFSET)


def written_time(instant: datetime) -> str:
    """Return RFC 3339 with the city's offset, to the millisecond: 2026-11-21T09:00:00.000+08:00."""
    return instant.astimezone(CITY_TIME).isoformat(timespec="milliseconds")


def written_time_if(instant: datetime | None) -> str | None:
    """Return the same, None for what has not happened."""
    return None if instant is None else written_time(instant)


def written_day(instant: datetime) -> str:
    """Return the day of the city that an instant lies in: 2026-11-21."""
    return city_day(instant).isoformat()


def written_day_if(instant: datetime | None) -> str | None:
    """Return the same, None for what has not happened."""
    return None if instant is None else written_day(instant)


def written_date_if(day: date | None) -> str | None:
    """Return a day as it is: 2026-11-21; None where there is none."""
    return None if day is None else day.isoformat()
