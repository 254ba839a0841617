"""Leases of walk-in places on the real database: what they take, who may use them, and what they give back."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from server.sync.sources import record_sources
from services.admissions.errors import CountTooLarge, NonceReused
from services.admissions.model import Scan
from services.common.clock import city_day
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.reservations import errors
from services.reservations.leases.errors import GateNotEntrance, LeaseOfAnother, LeaseOver, LeaseUnknown
from services.reservations.leases.model import GateDay, Lease, LeaseState
from services.reservations.leases.mongo import WALK_IN_LEASES
from services.reservations.leases.rules import pass_of, state_of
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.plans import PASSES
from services.sync.model import RecordKind
from services.sync.records import Record
from services.venues.directory import VenueDirectory
from services.venues.errors import GateUnknown
from services.venues.model import Gate, GateUse, Venue
from services.venues.mongo import MongoVenues
from tests.events import events_in
from tests.factories import make_district, make_reading, make_request, make_venue, new_id
from tests.groups import MANAGER, STRANGER
from tests.leases import GATE, OTHER_GATE, LeaseOffice, lease_office_on, open_walk_ins

HOURS = timedelta(hours=1)


@pytest.fixture
def office(mongo: Mongo) -> LeaseOffice:
    return lease_office_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    gates = tuple(
        Gate(id=new_id("gat"), name="示例门", name_en="Example gate", use=use)
        for use in (GateUse.ENTRANCE, GateUse.ENTRANCE, GateUse.EXIT)
    )
    venue = make_venue(gates=gates)
    await MongoVenues(mongo).put([make_district()], [venue])
    return venue


@pytest.fixture
async def slot(mongo: Mongo, venue: Venue) -> Slot:
    return await open_walk_ins(mongo, venue, walk_ins=10, places=30)


def word(scan: Scan) -> str:
    return scan.reason or scan.decision


async def listed(office: LeaseOffice, gate_id: str, slot: Slot, limit: int = 9) -> list[Lease]:
    """Return a gate's leases, read page by page."""
    found: list[Lease] = []
    after: str | None = None
    while True:
        day = GateDay(gate_id=gate_id, on=city_day(slot.starts_at), limit=limit, after=after)
        page = await office.reading.list(MANAGER, day)
        found, after = [*found, *page.items], page.next
        if after is None:
            return found


