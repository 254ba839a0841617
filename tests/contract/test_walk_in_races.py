"""A lease that is given back and used at the same moment; and what happens without each of the guards."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from pymongo import UpdateOne

from server.config_sections import MongoConfig
from services.admissions import mongo as admissions_mongo
from services.admissions.batch import PassChange, ScanBatch
from services.admissions.errors import CountTooLarge
from services.admissions.model import PassRecord
from services.admissions.mongo import MongoScans
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo, Session
from services.reservations.leases.model import Lease
from services.reservations.leases.mongo import MongoLeases
from services.reservations.ledger import Facts
from services.reservations.model import Slot
from services.reservations.mongo.facts import MongoFacts
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.concurrency.proxy import wired
from tests.factories import make_district, make_request, make_venue
from tests.leases import GATE, LeaseOffice, lease_office_on, open_walk_ins
from tests.processes import Stores

Then = Callable[[], Awaitable[object]]


class Killed(BaseException):
    """The process is no more."""


class Overtaken(MongoLeases):
    """Something happens right after the first look at a lease."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.then: list[Then] = []

    async def find(self, lease_id: str) -> Lease | None:
        found = await super().find(lease_id)
        if self.then:
            await self.then.pop()()
        return found


class LateScans(MongoScans):
    """Something happens between the first decision about a scan and its write."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo, MongoOutbox(mongo))
        self.then: list[Then] = []

    async def claim(self, batch: ScanBatch) -> bool:
        if self.then:
            await self.then.pop()()
        return await super().claim(batch)


class BlindFacts(MongoFacts):
    """Makes leases smaller without a look at the gate."""

    async def _guard(self, facts: Sequence[Facts], session: Session) -> None:
        for each in facts:
            for one in each.shrunk:
                change = {"$set": {"party_size": one.party_size}}
                await self._passes.update_one({"_id": one.reservation.id}, change, session=session)


class BlindLedger(MongoLedger):
    """Writes by them."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self._facts = BlindFacts(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    venue = make_venue()
    await MongoVenues(mongo).put([make_district()], [venue])
    return venue


@pytest.fixture
async def slot(mongo: Mongo, venue: Venue) -> Slot:
    return await open_walk_ins(mongo, venue, walk_ins=10, places=30)


async def of_the_gate(mongo: Mongo, lease: Lease) -> tuple[int, int]:
    """Return the places of a lease and how many are used, as the gate keeps them."""
    found = await mongo.collection(PASSES).find_one({"_id": lease.id})
    assert found is not None
    return found["party_size"], found["admitted_count"]


@pytest.mark.parametrize("blind", [True, False])
async def test_who_comes_in_while_a_lease_is_given_back_keeps_a_place(
    mongo: Mongo, venue: Venue, slot: Slot, *, blind: bool
) -> None:
    store, gate = Overtaken(mongo), lease_office_on(mongo)
    office = lease_office_on(mongo, store=store, ledger=BlindLedger(mongo) if blind else MongoLedger(mongo))
    lease = await office.lease(venue.gates[0].id, slot, 6)
    await gate.admit(lease, 2)
    store.then = [lambda: gate.admit(lease, 3), lambda: asyncio.sleep(0)]  # after the look that decides
    await office.returning.give_back(GATE, lease.id)
    places, used = await of_the_gate(mongo, lease)
    left = await gate.walk_ins_left(slot)
    if blind:
        assert (places, used, left) == (2, 5, 8), "three people have places that others can lease as well"
    else:
        assert (places, used, left) == (5, 5, 5)


@pytest.mark.parametrize("blind", [True, False])
async def test_a_lease_that_is_given_back_while_somebody_comes_in_lets_in_nobody(
    mongo: Mongo, venue: Venue, slot: Slot, monkeypatch: pytest.MonkeyPatch, *, blind: bool
) -> None:
    if blind:
        guarded = admissions_mongo._guarded

        def without_size(change: PassChange, before: PassRecord) -> UpdateOne:
            update = guarded(change, before)
            del update._filter["party_size"]  # type: ignore[attr-defined]  # the driver says nothing of it
            return update

        monkeypatch.setattr(admissions_mongo, "_guarded", without_size)
    scans, office = LateScans(mongo), lease_office_on(mongo)
    gate = lease_office_on(mongo, scans=scans)
    lease = await office.lease(venue.gates[0].id, slot, 6)
    await gate.admit(lease, 2)
    scans.then = [lambda: office.returning.give_back(GATE, lease.id)]
    gate.walk_ins.groups._look_first = True
    scan = await gate.admit(lease, 3)
    assert await office.walk_ins_left(slot) == 8
    assert (await of_the_gate(mongo, lease), scan.reason) == (((2, 5), None) if blind else ((2, 2), "already_admitted"))


