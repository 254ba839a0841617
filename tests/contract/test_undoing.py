"""Taking scans back in the real database, and what follows from it: counts, records, cancelling."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from qr.entry_code import EntryPass
from services.admissions.batch import VenueDay
from services.admissions.errors import AdmissionUnknown, AlreadyLeft, NothingToUndo, UndoNotYours, UndoTooLate
from services.admissions.group import ScanGroups
from services.admissions.model import (
    ConflictKind,
    Decision,
    Movement,
    Reader,
    Reading,
    Recorded,
    RefusalReason,
    RefusedCode,
    Scan,
    TakeBack,
)
from services.admissions.mongo import MongoScans
from services.admissions.reporting.mongo import admission_source
from services.admissions.undoing import Undoing
from services.common.clock import SystemClock, city_day
from services.common.mongo import Mongo
from services.reservations.mongo.passes import MongoVisits
from services.reservations.no_shows.mongo import MongoVisitRecords
from services.reservations.ports import Objected
from services.reservations.reporting.mongo import attendance_of, reservation_source
from services.sync.model import RecordKind
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.contract.clerk import Clerk
from tests.contract.documents import Documents
from tests.factories import NOW, make_cancellation, make_entry_pass, make_reading, make_venue, new_id
from tests.standard import flaws_of

LET_IN = Recorded(decision=Decision.ADMITTED, reason=None, count=1, conflicts=(ConflictKind.NOT_GENUINE,))
READER = Reader(id="ses_example", device_id=None)


class Gate:
    """A gate of a venue of its own, at which things are taken back."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self.scans = MongoScans(mongo, outbox)
        self.groups = ScanGroups(self.scans)
        self.venues = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
        self.undoing = Undoing(scans=self.scans, venues=self.venues, clock=SystemClock())
        self.venue_id = new_id("ven")

    async def scan(self, code: EntryPass | RefusedCode, **changes: object) -> tuple[Reading, Scan]:
        reading = make_reading(code, venue_id=self.venue_id, **changes)
        return reading, await self.groups.answer(reading)

    async def undo(self, reading: Reading, *, reader: Reader = READER, at: datetime = NOW) -> Scan:
        return await self.undoing.take_back(
            TakeBack(gate_id=reading.gate_id, nonce=reading.nonce, reader=reader, at=at)
        )

    async def inside(self) -> int:
        day = VenueDay(venue_id=self.venue_id, day=city_day(NOW))
        return (await self.scans.find_inside([day]))[day]


@pytest.fixture
def gate(mongo: Mongo, outbox: MongoOutbox) -> Gate:
    return Gate(mongo, outbox)


async def test_an_entry_is_taken_back_once(gate: Gate, documents: Documents) -> None:
    party = make_entry_pass(party_size=3)
    reading, scan = await gate.scan(party)
    undone = await gate.undo(reading)
    assert (undone.decision, undone.admitted_now, undone.admitted_count) == (Decision.UNDONE, -3, 0)
    assert await gate.undo(reading, at=NOW + timedelta(hours=2)) == undone  # a repeat, however late
    assert await gate.inside() == 0
    record = (await gate.scans.find_passes({party.reservation_id}))[party.reservation_id]
    assert [(one.movement, one.count) for one in record.entries] == [(Movement.ENTRY, 3), (Movement.UNDO, 3)]
    # The scan stands as it was, and so does its answer.
    assert await gate.groups.answer(reading) == scan
    parcel = await documents.get("outbox", f"scans:{undone.id}")
    assert parcel["records"] == [["admission", scan.id], ["reservation", party.reservation_id]]
    assert (await gate.scan(party, count=1))[1].decision is Decision.ADMITTED  # they may come in after all


async def test_refusals_to_take_back(gate: Gate) -> None:
    party = make_entry_pass(party_size=2)
    reading, _ = await gate.scan(party)
    with pytest.raises(AdmissionUnknown):
        await gate.undo(replace(reading, nonce="never-scanned"))
    with pytest.raises(UndoNotYours):
        await gate.undo(reading, reader=Reader(id="ses_other", device_id=None))
    with pytest.raises(UndoTooLate):
        await gate.undo(reading, at=NOW + timedelta(minutes=16))
    again, refused = await gate.scan(party)
    assert refused.reason is RefusalReason.ALREADY_ADMITTED
    with pytest.raises(NothingToUndo):
        await gate.undo(again)
    out, _ = await gate.scan(party, movement=Movement.EXIT, count=1, gate_id="gat_out")
    with pytest.raises(AlreadyLeft):
        await gate.undo(reading)
    back = await gate.undo(out)
    assert (back.decision, back.left_now, back.left_count) == (Decision.UNDONE, -1, 0)
    await gate.undo(reading)
    assert await gate.inside() == 0
    with pytest.raises(UndoNotYours):  # not even what was answered is told to others
        await gate.undo(reading, reader=Reader(id="ses_other", device_id=None))


