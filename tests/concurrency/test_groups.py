"""Two processes approve two groups for the last places: one has them, and never both."""

import asyncio

from services.common.mongo import Mongo
from services.reservations.changes import NewBooking
from services.reservations.documents import booking_document
from services.reservations.errors import SlotFull
from services.reservations.groups.errors import ApplicationBusy, ApplicationChanged, TooFewPlaces
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from tests.concurrency.conftest import Pair
from tests.groups import MANAGER, Office, office_on, open_slot
from tests.ratings import open_venue


class LookingFirst:
    """A desk that looks how many places are left, and then takes them: what approving would be without the ledger."""

    def __init__(self, mongo: Mongo, barrier: asyncio.Barrier) -> None:
        self._slots = mongo.collection(SLOTS)
        self._reservations = mongo.collection(RESERVATIONS)
        self._barrier = barrier
        self._known = office_on(mongo).desk

    async def find_slot(self, slot_id: str) -> Slot | None:
        return await self._known.find_slot(slot_id)

    async def book(self, booking: NewBooking) -> Reservation:
        wanted = booking.reservation
        document = await self._slots.find_one({"_id": wanted.slot_id})
        assert document is not None
        left = document["set_aside"][0]["left"]
        await self._barrier.wait()
        if left < wanted.party_size:
            raise SlotFull(left)
        await self._slots.update_one({"_id": wanted.slot_id}, {"$inc": {"set_aside.0.left": -wanted.party_size}})
        await self._reservations.insert_one(booking_document(booking))
        return wanted


async def race(offices: list[Office], slot: Slot, sizes: list[int]) -> list[Application | BaseException]:
    """Let as many groups apply, and be approved at one moment in turn by the offices."""
    made = [await offices[0].applied(slot, size) for size in sizes]
    asked = (offices[at % len(offices)].deciding.approve(MANAGER, one.id) for at, one in enumerate(made))
    return list(await asyncio.gather(*asked, return_exceptions=True))


def people_in(outcomes: list[Application | BaseException]) -> int:
    return sum(one.party_size for one in outcomes if isinstance(one, Application))


async def test_who_looks_first_and_then_takes_lets_both_in(pair: Pair) -> None:
    barrier = asyncio.Barrier(2)
    offices = [office_on(mongo, desk=LookingFirst(mongo, barrier)) for mongo in pair]
    slot = await open_slot(pair[0], await open_venue(pair[0]), groups=50)
    outcomes = await race(offices, slot, [30, 30])
    assert people_in(outcomes) == 60
    assert await offices[0].left(slot) == -10


async def test_the_last_places_go_to_one_group(pair: Pair) -> None:
    for _ in range(5):
        offices = [office_on(mongo) for mongo in pair]
        slot = await open_slot(pair[0], await open_venue(pair[0]), groups=50)
        outcomes = await race(offices, slot, [30, 30])
        [refused] = [one for one in outcomes if isinstance(one, BaseException)]
        assert isinstance(refused, TooFewPlaces)
        assert (refused.places_left, people_in(outcomes), await offices[0].left(slot)) == (20, 30, 20)
        assert sorted(one.status for one in await offices[0].store.all_open()) == ["pending"]
        [pending] = await offices[0].store.all_open()
        await offices[0].applying.withdraw(pending.citizen_id, pending.id)


async def test_many_groups_are_never_more_than_there_are_places(pair: Pair) -> None:
    offices = [office_on(mongo) for mongo in pair]
    slot = await open_slot(pair[0], await open_venue(pair[0]), groups=100, places=120)
    outcomes = await race(offices, slot, [10, 40, 25, 33, 7, 50, 12, 60])
    assert all(isinstance(one, Application | TooFewPlaces) for one in outcomes), outcomes
    left = await offices[0].left(slot)
    assert left >= 0
    assert people_in(outcomes) + left == 100
    kept = await offices[0].reservations_of(slot)
    assert sum(one["party_size"] for one in kept) == people_in(outcomes)


async def test_two_who_approve_one_group_take_its_places_once(pair: Pair) -> None:
    for _ in range(5):
        offices = [office_on(pair[at % 2]) for at in range(4)]
        slot = await open_slot(pair[0], await open_venue(pair[0]), groups=50)
        made = await offices[0].applied(slot, 20)
        outcomes = await asyncio.gather(
            *(one.deciding.approve(MANAGER, made.id) for one in offices), return_exceptions=True
        )
        assert [one for one in outcomes if isinstance(one, Application)]
        assert {type(one) for one in outcomes if isinstance(one, BaseException)} <= {
            ApplicationBusy,
            ApplicationChanged,
        }
        assert (await offices[0].reading.get_own(made.citizen_id, made.id)).status is ApplicationStatus.APPROVED
        assert (await offices[0].left(slot), await offices[0].told(made)) == (30, ["yes"])
