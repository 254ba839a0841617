"""Groups in the real database: applied for, decided once, told, and nothing of the contact in the clear."""

from datetime import timedelta

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.reservations.changes import BelowBooked, Cancellation, SlotChange
from services.reservations.errors import SlotClosed, SlotEnded, SlotUnknown
from services.reservations.groups import errors
from services.reservations.groups.model import MOST_OPEN, ApplicationStatus, VenueSearch
from services.reservations.groups.mongo import APPLICATIONS
from services.reservations.model import SlotState
from services.reservations.mongo.reservations import MongoReservations
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from tests.factories import NOW, make_event, make_request, new_id
from tests.groups import CONTACT, MANAGER, STRANGER, Office, office_on, open_slot, wish
from tests.ratings import open_venue

LATER = timedelta(days=4)


@pytest.fixture
def office(mongo: Mongo) -> Office:
    return office_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


async def test_what_is_kept_of_a_contact_cannot_be_read(office: Office, venue: Venue) -> None:
    made = await office.applied(await open_slot(office.mongo, venue))
    document = await office.mongo.collection(APPLICATIONS).find_one({"_id": made.id})
    assert document is not None
    assert not [word for word in ("示例", "13800000000") if word in str(document)]
    assert document["forget_at"] - made.ends_at == timedelta(days=30)
    assert (await office.reading.seen(made)).contact == CONTACT
    assert str(made).count("contact") == 0


async def test_a_leader_sees_their_own_only_and_staff_those_of_their_scope(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue)
    made = [await office.applied(slot, citizen_id="cit_leader_of_two") for _ in range(2)]
    other = await office.applied(slot)
    with pytest.raises(errors.ApplicationUnknown):
        await office.reading.get_own(other.citizen_id, made[0].id)
    with pytest.raises(errors.ApplicationUnknown):
        await office.reading.get_within(STRANGER, made[0].id)
    first = await office.reading.list_own("cit_leader_of_two", 1, None)
    second = await office.reading.list_own("cit_leader_of_two", 1, first.next)
    assert [one.application.id for one in (*first.items, *second.items)] == [made[1].id, made[0].id]
    assert second.next is None
    contact = first.items[0].contact
    assert (contact.name, contact.phone, contact.note) == ("示****", "*******0000", None)
    search = VenueSearch(venue_id=venue.id, status=ApplicationStatus.PENDING, limit=9, after=None)
    page = await office.reading.list_of_venue(MANAGER, search)
    assert [one.application.id for one in page.items] == [other.id, made[1].id, made[0].id]
    with pytest.raises(VenueUnknown):
        await office.reading.list_of_venue(STRANGER, search)


async def test_who_need_not_apply_or_never_fits_is_told_so(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue, places=100)
    for size, refusal in ((5, errors.GroupTooSmall), (101, errors.GroupTooLarge)):
        with pytest.raises(refusal):
            await office.applied(slot, size)
    with pytest.raises(SlotUnknown):
        await office.applying.apply(wish(slot, slot_id=new_id("slt")))
    with pytest.raises(SlotClosed):
        await office.applied(await open_slot(office.mongo, venue, state=SlotState.CLOSED))
    office.clock.ahead = LATER
    with pytest.raises(SlotEnded):
        await office.applied(slot)


async def test_nobody_floods_a_venue(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue)
    made = [await office.applied(slot, citizen_id="cit_flood") for _ in range(MOST_OPEN)]
    with pytest.raises(errors.TooManyApplications):
        await office.applied(slot, citizen_id="cit_flood")
    await office.applying.withdraw("cit_flood", made[0].id)
    await office.applied(slot, citizen_id="cit_flood")


async def test_a_repeated_request_applies_once(office: Office, venue: Venue) -> None:
    slot, request = await open_slot(office.mongo, venue), make_request()
    made = await office.applied(slot, citizen_id="cit_repeating", request=request)
    assert await office.applied(slot, citizen_id="cit_repeating", request=request) == made
    with pytest.raises(IdempotencyKeyReused):
        await office.applied(slot, request=IdempotentRequest(id=request.id, fingerprint="another"))


