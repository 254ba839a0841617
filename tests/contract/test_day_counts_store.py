"""How many bookings for a day somebody may have: counted with the bookings, whatever slot and process they come by."""

import asyncio
from dataclasses import replace

import pytest

from services.common.mongo import Mongo
from services.reservations.changes import DayLimit, NewBooking
from services.reservations.errors import DayLimitReached
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import Objected
from tests.changes import (
    limited,
    make_joining,
    make_lapse,
    make_limit,
    make_move,
    make_offer,
    make_taking,
)
from tests.concurrency.desks import desk_on
from tests.contract.clerk import Clerk
from tests.contract.documents import Documents
from tests.factories import make_booking, make_cancellation, make_give_back, make_slot


@pytest.fixture
async def slots(mongo: Mongo) -> tuple[Slot, Slot]:
    """Return two slots of one day."""
    slots = make_slot(capacity=3, places_left=3), make_slot(capacity=3, places_left=3)
    await MongoSlots(mongo).add_missing(slots)
    return slots


async def counted(documents: Documents, limit: DayLimit) -> int:
    found = await documents.find("day_counts", _id=limit.key)
    return sum(one["count"] for one in found)


async def test_two_accounts_cannot_bring_one_person_twice_a_day(
    mongo: Mongo, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    person, desk = make_limit(index=0), desk_on(MongoLedger(mongo))
    first, second = (limited(make_booking(slot), make_limit(), person) for slot in slots)
    assert first.reservation.citizen_id != second.reservation.citizen_id
    await desk.book(first)
    with pytest.raises(DayLimitReached) as refused:
        await desk.book(second)
    assert refused.value.index == 0
    assert await counted(documents, person) == 1
    # The other account has none of its own used up by that.
    assert await counted(documents, second.day_limits[0]) == 0
    (document,) = await documents.find("day_counts", _id=person.key)
    assert document == {"_id": person.key, "count": 1, "expires_at": person.expires_at}


async def test_as_many_as_are_allowed_and_not_one_more(
    mongo: Mongo, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    account, desk = make_limit(most=3), desk_on(MongoLedger(mongo))
    wishes = [limited(make_booking(slot), account) for slot in (*slots, *slots)]
    for wish in wishes[:3]:
        await desk.book(wish)
    with pytest.raises(DayLimitReached) as refused:
        await desk.book(wishes[3])
    assert refused.value.index is None
    assert await counted(documents, account) == 3


@pytest.mark.parametrize("heard", [True, False])
async def test_what_ends_is_counted_no_more(
    mongo: Mongo, clerk: Clerk, documents: Documents, slots: tuple[Slot, Slot], *, heard: bool
) -> None:
    account, desk = make_limit(), desk_on(MongoLedger(mongo))
    first, second = (limited(make_booking(slot), account) for slot in slots)
    await clerk.write(first)
    await clerk.write(make_cancellation(first.reservation) if heard else make_give_back(first))
    assert await counted(documents, account) == 0
    assert await desk.book(second) == second.reservation
    assert await counted(documents, account) == 1


async def test_one_ends_and_one_begins_in_the_same_write(
    clerk: Clerk, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    account = make_limit()
    first, second = (limited(make_booking(slot), account) for slot in slots)
    await clerk.write(first)
    await clerk.write(make_cancellation(first.reservation), second)
    assert await counted(documents, account) == 1


async def test_a_move_within_a_day_counts_as_before_and_one_to_another_day_there(
    mongo: Mongo, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    today, tomorrow, desk = make_limit(), make_limit(), desk_on(MongoLedger(mongo))
    booking = limited(make_booking(slots[0]), today)
    await desk.book(booking)
    within = make_move(booking.reservation, slots[1], today)
    assert await desk.reschedule(within) == within.new.reservation
    assert await counted(documents, today) == 1
    away = make_move(within.new.reservation, slots[0], tomorrow)
    assert await desk.reschedule(away) == away.new.reservation
    assert (await counted(documents, today), await counted(documents, tomorrow)) == (0, 1)
    # To a day that is used up nobody moves.
    other = limited(make_booking(slots[1]), today)
    await desk.book(other)
    with pytest.raises(DayLimitReached):
        await desk.reschedule(make_move(away.new.reservation, slots[1], today))
    assert (await counted(documents, today), await counted(documents, tomorrow)) == (1, 1)


async def test_an_offer_counts_when_it_is_taken_and_not_before(
    mongo: Mongo, clerk: Clerk, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    account, desk = make_limit(), desk_on(MongoLedger(mongo))
    holders = [make_booking(slots[0]) for _ in range(3)]
    joinings = [make_joining(slots[0]) for _ in range(3)]
    await clerk.write(*holders, *joinings)
    await clerk.write(*(make_cancellation(one.reservation) for one in holders))
    offers = [make_offer(one) for one in joinings]
    for offer in offers:
        await desk.offer(offer)
    assert await counted(documents, account) == 0
    await desk.take(make_taking(offers[0], account))
    assert await counted(documents, account) == 1
    with pytest.raises(DayLimitReached):
        await desk.take(make_taking(offers[1], account))
    # What was never counted is not given back, even if the reservation names what it would have been counted by.
    named = replace(offers[1], reservation=replace(offers[1].reservation, day_counts=(account.key,)))
    assert await desk.cancel(make_lapse(named))
    assert await counted(documents, account) == 1
    await desk.cancel(make_cancellation(make_taking(offers[0], account).reservation))
    assert await counted(documents, account) == 0
    await desk.take(make_taking(offers[2], account))


async def test_whom_the_count_is_against_is_told_apart_from_who_came_with_them(
    mongo: Mongo, slots: tuple[Slot, Slot]
) -> None:
    """They all come in one write: only those whose day is used up are refused, and the rest have their places."""
    account, desk = make_limit(), desk_on(MongoLedger(mongo))
    await desk.book(limited(make_booking(slots[0]), account))
    wishes: list[NewBooking] = [make_booking(slots[1]), limited(make_booking(slots[1]), account)]
    wishes.append(limited(make_booking(slots[1]), make_limit()))
    outcomes = await asyncio.gather(*(desk.book(one) for one in wishes), return_exceptions=True)
    assert [type(one) for one in outcomes[1:2]] == [DayLimitReached]
    assert outcomes[::2] == [one.reservation for one in wishes[::2]]


async def test_what_would_pass_a_limit_is_not_written_at_all(
    clerk: Clerk, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    account = make_limit()
    first, second = (limited(make_booking(slot), account) for slot in slots)
    await clerk.write(first)
    with pytest.raises(Objected):
        await clerk.write(second, make_booking(slots[1]))
    assert (await clerk.facts(slots[1]))["kept"] == []
    assert (await clerk.ledger.find_objections([second])).exhausted_limits == {account.key}
    assert await counted(documents, account) == 1


async def test_a_limit_that_was_lowered_is_no_reason_to_end_what_there_is(
    clerk: Clerk, documents: Documents, slots: tuple[Slot, Slot]
) -> None:
    account = make_limit(most=2)
    bookings = [limited(make_booking(slot), account) for slot in slots]
    await clerk.write(*bookings)
    less = replace(account, most=1)
    with pytest.raises(Objected):
        await clerk.write(limited(make_booking(slots[0]), less))
    await clerk.write(make_move(bookings[0].reservation, slots[1], less))
    assert await counted(documents, account) == 2
