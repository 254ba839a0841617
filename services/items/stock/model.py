"""Stock-takes: what is kept of a count, of its scans, and of the items that were found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.items.places import Place


class StockTakeState(StrEnum):
    """Where a count is. While it is signed off, its differences are being told as events."""

    OPEN = "open"
    SIGNING_OFF = "signing_off"
    SIGNED_OFF = "signed_off"


class Verdict(StrEnum):
    """What a scan found.

    NOT_IN_COUNT is an item that is recorded at the place but not expected: of another type, or come since the opening.
    ENDED is an item that is retired or destroyed and here all the same.
    """

    FOUND = "found"
    FOUND_TWICE = "found_twice"
    MISPLACED = "misplaced"
    NOT_IN_COUNT = "not_in_count"
    ENDED = "ended"
    UNKNOWN = "unknown"
    TOO_LATE = "too_late"


class Reason(StrEnum):
    """Why nothing is known of what was scanned."""

    NOT_A_CODE = "not_a_code"
    FORGED = "forged"
    NOT_ACTIVATED = "not_activated"
    OUT_OF_SCOPE = "out_of_scope"


class ScanStatus(StrEnum):
    """Whether a scan is new, or its scan_id was known: from the same scan, or from another one."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    SCAN_ID_REUSED = "scan_id_reused"


class Listing(StrEnum):
    """Which results of a count are looked at."""

    EXPECTED = "expected"
    FOUND = "found"
    MISSING = "missing"
    FOUND_TWICE = "found_twice"
    MISPLACED = "misplaced"
    NOT_IN_COUNT = "not_in_count"
    ENDED = "ended"
    UNKNOWN = "unknown"
    TOO_LATE = "too_late"


@dataclass(frozen=True, kw_only=True)
class CountedItem:
    """An item as a count knows it; `place` is where it was recorded then."""

    id: str
    name: str
    serial: str | None
    place: str | None


@dataclass(frozen=True, kw_only=True)
class StockTake:
    """A count of the items at a place.

    `scopes` are those of the opener that cover the venue, as `level:id`: what they see is counted. What is expected is
    kept in parts, in the order of ids; `starts` holds the first id of each. `counts` counts scans by verdict, and
    `missing` the expected items that nobody scanned. `told` of `to_tell` parts of the result are events already;
    `marked_missing` items are said to be missing in them. `version` grows with each change.
    """

    id: str
    place: Place
    item_type_id: str | None
    name: str | None
    seen_by: tuple[str, ...]
    scopes: tuple[str, ...]
    state: StockTakeState
    expected: int
    starts: tuple[str, ...]
    counts: Mapping[Verdict, int]
    missing: int
    opened_at: datetime
    opened_by: str
    signed_off_at: datetime | None
    signed_off_by: str | None
    mark_missing: bool | None
    told: int
    to_tell: int
    marked_missing: int
    version: int


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a phone read; `scan_id` is made by the phone, `spot` is where within the venue it was read."""

    scan_id: str
    code: str
    scanned_at: datetime
    device_id: str
    spot: str | None


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A scan as it arrived."""

    scan: Scan
    scanned_by: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """The first scan of an item in a count; there is one at most."""

    item_id: str
    expected: bool
    verdict: Verdict
    scan: Scan


@dataclass(frozen=True, kw_only=True)
class ScanRecord:
    """A scan and what it found. `position` counts the scans of its count and verdict from 0; `first` is the sighting
    of an item that was scanned before.
    """

    upload: Upload
    position: int
    verdict: Verdict
    reason: Reason | None
    item: CountedItem | None
    first: Sighting | None


@dataclass(frozen=True, kw_only=True)
class ScanAnswer:
    """What the phone is told."""

    record: ScanRecord
    status: ScanStatus


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of a count's result: an item, and a scan of it; one of them may be missing."""

    verdict: Listing
    item: CountedItem | None
    scan: Scan | None
    reason: Reason | None
