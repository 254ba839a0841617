"""A ledger follows what was written, in whatever order it hears of it, and never skips anything."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.reservations.ledger import Holding, LedgerEntry, SlotLedger
from services.reservations.model import Slot, SlotState
from tests.factories import make_slot

PEOPLE = ("a", "b", "c", "d", "e")


def history(slot: Slot) -> list[LedgerEntry]:
    """Return how one person after the other takes a place; the third gives theirs back to the fourth."""
    entries = []
    for number, person in enumerate(PEOPLE, start=1):
        freed = (Holding(reservation_id="c's", request_id=None, people=("c",)),) if person == "d" else ()
        booked = (Holding(reservation_id=f"{person}'s", request_id=f"{person}'s request", people=(person,)),)
        left = slot.capacity - number + (number >= 4)
        entries.append(
            LedgerEntry(slot=replace(slot, version=number, places_left=left), booked=booked, freed=freed),
        )
    return entries


@pytest.fixture
def slot() -> Slot:
    return make_slot()


@pytest.fixture
def entries(slot: Slot) -> list[LedgerEntry]:
    return history(slot)


def holders(ledger: SlotLedger) -> str:
    return "".join(sorted(ledger.holders))


def follow(slot: Slot, *readings: tuple[Slot, Sequence[LedgerEntry]]) -> SlotLedger:
    ledger = SlotLedger.at_first(slot)
    for seen, entries in readings:
        ledger.read(seen, entries)
    return ledger


def test_a_ledger_that_was_read_from_the_beginning_knows_all(slot: Slot, entries: list[LedgerEntry]) -> None:
    ledger = follow(slot, (entries[4].slot, list(reversed(entries))))
    assert holders(ledger) == "abde"
    assert ledger.slot == replace(slot, version=5, places_left=6)
    # Who cancelled has had their answer; so has everybody else.
    assert sorted(ledger.answers) == [f"{person}'s request" for person in PEOPLE]


def test_a_ledger_begins_with_all_places_free_whatever_its_slot_looks_like_now(slot: Slot) -> None:
    assert SlotLedger.at_first(replace(slot, version=7, places_left=1)).slot == slot


def test_it_reads_on_from_where_it_was(slot: Slot, entries: list[LedgerEntry]) -> None:
    ledger = follow(slot, (entries[1].slot, entries[:2]), (entries[4].slot, entries[2:]))
    assert (holders(ledger), ledger.slot.version) == ("abde", 5)


def test_what_it_knows_already_is_not_done_again(slot: Slot, entries: list[LedgerEntry]) -> None:
    ledger = follow(slot, (entries[4].slot, entries), (entries[4].slot, entries), (entries[2].slot, entries[:3]))
    assert (holders(ledger), ledger.slot) == ("abde", entries[4].slot)


def test_what_is_newer_than_the_slot_that_came_with_it_waits_for_the_next_look(
    slot: Slot, entries: list[LedgerEntry]
) -> None:
    ledger = follow(slot, (entries[2].slot, entries))
    assert (holders(ledger), ledger.slot) == ("abc", entries[2].slot)


@pytest.mark.parametrize("missing", range(5))
def test_it_never_takes_a_step_whose_entry_it_has_not_seen(
    slot: Slot, entries: list[LedgerEntry], missing: int
) -> None:
    """Slot and entries lie on different shards: a commit may be seen on one of them before the other."""
    seen = [entry for entry in entries if entry.slot.version != missing + 1]
    ledger = follow(slot, (entries[4].slot, seen))
    assert ledger.slot.version == missing
    assert holders(ledger) == ("", "a", "ab", "abc", "abd")[missing]
    assert ledger.slot.places_left == (slot, *(entry.slot for entry in entries))[missing].places_left
    ledger.read(entries[4].slot, entries[missing:])
    assert (holders(ledger), ledger.slot) == ("abde", entries[4].slot)


def test_what_staff_decided_is_seen_though_nothing_was_written(slot: Slot, entries: list[LedgerEntry]) -> None:
    closed = replace(entries[1].slot, state=SlotState.CLOSED)
    ledger = follow(slot, (entries[1].slot, entries[:2]), (closed, []))
    assert (holders(ledger), ledger.slot) == ("ab", closed)


def test_one_s_own_entry_counts_once_whether_it_is_read_or_written_first(
    slot: Slot, entries: list[LedgerEntry]
) -> None:
    read_first = follow(slot, (entries[2].slot, entries[:3]))
    read_first.write(entries[2])
    written_first = follow(slot, (entries[1].slot, entries[:2]))
    written_first.write(entries[2])
    written_first.read(entries[2].slot, entries[2:3])
    for ledger in (read_first, written_first):
        assert (holders(ledger), ledger.slot) == ("abc", entries[2].slot)


def test_one_s_own_entry_is_not_put_on_top_of_a_gap(slot: Slot, entries: list[LedgerEntry]) -> None:
    """A ledger may be forgotten, and read from an older state, between the decision and its write."""
    ledger = follow(slot, (entries[0].slot, entries[:1]))
    ledger.write(entries[3])
    assert (holders(ledger), ledger.slot) == ("a", entries[0].slot)
