"""Many gates lease the same places at once: never more than are set aside, thanks to the slot's version."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from services.common.mongo import Mongo, Session
from services.reservations.errors import SlotFull
from services.reservations.leases.model import Lease
from services.reservations.ledger import Settlement
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.concurrency.unguarded import FirstLook
from tests.factories import make_district, make_venue
from tests.leases import GATE, LeaseOffice, lease_office_on, open_walk_ins

ALLOTMENT = 20
GATES = 16
Pair = tuple[Mongo, Mongo]


class Naive(FirstLook):
    """Does not name what it wrote for the relay either: two names for one version would collide by accident."""

    async def _tell(self, settlements: Sequence[Settlement], now: datetime, session: Session) -> None:
        """Tell nobody."""


async def opened(mongo: Mongo) -> tuple[Venue, Slot]:
    venue = make_venue()
    await MongoVenues(mongo).put([make_district()], [venue])
    return venue, await open_walk_ins(mongo, venue, walk_ins=ALLOTMENT, places=3 * ALLOTMENT)


async def lease_at_once(
    offices: Sequence[LeaseOffice], venue: Venue, slot: Slot, places: int
) -> list[Lease | BaseException]:
    for office in offices:
        await office.desk.find_slot(slot.id)
    wishes = (
        offices[number % len(offices)].lease(
            venue.gates[0].id, slot, places, replace(GATE, id=f"dev_01JD00000000000000000000{number:02}")
        )
        for number in range(GATES)
    )
    return await asyncio.gather(*wishes, return_exceptions=True)


@pytest.mark.parametrize("kind", [Naive, MongoLedger])
async def test_many_gates_that_lease_at_once(pair: Pair, honest_pair: Pair, kind: type[MongoLedger]) -> None:
    connections = pair if kind is Naive else honest_pair
    venue, slot = await opened(connections[0])
    offices = [lease_office_on(mongo, ledger=kind(mongo)) for mongo in connections]
    outcomes = await lease_at_once(offices, venue, slot, 3)
    leased = sum(one.places for one in outcomes if isinstance(one, Lease))
    if kind is Naive:
        assert leased == 36 > ALLOTMENT, "without the guard, each of two processes leases out all places"
        return
    assert leased == ALLOTMENT - ALLOTMENT % 3
    assert {type(one) for one in outcomes if isinstance(one, BaseException)} == {SlotFull}
    assert await offices[0].walk_ins_left(slot) == ALLOTMENT - leased


async def test_leases_admissions_and_returns_at_once_end_exactly_right(honest_pair: Pair) -> None:
    venue, slot = await opened(honest_pair[0])
    offices = [lease_office_on(mongo) for mongo in honest_pair]

    async def gate(number: int) -> int:
        """Lease, let in what comes, give back, again and again; return how many are inside by it."""
        office, actor = offices[number % 2], replace(GATE, id=f"dev_01JD00000000000000000000{number:02}")
        inside = 0
        for round_ in range(4):
            try:
                lease = await office.lease(venue.gates[0].id, slot, 3, actor)
            except SlotFull:
                await asyncio.sleep(0.01)
                continue
            comes = (number + round_) % 2
            admitted = [await office.admit(lease, 1, actor) for _ in range(comes)]
            assert [one.admitted_now for one in admitted] == [1] * comes
            returned = await office.returning.give_back(actor, lease.id)
            assert (returned.places, returned.used) == (comes, comes)
            inside += comes
        return inside

    inside = sum(await asyncio.gather(*(gate(number) for number in range(8))))
    assert 0 < inside <= ALLOTMENT
    assert await offices[1].walk_ins_left(slot) == ALLOTMENT - inside
