"""Changes sent to the process that owns the slot: exact, whoever owns it, and whatever becomes of who was asked."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from server import redis_peers
from server.redis_peers import RedisPeers
from services.common.errors import DatabaseUnavailable
from services.reservations import forwarding
from services.reservations.errors import SlotFull, VisitorAlreadyBooked
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation, ReservationStatus
from tests.concurrency.audit import audit
from tests.concurrency.neighbours import (
    Dawdling,
    Everybodys,
    Flighty,
    Forgetful,
    Nobodys,
    Street,
    dawdles,
    look,
    settled,
    status,
    street_on,
    until,
    until_cancelled,
)
from tests.factories import make_booking, make_cancellation, make_request, make_visitor
from tests.processes import Stores

SEED = 20261122
NEVER_S = 3600.0
MANY = 80
PLACES = 50
LIARS = (Everybodys, Nobodys, Flighty)


@pytest.fixture
async def street(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    """A street in which beats are quick, and whose books are right in the end."""
    monkeypatch.setattr(redis_peers, "BEAT_S", 0.1)
    async with street_on(stores) as street:
        yield street
        assert await audit(street.mongo.client[street.config.database]) == []


@pytest.mark.parametrize("kind", [RedisPeers, *LIARS])
async def test_a_rush_on_two_processes_is_exact_whoever_they_think_is_the_owner(
    street: Street, kind: type[RedisPeers]
) -> None:
    two, chance = await street.settle_two(kind, kind), random.Random(SEED)
    slots = [await street.open(places=PLACES), *[await street.open(places=4) for _ in range(5)]]
    told: dict[str, ReservationStatus] = {}

    async def come(number: int) -> None:
        booking = make_booking(chance.choice(slots[: 1 + number % 2 * 5]), party=chance.choice((1, 1, 2, 3)))
        here, there = chance.sample(two, 2)
        gives_up = chance.random() < 0.4
        try:
            assert await here.desk.book(booking) == booking.reservation
        except SlotFull:
            return
        told[booking.reservation.id] = ReservationStatus.BOOKED
        if gives_up:
            assert await there.desk.cancel(make_cancellation(booking.reservation))
            told[booking.reservation.id] = ReservationStatus.CANCELLED

    await asyncio.gather(*(come(number) for number in range(2 * MANY)))
    found = await street.mongo.client[street.config.database]["reservations"].find({}).to_list()
    assert {one["_id"]: one["status"] for one in found} == told
    assert ReservationStatus.CANCELLED in told.values()


@pytest.mark.parametrize("kind", [RedisPeers, *LIARS])
async def test_one_request_at_two_processes_at_once_has_one_reservation(street: Street, kind: type[RedisPeers]) -> None:
    two = await street.settle_two(kind, kind)
    for _ in range(10):
        slot, request = await street.open(), make_request()
        await look(slot.id, *two)
        wishes = [make_booking(slot, party=2, request=request, citizen_id="cit_somebody") for _ in two]
        outcomes = await asyncio.gather(
            *(one.desk.book(wish) for one, wish in zip(two, wishes, strict=True)), return_exceptions=True
        )
        made = [outcome for outcome in outcomes if isinstance(outcome, Reservation)]
        assert {type(outcome) for outcome in outcomes} <= {Reservation, AlreadyAnswered}
        assert len({reservation.id for reservation in made}) == 1
        assert await street.reservations.claim_first_answer(request, "cit_somebody") == made[0]
        assert await street.left(slot) == 8


@pytest.mark.parametrize("kind", [RedisPeers, *LIARS])
async def test_one_person_at_two_processes_at_once_has_one_place(street: Street, kind: type[RedisPeers]) -> None:
    two = await street.settle_two(kind, kind)
    for _ in range(10):
        slot, person = await street.open(), make_visitor()
        await look(slot.id, *two)
        wishes = [make_booking(slot, visitors=(person,)) for _ in two]
        outcomes = await asyncio.gather(
            *(one.desk.book(wish) for one, wish in zip(two, wishes, strict=True)), return_exceptions=True
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Reservation", VisitorAlreadyBooked.__name__]
        assert await street.left(slot) == 9


@pytest.mark.parametrize("kind", [RedisPeers, *LIARS])
async def test_what_one_process_has_booked_another_can_cancel_at_once(street: Street, kind: type[RedisPeers]) -> None:
    one, other = await street.settle_two(kind, kind)
    for _ in range(10):
        slot = await street.open()
        await look(slot.id, one, other)
        booking = make_booking(slot, party=2)
        await one.desk.book(booking)
        assert await other.desk.cancel(make_cancellation(booking.reservation)) is True
        assert await one.desk.cancel(make_cancellation(booking.reservation)) is False
        assert await street.left(slot) == 10


@pytest.mark.parametrize("late", ["may_make", "may_answer"])
async def test_who_leaves_while_their_wish_is_with_the_owner_holds_no_place(street: Street, late: str) -> None:
    asker, owner = await street.settle_two(owner=Dawdling)
    slot = await street.open(owner)
    await look(slot.id, asker)
    assert isinstance(owner.peers, Dawdling)
    getattr(owner.peers, late).clear()
    booking = make_booking(slot, party=3, request=make_request())
    asking = asyncio.create_task(asker.desk.book(booking))
    await until(lambda: dawdles(owner).heard if late == "may_make" else dawdles(owner).made)
    await look(slot.id, asker)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    getattr(owner.peers, late).set()
    await until(lambda: dawdles(owner).made)
    await until_cancelled(street, booking)
    assert await street.left(slot) == 10


async def test_whose_answer_is_lost_is_told_to_come_back_and_holds_no_place(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "PATIENCE_S", 0.5)
    monkeypatch.setattr(redis_peers, "ANSWERED_WITHIN_S", 1.0)
    asker, owner = await street.settle_two(owner=Forgetful)
    slot = await street.open(owner)
    await look(slot.id, asker)
    booking = make_booking(slot, party=3)
    with pytest.raises(DatabaseUnavailable):
        await asker.desk.book(booking)
    await until_cancelled(street, booking)
    assert await street.left(slot) == 10


async def test_whose_answer_is_lost_gets_the_same_reservation_when_they_repeat(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "PATIENCE_S", 0.5)
    asker, owner = await street.settle_two(owner=Forgetful)
    slot, request = await street.open(owner), make_request()
    await look(slot.id, asker)
    first, again = (make_booking(slot, party=3, request=request, citizen_id="cit_somebody") for _ in range(2))
    with pytest.raises(DatabaseUnavailable):
        await asker.desk.book(first)
    dawdles(owner).__dict__["forgets"] = False
    with pytest.raises(AlreadyAnswered):
        await asker.desk.book(again)
    assert await street.reservations.claim_first_answer(request, "cit_somebody") == first.reservation
    # The asker hears at last that the owner stays silent; but the citizen has been told.
    asker.peers._note_members(())
    await settled(asker, street)
    assert await status(street, first) is ReservationStatus.BOOKED
    assert await street.left(slot) == 7


@pytest.mark.parametrize("late", ["may_make", "may_answer"])
async def test_what_is_made_here_because_the_owner_is_silent_is_made_once(street: Street, late: str) -> None:
    asker, owner = await street.settle_two(owner=Dawdling)
    slot = await street.open(owner)
    await look(slot.id, asker, owner)
    getattr(owner.peers, late).clear()
    booking = make_booking(slot, party=3, request=make_request())
    asking = asyncio.create_task(asker.desk.book(booking))
    await until(lambda: dawdles(owner).heard if late == "may_make" else dawdles(owner).made)
    asker.peers._note_members(())
    assert await asking == booking.reservation
    getattr(owner.peers, late).set()
    await until(lambda: dawdles(owner).made)
    await settled(owner, street)
    assert await street.left(slot) == 7
    assert await status(street, booking) is ReservationStatus.BOOKED


@pytest.mark.parametrize("request_key", [True, False])
async def test_what_was_made_here_and_cancelled_is_not_made_again_by_a_late_owner(
    street: Street, *, request_key: bool
) -> None:
    asker, owner = await street.settle_two(owner=Dawdling)
    slot = await street.open(owner)
    await look(slot.id, asker, owner)
    dawdles(owner).may_make.clear()
    booking = make_booking(slot, party=3, request=make_request() if request_key else None)
    asking = asyncio.create_task(asker.desk.book(booking))
    await until(lambda: dawdles(owner).heard)
    asker.peers._note_members(())
    await asking
    assert await asker.desk._here.make(make_cancellation(booking.reservation)) is True
    dawdles(owner).may_make.set()
    await until(lambda: dawdles(owner).made)
    assert await street.left(slot) == 10
    assert await status(street, booking) is ReservationStatus.CANCELLED


@pytest.mark.parametrize("owner_is", ["early", "late"])
async def test_who_is_told_to_come_back_because_all_is_silent_holds_no_place(
    street: Street, owner_is: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "SETTLED_AFTER_S", 3.0 if owner_is == "late" else NEVER_S)
    asker, owner = await street.settle_two(owner=Dawdling)
    slot = await street.open(owner)
    await look(slot.id, asker, owner)
    (dawdles(owner).may_answer if owner_is == "early" else dawdles(owner).may_make).clear()
    booking = make_booking(slot, party=3)
    asking = asyncio.create_task(asker.desk.book(booking))
    await until(lambda: dawdles(owner).made if owner_is == "early" else dawdles(owner).heard)
    asker.store.broken = True
    asker.peers._note_members(())
    with pytest.raises(DatabaseUnavailable):
        await asking
    if owner_is == "late":
        # What is given back at once is nothing: the owner makes it after that.
        await await_version(street, slot.id, 1)
    dawdles(owner).may_make.set()
    await until_cancelled(street, booking)
    assert await street.left(slot) == 10


async def await_version(street: Street, slot_id: str, version: int) -> None:
    async with asyncio.timeout(60):
        while (await street.slot(slot_id)).version < version:
            pass
