"""Who is next, until when, and when there is no hope: the rules of waiting."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reservations.changes import Waiting
from services.reservations.errors import NotHeld
from services.reservations.model import Allotment, Reservation, ReservationStatus, SlotState
from services.reservations.queue import QueueEvent, QueueStep, next_fitting
from services.reservations.waitlist.errors import NoOfferYet, NotWaiting
from services.reservations.waitlist.model import LogEntry
from services.reservations.waitlist.rules import (
    ensure_offered,
    free_for_queue,
    is_hopeless,
    next_offers,
    offer_ends_at,
    parties_ahead,
    receipt_in,
)
from services.venues.model import Channel
from tests.factories import NOW, make_reservation, make_slot

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=1)


def queue(*sizes: int) -> list[Waiting]:
    return [
        Waiting(id=f"rsv_{n}", account=f"cit_{n}", number=n, party_size=size, people=())
        for n, size in enumerate(sizes, 1)
    ]


@pytest.mark.parametrize(
    ("sizes", "free", "numbers"),
    [
        ((), 9, []),
        ((1,), 0, []),
        ((2, 2), 2, [1]),
        ((2, 2), 4, [1, 2]),
        ((4, 1, 2, 1), 3, [2, 3]),
        ((3, 3, 1), 4, [1, 3]),
        ((5, 5), 4, []),
    ],
)
def test_the_first_that_fit_are_next(sizes: tuple[int, ...], free: int, numbers: list[int]) -> None:
    assert [one.number for one in next_offers(queue(*sizes), free)] == numbers


@given(st.lists(st.integers(1, 6), max_size=12), st.integers(0, 20))
def test_many_offers_at_once_are_those_that_one_after_the_other_gives(sizes: list[int], free: int) -> None:
    waiting, left, expected = queue(*sizes), free, []
    while (one := next_fitting(waiting, left)) is not None:
        expected.append(one)
        waiting.remove(one)
        left -= one.party_size
    assert list(next_offers(queue(*sizes), free)) == expected


def test_places_are_for_those_who_wait_in_an_open_slot_only() -> None:
    flows_at = NOW + MINUTE
    group = Allotment(channel=Channel.GROUP, places=4, left=4, flows_at=flows_at)
    slot = make_slot(places_left=7, set_aside=(group,))
    assert free_for_queue(slot, NOW) == 3
    assert free_for_queue(slot, flows_at) == 7
    for state in set(SlotState) - {SlotState.OPEN}:
        assert free_for_queue(replace(slot, state=state), NOW) == 0
    assert free_for_queue(slot, slot.ends_at - MOMENT) == 7
    assert free_for_queue(slot, slot.ends_at) == 0
    assert free_for_queue(replace(slot, last_entry_at=NOW), NOW) == 0


def test_an_offer_ends_in_time() -> None:
    slot = make_slot()
    assert offer_ends_at(slot, 30, NOW) == NOW + 30 * MINUTE
    assert offer_ends_at(slot, 30, slot.ends_at - MINUTE) == slot.ends_at
    last = NOW + 5 * MINUTE
    assert offer_ends_at(replace(slot, last_entry_at=last), 30, NOW) == last


def test_there_is_hope_until_the_slot_is_over_or_withdrawn() -> None:
    slot = make_slot()
    for state in SlotState:
        assert is_hopeless(replace(slot, state=state), NOW) is (state is SlotState.WITHDRAWN)
        assert is_hopeless(replace(slot, state=state), slot.ends_at)
        assert is_hopeless(replace(slot, state=state, last_entry_at=NOW), NOW)


def held(**changes: Any) -> Reservation:
    offer: dict[str, Any] = {"status": ReservationStatus.HELD, "number": 1, "held_until": NOW + MINUTE}
    return make_reservation(make_slot(), **(offer | changes))


def test_an_offer_can_be_taken_until_its_instant() -> None:
    ensure_offered(held(), NOW + MINUTE - MOMENT)
    with pytest.raises(NotHeld):
        ensure_offered(held(), NOW + MINUTE)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"status": ReservationStatus.WAITING, "held_until": None}, NoOfferYet),
        ({"status": ReservationStatus.LAPSED}, NotHeld),
        ({"status": ReservationStatus.CANCELLED, "held_until": None}, NotHeld),
        ({"status": ReservationStatus.BOOKED, "number": None, "held_until": None}, NotWaiting),
    ],
)
def test_what_is_no_offer_is_not_taken(changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ensure_offered(held(**changes), NOW)


def test_places_in_the_queue_are_counted_by_parties() -> None:
    assert [parties_ahead(queue(4, 1, 1), number) for number in (1, 2, 3)] == [0, 1, 2]
    assert parties_ahead(queue(4, 1, 1)[2:], 3) == 0


def test_the_receipt_is_the_link_of_ones_joining() -> None:
    def entry(version: int, link: str, *events: tuple[QueueEvent, int]) -> LogEntry:
        steps = tuple(QueueStep(event=event, number=number, party_size=1, free=0) for event, number in events)
        return LogEntry(version=version, at=NOW, steps=steps, link=link)

    log = [
        entry(3, "a", (QueueEvent.JOINED, 1), (QueueEvent.JOINED, 2)),
        entry(5, "b", (QueueEvent.OFFERED, 2)),
        entry(6, "c", (QueueEvent.JOINED, 3)),
    ]
    assert [receipt_in(log, number) for number in (1, 2, 3, 4)] == ["a", "a", "c", None]