async def test_a_lease_is_used_in_parts_and_given_back(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    gate = venue.gates[0].id
    lease = await office.lease(gate, slot, 6)
    assert (lease.places, lease.used, lease.holder_id) == (6, 0, GATE.id)
    assert await office.walk_ins_left(slot) == 4
    scans = [await office.admit(lease, count) for count in (1, 2)]
    assert [(word(one), one.admitted_count, one.party_size) for one in scans] == [
        ("admitted", 1, 6),
        ("admitted", 3, 6),
    ]
    with pytest.raises(CountTooLarge):
        await office.admit(lease, 4)
    returned = await office.returning.give_back(GATE, lease.id)
    assert (returned.places, returned.used, returned.returned) == (3, 3, 3)
    assert await office.walk_ins_left(slot) == 7
    assert word(await office.admit(lease, 1)) == "already_admitted"
    assert await office.returning.give_back(GATE, lease.id) == returned
    assert await office.walk_ins_left(slot) == 7
    assert await office.reading.find(lease.id) == returned


async def test_a_lease_that_nobody_used_ends(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    lease = await office.lease(venue.gates[0].id, slot, 6)
    returned = await office.returning.give_back(GATE, lease.id)
    assert (returned.places, returned.returned, returned.cancelled) == (0, 6, True)
    assert await office.walk_ins_left(slot) == 10
    scan = await office.admit(lease, 1)
    assert (word(scan), scan.admitted_count) == ("cancelled", 0)
    assert await office.returning.give_back(GATE, lease.id) == returned


async def test_what_was_taken_back_at_the_gate_can_be_given_back(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    """People who were let in by mistake do not keep a lease: neither as a whole nor what it shrank to."""
    for shrunk in (False, True):
        lease = await office.lease(venue.gates[0].id, slot, 6)
        await office.admit(lease, 2)
        if shrunk:
            assert (await office.returning.give_back(GATE, lease.id)).places == 2
        taken_back = {"$set": {"admitted_count": 0}}
        await office.mongo.collection(PASSES).update_one({"_id": lease.id}, taken_back)
        assert (await office.returning.give_back(GATE, lease.id)).cancelled
        assert await office.walk_ins_left(slot) == 10


async def test_the_whole_allotment_and_no_more_can_be_leased(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    await office.lease(venue.gates[0].id, slot, 7)
    with pytest.raises(errors.SlotFull) as refusal:
        await office.lease(venue.gates[1].id, slot, 4, OTHER_GATE)
    assert refusal.value.places_left == 3
    await office.lease(venue.gates[1].id, slot, 3, OTHER_GATE)
    assert await office.walk_ins_left(slot) == 0


async def test_leases_are_for_open_slots_of_the_gate_s_venue(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    mongo, gate = office.mongo, venue.gates[0].id
    elsewhere = await open_walk_ins(mongo, make_venue(), walk_ins=5, places=5)
    closed = await open_walk_ins(mongo, venue, walk_ins=5, places=5, state=SlotState.CLOSED)
    over = await open_walk_ins(mongo, venue, walk_ins=5, places=5, last_entry_at=slot.starts_at)
    for wrong, refusal in (
        (elsewhere, errors.SlotUnknown),
        (closed, errors.SlotClosed),
        (over, errors.SlotEnded),
    ):
        with pytest.raises(refusal):
            await office.lease(gate, wrong, 1)
    with pytest.raises(GateNotEntrance):
        await office.lease(venue.gates[2].id, slot, 1)
    with pytest.raises(GateUnknown):
        await office.lease(gate, slot, 1, STRANGER)
    assert await listed(office, gate, slot) == [], "what was refused was noted before, and is not listed"
    assert await mongo.collection(WALK_IN_LEASES).count_documents({"gate_id": gate}) == 2


async def test_a_repeated_request_leases_once(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    gate, request = venue.gates[0].id, make_request()
    processes = [office, lease_office_on(office.mongo), office, lease_office_on(office.mongo)]
    leases = await asyncio.gather(*(one.lease(gate, slot, 4, request=request) for one in processes))
    assert len({one.id for one in leases}) == 1
    assert await office.walk_ins_left(slot) == 6
    with pytest.raises(IdempotencyKeyReused):
        await office.lease(gate, slot, 4, request=IdempotentRequest(id=request.id, fingerprint="another"))
    await office.admit(leases[0], 1)
    assert (await office.lease(gate, slot, 4, request=request)).used == 1
    assert [one.id for one in await listed(office, gate, slot)] == [leases[0].id]


async def test_only_who_leased_uses_it_and_a_manager_can_end_it(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    lease = await office.lease(venue.gates[0].id, slot, 6)
    for act in (
        office.admit(lease, 1, OTHER_GATE),
        office.admit(lease, 1, MANAGER),
        office.returning.give_back(OTHER_GATE, lease.id),
    ):
        with pytest.raises(LeaseOfAnother):
            await act
    for unknown in (office.returning.give_back(STRANGER, lease.id), office.returning.give_back(GATE, new_id("rsv"))):
        with pytest.raises(LeaseUnknown):
            await unknown
    assert (await office.returning.give_back(MANAGER, lease.id)).returned == 6


async def test_walk_ins_have_the_hours_and_gates_of_their_lease(
    office: LeaseOffice, venue: Venue, slot: Slot, mongo: Mongo
) -> None:
    lease = await office.lease(venue.gates[0].id, slot, 6)
    assert word(await office.admit(lease, 1, gate_id=venue.gates[1].id)) == "wrong_gate"
    assert word(await office.admit(lease, 1, gate_id=venue.gates[2].id)) == "wrong_gate"
    later = await open_walk_ins(
        mongo, venue, walk_ins=5, places=5, starts_at=slot.ends_at, ends_at=slot.ends_at + 2 * HOURS
    )
    assert word(await office.admit(await office.lease(venue.gates[0].id, later, 2), 1)) == "too_early"
    office.watch.ahead = 2 * HOURS
    assert word(await office.admit(lease, 1)) == "too_late", "who booked may have queued, and comes in still"
    with pytest.raises(LeaseOver):
        await office.returning.give_back(GATE, lease.id)
    over = await office.reading.find(lease.id)
    assert over is not None
    assert (state_of(over, office.watch.now()), over.returned) == (LeaseState.OVER, 0)


async def test_the_same_nonce_admits_nobody_twice(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    lease, nonce = await office.lease(venue.gates[0].id, slot, 6), new_id("nonce")
    processes = [office, lease_office_on(office.mongo), office]
    scans = await asyncio.gather(*(one.admit(lease, 2, nonce=nonce) for one in processes))
    assert {one.admitted_count for one in scans} == {2}
    office.watch.ahead = 2 * HOURS
    assert await office.admit(lease, 2, nonce=nonce) == scans[0], "also when its time is over"
    with pytest.raises(NonceReused):
        await office.admit(lease, 1, nonce=nonce)


async def test_a_pack_gets_what_a_device_can_use(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    gate, on = venue.gates[0].id, city_day(slot.starts_at)
    used, whole, given_back = [await office.lease(gate, slot, 2) for _ in range(3)]
    await office.lease(gate, slot, 1, OTHER_GATE)
    await office.lease(venue.gates[1].id, slot, 1)
    await office.admit(used, 2)
    await office.admit(whole, 1)
    await office.returning.give_back(GATE, given_back.id)
    assert [(one.id, one.used) for one in await office.reading.open_of(gate, GATE.id, on)] == [(whole.id, 1)]
    office.watch.ahead = 2 * HOURS
    assert await office.reading.open_of(gate, GATE.id, on) == []


async def test_leases_are_listed_in_pages(office: LeaseOffice, venue: Venue, slot: Slot) -> None:
    gate = venue.gates[0].id
    leases = [await office.lease(gate, slot, 1) for _ in range(5)]
    assert [one.id for one in await listed(office, gate, slot, limit=2)] == [one.id for one in leases]
    with pytest.raises(GateUnknown):
        await office.reading.list(STRANGER, GateDay(gate_id=gate, on=city_day(slot.starts_at), limit=9, after=None))


async def test_what_became_of_leases_is_told_as_of_no_visitor_s_booking(
    office: LeaseOffice, venue: Venue, slot: Slot, database_name: str
) -> None:
    lease = await office.lease(venue.gates[0].id, slot, 6)
    await office.admit(lease, 2)
    await office.returning.give_back(GATE, lease.id)
    told = await events_in(office.mongo.client[database_name], subject_id=lease.id)
    assert [(one["kind"], one["payload"]["count"]) for one in told] == [("visit.admitted", 2)]


async def test_the_main_system_is_told_of_a_lease_as_of_places_taken_and_its_version_only_grows(
    office: LeaseOffice, venue: Venue, slot: Slot
) -> None:
    sources = record_sources(office.mongo, VenueDirectory(store=MongoVenues(office.mongo), clock=office.watch))

    async def told() -> Record:
        (record,) = await sources[RecordKind.RESERVATION].several([lease.id])
        return record

    lease = await office.lease(venue.gates[0].id, slot, 6)
    records = [await told()]
    scan = await office.admit(lease, 2)
    records.append(await told())
    await office.returning.give_back(GATE, lease.id)
    records.append(await told())
    counts = [(one.data["party_size"], one.data["admitted_count"], one.data["status"]) for one in records]
    assert counts == [(6, 0, "booked"), (6, 2, "booked"), (2, 2, "booked")]
    versions = [one.version for one in records]
    assert versions == sorted(set(versions))
    (admission,) = await sources[RecordKind.ADMISSION].several([scan.id])
    assert admission.data["reservation_id"] == lease.id, "a record that is told of"


async def test_a_code_that_claims_to_be_a_lease_is_decided_by_the_same_pass(
    office: LeaseOffice, venue: Venue, slot: Slot
) -> None:
    """What a gate without network did is told later by the same reading, so it counts among the same places."""
    lease = await office.lease(venue.gates[0].id, slot, 3)
    readings = [make_reading(pass_of(lease), count=1, venue_id=venue.id, gate_id=lease.gate_id) for _ in range(2)]
    answers: Sequence[Scan] = await asyncio.gather(*(office.walk_ins.groups.answer(one) for one in readings))
    assert sorted(one.admitted_count for one in answers) == [1, 2]
    assert (await office.admit(lease, 1)).admitted_count == 3
