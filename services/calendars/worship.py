"""The imported times of worship of a venue, as far as they are known: whole months."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.calendars.model import DAY_MINUTES, Block, Worship, WorshipMonth, WorshipTime


def month_of(day: date) -> str:
    """Return the name of the month of `day`: `2026-11`."""
    return f"{day:%Y-%m}"


def months_between(first: date, last: date) -> Sequence[str]:
    """Return the names of all months that the days from `first` to `last` lie in."""
    return [
        f"{number // 12:04}-{number % 12 + 1:02}"
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]


class WorshipTable:
    """Times by day, and which months were imported at all."""

    def __init__(self, months: Iterable[WorshipMonth] = ()) -> None:
        self._months: set[str] = set()
        self._times: dict[date, list[WorshipTime]] = {}
        for one in months:
            self._months.add(one.month)
            for time in one.times:
                self._times.setdefault(time.date, []).append(time)

    def knows(self, day: date) -> bool:
        """Tell whether the times of the month of `day` were imported."""
        return month_of(day) in self._months

    def blocks(self, when: Worship, day: date) -> tuple[Block, ...]:
        """Return what worship takes of `day`, with its margins, those of the days around it too."""
        found = []
        for offset in (-1, 0, 1):
            for time in self._times.get(day + timedelta(days=offset), ()):
                if not when.names or time.name in when.names:
                    starts = max(0, offset * DAY_MINUTES + time.starts - when.minutes_before)
                    ends = min(DAY_MINUTES, offset * DAY_MINUTES + time.ends + when.minutes_after)
                    if starts < ends:
                        found.append(Block(starts=starts, ends=ends))
        return tuple(found)
