"""Decisions at the gate beyond entries: people who leave, ceilings, and what gates did without network."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qr.entry_code import EntryPass
from services.admissions.batch import Known, PassChange, VenueDay
from services.admissions.deciding import Verdicts, decide
from services.admissions.errors import CountTooLarge
from services.admissions.model import (
    ConflictKind,
    Decision,
    Entry,
    Movement,
    PassRecord,
    Reader,
    Reading,
    Recorded,
    RefusalReason,
    RefusedCode,
    Scan,
)
from services.common.clock import city_day
from tests.factories import NOW, make_entry, make_entry_pass, make_reading

NOTHING = Known(scans={}, passes={})
TODAY = VenueDay(venue_id="ven_example", day=city_day(NOW))
DEVICE = Reader(id="dev_west", device_id="dev_west")


def inside(entry_pass: EntryPass, *entries: Entry, **changes: object) -> PassRecord:
    record = PassRecord(
        reservation_id=entry_pass.reservation_id,
        party_size=entry_pass.party_size,
        admitted_count=sum(entry.count for entry in entries),
        cancelled_at=None,
        entries=entries,
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # each test names fields that there are


def knowing(*records: PassRecord, people: int = 0) -> Known:
    return Known(scans={}, passes={one.reservation_id: one for one in records}, inside={TODAY: people})


def leaving(code: EntryPass | RefusedCode | None, **changes: object) -> Reading:
    reading = make_reading(code if code is not None else RefusedCode(reason=RefusalReason.MALFORMED, shown=None))
    return replace(reading, code=code, movement=Movement.EXIT, **changes)  # type: ignore[arg-type]  # as above


def told(code: EntryPass | RefusedCode, count: int, *conflicts: ConflictKind, **changes: object) -> Reading:
    """Return what a gate let in without network, an hour before we hear of it."""
    recorded = Recorded(decision=Decision.ADMITTED, reason=None, count=count, conflicts=conflicts)
    fields = {"recorded": recorded, "reader": DEVICE, "scanned_at": NOW - timedelta(minutes=1), "received_at": NOW}
    return replace(make_reading(code), **(fields | changes))  # type: ignore[arg-type]  # as above


def only(verdicts: Verdicts) -> Scan:
    (answer,) = verdicts.answers
    assert isinstance(answer, Scan)
    return answer


def change(verdicts: Verdicts) -> PassChange:
    (found,) = verdicts.batch.changes
    return found


def test_people_of_a_party_leave() -> None:
    party = make_entry_pass(party_size=3)
    verdicts = decide([leaving(party, count=2)], knowing(inside(party, make_entry(count=3))))
    scan = only(verdicts)
    assert (scan.decision, scan.left_now, scan.left_count, scan.admitted_count) == (Decision.LEFT, 2, 2, 3)
    assert change(verdicts).after.inside_count == 1
    (counted,) = verdicts.batch.occupancies
    assert (counted.of, counted.admitted, counted.left) == (TODAY, 0, 2)
    assert (verdicts.batch.events, verdicts.batch.changed) == ((), [])


@pytest.mark.parametrize("gone", [0, 3])
def test_nobody_leaves_who_is_not_inside(gone: int) -> None:
    party = make_entry_pass(party_size=3)
    entries = (make_entry(count=3),) if gone else ()
    verdicts = decide([leaving(party)], knowing(inside(party, *entries, left_count=gone)))
    assert only(verdicts).reason is RefusalReason.NOT_INSIDE


def test_no_more_leave_than_are_inside() -> None:
    party = make_entry_pass(party_size=3)
    (answer,) = decide([leaving(party, count=2)], knowing(inside(party, make_entry(count=1)))).answers
    assert isinstance(answer, CountTooLarge)


def test_people_without_a_code_are_counted_out() -> None:
    verdicts = decide([leaving(None, count=4)], NOTHING)
    scan = only(verdicts)
    assert (scan.decision, scan.reservation_id, scan.left_now) == (Decision.LEFT, None, 4)
    assert [one.left for one in verdicts.batch.occupancies] == [4]


def test_who_has_left_does_not_come_back() -> None:
    party = make_entry_pass(party_size=2)
    known = knowing(inside(party, make_entry(count=2), left_count=2))
    assert only(decide([make_reading(party)], known)).reason is RefusalReason.ALREADY_ADMITTED


def test_a_full_venue_refuses_and_takes_who_fits() -> None:
    two, three = make_entry_pass(party_size=2), make_entry_pass(party_size=3)
    readings = [make_reading(one, ceiling=100) for one in (three, two)]
    verdicts = decide(readings, knowing(people=98))
    assert [one.reason for one in verdicts.answers if isinstance(one, Scan)] == [RefusalReason.VENUE_FULL, None]
    (counted,) = verdicts.batch.occupancies
    assert (counted.admitted, counted.inside_at_most) == (2, 98)
    assert verdicts.unguarded == {three.reservation_id}


def test_who_leaves_makes_room_for_who_comes() -> None:
    old, new = make_entry_pass(party_size=1), make_entry_pass(party_size=1)
    known = knowing(inside(old, make_entry()), people=100)
    verdicts = decide([leaving(old), make_reading(new, ceiling=100)], known)
    assert [one.decision for one in verdicts.answers if isinstance(one, Scan)] == [Decision.LEFT, Decision.ADMITTED]
    assert [one.inside_at_most for one in verdicts.batch.occupancies] == [100]


def test_without_a_ceiling_nothing_bounds_the_count() -> None:
    (counted,) = decide([make_reading(make_entry_pass())], knowing(people=10_000)).batch.occupancies
    assert counted.inside_at_most is None


def test_admissions_are_counted_by_gate_and_by_slot() -> None:
    party = make_entry_pass(party_size=2)
    readings = [make_reading(party, count=1, gate_id=gate) for gate in ("gat_east", "gat_west")]
    (counted,) = decide(readings, NOTHING).batch.occupancies
    assert {gate: count.admitted for gate, count in counted.gates.items()} == {"gat_east": 1, "gat_west": 1}
    assert counted.starts == {party.starts_at: 2}


def test_revoked_codes_open_nothing() -> None:
    assert only(decide([make_reading(make_entry_pass(), revoked=True)], NOTHING)).reason is RefusalReason.REVOKED


def test_what_a_gate_did_without_network_is_kept_as_it_happened() -> None:
    party = make_entry_pass(party_size=2)
    reading = told(party, 2, ceiling=1)
    verdicts = decide([reading], NOTHING)
    scan = only(verdicts)
    assert (scan.decision, scan.admitted_now, scan.offline, scan.scanned_at) == (
        Decision.ADMITTED,
        2,
        True,
        reading.scanned_at,
    )
    (entry,) = change(verdicts).entries
    assert (entry.device_id, entry.offline, entry.at) == ("dev_west", True, reading.scanned_at)
    assert verdicts.batch.conflicts == ()
    assert [one.inside_at_most for one in verdicts.batch.occupancies] == [None]


def test_a_second_admission_is_a_conflict_that_names_both() -> None:
    party = make_entry_pass(party_size=1)
    first = make_entry(gate_id="gat_west")
    verdicts = decide([told(party, 1)], knowing(inside(party, first)))
    after = change(verdicts).after
    assert (after.admitted_count, after.surplus_count, after.inside_count) == (1, 1, 2)
    (conflict,) = verdicts.batch.conflicts
    assert (conflict.kind, conflict.found_at) == (ConflictKind.ADMITTED_TWICE, NOW)
    assert [entry.gate_id for entry in conflict.sightings] == ["gat_west", "gat_east"]
    assert only(verdicts).conflicts == (ConflictKind.ADMITTED_TWICE,)


def test_two_gates_without_network_in_one_batch() -> None:
    party = make_entry_pass(party_size=1)
    verdicts = decide([told(party, 1), told(party, 1)], NOTHING)
    assert [one.kind for one in verdicts.batch.conflicts] == [ConflictKind.ADMITTED_TWICE]
    assert change(verdicts).after.inside_count == 2


def test_who_had_cancelled_is_let_in_and_listed() -> None:
    party = make_entry_pass(party_size=1)
    verdicts = decide([told(party, 1)], knowing(inside(party, cancelled_at=NOW)))
    assert [one.kind for one in verdicts.batch.conflicts] == [ConflictKind.CANCELLED]
    assert change(verdicts).after.admitted_count == 1


def test_whoever_came_in_on_nothing_genuine_is_counted_and_listed() -> None:
    forged = RefusedCode(reason=RefusalReason.BAD_SIGNATURE, shown=None)
    verdicts = decide([told(forged, 3, ConflictKind.NOT_GENUINE)], NOTHING)
    assert (only(verdicts).reservation_id, only(verdicts).admitted_now) == (None, 3)
    assert [one.admitted for one in verdicts.batch.occupancies] == [3]
    (conflict,) = verdicts.batch.conflicts
    assert (conflict.kind, len(conflict.sightings)) == (ConflictKind.NOT_GENUINE, 1)


def test_what_was_refused_without_network_changes_nothing() -> None:
    recorded = Recorded(decision=Decision.REFUSED, reason=RefusalReason.TOO_LATE, count=0)
    verdicts = decide([told(make_entry_pass(), 0, recorded=recorded)], NOTHING)
    assert (only(verdicts).decision, only(verdicts).reason) == (Decision.REFUSED, RefusalReason.TOO_LATE)
    assert (verdicts.batch.changes, verdicts.batch.occupancies) == ((), ())


def test_what_was_applied_before_its_answer_was_lost_is_not_applied_twice() -> None:
    party = make_entry_pass(party_size=2)
    first = only(decide([make_reading(party, nonce="lost")], NOTHING))
    again = told(party, 2, nonce="lost", scan_id=first.id, code_digest=first.code_digest)
    verdicts = decide([again], Known(scans={first.id: first}, passes={}))
    assert (only(verdicts), verdicts.batch.scans, verdicts.batch.conflicts) == (first, (), ())


def gone(code: EntryPass, count: int) -> Reading:
    recorded = Recorded(decision=Decision.ADMITTED, reason=None, count=count)
    return replace(told(code, count), movement=Movement.EXIT, recorded=recorded)


def test_more_people_than_were_inside_are_listed_and_make_no_room() -> None:
    party = make_entry_pass(party_size=2)
    verdicts = decide([gone(party, 500)], knowing(inside(party, make_entry(count=1)), people=10))
    assert (only(verdicts).decision, only(verdicts).left_now) == (Decision.LEFT, 2)
    assert [one.left for one in verdicts.batch.occupancies] == [2]
    assert [one.kind for one in verdicts.batch.conflicts] == [ConflictKind.EXIT_EXCEEDED]
    again = decide([gone(party, 500)], knowing(change(verdicts).after))
    assert (only(again).left_now, change(again).after.left_count) == (0, 2)


def test_an_exit_of_those_who_are_inside_is_nothing_to_look_at() -> None:
    party = make_entry_pass(party_size=2)
    verdicts = decide([gone(party, 2)], knowing(inside(party, make_entry(count=2))))
    assert (only(verdicts).left_now, verdicts.batch.conflicts) == (2, ())


def test_a_conflict_holds_no_more_movements_than_people_look_at() -> None:
    party = make_entry_pass(party_size=1)
    entries = tuple(make_entry() for _ in range(500))
    verdicts = decide([told(party, 1)], knowing(inside(party, *entries, admitted_count=1, surplus_count=499)))
    (conflict,) = verdicts.batch.conflicts
    assert conflict.sightings[:10] == entries[:10]
    assert len(conflict.sightings) == 20
    assert conflict.sightings[-1].device_id == "dev_west"
