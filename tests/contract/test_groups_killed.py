"""An approval whose process is killed between any two steps: it comes to one reservation, and one notice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.notifications.model import NoticeCall
from services.reservations.changes import BookingWay, NewBooking, Quota, SlotChange
from services.reservations.groups import errors
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.groups.mongo import MongoApplications
from services.reservations.groups.rules import begun, reservation_of
from services.reservations.model import Allotment, Slot, SlotState
from services.venues.model import Channel, Venue
from tests.groups import MANAGER, Office, office_on, open_slot
from tests.ratings import Watch, open_venue

A_MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process is no more."""


class DyingStore(MongoApplications):
    """A store whose process dies before, or right after, it writes some status."""

    def __init__(self, mongo: Mongo, clock: Watch, ids: object, *, at: ApplicationStatus, written: bool) -> None:
        super().__init__(mongo, clock, ids)  # type: ignore[arg-type]  # any source of ids
        self._at, self._written = at, written

    async def claim(self, before: Application, after: Application, calls: Sequence[NoticeCall] = ()) -> bool:
        if after.status is self._at and not self._written:
            raise Killed
        claimed = await super().claim(before, after, calls)
        if after.status is self._at:
            raise Killed
        return claimed


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


def dying(office: Office, at: ApplicationStatus, *, written: bool) -> Office:
    store = DyingStore(office.mongo, office.clock, office.ids, at=at, written=written)
    return office_on(office.mongo, store=store, clock=office.clock)


async def outcome(office: Office, made: Application, slot: Slot) -> tuple[str, int, list[str]]:
    """Return the status, how many reservations there are, and what the leader is told."""
    now = await office.reading.get_own(made.citizen_id, made.id)
    return now.status, len(await office.reservations_of(slot)), await office.told(made)


@pytest.mark.parametrize(
    ("at", "when", "after"),
    [
        (ApplicationStatus.APPROVING, "before", ("pending", 0, [])),
        (ApplicationStatus.APPROVING, "after", ("approving", 0, [])),
        (ApplicationStatus.APPROVED, "before", ("approving", 1, ["yes"])),
        (ApplicationStatus.APPROVED, "after", ("approved", 1, ["yes"])),
    ],
)
async def test_whoever_comes_next_goes_on(
    mongo: Mongo, venue: Venue, at: ApplicationStatus, when: str, after: tuple[str, int, list[str]]
) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue)
    made = await office.applied(slot)
    with pytest.raises(Killed):
        await dying(office, at, written=when == "after").deciding.approve(MANAGER, made.id)
    assert await outcome(office, made, slot) == after
    await office.tending.look()
    assert await outcome(office, made, slot) == after, "whoever began may still be at it"
    office.clock.ahead = A_MINUTE
    if after[0] == "pending":
        await office.deciding.approve(MANAGER, made.id)
    # Killed again while it goes on, and then two at once.
    if after[0] == "approving":
        with pytest.raises(Killed):
            await dying(office, ApplicationStatus.APPROVED, written=False).tending.look()
    office.clock.ahead = 2 * A_MINUTE
    beside = office_on(mongo, clock=office.clock)
    await asyncio.gather(office.tending.look(), beside.tending.look())
    assert await outcome(office, made, slot) == ("approved", 1, ["yes"])
    assert await office.left(slot) == 20


async def test_who_asks_again_goes_on_as_well(mongo: Mongo, venue: Venue) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue)
    made = await office.applied(slot)
    with pytest.raises(Killed):
        await dying(office, ApplicationStatus.APPROVED, written=False).deciding.approve(MANAGER, made.id)
    for refused in (
        office.deciding.approve(MANAGER, made.id),
        office.deciding.decline(MANAGER, made.id, "x"),
        office.applying.withdraw(made.citizen_id, made.id),
    ):
        with pytest.raises(errors.ApplicationBusy):
            await refused
    office.clock.ahead = A_MINUTE
    assert (await office.deciding.approve(MANAGER, made.id)).status is ApplicationStatus.APPROVED
    assert await outcome(office, made, slot) == ("approved", 1, ["yes"])


