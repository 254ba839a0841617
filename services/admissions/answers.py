"""Words for what was decided: the scan as it is kept, its movement in the pass, its event, and its conflicts."""

from collections.abc import Sequence

from qr.entry_code import EntryPass
from services.admissions.model import (
    Conflict,
    ConflictKind,
    Decision,
    Entry,
    Movement,
    PassRecord,
    Reading,
    Recorded,
    RefusalReason,
    Scan,
)
from services.sync.model import EventKind, OutboxEvent

MOST_SIGHTINGS = 20


def answered(
    reading: Reading, code: EntryPass, after: PassRecord, count: int, conflicts: tuple[ConflictKind, ...]
) -> Scan:
    """Return that `count` of a party go in or out, which leaves its pass as in `after`."""
    going_in = reading.movement is Movement.ENTRY
    return _scan(
        reading,
        code,
        decision=Decision.ADMITTED if going_in else Decision.LEFT,
        record=after,
        admitted_now=count if going_in else 0,
        left_now=0 if going_in else count,
        conflicts=conflicts,
    )


def refused(
    reading: Reading, shown: EntryPass | None, reason: RefusalReason, *, record: PassRecord | None = None
) -> Scan:
    """Return that nobody goes in or out; `shown` is the pass where that is this gate's business."""
    return _scan(reading, shown, decision=Decision.REFUSED, reason=reason, record=record)


def counted(reading: Reading, count: int) -> Scan:
    """Return that people leave of whom nothing else is known."""
    return _scan(reading, None, decision=Decision.LEFT, left_now=count)


def recorded_without_pass(reading: Reading, recorded: Recorded) -> Scan:
    """Return that a gate let people in or out on something that proves no reservation."""
    going_in = reading.movement is Movement.ENTRY
    return _scan(
        reading,
        None,
        decision=Decision.ADMITTED if going_in else Decision.LEFT,
        admitted_now=recorded.count if going_in else 0,
        left_now=0 if going_in else recorded.count,
        conflicts=recorded.conflicts,
    )


def entry_of(reading: Reading, count: int) -> Entry:
    """Return the movement as the party's pass keeps it."""
    return Entry(
        gate_id=reading.gate_id,
        nonce=reading.nonce,
        count=count,
        at=reading.scanned_at,
        movement=reading.movement,
        reader_id=reading.reader.id,
        device_id=reading.reader.device_id,
        offline=reading.recorded is not None,
    )


def event_of(reading: Reading, scan: Scan) -> OutboxEvent:
    """Return what others are told of an admission."""
    return OutboxEvent(
        id=reading.event_id,
        kind=EventKind.VISIT_ADMITTED,
        subject_id=scan.reservation_id or "",
        occurred_at=scan.scanned_at,
        payload={"venue_id": scan.venue_id, "gate_id": scan.gate_id, "count": scan.admitted_now},
    )


def conflicts_of(
    reading: Reading, scan: Scan, kinds: Sequence[ConflictKind], record: PassRecord | None
) -> list[Conflict]:
    """Return the conflicts of a recorded scan, one of each kind; the same scan always has the same ones."""
    seen = (entry_of(reading, scan.admitted_now or scan.left_now),) if record is None else record.entries
    # Whoever shows one code a thousand times fills no disk with it, nor the page of whoever looks at it.
    sightings = seen if len(seen) <= MOST_SIGHTINGS else (*seen[: MOST_SIGHTINGS // 2], *seen[-MOST_SIGHTINGS // 2 :])
    return [
        Conflict(
            id=f"{scan.id}:{kind}",
            kind=kind,
            venue_id=reading.venue_id,
            reservation_id=scan.reservation_id,
            scan_id=scan.id,
            sightings=sightings,
            found_at=reading.found_at,
        )
        for kind in dict.fromkeys(kinds)
    ]


def _scan(
    reading: Reading,
    shown: EntryPass | None,
    *,
    decision: Decision,
    reason: RefusalReason | None = None,
    record: PassRecord | None = None,
    admitted_now: int = 0,
    left_now: int = 0,
    conflicts: tuple[ConflictKind, ...] = (),
) -> Scan:
    return Scan(
        id=reading.scan_id,
        gate_id=reading.gate_id,
        venue_id=reading.venue_id,
        code_digest=reading.code_digest,
        decision=decision,
        reason=reason,
        reservation_id=None if shown is None else shown.reservation_id,
        admitted_now=admitted_now,
        admitted_count=0 if record is None else record.admitted_count,
        party_size=record.party_size if record is not None else 0 if shown is None else shown.party_size,
        starts_at=None if shown is None else shown.starts_at,
        ends_at=None if shown is None else shown.ends_at,
        scanned_at=reading.scanned_at,
        movement=reading.movement,
        left_now=left_now,
        left_count=0 if record is None else record.left_count,
        reader_id=reading.reader.id,
        device_id=reading.reader.device_id,
        offline=reading.recorded is not None,
        conflicts=conflicts,
    )
