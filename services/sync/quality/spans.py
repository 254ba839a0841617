"""How many marks are walked without asking for too many at once: pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

MOST_AT_ONCE = 2000


class DayCount(NamedTuple):
    """How many `marks` of one kind a sender left in a district (GB/T 2260) on a day (ISO 8601)."""

    sender: str
    district: str
    day: str
    marks: int


class Span(NamedTuple):
    """Some days of one sender and district, first and last included; `is_large` where one day alone is too much."""

    sender: str
    district: str
    first: str
    last: str
    is_large: bool


def spans_of(counts: Iterable[DayCount]) -> Iterator[Span]:
    """Yield spans that hold all of it: as few as possible, with at most MOST_AT_ONCE marks unless large."""
    for (sender, district), days in groupby(sorted(counts), key=lambda one: (one.sender, one.district)):
        for first, last, total in _together(days):
            yield Span(sender, district, first, last, total > MOST_AT_ONCE)


def _together(days: Iterable[DayCount]) -> Iterator[tuple[str, str, int]]:
    first, last, total = "", "", 0
    for one in days:
        if total and total + one.marks > MOST_AT_ONCE:
            yield first, last, total
            first, total = "", 0
        first, last, total = first or one.day, one.day, total + one.marks
    if total:
        yield first, last, total
