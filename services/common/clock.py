"""Where time and ids come from: outside, once a request."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from ulid import ULID

CITY_OFFSET = timedelta(hours=8)


class Clock(Protocol):
    """A source of the present instant."""

    def now(self) -> datetime:
        """Return the aware UTC instant, truncated to milliseconds (what the database keeps)."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the aware UTC instant, truncated to milliseconds (what the database keeps)."""
        present = datetime.now(UTC)
        return present.replace(microsecond=present.microsecond // 1000 * 1000)


class IdSource(Protocol):
    """A source of identifiers that nobody has had before."""

    def new(self, prefix: str) -> str:
        """Return `prefix`_ULID, for example `rsv_01J…`: 26 characters of Crockford base32."""


class UlidSource:
    """ULIDs: sortable by creation time, 80 random bits."""

    def new(self, prefix: str) -> str:
        """Return `prefix`_ULID, for example `rsv_01J…`: 26 characters of Crockford base32."""
        return f"{prefix}_{ULID()}"


def city_day(instant: datetime) -> date:
    """Return the calendar day of an instant in the city: UTC+8 all year (IANA tz database, since 1991)."""
    return (instant.astimezone(UTC) + CITY_OFFSET).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first instant of a calendar day in the city, and that of the next."""
    first = datetime.combine(day, time(), UTC) - CITY_OFFSET
    return first, first + timedelta(days=1)
