"""Counts people inside, venue by venue and day by day, as a batch of scans changes them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.admissions.batch import GateCount, OccupancyChange, VenueDay
from services.admissions.model import Reading, Scan
from services.common.clock import city_day


@dataclass(kw_only=True)
class _Day:
    """What one batch adds to a day; `at_most` is how many may have been inside before it."""

    admitted: int = 0
    left: int = 0
    gates: dict[str, GateCount] = field(default_factory=dict)
    starts: Counter[datetime] = field(default_factory=Counter)
    at_most: int | None = None


def day_of(reading: Reading) -> VenueDay:
    """Return the day among whose people inside a scan counts."""
    return VenueDay(venue_id=reading.venue_id, day=city_day(reading.scanned_at))


class Tally:
    """What is known to be inside, and what the scans so far have added."""

    def __init__(self, inside: Mapping[VenueDay, int]) -> None:
        self._inside = inside
        self._days: dict[VenueDay, _Day] = {}

    def has_room(self, reading: Reading, count: int) -> bool:
        """Tell whether so many more fit below the ceiling of the venue, as far as is known."""
        if reading.ceiling is None:
            return True
        day = day_of(reading)
        so_far = self._days.get(day, _Day())
        return self._inside.get(day, 0) + so_far.admitted - so_far.left + count <= reading.ceiling

    def add(self, reading: Reading, scan: Scan) -> None:
        """Count those whom a scan lets in or out."""
        of = day_of(reading)
        day = self._days.setdefault(of, _Day())
        day.admitted += scan.admitted_now
        day.left += scan.left_now
        before = day.gates.get(reading.gate_id, GateCount(admitted=0, left=0, last_at=scan.scanned_at))
        day.gates[reading.gate_id] = GateCount(
            admitted=before.admitted + scan.admitted_now,
            left=before.left + scan.left_now,
            last_at=max(before.last_at, scan.scanned_at),
        )
        if scan.admitted_now and scan.starts_at is not None:
            day.starts[scan.starts_at] += scan.admitted_now
        # What happened without network is counted, whether there was room for it or not.
        if scan.admitted_now and reading.ceiling is not None and reading.recorded is None:
            at_most = reading.ceiling - (day.admitted - day.left)
            day.at_most = at_most if day.at_most is None else min(day.at_most, at_most)

    def changes(self) -> tuple[OccupancyChange, ...]:
        """Return what must be added to the counts, in the order of their keys: nobody locks them in another one."""
        return tuple(
            OccupancyChange(
                of=of,
                admitted=day.admitted,
                left=day.left,
                gates=day.gates,
                starts=day.starts,
                inside_at_most=day.at_most,
            )
            for of, day in sorted(self._days.items(), key=lambda one: one[0].key)
        )
