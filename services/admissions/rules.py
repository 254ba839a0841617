"""Decisions at the gate, free of input and output."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qr.entry_code import EntryPass
from qr.identifiers import venue_tag
from services.admissions.errors import CountTooLarge, NonceReused
from services.admissions.model import (
    Decision,
    Entry,
    Known,
    PassChange,
    PassRecord,
    Reading,
    RefusalReason,
    RefusedCode,
    Scan,
    ScanBatch,
)
from services.common.errors import DomainError
from services.reservations.rules import entry_window
from services.sync.model import EventKind, OutboxEvent
from services.venues.model import Gate, GateUse, Venue


def find_refusal(entry_pass: EntryPass, venue: Venue, gate: Gate, now: datetime) -> RefusalReason | None:
    """Return why a genuine pass does not open this gate now, or None."""
    opens_at, closes_at = entry_window(entry_pass.starts_at, entry_pass.ends_at)
    if entry_pass.venue_tag != venue_tag(venue.id):
        return RefusalReason.WRONG_VENUE
    if gate.use is not GateUse.ENTRANCE:
        return RefusalReason.WRONG_GATE
    if now < opens_at:
        return RefusalReason.TOO_EARLY
    if now >= closes_at:
        return RefusalReason.TOO_LATE
    return None


def entering_now(record: PassRecord, asked: int | None) -> int | RefusalReason:
    """Return how many go in now, or why nobody does; raises CountTooLarge when fewer are left than asked for."""
    if record.cancelled_at is not None:
        return RefusalReason.CANCELLED
    left = record.party_size - record.admitted_count
    if left == 0:
        return RefusalReason.ALREADY_ADMITTED
    if asked is not None and asked > left:
        raise CountTooLarge(left)
    return left if asked is None else asked


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """An answer for each scan, in their order, and what must be kept before anybody hears theirs.

    `unguarded` are the reservations of which somebody was refused and nobody let in: keeping the batch proves
    nothing about them, so for these the answers are as good as what was known.
    """

    answers: tuple[Scan | DomainError, ...]
    batch: ScanBatch
    unguarded: frozenset[str]


def decide(readings: Sequence[Reading], known: Known) -> Verdicts:
    """Answer scans in their order, each on what is known and on what those before it have changed.

    A scan that was answered before gets that answer. An answer that is an error is for that scan alone, and leaves
    nothing to keep: NonceReused, CountTooLarge.
    """
    book = _Book(known)
    answers = tuple(book.answer(reading) for reading in readings)
    return Verdicts(answers=answers, batch=book.batch(), unguarded=book.unguarded())


class _Book:
    """What is known, as it changes from scan to scan of one batch."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._scans = dict(known.scans)
        self._passes = dict(known.passes)
        self._new: list[tuple[Reading, Scan]] = []
        self._looked_up: set[str] = set()

    def answer(self, reading: Reading) -> Scan | DomainError:
        """Answer one scan, and remember the answer for the scans that follow."""
        first = self._scans.get(reading.scan_id)
        if first is not None:
            return first if first.code_digest == reading.code_digest else NonceReused()
        try:
            scan = self._decide(reading)
        except CountTooLarge as refusal:
            return refusal
        self._scans[scan.id] = scan
        self._new.append((reading, scan))
        return scan

    def _decide(self, reading: Reading) -> Scan:
        if isinstance(reading.code, RefusedCode):
            return _scan(reading, reading.code.shown, reading.code.reason)
        entry_pass = reading.code
        self._looked_up.add(entry_pass.reservation_id)
        record = self._passes.get(entry_pass.reservation_id) or _nobody_inside(entry_pass)
        entering = entering_now(record, reading.count)
        if isinstance(entering, RefusalReason):
            return _scan(reading, entry_pass, entering, inside=record.admitted_count)
        entry = Entry(gate_id=reading.gate_id, nonce=reading.nonce, count=entering, at=reading.scanned_at)
        inside = record.admitted_count + entering
        self._passes[record.reservation_id] = replace(record, admitted_count=inside, entries=(*record.entries, entry))
        return _scan(reading, entry_pass, None, inside=inside, entering=entering)

    def batch(self) -> ScanBatch:
        """Return what must be kept of the answers so far."""
        admitted = [(reading, scan) for reading, scan in self._new if scan.decision is Decision.ADMITTED]
        venues = {scan.reservation_id: scan.venue_id for _, scan in admitted}
        return ScanBatch(
            scans=tuple(scan for _, scan in self._new),
            changes=tuple(
                PassChange(venue_id=venues[key], before=self._known.passes.get(key), after=record)
                for key, record in self._passes.items()
                if key in venues
            ),
            events=tuple(_event(reading, scan) for reading, scan in admitted),
        )

    def unguarded(self) -> frozenset[str]:
        """Return the reservations that were looked up and not changed."""
        changed = {scan.reservation_id for _, scan in self._new if scan.decision is Decision.ADMITTED}
        return frozenset(self._looked_up - changed)


def _nobody_inside(entry_pass: EntryPass) -> PassRecord:
    return PassRecord(
        reservation_id=entry_pass.reservation_id,
        party_size=entry_pass.party_size,
        admitted_count=0,
        cancelled_at=None,
        entries=(),
    )


def _scan(
    reading: Reading, shown: EntryPass | None, reason: RefusalReason | None, *, inside: int = 0, entering: int = 0
) -> Scan:
    return Scan(
        id=reading.scan_id,
        gate_id=reading.gate_id,
        venue_id=reading.venue_id,
        code_digest=reading.code_digest,
        decision=Decision.ADMITTED if reason is None else Decision.REFUSED,
        reason=reason,
        reservation_id=None if shown is None else shown.reservation_id,
        admitted_now=entering,
        admitted_count=inside,
        party_size=0 if shown is None else shown.party_size,
        starts_at=None if shown is None else shown.starts_at,
        ends_at=None if shown is None else shown.ends_at,
        scanned_at=reading.scanned_at,
    )


def _event(reading: Reading, scan: Scan) -> OutboxEvent:
    return OutboxEvent(
        id=reading.event_id,
        kind=EventKind.VISIT_ADMITTED,
        subject_id=scan.reservation_id or "",
        occurred_at=scan.scanned_at,
        payload={"venue_id": scan.venue_id, "gate_id": scan.gate_id, "count": scan.admitted_now},
    )
