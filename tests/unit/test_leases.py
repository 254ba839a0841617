"""Leases on a slot's ledger: what they take, what comes back, and what they never do to others' places."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.reservations.changes import BookingWay, NewBooking, Shrinking
from services.reservations.entry_documents import entry_document, read_entry
from services.reservations.errors import SlotFull
from services.reservations.leases.errors import GateNotEntrance, LeaseOfAnother
from services.reservations.leases.model import Lease, LeaseNote, LeaseState
from services.reservations.leases.rules import (
    ensure_holder,
    ensure_leasable,
    ensure_may_return,
    pass_of,
    state_of,
    walk_in_left,
)
from services.reservations.ledger import Shrunk, SlotLedger
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.plans import KEEP_LEDGER
from services.reservations.quotas import left_for
from services.venues.model import Channel, GateUse
from tests.changes import Books, set_aside
from tests.factories import NOW, make_cancellation, make_slot, make_venue
from tests.groups import MANAGER
from tests.leases import GATE, OTHER_GATE, make_lease

FLOWS_AT = NOW + timedelta(hours=1)


@pytest.fixture
def slot() -> Slot:
    return make_slot(set_aside=(set_aside(Channel.WALK_IN, 6, flows_at=FLOWS_AT),))


@pytest.fixture
def books(slot: Slot) -> Books:
    return Books(slot)


def leased(books: Books, slot: Slot, places: int) -> Reservation:
    reservation = make_lease(slot, places)
    booking = NewBooking(reservation=reservation, request=None, event=None, way=BookingWay.STAFF)
    assert books.make(booking) == reservation
    return reservation


def walk_ins(books: Books, slot: Slot) -> int:
    return left_for(books.slot(slot), Channel.WALK_IN)


def individuals(books: Books, slot: Slot) -> int:
    return left_for(books.slot(slot), Channel.INDIVIDUAL)


def make(lease: Reservation, used: int) -> Lease:
    note = LeaseNote(
        id=lease.id, venue_id=lease.venue_id, gate_id="gat_east", holder_id=GATE.id, leased=lease.party_size
    )
    return Lease(note=note, reservation=lease, used=used)


def test_a_lease_takes_walk_in_places_and_no_others(books: Books, slot: Slot) -> None:
    leased(books, slot, 4)
    assert (walk_ins(books, slot), individuals(books, slot)) == (2, 4)
    too_many = NewBooking(reservation=make_lease(slot, 3), request=None, event=None, way=BookingWay.STAFF)
    refusal = books.make(too_many)
    assert isinstance(refusal, SlotFull)
    assert (refusal.places_left, refusal.extra) == (2, {"places_left": 2})


def test_what_was_not_used_goes_back_to_the_walk_ins(books: Books, slot: Slot) -> None:
    lease = leased(books, slot, 5)
    assert books.make(Shrinking(reservation=lease, party_size=2)) is True
    assert (walk_ins(books, slot), individuals(books, slot)) == (4, 4)
    (settlement,) = books.written
    assert settlement.frees
    assert settlement.entry.shrunk == (Shrunk(reservation_id=lease.id, party_size=2),)
    assert lease.id in {one.id for one in settlement.changed}


def test_what_comes_back_late_flows_on_to_individuals(books: Books, slot: Slot) -> None:
    lease = leased(books, slot, 5)
    books.now = FLOWS_AT
    assert books.make(Shrinking(reservation=lease, party_size=2)) is True
    assert (walk_ins(books, slot), individuals(books, slot)) == (0, 8)


def test_a_lease_shrinks_from_what_it_was_and_once(books: Books, slot: Slot) -> None:
    lease = leased(books, slot, 5)
    shrinking = Shrinking(reservation=lease, party_size=3)
    assert books.decide(shrinking, shrinking) == [True, True]
    assert walk_ins(books, slot) == 3
    # Who has read it before believes in places that it has no more.
    assert books.make(Shrinking(reservation=lease, party_size=2)) is False
    assert len(books.written) == 1, "the write proves that it is so"
    assert walk_ins(books, slot) == 3
    assert books.make(Shrinking(reservation=replace(lease, party_size=3), party_size=2)) is True
    assert walk_ins(books, slot) == 4


@pytest.mark.parametrize("stale", ["stale", "present"])
def test_a_lease_that_shrank_gives_back_no_more_than_it_has(books: Books, slot: Slot, stale: str) -> None:
    lease = leased(books, slot, 5)
    books.make(Shrinking(reservation=lease, party_size=1))
    present = lease if stale == "stale" else replace(lease, party_size=1)
    assert books.make(make_cancellation(present)) is True
    assert walk_ins(books, slot) == 6
    assert books.make(Shrinking(reservation=present, party_size=1)) is False
    assert walk_ins(books, slot) == 6


def test_in_one_write_a_lease_shrinks_and_ends(books: Books, slot: Slot) -> None:
    lease = leased(books, slot, 5)
    outcomes = books.decide(Shrinking(reservation=lease, party_size=1), make_cancellation(lease))
    assert outcomes == [True, True]
    assert walk_ins(books, slot) == 6


def test_the_ledger_remembers_what_shrank(books: Books, slot: Slot) -> None:
    lease = leased(books, slot, 5)
    first = books.written
    books.make(Shrinking(reservation=lease, party_size=2))
    again = SlotLedger.at_first(slot)
    for settlement in (*first, *books.written):
        document = entry_document(settlement, NOW, keep=KEEP_LEDGER)
        again.write(read_entry(document, settlement.entry.slot))
    assert again == books.ledgers[slot.id]
    assert again.sizes == {lease.id: 2}


def test_a_lease_says_what_is_left_of_it(slot: Slot) -> None:
    lease = make_lease(slot, 5)
    assert (make(lease, 2).places, make(lease, 2).left, make(lease, 2).returned) == (5, 3, 0)
    ended = replace(lease, status=ReservationStatus.CANCELLED)
    whole = replace(make(lease, 0), reservation=ended)
    assert (whole.places, whole.left, whole.returned) == (0, 0, 5)
    parted = replace(make(lease, 3), reservation=replace(lease, party_size=3))
    assert (parted.places, parted.left, parted.returned) == (3, 0, 2)
    # A gate without network may have let in more: nothing is left, and not less.
    assert make(lease, 7).left == 0
    states = [state_of(one, NOW) for one in (make(lease, 5), whole, parted)]
    assert states == [LeaseState.OPEN, LeaseState.RETURNED, LeaseState.RETURNED]
    assert state_of(make(lease, 1), lease.ends_at) is LeaseState.OVER


def test_a_lease_is_a_party_at_the_gate(slot: Slot) -> None:
    last = slot.ends_at.replace(second=0, microsecond=0) - timedelta(hours=1)
    slot = replace(slot, starts_at=last - timedelta(hours=2), last_entry_at=last)
    lease = make(replace(make_lease(slot, 5), last_entry_at=last), 0)
    shown = pass_of(lease)
    assert (shown.reservation_id, shown.party_size, shown.ends_at) == (lease.id, 5, last)
    assert lease.expires_at == last


def test_who_leased_may_return_and_who_answers_for_the_venue(slot: Slot) -> None:
    lease = make(make_lease(slot, 5), 0)
    ensure_holder(lease, GATE)
    ensure_may_return(lease, GATE)
    ensure_may_return(lease, MANAGER)
    for refused in (ensure_holder, ensure_may_return):
        with pytest.raises(LeaseOfAnother):
            refused(lease, OTHER_GATE)
    with pytest.raises(LeaseOfAnother):
        ensure_holder(lease, MANAGER)


def test_nobody_leases_for_an_exit(slot: Slot) -> None:
    gate = make_venue().gates[0]
    assert ensure_leasable(slot, slot.venue_id, gate) == slot
    with pytest.raises(GateNotEntrance):
        ensure_leasable(slot, slot.venue_id, replace(gate, use=GateUse.EXIT))


def test_places_that_have_flowed_on_cannot_be_leased(slot: Slot) -> None:
    assert (walk_in_left(slot, NOW), walk_in_left(slot, FLOWS_AT)) == (6, 0)


def test_a_lease_is_nobody_s_booking(slot: Slot) -> None:
    lease = make_lease(slot, 5)
    assert (lease.is_lease, lease.has_account) == (True, False)