async def test_an_unused_lease_that_is_given_back_first_lets_in_nobody(mongo: Mongo, venue: Venue, slot: Slot) -> None:
    scans, office = LateScans(mongo), lease_office_on(mongo)
    lease = await office.lease(venue.gates[0].id, slot, 6)
    scans.then = [lambda: office.returning.give_back(GATE, lease.id)]
    assert (await lease_office_on(mongo, scans=scans).admit(lease, 1)).reason == "cancelled"
    assert await office.walk_ins_left(slot) == 10


async def test_an_unused_lease_that_is_used_first_keeps_what_was_used(mongo: Mongo, venue: Venue, slot: Slot) -> None:
    store, gate = Overtaken(mongo), lease_office_on(mongo)
    lease = await gate.lease(venue.gates[0].id, slot, 6)
    store.then = [lambda: gate.admit(lease, 1), lambda: asyncio.sleep(0)]
    assert (await lease_office_on(mongo, store=store).returning.give_back(GATE, lease.id)).places == 1
    assert await gate.walk_ins_left(slot) == 9


async def test_two_give_backs_and_admissions_at_once_never_make_places(mongo: Mongo, venue: Venue, slot: Slot) -> None:
    for _ in range(8):
        before = await lease_office_on(mongo).walk_ins_left(slot)
        offices = [lease_office_on(mongo) for _ in range(3)]
        lease = await offices[0].lease(venue.gates[0].id, slot, 3)
        outcomes = await asyncio.gather(
            *(office.returning.give_back(GATE, lease.id) for office in offices),
            *(office.admit(lease, 1) for office in offices),
            return_exceptions=True,
        )
        assert all(not isinstance(one, BaseException) or isinstance(one, CountTooLarge) for one in outcomes), outcomes
        kept = await offices[0].reading.find(lease.id)
        assert kept is not None
        assert (kept.places, kept.left) == (kept.used, 0)
        assert await offices[0].walk_ins_left(slot) == before - kept.used
        if before - kept.used < 3:
            break


class DyingStore(MongoLeases):
    """The process dies after it has noted a lease, before it books the places."""

    async def note(self, *args: object) -> None:
        await super().note(*args)  # type: ignore[arg-type]
        raise Killed


async def test_a_lease_whose_process_was_killed_on_the_way_takes_no_places(
    mongo: Mongo, venue: Venue, slot: Slot
) -> None:
    request = make_request()
    with pytest.raises(Killed):
        await lease_office_on(mongo, store=DyingStore(mongo)).lease(venue.gates[0].id, slot, 4, request=request)
    office = lease_office_on(mongo)
    assert await office.walk_ins_left(slot) == 10
    lease = await office.lease(venue.gates[0].id, slot, 4, request=request)
    assert await office.walk_ins_left(slot) == 6
    assert await office.lease(venue.gates[0].id, slot, 4, request=request) == lease


@pytest.mark.parametrize("command", ["update", "commitTransaction"])
async def test_a_give_back_whose_answer_gets_lost_happens_once(
    stores: Stores, database_name: str, mongo: Mongo, venue: Venue, slot: Slot, command: str
) -> None:
    lease = await lease_office_on(mongo).lease(venue.gates[0].id, slot, 6)
    await lease_office_on(mongo).admit(lease, 2)
    config = MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=4)
    async with wired(config) as (wire, fragile):
        office, lost = lease_office_on(fragile), asyncio.Event()
        await office.desk.find_slot(slot.id)
        wire.lose_reply_to(command, lost.set)
        try:
            returned = await office.returning.give_back(GATE, lease.id)
        except DatabaseUnavailable:
            returned = await office.returning.give_back(GATE, lease.id)
        assert lost.is_set()
    assert (returned.places, returned.returned) == (2, 4)
    assert await lease_office_on(mongo).walk_ins_left(slot) == 8


async def test_a_give_back_that_is_repeated_by_another_process_changes_nothing(
    mongo: Mongo, venue: Venue, slot: Slot
) -> None:
    first: LeaseOffice = lease_office_on(mongo)
    lease = await first.lease(venue.gates[0].id, slot, 6)
    await first.admit(lease, 1)
    again = lease_office_on(mongo)
    await again.desk.find_slot(slot.id)  # it knows the slot as it was
    await first.returning.give_back(GATE, lease.id)
    stale = await again.returning.give_back(GATE, lease.id)
    assert stale.returned == 5
    assert await again.walk_ins_left(slot) == 9
