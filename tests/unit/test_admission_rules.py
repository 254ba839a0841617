"""Decisions at the gate, many at a time: each scan on what is known and on what those before it have changed."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from qr.entry_code import EntryPass
from services.admissions.batch import Known
from services.admissions.deciding import Verdicts, decide
from services.admissions.errors import CountTooLarge, NonceReused
from services.admissions.model import Decision, Entry, PassRecord, Reading, RefusalReason, RefusedCode, Scan
from services.sync.model import EventKind
from tests.factories import NOW, make_entry, make_entry_pass, make_reading, make_refusal

NOTHING = Known(scans={}, passes={})
JUNK = RefusedCode(reason=RefusalReason.MALFORMED, shown=None)


def known_pass(entry_pass: EntryPass, *entries: Entry, cancelled: bool = False) -> Known:
    """Return that these of a party are inside, or that it was cancelled."""
    record = PassRecord(
        reservation_id=entry_pass.reservation_id,
        party_size=entry_pass.party_size,
        admitted_count=sum(entry.count for entry in entries),
        cancelled_at=NOW if cancelled else None,
        entries=entries,
    )
    return Known(scans={}, passes={entry_pass.reservation_id: record})


def words(verdicts: Verdicts) -> list[str]:
    """Return each answer in a word."""
    return [one.reason or one.decision if isinstance(one, Scan) else one.code for one in verdicts.answers]


def test_a_scan_is_answered_with_what_its_code_proved() -> None:
    entry_pass = make_entry_pass(party_size=3)
    reading = make_reading(entry_pass, count=2)
    verdicts = decide([reading], NOTHING)
    scan = Scan(
        id=reading.scan_id,
        gate_id=reading.gate_id,
        venue_id=reading.venue_id,
        code_digest=reading.code_digest,
        decision=Decision.ADMITTED,
        reason=None,
        reservation_id=entry_pass.reservation_id,
        admitted_now=2,
        admitted_count=2,
        party_size=3,
        starts_at=entry_pass.starts_at,
        ends_at=entry_pass.ends_at,
        scanned_at=NOW,
        reader_id=reading.reader.id,
    )
    assert verdicts.answers == verdicts.batch.scans == (scan,)
    (change,), (event,) = verdicts.batch.changes, verdicts.batch.events
    entry = Entry(gate_id=reading.gate_id, nonce=reading.nonce, count=2, at=NOW, reader_id=reading.reader.id)
    assert (change.before, change.entries, change.after.admitted_count) == (None, (entry,), 2)
    assert (event.id, event.kind, event.subject_id) == (
        reading.event_id,
        EventKind.VISIT_ADMITTED,
        entry_pass.reservation_id,
    )
    assert event.payload == {"venue_id": reading.venue_id, "gate_id": reading.gate_id, "count": 2}


def test_a_party_that_comes_to_many_gates_at_once_fills_up_in_the_order_of_arrival() -> None:
    entry_pass = make_entry_pass(party_size=5)
    verdicts = decide([make_reading(entry_pass, count=count) for count in (1, 3, 2, None, 1)], NOTHING)
    assert words(verdicts) == ["admitted", "admitted", "count_too_large", "admitted", "already_admitted"]
    assert [one.admitted_count for one in verdicts.batch.scans] == [1, 4, 5, 5]
    (change,) = verdicts.batch.changes
    assert ([entry.count for entry in change.entries], change.after.admitted_count) == ([1, 3, 1], 5)
    assert len(verdicts.batch.events) == 3
    assert verdicts.unguarded == frozenset()


def test_entries_come_on_top_of_those_who_are_inside() -> None:
    entry_pass, earlier = make_entry_pass(party_size=4), make_entry(count=1)
    known = known_pass(entry_pass, earlier)
    verdicts = decide([make_reading(entry_pass, count=2), make_reading(entry_pass)], known)
    (change,) = verdicts.batch.changes
    assert change.before == known.passes[entry_pass.reservation_id]
    assert change.after.entries == (earlier, *change.entries)
    assert ([entry.count for entry in change.entries], change.after.admitted_count) == ([2, 1], 4)


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_party_that_is_known_is_refused_and_nothing_is_changed(cancelled: bool) -> None:  # noqa: FBT001
    entry_pass = make_entry_pass(party_size=2)
    entries = () if cancelled else (make_entry(count=2),)
    verdicts = decide([make_reading(entry_pass)], known_pass(entry_pass, *entries, cancelled=cancelled))
    assert words(verdicts) == ["cancelled" if cancelled else "already_admitted"]
    assert (len(verdicts.batch.scans), verdicts.batch.changes, verdicts.batch.events) == (1, (), ())
    assert verdicts.unguarded == {entry_pass.reservation_id}


def test_a_scan_that_was_answered_gets_that_answer_and_keeps_nothing() -> None:
    entry_pass = make_entry_pass()
    reading = make_reading(entry_pass)
    first = replace(make_refusal(), id=reading.scan_id, code_digest=reading.code_digest)
    same, other = decide([reading], Known(scans={first.id: first}, passes={})), replace(reading, code_digest="other")
    assert same.answers == (first,)
    assert words(decide([other], Known(scans={first.id: first}, passes={}))) == ["nonce_reused"]
    assert same.batch.scans == ()


def test_a_scan_sent_twice_in_one_batch_is_one_scan() -> None:
    reading = make_reading(make_entry_pass(party_size=2), count=1)
    again, other = replace(reading, event_id="evt_again"), replace(reading, code_digest="other")
    first, second, third = decide([reading, again, other], NOTHING).answers
    assert first == second
    assert isinstance(third, NonceReused)
    assert len(decide([reading, again, other], NOTHING).batch.scans) == 1


def test_a_nonce_whose_first_scan_asked_too_much_is_still_free() -> None:
    reading = make_reading(make_entry_pass(party_size=2), count=3)
    verdicts = decide([reading, replace(reading, count=2, code_digest="digest of two")], NOTHING)
    assert words(verdicts) == ["count_too_large", "admitted"]
    (too_large, _) = verdicts.answers
    assert isinstance(too_large, CountTooLarge)
    assert too_large.errors[0].values == ("1", "2")


def test_a_code_that_opens_nothing_is_refused_whatever_is_known() -> None:
    shown = make_entry_pass()
    late = RefusedCode(reason=RefusalReason.TOO_LATE, shown=shown)
    verdicts = decide([make_reading(JUNK), make_reading(late)], known_pass(shown, make_entry(count=1)))
    assert words(verdicts) == ["malformed", "too_late"]
    assert [(one.reservation_id, one.party_size) for one in verdicts.batch.scans] == [
        (None, 0),
        (shown.reservation_id, 2),
    ]
    assert verdicts.unguarded == frozenset()


def test_only_who_was_let_in_is_guarded() -> None:
    enters, asks_too_much = make_entry_pass(), make_entry_pass(party_size=1)
    readings = [make_reading(enters), make_reading(asks_too_much, count=2), make_reading(enters)]
    assert decide(readings, NOTHING).unguarded == {asks_too_much.reservation_id}


def in_pieces(readings: Sequence[Reading], sizes: Sequence[int]) -> tuple[list[object], Known]:
    """Decide piece by piece, keeping in between what must be kept."""
    scans: dict[str, Scan] = {}
    passes: dict[str, PassRecord] = {}
    answers: list[object] = []
    rest = list(readings)
    for size in sizes:
        verdicts = decide(rest[:size], Known(scans=scans, passes=passes))
        answers += [one if isinstance(one, Scan) else type(one) for one in verdicts.answers]
        assert {change.after.reservation_id: change.before for change in verdicts.batch.changes} == {
            change.after.reservation_id: passes.get(change.after.reservation_id) for change in verdicts.batch.changes
        }
        scans |= {scan.id: scan for scan in verdicts.batch.scans}
        passes |= {change.after.reservation_id: change.after for change in verdicts.batch.changes}
        rest = rest[size:]
    return answers, Known(scans=scans, passes=passes)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_decided_together_is_what_is_decided_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    parties = [make_entry_pass(party_size=chance.randint(1, 5)) for _ in range(6)]
    readings: list[Reading] = []
    for _ in range(60):
        if readings and chance.random() < 0.2:
            earlier = chance.choice(readings)
            readings.append(chance.choice([earlier, replace(earlier, code_digest="another code")]))
            continue
        code = JUNK if chance.random() < 0.1 else chance.choice(parties)
        readings.append(make_reading(code, count=chance.choice([None, 1, 1, 2, 4])))
    one_by_one, kept = in_pieces(readings, [1] * len(readings))
    assert in_pieces(readings, [len(readings)]) == (one_by_one, kept)
    assert in_pieces(readings, [7] * 9) == (one_by_one, kept)
    inside = Counter[str | None]()
    for scan in kept.scans.values():
        inside[scan.reservation_id] += scan.admitted_now
    for party in parties:
        record = kept.passes.get(party.reservation_id)
        assert inside[party.reservation_id] == (record.admitted_count if record else 0) <= party.party_size
