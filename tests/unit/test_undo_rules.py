"""Taking scans back: who may, for how long, and what is true afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.admissions.batch import Known, VenueDay
from services.admissions.deciding import decide
from services.admissions.errors import AlreadyLeft, NothingToUndo, UndoNotYours, UndoTooLate
from services.admissions.model import ConflictKind, Decision, Movement, PassRecord, Reader, Recorded, Scan, TakeBack
from services.admissions.rules_undo import UNDO_WITHIN, ensure_same_reader, ensure_undoable, taking_back, undo_id
from services.common.clock import city_day
from services.sync.model import RecordKind
from tests.factories import NOW, make_entry_pass, make_reading, make_refusal

READER = Reader(id="ses_example", device_id=None)
NOTHING = Known(scans={}, passes={})


def entered(party: int, *counts: int) -> tuple[list[Scan], PassRecord]:
    """Return the scans by which parts of a party came in, and its pass after them."""
    entry_pass = make_entry_pass(party_size=party)
    verdicts = decide([make_reading(entry_pass, count=count) for count in counts], NOTHING)
    return [one for one in verdicts.answers if isinstance(one, Scan)], verdicts.batch.changes[0].after


def wish(scan: Scan, after: timedelta = timedelta(minutes=1)) -> TakeBack:
    return TakeBack(gate_id=scan.gate_id, nonce=scan.id.partition(":")[2], reader=READER, at=scan.scanned_at + after)


def test_an_entry_that_is_taken_back_did_not_happen_and_stays_on_record() -> None:
    (first, second), record = entered(5, 2, 3)
    batch = taking_back(second, record, wish(second))
    (undo,), (change,), (day,) = batch.scans, batch.changes, batch.occupancies
    assert (undo.id, undo.undoes, undo.decision) == (undo_id(second.id), second.id, Decision.UNDONE)
    assert (undo.admitted_now, undo.admitted_count, undo.party_size) == (-3, 2, 5)
    assert (change.before, change.after.admitted_count, change.after.inside_count) == (record, 2, 2)
    assert change.after.entries[:-1] == record.entries  # nothing is rewritten
    (entry,) = change.entries
    assert (entry.movement, entry.count, entry.reader_id) == (Movement.UNDO, 3, "ses_example")
    assert (day.of, day.admitted, day.left) == (VenueDay(venue_id="ven_example", day=city_day(NOW)), -3, 0)
    assert (day.gates[second.gate_id].admitted, list(day.starts.values())) == (-3, [-3])
    assert {(ref.kind, ref.id) for ref in batch.changed} == {
        (RecordKind.ADMISSION, second.id),
        (RecordKind.RESERVATION, record.reservation_id),
    }
    assert first.admitted_count == 2


def test_an_exit_can_be_a_mistake_as_well() -> None:
    (scan,), record = entered(3, 3)
    entry_pass = make_entry_pass(reservation_id=record.reservation_id, party_size=3)
    out = make_reading(entry_pass, movement=Movement.EXIT, count=2)
    verdicts = decide([out], Known(scans={}, passes={record.reservation_id: record}))
    left, after = verdicts.answers[0], verdicts.batch.changes[0].after
    assert isinstance(left, Scan)
    with pytest.raises(AlreadyLeft):
        taking_back(scan, after, wish(scan))
    batch = taking_back(left, after, wish(left))
    assert (batch.scans[0].left_now, batch.scans[0].left_count) == (-2, 0)
    assert (batch.occupancies[0].admitted, batch.occupancies[0].left) == (0, -2)
    assert batch.changes[0].after.inside_count == 3
    # There is no admission to tell of.
    assert [ref.kind for ref in batch.changed] == [RecordKind.RESERVATION]
    taking_back(scan, batch.changes[0].after, wish(scan))  # now that nobody has left


def test_people_who_were_only_counted_are_taken_back_without_a_pass() -> None:
    counted = decide([make_reading(make_entry_pass(), movement=Movement.EXIT)], NOTHING).answers[0]
    assert isinstance(counted, Scan)
    scan = replace(counted, decision=Decision.LEFT, reason=None, reservation_id=None, left_now=4, starts_at=None)
    batch = taking_back(scan, None, wish(scan))
    assert (batch.changes, batch.changed) == ((), [])
    assert (batch.occupancies[0].left, batch.occupancies[0].starts) == (-4, {})


def test_of_a_party_with_too_many_inside_the_surplus_goes_first() -> None:
    (_,), record = entered(2, 2)
    entry_pass = make_entry_pass(reservation_id=record.reservation_id, party_size=2)
    recorded = Recorded(decision=Decision.ADMITTED, reason=None, count=2)
    verdicts = decide(
        [make_reading(entry_pass, recorded=recorded)], Known(scans={}, passes={record.reservation_id: record})
    )
    scan, after = verdicts.answers[0], verdicts.batch.changes[0].after
    assert isinstance(scan, Scan)
    assert (after.admitted_count, after.surplus_count, scan.conflicts) == (2, 2, (ConflictKind.ADMITTED_TWICE,))
    undone = taking_back(scan, after, wish(scan)).changes[0].after
    assert (undone.admitted_count, undone.surplus_count) == (2, 0)


def test_only_whoever_scanned_may_take_it_back_and_not_for_long() -> None:
    (scan,), _ = entered(1, 1)
    ensure_same_reader(scan, READER)
    for reader in (Reader(id="ses_other", device_id=None), Reader(id="dev_1", device_id="dev_1")):
        with pytest.raises(UndoNotYours):
            ensure_same_reader(scan, reader)
    with pytest.raises(UndoNotYours):  # kept before readers were noted
        ensure_same_reader(replace(scan, reader_id=None), READER)
    ensure_undoable(scan, scan.scanned_at + UNDO_WITHIN)
    with pytest.raises(UndoTooLate):
        ensure_undoable(scan, scan.scanned_at + UNDO_WITHIN + timedelta(milliseconds=1))
    with pytest.raises(NothingToUndo):
        ensure_undoable(make_refusal(), NOW)


def test_what_was_taken_back_after_midnight_counts_on_the_day_it_happened() -> None:
    (scan,), record = entered(1, 1)
    late = replace(scan, scanned_at=scan.scanned_at.replace(hour=15, minute=59))  # a minute to midnight in the city
    batch = taking_back(late, record, wish(late, timedelta(minutes=5)))
    assert batch.occupancies[0].of.day == city_day(late.scanned_at) != city_day(batch.scans[0].scanned_at)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.data())
def test_counts_and_movements_agree_whatever_is_taken_back(counts: list[int], data: st.DataObject) -> None:
    scans, record = entered(sum(counts), *counts)
    movements = sum(entry.count for entry in record.entries)
    for scan in data.draw(st.permutations(scans)):
        record = taking_back(scan, record, wish(scan)).changes[0].after
        entries = sum(one.count for one in record.entries if one.movement is Movement.ENTRY)
        undone = sum(one.count for one in record.entries if one.movement is Movement.UNDO)
        assert record.admitted_count == entries - undone >= 0
        # What the version of the record grows by.
        assert entries + undone > movements
        movements = entries + undone
    assert record.admitted_count == record.inside_count == 0