async def test_without_one_request_for_all_tries_a_group_has_its_places_twice(mongo: Mongo, venue: Venue) -> None:
    """The naive way: whoever goes on does not know what was booked, and books."""
    office, slot = office_on(mongo), await open_slot(mongo, venue, groups=100)
    made = await office.applied(slot)
    for _ in range(2):
        wanted = reservation_of(made, office.ids.new("rsv"))
        await office.desk.book(NewBooking(reservation=wanted, request=None, event=None, way=BookingWay.STAFF))
    assert len(await office.reservations_of(slot)) == 2


async def test_what_was_given_up_in_the_meantime_is_pending_again(mongo: Mongo, venue: Venue) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue)
    made = await office.applied(slot)
    with pytest.raises(Killed):
        await dying(office, ApplicationStatus.APPROVING, written=True).deciding.approve(MANAGER, made.id)
    await office.desk.change_slot(SlotChange(slot_id=slot.id, quota=Quota(capacity=100, set_aside=_groups(10))))
    office.clock.ahead = A_MINUTE
    await office.tending.look()
    assert await outcome(office, made, slot) == ("pending", 0, [])
    await office.desk.change_slot(SlotChange(slot_id=slot.id, state=SlotState.CLOSED))
    await office.tending.look()
    assert await outcome(office, made, slot) == ("expired", 0, ["no"])


def _groups(places: int) -> tuple[Allotment, ...]:
    return (Allotment(channel=Channel.GROUP, places=places, left=0, flows_at=None),)


async def late(office: Office, made: Application) -> Application:
    """Begin an approval, and return what its process would still go on with after a very long pause."""
    began_at = made.created_at - A_MINUTE
    mine = begun(made, reservation_id=office.ids.new("rsv"), by="stf_1", holder="hld_late", at=began_at)
    assert await office.store.claim(made, mine)
    return mine


async def test_who_is_so_late_that_it_was_given_up_is_taken_at_their_word(mongo: Mongo, venue: Venue) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue, groups=0)
    made = await office.applied(slot)
    mine = await late(office, made)
    await office.tending.look()
    assert (await outcome(office, made, slot))[0] == "pending"
    await office.desk.change_slot(SlotChange(slot_id=slot.id, quota=Quota(capacity=100, set_aside=_groups(30))))
    await office.finishing.finish(mine)
    assert await outcome(office, made, slot) == ("approved", 1, ["yes"])


async def test_who_is_late_after_the_end_keeps_no_places(mongo: Mongo, venue: Venue) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue, groups=0)
    made = await office.applied(slot)
    mine = await late(office, made)
    await office.tending.look()
    await office.applying.withdraw(made.citizen_id, made.id)
    await office.desk.change_slot(SlotChange(slot_id=slot.id, quota=Quota(capacity=100, set_aside=_groups(30))))
    with pytest.raises(errors.ApplicationDecided):
        await office.finishing.finish(mine)
    assert (await outcome(office, made, slot))[0] == "withdrawn"
    assert [one["status"] for one in await office.reservations_of(slot)] == ["cancelled"]
    assert await office.left(slot) == 30


async def test_what_was_booked_late_by_who_was_then_killed_is_found_before_the_end(mongo: Mongo, venue: Venue) -> None:
    office, slot = office_on(mongo), await open_slot(mongo, venue, groups=0)
    made = await office.applied(slot)
    mine = await late(office, made)
    await office.tending.look()
    await office.desk.change_slot(SlotChange(slot_id=slot.id, quota=Quota(capacity=100, set_aside=_groups(30))))
    with pytest.raises(Killed):
        await dying(office, ApplicationStatus.APPROVED, written=False).finishing.finish(mine)
    assert await outcome(office, made, slot) == ("pending", 1, ["yes"])
    with pytest.raises(errors.ApplicationDecided):
        await office.applying.withdraw(made.citizen_id, made.id)
    assert await outcome(office, made, slot) == ("approved", 1, ["yes"])
