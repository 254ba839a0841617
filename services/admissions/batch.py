"""What is decided about scans together, and becomes one fact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from services.admissions.model import Conflict, Entry, Movement, PassRecord, Scan
from services.sync.model import OutboxEvent, RecordKind, RecordRef


@dataclass(frozen=True, kw_only=True)
class VenueDay:
    """A venue on a day of the city: what people inside are counted for."""

    venue_id: str
    day: date

    @property
    def key(self) -> str:
        """The two in one."""
        return f"{self.venue_id}:{self.day.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is kept already about some scans: first answers by scan id, passes by reservation id, people inside."""

    scans: Mapping[str, Scan]
    passes: Mapping[str, PassRecord]
    inside: Mapping[VenueDay, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PassChange:
    """Movements of one party on top of what was known: `before` is None when it had no pass yet."""

    venue_id: str
    before: PassRecord | None
    after: PassRecord

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The new ones."""
        return self.after.entries[len(self.before.entries) if self.before else 0 :]

    @property
    def tells(self) -> bool:
        """Tell whether how many were admitted has changed, which is what others are told of."""
        return any(entry.movement is not Movement.EXIT for entry in self.entries)


@dataclass(frozen=True, kw_only=True)
class GateCount:
    """What a gate adds to the count of a day."""

    admitted: int
    left: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class OccupancyChange:
    """What some scans add to the count of a venue's day, by gate and by the start of the slots.

    `inside_at_most`: how many may have been inside before it, for the venue not to be too full after it; None for no
    bound.
    """

    of: VenueDay
    admitted: int
    left: int
    gates: Mapping[str, GateCount]
    starts: Mapping[datetime, int]
    inside_at_most: int | None


@dataclass(frozen=True, kw_only=True)
class ScanBatch:
    """New scans, with the passes and counts they change, the events they cause and what does not fit: one fact."""

    scans: tuple[Scan, ...]
    changes: tuple[PassChange, ...]
    events: tuple[OutboxEvent, ...]
    occupancies: tuple[OccupancyChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def changed(self) -> list[RecordRef]:
        """The records that are new, or not what they were."""
        # Who came in on a code that proves nothing is in the counts and among the conflicts: there is no record of it.
        known = [one for one in self.scans if one.reservation_id is not None]
        entered = [one.id for one in known if one.admitted_now > 0]
        undone = [one.undoes for one in known if one.undoes is not None and one.admitted_now < 0]
        return [
            *(RecordRef(kind=RecordKind.ADMISSION, id=one) for one in (*entered, *undone)),
            *(RecordRef(kind=RecordKind.RESERVATION, id=one.after.reservation_id) for one in self.changes if one.tells),
        ]
