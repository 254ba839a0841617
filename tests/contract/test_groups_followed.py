"""An approved group whose reservation the venue moves or cancels: its application says so, and keeps its names."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.reservations.changes import BookingWay, Cancellation, NewBooking, Reschedule
from services.reservations.groups import errors
from services.reservations.groups.following import MOST_MOVES
from services.reservations.groups.model import Application, VenueSearch
from services.reservations.groups.mongo import ROSTERS
from services.reservations.model import EndReason, Reservation, Slot
from services.reservations.mongo.reservations import MongoReservations
from services.venues.model import Venue
from tests.factories import NOW, make_event
from tests.groups import MANAGER, Office, office_on, open_slot
from tests.ratings import open_venue


@pytest.fixture
def office(mongo: Mongo) -> Office:
    return office_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


async def reservation_of(office: Office, application: Application) -> Reservation:
    found = await MongoReservations(office.mongo).find(str(application.reservation_id), application.citizen_id)
    assert found is not None
    return found


def cancelling(reservation: Reservation, moved_to: str | None = None) -> Cancellation:
    return Cancellation(
        reservation=reservation,
        cancelled_at=NOW,
        event=make_event(reservation.id),
        reason=EndReason.VENUE,
        moved_to=moved_to,
    )


async def moved(office: Office, old: Reservation, slot: Slot) -> Reservation:
    """Move a group as a closure does."""
    new = replace(
        old, id=office.ids.new("rsv"), slot_id=slot.id, starts_at=slot.starts_at, ends_at=slot.ends_at, number=None
    )
    booking = NewBooking(reservation=new, request=None, event=make_event(new.id), way=BookingWay.STAFF)
    made = await office.desk.reschedule(Reschedule(old=cancelling(old, new.id), new=booking))
    assert made is not None
    return made


async def listed(office: Office, application: Application) -> Application:
    """Return it as staff see it in the list."""
    search = VenueSearch(venue_id=application.venue_id, status=None, limit=9, after=None)
    page = await office.reading.list_of_venue(MANAGER, search)
    return next(one.application for one in page.items if one.application.id == application.id)


def place(application: Application) -> tuple[str, str | None, str]:
    return application.status, application.reservation_id, application.slot_id


async def test_an_application_follows_its_reservation_through_every_slot(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue)
    approved = await office.deciding.approve(MANAGER, (await office.applied(slot)).id)
    await office.store.put_roster(approved, (), NOW)
    others = [await open_slot(office.mongo, venue) for _ in range(3)]
    last = await reservation_of(office, approved)
    for other in others:
        last = await moved(office, last, other)
    expected = ("approved", last.id, others[-1].id)
    assert place(await office.reading.get_own(approved.citizen_id, approved.id)) == expected
    assert place(await office.reading.get_within(MANAGER, approved.id)) == expected
    again = await office.deciding.approve(MANAGER, approved.id)
    assert (place(again), again.starts_at, again.ends_at) == (expected, last.starts_at, last.ends_at)
    assert place(await listed(office, approved)) == place(approved)
    beside = office_on(office.mongo, clock=office.clock)
    await asyncio.gather(office.tending.look(), beside.tending.look())
    written = await listed(office, approved)
    assert (place(written), written.version) == (expected, approved.version + 1)
    await office.tending.look()
    assert await listed(office, approved) == written, "nothing new, nothing written"
    roster = await office.mongo.collection(ROSTERS).find_one({"_id": approved.id})
    assert roster is not None
    assert roster["forget_at"] == last.ends_at + timedelta(days=30)
    assert await office.told(approved) == ["yes"]


async def test_more_moves_than_one_look_follows_are_followed_by_the_next(office: Office, venue: Venue) -> None:
    slots = [await open_slot(office.mongo, venue) for _ in range(2)]
    approved = await office.deciding.approve(MANAGER, (await office.applied(slots[0])).id)
    last = await reservation_of(office, approved)
    for at in range(MOST_MOVES + 2):
        last = await moved(office, last, slots[(at + 1) % 2])
    for _ in range(2):
        await office.tending.look()
    assert place(await listed(office, approved)) == ("approved", last.id, last.slot_id)


async def test_what_the_venue_cancels_is_cancelled_and_names_nobody(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue)
    approved = await office.deciding.approve(MANAGER, (await office.applied(slot)).id)
    await office.store.put_roster(approved, (), NOW)
    moved_to = await moved(office, await reservation_of(office, approved), await open_slot(office.mongo, venue))
    await office.desk.cancel(cancelling(moved_to))
    expected = ("cancelled", moved_to.id, moved_to.slot_id)
    assert place(await office.reading.get_own(approved.citizen_id, approved.id)) == expected
    assert place(await office.deciding.approve(MANAGER, approved.id)) == expected
    for refused in (
        office.deciding.decline(MANAGER, approved.id, "x"),
        office.applying.withdraw(approved.citizen_id, approved.id),
    ):
        with pytest.raises(errors.ApplicationDecided):
            await refused
    with pytest.raises(errors.RosterClosed):
        await office.rosters.take(approved.citizen_id, approved.id, b"", "csv")
    await office.tending.look()
    assert place(await listed(office, approved)) == expected
    assert await office.store.find_roster(approved.id) is None
    assert place(await office.deciding.approve(MANAGER, approved.id)) == expected
    assert (await office.store.find(approved.id)) == await office.reading.get_within(MANAGER, approved.id)
