"""Fair releases on the real store, from the marking of a day to what becomes of everybody."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from scripts.releases.verify_release import check
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.identity.model import ScopeLevel
from services.notifications.model import NO, YES, Fact, NoticeKind
from services.reservations.changes import SlotChange
from services.reservations.errors import SlotDrawn
from services.reservations.model import ReservationStatus, SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.releases.errors import (
    DayBooked,
    NoPublicSource,
    NotDrawn,
    NotFrozen,
    PublicValueEarly,
    PublicValueGiven,
    ReleaseExists,
    ReleaseRefused,
    ReleaseUnknown,
)
from services.reservations.releases.model import PublicSource, ReleaseState, RequestState
from services.venues.errors import VenueUnknown
from tests.concurrency.desks import desk_on
from tests.contract.documents import Documents
from tests.factories import make_booking, make_request, new_id
from tests.policies import an_actor
from tests.releases import MANAGER, Hand, Notes, Office


@pytest.fixture
def office(mongo: Mongo) -> Office:
    """A process, at a venue of its own."""
    return Office(
        mongo=mongo, desk=desk_on(MongoLedger(mongo)), venue_id=new_id("ven"), clock=Hand(), notes=Notes(["first"])
    )


async def state_of(office: Office, slot_id: str) -> SlotState:
    return next(one for one in await office.marking.of_day(office.venue_id, office.day) if one.id == slot_id).state


async def test_a_marked_day_is_kept_from_booking_and_its_seed_committed_to(
    office: Office, documents: Documents
) -> None:
    slot, other_day = await office.open_slot(office.day), await office.open_slot(office.day + timedelta(days=1))
    closed = await office.open_slot(office.day, 12, state=SlotState.CLOSED)
    release = await office.opening.make(office.wish(office.day))
    assert [await state_of(office, one.id) for one in (slot, closed)] == [SlotState.DRAWN, SlotState.CLOSED]
    with pytest.raises(SlotDrawn):
        await office.desk.book(make_booking(slot))
    assert await office.desk.book(make_booking(other_day))
    document = await documents.get("releases", release.id)
    seed = bytes(document["sealed_seed"])[::-1].decode()
    assert hashlib.sha256(bytes.fromhex(seed)).hexdigest() == release.seed_sha256
    assert await office.publishing.get(release.id) == release
    assert await office.marking.is_drawn(office.venue_id, office.day)
    assert not await office.marking.is_drawn(office.venue_id, office.day + timedelta(days=1))


async def test_slots_that_are_planned_later_join(office: Office) -> None:
    release = await office.opening.make(office.wish(office.day))
    slot = await office.open_slot(office.day)
    await office.work.look()
    assert await state_of(office, slot.id) is SlotState.DRAWN
    assert (await office.ask(release, slot)).choices == (slot.id,)


async def test_a_day_with_bookings_is_refused_with_their_number(office: Office) -> None:
    slot, free = await office.open_slot(office.day), await office.open_slot(office.day, 12)
    await office.desk.book(make_booking(slot, party=3))
    with pytest.raises(DayBooked) as refused:
        await office.opening.make(office.wish(office.day))
    assert refused.value.extra == {"booked": 3}
    assert await state_of(office, free.id) is SlotState.OPEN


async def test_a_day_has_one_release_and_so_one_seed(office: Office) -> None:
    request = make_request()
    wish = office.wish(office.day, request=request)
    outcomes = await asyncio.gather(
        *(office.opening.make(replace(wish, request=None)) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Release"] + ["ReleaseExists"] * 3
    with pytest.raises(ReleaseExists):
        await office.opening.make(wish)
    next_day = replace(wish, visit_on=office.day + timedelta(days=1))
    first = await office.opening.make(next_day)
    assert await office.opening.make(next_day) == first
    with pytest.raises(IdempotencyKeyReused):
        await office.opening.make(replace(next_day, request=IdempotentRequest(id=request.id, fingerprint="another")))
    page = await office.publishing.list(office.venue_id, 1, None)
    assert [one.visit_on for one in page.items] == [next_day.visit_on]
    page = await office.publishing.list(office.venue_id, 1, page.next)
    assert ([one.visit_on for one in page.items], page.next) == ([office.day], None)


async def test_times_that_do_not_fit_and_other_peoples_venues_are_refused(office: Office) -> None:
    wish = office.wish(office.day)
    now, late = office.clock.now(), wish.draw_at + timedelta(days=3)
    for changes, path, code in (
        ({"requests_close_at": now}, "requests_close_at", "close_too_early"),
        ({"draw_at": wish.requests_close_at + timedelta(minutes=9)}, "draw_at", "draw_too_early"),
        ({"draw_at": late}, "draw_at", "draw_too_late"),
        ({"visit_on": office.day + timedelta(days=400)}, "visit_on", "too_far_ahead"),
        (
            {"source": PublicSource(name="示例", announced_on=office.day)},
            "public_source.announced_on",
            "day_not_between",
        ),
    ):
        with pytest.raises(ReleaseRefused) as refused:
            await office.opening.make(replace(wish, **changes))
        assert (path, code) in [(one.path, one.code) for one in refused.value.errors]
    with pytest.raises(VenueUnknown):
        await office.opening.make(replace(wish, actor=an_actor(ScopeLevel.VENUE, "ven_other")))


async def test_the_pool_is_public_before_the_seed_and_names_nobody(office: Office) -> None:
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    asked = await office.ask(release, slot, party=2)
    with pytest.raises(NotFrozen):
        await office.publishing.pool(release.id)
    frozen = await office.freeze(release)
    assert (frozen.state, frozen.drawn) == (ReleaseState.FROZEN, None)
    assert frozen.frozen is not None
    text = "".join([piece async for piece in await office.publishing.pool(release.id)])
    assert hashlib.sha256(text.encode()).hexdigest() == frozen.frozen.pool.sha256
    assert json.loads(text)["requests"] == [{"ticket": asked.ticket, "party_size": 2, "choices": [slot.id]}]
    assert asked.id not in text
    with pytest.raises(NotDrawn):
        await office.publishing.record(release.id)


async def test_the_exported_record_gives_the_result_that_the_server_kept(office: Office, documents: Documents) -> None:
    slots = [await office.open_slot(office.day, hour, places=5) for hour in (9, 11, 13)]
    release = await office.opening.make(office.wish(office.day))
    asked = [await office.ask(release, *slots[number % 3 :], party=number % 3 + 1) for number in range(20)]
    settled = await office.settle(release)
    assert settled.state is ReleaseState.SETTLED
    assert office.defects == []
    record = await office.record(release)
    assert check(record, {"seed_sha256": release.seed_sha256, "ticket": asked[0].ticket}) == []
    assert record["beacon"]["checkpoint"] == office.notes.notes[1]
    reservations, drawn = MongoReservations(office.mongo), dict(record["result"])
    for request in asked:
        own = await office.requesting.own(release.id, request.citizen_id)
        assert (own.visitors, own.contact_phone, own.slot_id) == ((), None, drawn[request.ticket])
        booked = await reservations.latest_of(request.citizen_id, 9, None)
        assert [(one.id, one.slot_id, one.party_size) for one in booked] == (
            [] if own.slot_id is None else [(own.reservation_id, own.slot_id, request.party_size)]
        )
        assert own.state is (RequestState.LOST if own.slot_id is None else RequestState.WON)
    for one in await office.marking.of_day(office.venue_id, office.day):
        taken = sum(each.party_size for each in asked if drawn[each.ticket] == one.id)
        assert (one.state, one.places_left) == (SlotState.OPEN, 5 - taken)
    calls = [
        (call["kind"], call["facts"].get(Fact.OUTCOME), call["subject_id"])
        for parcel in await documents.find("notice_calls")
        for call in parcel["calls"]
        if call["venue_id"] == office.venue_id
    ]
    told = {(NoticeKind.DRAW_RESULT, YES if drawn[one.ticket] else NO, one.id) for one in asked}
    assert {one for one in calls if one[0] == NoticeKind.DRAW_RESULT} == told
    assert len(calls) == len(asked) + sum(slot is not None for slot in drawn.values())
    assert not await office.marking.is_drawn(office.venue_id, office.day)


async def test_a_winner_who_cannot_be_booked_any_more_forfeits(office: Office) -> None:
    slot, other = await office.open_slot(office.day, 10), await office.open_slot(office.day, 12)
    release = await office.opening.make(office.wish(office.day))
    first, second = await office.ask(release, slot), await office.ask(release, other)
    await office.freeze(release)
    await office.desk.change_slot(SlotChange(slot_id=other.id, state=SlotState.CLOSED))
    await office.settle(release)
    settled = await office.publishing.get(release.id)
    assert settled.settled is not None
    assert settled.settled.forfeited == ((second.ticket, "slot_closed"),)
    assert (await office.requesting.own(release.id, first.citizen_id)).state is RequestState.WON
    own = await office.requesting.own(release.id, second.citizen_id)
    assert (own.state, own.refusal, own.reservation_id) == (RequestState.FORFEITED, "slot_closed", None)
    assert check(await office.record(release)) == []
    assert await state_of(office, other.id) is SlotState.CLOSED


async def test_a_winner_cancels_as_anybody_and_is_not_booked_again(office: Office) -> None:
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    asked = await office.ask(release, slot)
    await office.settle(release)
    (booked,) = await MongoReservations(office.mongo).latest_of(asked.citizen_id, 9, None)
    assert booked.status is ReservationStatus.BOOKED
    await office.work.look()
    assert len(await MongoReservations(office.mongo).latest_of(asked.citizen_id, 9, None)) == 1


async def test_a_draw_waits_for_its_public_figure_and_takes_the_first(office: Office) -> None:
    slot, now = await office.open_slot(office.day), office.clock.now()
    wish = office.wish(office.day, draw_at=now + timedelta(hours=26))
    source = PublicSource(name="示例彩票", announced_on=(wish.draw_at + timedelta(hours=8)).date())
    release = await office.opening.make(replace(wish, source=source))
    plain = await office.opening.make(replace(wish, visit_on=office.day + timedelta(days=1)))
    await office.ask(release, slot)
    give = office.opening.give_public_value
    with pytest.raises(NotFrozen):
        await give(MANAGER, release.id, "1")
    await office.freeze(release)
    with pytest.raises(NoPublicSource):
        await give(MANAGER, plain.id, "1")
    with pytest.raises(ReleaseUnknown):
        await give(an_actor(ScopeLevel.VENUE, "ven_other"), release.id, "1")
    with pytest.raises(PublicValueEarly):
        await give(MANAGER, release.id, "1")
    office.pass_to(release.draw_at)
    await office.work.look()
    assert (await office.publishing.get(release.id)).state is ReleaseState.FROZEN
    given = await give(MANAGER, release.id, "05 11")
    assert await give(MANAGER, release.id, "05 11") == given
    with pytest.raises(PublicValueGiven):
        await give(MANAGER, release.id, "05 12")
    await office.work.look()
    record = await office.record(release)
    assert record["beacon"]["public_value"] == "05 11"
    assert check(record) == []


async def test_what_nobody_signs_or_announces_holds_a_draw_up_for_two_hours(office: Office) -> None:
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    await office.ask(release, slot)
    office.pass_to(release.requests_close_at)
    await office.work.look()
    office.pass_to(release.draw_at + timedelta(minutes=119))
    await office.work.look()
    assert (await office.publishing.get(release.id)).state is ReleaseState.FROZEN
    office.pass_to(release.draw_at + timedelta(hours=2))
    await office.work.look()
    record = await office.record(release)
    assert record["beacon"] == {"checkpoint": None, "public_value": None}
    assert check(record) == []


async def test_nothing_is_drawn_from_what_was_changed(office: Office, documents: Documents) -> None:
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    await office.ask(release, slot)
    await office.freeze(release)
    (paper,) = await documents.find("release_papers", release_id=release.id)
    await documents._database["release_papers"].update_one({"_id": paper["_id"]}, {"$set": {"text": "{}"}})
    await office.settle(release)
    assert (await office.publishing.get(release.id)).state is ReleaseState.FROZEN
    assert [type(one).__name__ for one in office.defects[:1]] == ["ReleaseDamaged"]


async def test_a_release_without_requests_ends_as_well(office: Office) -> None:
    slot = await office.open_slot(office.day)
    release = await office.opening.make(office.wish(office.day))
    settled = await office.settle(release)
    assert settled.state is ReleaseState.SETTLED
    assert await state_of(office, slot.id) is SlotState.OPEN
    assert check(await office.record(release)) == []