async def test_versions_only_ever_grow(gate: Gate, documents: Documents) -> None:
    party = make_entry_pass(party_size=4)

    async def attendance() -> tuple[int, int]:
        found = attendance_of(await documents.get("passes", party.reservation_id))
        return found.movements, found.admitted_count

    first, _ = await gate.scan(party, count=3)
    assert await attendance() == (3, 3)
    out, _ = await gate.scan(party, count=1, movement=Movement.EXIT, gate_id="gat_out")
    assert await attendance() == (3, 3)  # who leaves is not told
    await gate.undo(out)
    await gate.undo(first)
    assert await attendance() == (7, 0)
    await gate.scan(party, count=4)
    assert await attendance() == (11, 4)


async def test_the_main_system_is_told_that_an_admission_was_undone(gate: Gate, mongo: Mongo) -> None:
    venue = make_venue()
    await MongoVenues(mongo).put([], [venue])
    gate.venue_id = venue.id
    party = make_entry_pass(party_size=2)
    reading, scan = await gate.scan(party)
    junk, unproven = await gate.scan(RefusedCode(reason=RefusalReason.BAD_SIGNATURE, shown=None), recorded=LET_IN)
    assert (unproven.decision, unproven.reservation_id) == (Decision.ADMITTED, None)
    source = admission_source(mongo, VenueDirectory(store=MongoVenues(mongo), clock=SystemClock()))
    [standing] = await source.several([scan.id, unproven.id])
    assert (standing.version, standing.data["count"], standing.data["undone_on"]) == (1, 2, None)
    undone, _ = await gate.undo(reading), await gate.undo(junk)
    [taken_back] = await source.several([scan.id, unproven.id, undone.id])
    day = city_day(NOW).isoformat()
    assert (taken_back.id, taken_back.version, taken_back.data["undone_on"]) == (scan.id, 2, day)
    assert taken_back.data["count"] == 2  # the standard knows no admission of nobody
    for record in (standing, taken_back):
        assert not flaws_of(RecordKind.ADMISSION, dict(record.data) | {"gate_id": "gat_01JD0000000000000000000000"})
    assert await gate.inside() == 0


async def test_whose_entries_were_all_taken_back_can_cancel(gate: Gate, mongo: Mongo, clerk: Clerk) -> None:
    venue = make_venue()
    await MongoVenues(mongo).put([], [venue])
    directory = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    booking = await clerk.book(await clerk.open(venue_id=venue.id), party=2)
    party = make_entry_pass(reservation_id=booking.reservation.id, party_size=2)
    visits, cancellation = MongoVisits(mongo), make_cancellation(booking.reservation)

    async def told() -> tuple[int, object, object]:
        [record] = await reservation_source(mongo, directory).several([party.reservation_id])
        return record.version, record.data["admitted_count"], record.data["status"]

    assert await told() == (1, 0, "booked")
    first, _ = await gate.scan(party, count=1)
    second, _ = await gate.scan(party, count=1)
    await gate.undo(first)
    assert await told() == (4, 1, "booked")
    assert await visits.begun([party.reservation_id]) == [party.reservation_id]
    with pytest.raises(Objected):
        await clerk.write(cancellation)
    assert (await clerk.ledger.find_objections([cancellation])).begun_visits == {party.reservation_id}
    await gate.undo(second)
    assert await visits.begun([party.reservation_id]) == []
    came = (await MongoVisitRecords(mongo).passes([party.reservation_id]))[party.reservation_id]
    assert came.admitted_count == 0  # a visit that was not made
    await clerk.write(cancellation)
    assert await told() == (6, 0, "cancelled")
    assert (await gate.scan(party))[1].reason is RefusalReason.CANCELLED
    record = (await gate.scans.find_passes({party.reservation_id}))[party.reservation_id]
    assert (record.cancelled_at, len(record.entries)) == (NOW, 4)


async def test_places_that_were_given_back_make_a_record_newer(
    mongo: Mongo, clerk: Clerk, documents: Documents
) -> None:
    venue = make_venue()
    await MongoVenues(mongo).put([], [venue])
    booking = await clerk.book(await clerk.open(venue_id=venue.id), party=2)
    await documents.change("reservations", booking.reservation.id, shrunk_count=3)
    source = reservation_source(mongo, VenueDirectory(store=MongoVenues(mongo), clock=SystemClock()))
    [record] = await source.several([booking.reservation.id])
    assert record.version == 4
