"""Decides scans many at a time: each on what is known, and on what those before it have changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qr.entry_code import EntryPass
from services.admissions.answers import (
    answered,
    conflicts_of,
    counted,
    entry_of,
    event_of,
    recorded_without_pass,
    refused,
)
from services.admissions.batch import Known, PassChange, ScanBatch
from services.admissions.errors import CountTooLarge, NonceReused
from services.admissions.model import (
    Conflict,
    ConflictKind,
    Decision,
    Movement,
    PassRecord,
    Reading,
    Recorded,
    RefusalReason,
    RefusedCode,
    Scan,
)
from services.admissions.rules import entering_now, leaving_now
from services.admissions.tally import Tally
from services.common.errors import DomainError


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
        self._tally = Tally(known.inside)
        self._new: list[tuple[Reading, Scan]] = []
        self._conflicts: list[Conflict] = []
        self._moved: dict[str, str] = {}
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
        if reading.recorded is not None:
            return self._record(reading, reading.recorded)
        if reading.code is None:
            return self._count(reading, counted(reading, reading.count or 0))
        if isinstance(reading.code, RefusedCode):
            return refused(reading, reading.code.shown, reading.code.reason)
        record = self._pass_of(reading.code)
        if reading.movement is Movement.EXIT:
            return self._let_out(reading, record, reading.code)
        return self._let_in(reading, record, reading.code)

    def _let_in(self, reading: Reading, record: PassRecord, code: EntryPass) -> Scan:
        entering = entering_now(record, reading.count, revoked=reading.revoked)
        if not isinstance(entering, RefusalReason) and not self._tally.has_room(reading, entering):
            entering = RefusalReason.VENUE_FULL
        if isinstance(entering, RefusalReason):
            return refused(reading, code, entering, record=record)
        return self._move(reading, code, replace(record, admitted_count=record.admitted_count + entering), entering)

    def _let_out(self, reading: Reading, record: PassRecord, code: EntryPass) -> Scan:
        leaving = leaving_now(record, reading.count)
        if isinstance(leaving, RefusalReason):
            return refused(reading, code, leaving, record=record)
        return self._move(reading, code, replace(record, left_count=record.left_count + leaving), leaving)

    def _record(self, reading: Reading, recorded: Recorded) -> Scan:
        """Keep what happened at a gate without network, and note what it does not fit to."""
        code = reading.code
        if recorded.decision is Decision.REFUSED:
            shown = code.shown if isinstance(code, RefusedCode) else code
            return refused(reading, shown, recorded.reason or RefusalReason.MALFORMED)
        if isinstance(code, RefusedCode):
            code = code.shown
        if code is None:
            scan = self._count(reading, recorded_without_pass(reading, recorded))
            self._conflicts += conflicts_of(reading, scan, recorded.conflicts, None)
            return scan
        record = self._pass_of(code)
        after, kinds = _happened(reading, recorded, record)
        going_out = reading.movement is Movement.EXIT
        count = after.left_count - record.left_count if going_out else recorded.count
        scan = self._move(reading, code, after, count, kinds)
        self._conflicts += conflicts_of(reading, scan, kinds, self._passes[record.reservation_id])
        return scan

    def _move(
        self,
        reading: Reading,
        code: EntryPass,
        after: PassRecord,
        count: int,
        conflicts: tuple[ConflictKind, ...] = (),
    ) -> Scan:
        after = replace(after, entries=(*after.entries, entry_of(reading, count)))
        self._passes[after.reservation_id] = after
        self._moved[after.reservation_id] = reading.venue_id
        return self._count(reading, answered(reading, code, after, count, conflicts))

    def _count(self, reading: Reading, scan: Scan) -> Scan:
        self._tally.add(reading, scan)
        return scan

    def _pass_of(self, code: EntryPass) -> PassRecord:
        self._looked_up.add(code.reservation_id)
        return self._passes.get(code.reservation_id) or PassRecord(
            reservation_id=code.reservation_id,
            party_size=code.party_size,
            admitted_count=0,
            cancelled_at=None,
            entries=(),
        )

    def batch(self) -> ScanBatch:
        """Return what must be kept of the answers so far."""
        return ScanBatch(
            scans=tuple(scan for _, scan in self._new),
            changes=tuple(
                PassChange(venue_id=venue_id, before=self._known.passes.get(key), after=self._passes[key])
                for key, venue_id in self._moved.items()
            ),
            events=tuple(event_of(reading, scan) for reading, scan in self._new if scan.admitted_now),
            occupancies=self._tally.changes(),
            conflicts=tuple(self._conflicts),
        )

    def unguarded(self) -> frozenset[str]:
        """Return the reservations that were looked up and not changed."""
        return frozenset(self._looked_up - self._moved.keys())


def _happened(reading: Reading, recorded: Recorded, record: PassRecord) -> tuple[PassRecord, tuple[ConflictKind, ...]]:
    """Return the pass after what happened, and all that was wrong with it."""
    if reading.movement is Movement.EXIT:
        return _gone(recorded, record)
    within = min(recorded.count, max(0, record.party_size - record.admitted_count))
    surplus = recorded.count - within
    kinds = list(recorded.conflicts)
    if surplus:
        kinds.append(recorded.excess)
    if record.cancelled_at is not None and ConflictKind.CANCELLED not in kinds:
        kinds.append(ConflictKind.CANCELLED)
    after = replace(record, admitted_count=record.admitted_count + within, surplus_count=record.surplus_count + surplus)
    return after, tuple(kinds)


def _gone(recorded: Recorded, record: PassRecord) -> tuple[PassRecord, tuple[ConflictKind, ...]]:
    """Return the pass after people have left, and that they were more than were inside.

    Their entry may yet be told by another gate. But no more than the whole party ever leave: what is beyond it would
    make room for others that there is not.
    """
    kinds = recorded.conflicts
    if recorded.count > record.inside_count:
        kinds = (*kinds, ConflictKind.EXIT_EXCEEDED)
    most = max(record.party_size, record.admitted_count) + record.surplus_count
    return replace(record, left_count=max(record.left_count, min(record.left_count + recorded.count, most))), kinds
