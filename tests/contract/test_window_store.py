"""The staffed window on the real database: whose places it takes, what it lists, and what it never passes."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from services.common.clock import city_day
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.policies.errors import MinorsUnaccompanied
from services.reservations import errors
from services.reservations.changes import Joining
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.window.model import WindowDay, window_of
from services.reservations.window.mongo import WINDOW_BOOKINGS
from services.venues.errors import VenueUnknown
from services.venues.model import Channel, Venue
from tests.factories import make_request, make_reservation, new_id
from tests.groups import MANAGER, STRANGER
from tests.ratings import open_venue
from tests.window import Window, demand, slot_with, somebody, window_on, wish


@pytest.fixture
def window(mongo: Mongo) -> Window:
    return window_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


def day_of(slot: Slot, limit: int = 9, after: str | None = None) -> WindowDay:
    return WindowDay(venue_id=slot.venue_id, on=city_day(slot.starts_at), limit=limit, after=after)


async def listed(window: Window, slot: Slot) -> list[str]:
    page = await window.reading.list(MANAGER, day_of(slot))
    return [one.reservation.id for one in page.items]


async def test_its_own_places_go_first_and_then_those_of_individuals(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=3, places=6)
    party = [somebody() for _ in range(2)]
    booked = [await window.booking.book(MANAGER, wish(slot, *party)) for party in (party, [somebody(), somebody()])]
    # One of its own is left, which does not do for two.
    assert [one.channel for one in booked] == [Channel.ASSISTED, Channel.INDIVIDUAL]
    booked.append(await window.booking.book(MANAGER, wish(slot)))
    booked.append(await window.booking.book(MANAGER, wish(slot)))
    assert [one.channel for one in booked[2:]] == [Channel.ASSISTED, Channel.INDIVIDUAL]
    with pytest.raises(errors.SlotFull):
        await window.booking.book(MANAGER, wish(slot))
    assert {one.citizen_id for one in booked} == {window_of(venue.id)}
    assert await listed(window, slot) == [one.id for one in booked]


async def test_who_waits_goes_before_the_window(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=0, places=2)
    first = await window.booking.book(MANAGER, wish(slot, somebody(), somebody()))
    waiting = make_reservation(slot, status=ReservationStatus.WAITING)
    await window.desk.join(Joining(reservation=waiting, request=None))
    await window.reading.cancel(MANAGER, venue.id, first.id)
    with pytest.raises(errors.SlotFull):
        await window.booking.book(MANAGER, wish(slot))


async def test_the_hour_of_release_does_not_bind_it_and_other_rules_do(window: Window, venue: Venue) -> None:
    await demand(
        window.mongo,
        venue,
        book_days_ahead=0,
        releases_at="08:00",
        max_party_size=2,
        minors_under=14,
        bookings_per_account_day=1,
        bookings_per_document_day=1,
    )
    slot = await slot_with(window.mongo, venue, assisted=1, places=9)
    other = await slot_with(window.mongo, venue, assisted=0, places=9, id=new_id("slt"))
    person = somebody()
    await window.booking.book(MANAGER, wish(slot, person))
    # The account is nobody's: it has no limit, in whosever places.
    await window.booking.book(MANAGER, wish(slot))
    await window.booking.book(MANAGER, wish(slot))
    for refused, refusal in (
        (wish(slot, person), errors.VisitorAlreadyBooked),
        (wish(other, person), errors.DayLimitReached),
        (wish(slot, somebody(minor=True)), MinorsUnaccompanied),
        (wish(slot, somebody(), somebody(), somebody()), errors.PartyRefused),
        (wish(slot, somebody(id_number="ABCDEFG")), errors.PartyRefused),
    ):
        with pytest.raises(refusal):
            await window.booking.book(MANAGER, refused)


async def test_it_books_for_its_own_venue_and_open_slots(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=1, places=9)
    elsewhere = await slot_with(window.mongo, await open_venue(window.mongo), assisted=1, places=9)
    shut = await slot_with(window.mongo, venue, assisted=1, places=9, state=SlotState.CLOSED)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    over = await slot_with(
        window.mongo, venue, assisted=1, places=9, starts_at=began, ends_at=began + timedelta(hours=1)
    )
    for refused, refusal in (
        (wish(elsewhere, venue_id=venue.id), errors.SlotUnknown),
        (wish(slot, slot_id=new_id("slt")), errors.SlotUnknown),
        (wish(shut), errors.SlotClosed),
        (wish(over), errors.SlotEnded),
    ):
        with pytest.raises(refusal):
            await window.booking.book(MANAGER, refused)
    for act in (
        window.booking.book(STRANGER, wish(slot)),
        window.reading.list(STRANGER, day_of(slot)),
        window.reading.get(STRANGER, venue.id, new_id("rsv")),
        window.reading.cancel(STRANGER, venue.id, new_id("rsv")),
    ):
        with pytest.raises(VenueUnknown):
            await act
    # What was refused was noted before, and is not listed.
    assert await listed(window, slot) == []
    assert await window.mongo.collection(WINDOW_BOOKINGS).count_documents({"venue_id": venue.id}) == 2


async def test_a_repeated_request_books_once(window: Window, venue: Venue) -> None:
    for assisted in (2, 0):
        slot, request = await slot_with(window.mongo, venue, assisted=assisted, places=2), make_request()
        asked = wish(slot, request=request)
        processes = [window, window_on(window.mongo), window, window_on(window.mongo)]
        booked = await asyncio.gather(*(one.booking.book(MANAGER, asked) for one in processes))
        assert len({one.id for one in booked}) == 1
        other = IdempotentRequest(id=request.id, fingerprint="another")
        with pytest.raises(IdempotencyKeyReused):
            await window.booking.book(MANAGER, wish(slot, request=other))
        assert (await listed(window, slot)).count(booked[0].id) == 1


async def test_a_day_is_listed_masked_and_in_pages(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=9, places=9)
    booked = [await window.booking.book(MANAGER, wish(slot)) for _ in range(5)]
    found: list[str] = []
    after: str | None = None
    for _ in range(3):
        page = await window.reading.list(MANAGER, day_of(slot, 2, after))
        found += [one.reservation.id for one in page.items]
        assert {one.visitors[0].name for one in page.items} == {"示***"}
        after = page.next
    assert (found, after) == ([one.id for one in booked], None)
    another = WindowDay(venue_id=venue.id, on=date(2026, 1, 1), limit=9, after=None)
    assert (await window.reading.list(MANAGER, another)).items == []


async def test_only_what_a_window_booked_is_its_own(window: Window, venue: Venue) -> None:
    other = await open_venue(window.mongo)
    slot = await slot_with(window.mongo, venue, assisted=2, places=9)
    booked = await window.booking.book(MANAGER, wish(slot))
    for reservation_id, venue_id in ((booked.id, other.id), (new_id("rsv"), venue.id)):
        with pytest.raises(errors.ReservationUnknown):
            await window.reading.get(MANAGER, venue_id, reservation_id)
    cancelled = await window.reading.cancel(MANAGER, venue.id, booked.id)
    assert cancelled.status is ReservationStatus.CANCELLED
    assert (await window.reading.cancel(MANAGER, venue.id, booked.id)).status is ReservationStatus.CANCELLED
    assert await listed(window, slot) == [booked.id]
    await window.booking.book(MANAGER, wish(slot, somebody(), somebody()))


async def test_a_slip_has_the_documents_of_its_party(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=5, places=9)
    people = [somebody(id_number="e12345678"), somebody(id_number="AB12C")]
    booked: Reservation = await window.booking.book(MANAGER, wish(slot, *people))
    assert await window.holders.tails_of(booked.id, venue.id) == ["5678", "B12C"]
    assert await window.holders.tails_of(booked.id, "ven_other") == ()


async def test_windows_and_the_public_never_take_more_than_there_is(window: Window, venue: Venue) -> None:
    slot = await slot_with(window.mongo, venue, assisted=3, places=5)
    processes = [window, window_on(window.mongo)]
    asked = [processes[at % 2].booking.book(MANAGER, wish(slot)) for at in range(12)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    booked = [one.channel for one in outcomes if isinstance(one, Reservation)]
    assert sorted(booked) == [Channel.ASSISTED] * 3 + [Channel.INDIVIDUAL] * 2
    assert {type(one) for one in outcomes if isinstance(one, BaseException)} == {errors.SlotFull}
