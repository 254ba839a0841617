"""Revoked codes on the real database: who knows them when, and a history that only grows."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from services.admissions.revocations.directory import Revocations
from services.admissions.revocations.errors import CodeChangedTooOften
from services.admissions.revocations.model import (
    MOST_CHANGES,
    CodeChangeKind,
    CodeRevokeReason,
    CodeStanding,
    CodeWish,
)
from services.admissions.revocations.mongo import MongoRevocations
from services.admissions.revocations.revoking import CodeRevoking
from services.common.clock import city_day
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.errors import ReservationUnknown
from services.reservations.model import Reservation
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.contract.clerk import Clerk
from tests.groups import MANAGER, STRANGER
from tests.ratings import Watch, open_venue

SHARED, LOST = CodeRevokeReason.SHARED, CodeRevokeReason.LOST


class Away(MongoRevocations):
    """The real store, which can be out of reach, and dawdle with an answer that it has."""

    away = False
    may_answer = asyncio.Event()

    async def revoked_on(self, days: Collection[date], /) -> Sequence[CodeStanding]:
        if self.away:
            raise DatabaseUnavailable(retry_after_s=1)
        found = await super().revoked_on(days)
        await self.may_answer.wait()
        return found


@pytest.fixture
def store(mongo: Mongo) -> Away:
    store = Away(mongo)
    store.may_answer = asyncio.Event()
    store.may_answer.set()
    return store


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


@pytest.fixture
async def booked(clerk: Clerk, venue: Venue) -> Reservation:
    """Return a visit of today."""
    now = datetime.now(UTC).replace(microsecond=0)
    slot = await clerk.open(venue_id=venue.id, starts_at=now, ends_at=now + timedelta(hours=1))
    return (await clerk.book(slot)).reservation


async def within_two_seconds(revocations: Revocations, reservation_id: str, *, revoked: bool) -> None:
    """Wait until a process knows."""
    async with asyncio.timeout(2):
        while revocations.is_revoked(reservation_id) is not revoked:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)


def office(mongo: Mongo, store: MongoRevocations, revocations: Revocations) -> CodeRevoking:
    clock = Watch()
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    return CodeRevoking(store=store, revocations=revocations, venues=venues, clock=clock)


def wish(booked: Reservation, reason: CodeRevokeReason | None = SHARED) -> CodeWish:
    return CodeWish(actor=MANAGER, venue_id=booked.venue_id, reservation_id=booked.id, reason=reason)


async def test_who_revokes_knows_at_once_and_others_at_their_next_look(
    mongo: Mongo, store: Away, booked: Reservation
) -> None:
    here, there = Revocations(store=store, clock=Watch()), Revocations(store=store, clock=Watch())
    with pytest.raises(DatabaseUnavailable):  # nobody is let in by a process that has not looked yet
        there.is_revoked(booked.id)
    await there.reload()
    standing = await office(mongo, store, here).change(wish(booked))
    assert (standing.revoked, here.is_revoked(booked.id), there.is_revoked(booked.id)) == (True, True, False)
    task = asyncio.create_task(there.run())
    await within_two_seconds(there, booked.id, revoked=True)
    restored = await office(mongo, store, here).change(wish(booked, None))
    assert (restored.revoked, here.is_revoked(booked.id)) == (False, False)
    await within_two_seconds(there, booked.id, revoked=False)
    task.cancel()
    assert [(one.kind, one.reason, one.by) for one in restored.history] == [
        (CodeChangeKind.REVOKED, SHARED, MANAGER.id),
        (CodeChangeKind.RESTORED, None, MANAGER.id),
    ]


async def test_what_was_known_is_kept_while_the_database_is_away(
    mongo: Mongo, store: Away, booked: Reservation
) -> None:
    revocations = Revocations(store=store, clock=Watch())
    await office(mongo, store, revocations).change(wish(booked))
    store.away = True
    task = asyncio.create_task(revocations.run())
    await asyncio.sleep(0.05)
    assert revocations.is_revoked(booked.id)
    assert not task.done()
    task.cancel()


async def test_a_slow_look_does_not_bring_back_what_was_before(mongo: Mongo, store: Away, booked: Reservation) -> None:
    revocations = Revocations(store=store, clock=Watch())
    store.may_answer.clear()
    slow = asyncio.create_task(revocations.reload())  # it has seen that nothing is revoked
    await asyncio.sleep(0.1)
    revoking = asyncio.create_task(office(mongo, store, revocations).change(wish(booked)))
    await asyncio.sleep(0.1)
    store.may_answer.set()
    await asyncio.gather(slow, revoking)
    assert revocations.is_revoked(booked.id)


async def test_the_same_again_changes_nothing(mongo: Mongo, store: Away, booked: Reservation) -> None:
    revoking = office(mongo, store, Revocations(store=store, clock=Watch()))
    assert (await revoking.change(wish(booked, None))).history == ()
    first = await revoking.change(wish(booked))
    assert await revoking.change(wish(booked, LOST)) == first
    assert await store.was_revoked(booked.id)


async def test_of_many_at_once_each_step_is_taken_once(mongo: Mongo, store: Away, booked: Reservation) -> None:
    offices = [office(mongo, store, Revocations(store=store, clock=Watch())) for _ in range(4)]
    for reason in (SHARED, None, LOST):
        standings = await asyncio.gather(*(each.change(wish(booked, reason)) for each in offices))
        assert len({one.history for one in standings}) == 1
    kept = await store.find(booked.id)
    assert kept is not None
    assert [one.kind for one in kept.history] == [
        CodeChangeKind.REVOKED,
        CodeChangeKind.RESTORED,
        CodeChangeKind.REVOKED,
    ]


async def test_a_history_has_an_end(mongo: Mongo, store: Away, booked: Reservation) -> None:
    revoking = office(mongo, store, Revocations(store=store, clock=Watch()))
    for step in range(MOST_CHANGES):
        await revoking.change(wish(booked, None if step % 2 else SHARED))
    with pytest.raises(CodeChangedTooOften):
        await revoking.change(wish(booked))


async def test_only_those_of_the_day_and_the_venue(mongo: Mongo, store: Away, booked: Reservation) -> None:
    clock = Watch()
    revocations = Revocations(store=store, clock=clock)
    await office(mongo, store, revocations).change(wish(booked))
    today = city_day(booked.starts_at)
    assert await revocations.of_day(booked.venue_id, today) == [booked.id]
    assert await revocations.of_day(booked.venue_id, today + timedelta(days=1)) == []
    assert await revocations.of_day("ven_elsewhere", today) == []
    clock.ahead = timedelta(days=2)  # nobody shows it at a gate any more
    await revocations.reload()
    assert not revocations.is_revoked(booked.id)


async def test_strangers_and_other_venues_find_nothing(
    mongo: Mongo, store: Away, booked: Reservation, venue: Venue
) -> None:
    revoking, other = office(mongo, store, Revocations(store=store, clock=Watch())), await open_venue(mongo)
    for asked in (
        CodeWish(actor=MANAGER, venue_id=other.id, reservation_id=booked.id, reason=SHARED),
        CodeWish(actor=MANAGER, venue_id=venue.id, reservation_id="rsv_none", reason=SHARED),
    ):
        with pytest.raises(ReservationUnknown):
            await revoking.change(asked)
    with pytest.raises(VenueUnknown):
        await revoking.change(CodeWish(actor=STRANGER, venue_id=venue.id, reservation_id=booked.id, reason=SHARED))
    assert await store.find(booked.id) is None