async def test_an_approved_group_has_its_places_and_is_told(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue, groups=50)
    made = await office.applied(slot, 30)
    approved = await office.deciding.approve(MANAGER, made.id)
    assert (approved.status, approved.decided_by) == (ApplicationStatus.APPROVED, MANAGER.id)
    assert await office.deciding.approve(MANAGER, made.id) == approved
    [kept] = await office.reservations_of(slot)
    assert (kept["_id"], kept["citizen_id"], kept["channel"]) == (approved.reservation_id, made.citizen_id, "group")
    assert (kept["party_size"], kept["visitors"], kept["status"]) == (30, [], "booked")
    assert (await office.left(slot), await office.told(made)) == (20, ["yes"])
    for refused in (office.deciding.decline(MANAGER, made.id, "x"), office.applying.withdraw(made.citizen_id, made.id)):
        with pytest.raises(errors.ApplicationDecided):
            await refused
    with pytest.raises(errors.ApplicationUnknown):
        await office.deciding.approve(STRANGER, made.id)


async def test_a_cancelled_group_gives_its_places_back_to_groups(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue, groups=50)
    made = await office.deciding.approve(MANAGER, (await office.applied(slot, 50)).id)
    reservation = await MongoReservations(office.mongo).find(str(made.reservation_id), made.citizen_id)
    assert reservation is not None
    await office.desk.cancel(Cancellation(reservation=reservation, cancelled_at=NOW, event=make_event(reservation.id)))
    assert await office.left(slot) == 50
    assert (await office.deciding.approve(MANAGER, made.id)).reservation_id == reservation.id


async def test_too_few_places_are_named_and_it_stays_pending(office: Office, venue: Venue) -> None:
    slot = await open_slot(office.mongo, venue, groups=20)
    made = await office.applied(slot, 30)
    with pytest.raises(errors.TooFewPlaces) as refused:
        await office.deciding.approve(MANAGER, made.id)
    assert refused.value.extra == {"places_left": 20}
    assert await office.reading.get_own(made.citizen_id, made.id) == made
    assert (await office.reservations_of(slot), await office.told(made)) == ([], [])


async def test_a_declined_group_is_told_once_and_why(office: Office, venue: Venue) -> None:
    made = await office.applied(await open_slot(office.mongo, venue))
    declined = await office.deciding.decline(MANAGER, made.id, "当日有大型活动。")
    assert (declined.status, declined.reason) == (ApplicationStatus.DECLINED, "当日有大型活动。")
    assert await office.deciding.decline(MANAGER, made.id, "另一个理由") == declined
    with pytest.raises(errors.ApplicationDecided):
        await office.deciding.approve(MANAGER, made.id)
    assert await office.told(made) == ["no"]


async def test_withdrawing_again_changes_nothing(office: Office, venue: Venue) -> None:
    made = await office.applied(await open_slot(office.mongo, venue))
    withdrawn = await office.applying.withdraw(made.citizen_id, made.id)
    assert await office.applying.withdraw(made.citizen_id, made.id) == withdrawn
    with pytest.raises(errors.ApplicationUnknown):
        await office.applying.withdraw("cit_another", made.id)
    with pytest.raises(errors.ApplicationDecided):
        await office.deciding.approve(MANAGER, made.id)
    assert await office.told(made) == []


async def test_what_nobody_can_approve_any_more_expires(office: Office, venue: Venue) -> None:
    over, shut, living = [await open_slot(office.mongo, venue) for _ in range(3)]
    made = {slot.id: await office.applied(slot) for slot in (over, shut, living)}
    await office.desk.change_slot(SlotChange(slot_id=shut.id, state=SlotState.CLOSED, below_booked=BelowBooked.REFUSE))
    await office.tending.look()

    async def status(slot_id: str) -> str:
        return (await office.reading.get_own(made[slot_id].citizen_id, made[slot_id].id)).status

    assert [await status(one.id) for one in (over, shut, living)] == ["pending", "expired", "pending"]
    office.clock.ahead = LATER
    await office.tending.look()
    await office.tending.look()
    assert [await status(one.id) for one in (over, shut, living)] == ["expired"] * 3
    assert await office.told(made[shut.id]) == ["no"]
    assert await office.store.all_open() == []
