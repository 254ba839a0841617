"""What a shelf holds, as far as comparing needs it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from services.sync.model import RecordKind


class Put(StrEnum):
    """What became of an envelope: TAKEN, or KNOWN because this version or a newer one lies there already.

    REFUSED by the database that the shelf is in, as one that checks its documents may.
    """

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A set of envelopes: those of a kind, of a district if it is named, of a day, and in a part of that."""

    kind: RecordKind
    district_id: str | None = None
    day: date | None = None
    part: int | None = None

    def within(self, *, district: str | None = None, day: str | None = None, part: int | None = None) -> "Cell":
        """Return the cell in this one that lies in a district, on a day (ISO 8601), or in a part."""
        return replace(
            self,
            district_id=district or self.district_id,
            day=self.day if day is None else date.fromisoformat(day),
            part=self.part if part is None else part,
        )


class Sum(NamedTuple):
    """How many envelopes a set has, and the sums of both numbers of their checksums: equal for equal sets."""

    many: int
    high: int
    low: int


@dataclass(frozen=True, kw_only=True)
class Lying:
    """An envelope as it lies on a shelf, without its contents.

    `source_id` is known on our own shelf only. On a foreign one, everything may be missing or wrong: `version` is -1
    where there is none, `digest` and `sender` are empty. `filed` is what sums know it by: kind, district, day, part,
    high and low, as they are written there.
    """

    kind: RecordKind
    id: str
    version: int
    digest: str
    sender: str = ""
    source_id: str | None = None
    delivered_at: datetime | None = None
    filed: tuple[Any, ...] = ()
