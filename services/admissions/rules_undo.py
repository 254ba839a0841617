"""Decisions about taking scans back, free of input and output."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.admissions.batch import GateCount, OccupancyChange, PassChange, ScanBatch, VenueDay
from services.admissions.errors import AlreadyLeft, NothingToUndo, UndoNotYours, UndoTooLate
from services.admissions.model import Decision, Entry, Movement, PassRecord, Reader, Scan, TakeBack
from services.common.clock import city_day

UNDO_WITHIN = timedelta(minutes=15)


def undo_id(scan_id: str) -> str:
    """Return the id of the scan that takes this one back: a nonce has no colon, so it is nobody else's."""
    return f"{scan_id}:undo"


def ensure_same_reader(scan: Scan, reader: Reader) -> None:
    """Raise UndoNotYours unless whoever made the scan speaks; what was kept before readers were noted is nobody's."""
    if scan.reader_id != reader.id:
        raise UndoNotYours


def ensure_undoable(scan: Scan, at: datetime) -> None:
    """Raise NothingToUndo or UndoTooLate unless the scan let people in or out a moment ago."""
    if scan.decision not in {Decision.ADMITTED, Decision.LEFT}:
        raise NothingToUndo
    if at - scan.scanned_at > UNDO_WITHIN:
        raise UndoTooLate


def taking_back(scan: Scan, record: PassRecord | None, wish: TakeBack) -> ScanBatch:
    """Return what becomes true: a scan that undoes another, a movement more in the pass, and fewer or more inside.

    `record` is the pass of the scan's reservation, None where people were only counted. What was is kept as it was.
    Raises AlreadyLeft when so many of the party are not inside any more.
    """
    entry = Entry(
        gate_id=scan.gate_id,
        nonce=wish.nonce,
        count=scan.admitted_now + scan.left_now,
        at=wish.at,
        movement=Movement.UNDO,
        reader_id=wish.reader.id,
        device_id=wish.reader.device_id,
        offline=wish.received_at is not None,
    )
    after = None if record is None else replace(_without(scan, record), entries=(*record.entries, entry))
    undo = replace(
        scan,
        id=undo_id(scan.id),
        decision=Decision.UNDONE,
        admitted_now=-scan.admitted_now,
        left_now=-scan.left_now,
        admitted_count=0 if after is None else after.admitted_count,
        left_count=0 if after is None else after.left_count,
        party_size=scan.party_size if after is None else after.party_size,
        scanned_at=wish.at,
        movement=Movement.UNDO,
        offline=entry.offline,
        conflicts=(),
        undoes=scan.id,
    )
    changes = () if after is None else (PassChange(venue_id=scan.venue_id, before=record, after=after),)
    return ScanBatch(scans=(undo,), changes=changes, events=(), occupancies=(_uncounted(scan, wish.at),))


def _without(scan: Scan, record: PassRecord) -> PassRecord:
    """Return the pass as if the scan had not been; those beyond the party were the last to come, so they go first."""
    if scan.left_now:
        return replace(record, left_count=record.left_count - scan.left_now)
    if record.inside_count < scan.admitted_now:
        raise AlreadyLeft
    surplus = min(record.surplus_count, scan.admitted_now)
    return replace(
        record,
        surplus_count=record.surplus_count - surplus,
        admitted_count=record.admitted_count - (scan.admitted_now - surplus),
    )


def _uncounted(scan: Scan, at: datetime) -> OccupancyChange:
    """Return the change of the day's counts: of the day on which they went in or out, if that was yesterday."""
    gate = GateCount(admitted=-scan.admitted_now, left=-scan.left_now, last_at=at)
    starts = {} if scan.starts_at is None or not scan.admitted_now else {scan.starts_at: -scan.admitted_now}
    return OccupancyChange(
        of=VenueDay(venue_id=scan.venue_id, day=city_day(scan.scanned_at)),
        admitted=-scan.admitted_now,
        left=-scan.left_now,
        gates={scan.gate_id: gate},
        starts=starts,
        inside_at_most=None,
    )
