"""The live view's counts, as the gate writes them and as staff settle what did not fit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.admissions.batch import Known, ScanBatch
from services.admissions.deciding import decide
from services.admissions.documents import conflict_document
from services.admissions.live.model import DayCounts
from services.admissions.live.mongo import CONFLICTS_OF, MongoCounts
from services.admissions.model import Conflict, ConflictKind, Movement
from services.admissions.mongo import CONFLICTS, MongoScans
from services.common.clock import city_day
from services.common.mongo import Mongo
from services.sync.mongo import MongoOutbox
from tests.factories import make_entry_pass, make_reading, new_id

NOW = datetime.now(UTC).replace(microsecond=0)


async def keep(mongo: Mongo, venue_id: str, size: int, **changes: object) -> datetime:
    """Let a party in or out, and return the start of its slot."""
    code = make_entry_pass(party_size=size)
    reading = make_reading(code, venue_id=venue_id, scanned_at=NOW, **changes)
    known = Known(scans={}, passes={})
    batch: ScanBatch = decide([replace(reading, code=None, count=size) if changes else reading], known).batch
    assert await MongoScans(mongo, MongoOutbox(mongo)).claim(batch)
    return code.starts_at


async def test_a_day_on_which_nobody_came_has_no_counts(mongo: Mongo) -> None:
    assert await MongoCounts(mongo).counts_of(new_id("ven"), city_day(NOW)) == DayCounts()


async def test_what_gates_count_is_read(mongo: Mongo) -> None:
    venue_id = new_id("ven")
    starts_at = await keep(mongo, venue_id, 2)
    await keep(mongo, venue_id, 3)
    await keep(mongo, venue_id, 1, movement=Movement.EXIT, gate_id="gat_west")
    counts = await MongoCounts(mongo).counts_of(venue_id, city_day(NOW))
    assert (counts.admitted, counts.left, counts.inside, counts.version) == (5, 1, 4, 3)
    assert counts.starts == {starts_at: 5}
    east, west = counts.gates["gat_east"], counts.gates["gat_west"]
    assert (east.admitted, east.left, east.last_at) == (5, 0, NOW)
    assert (west.admitted, west.left, west.last_at) == (0, 1, NOW)


async def test_conflicts_of_a_month_that_nobody_settled_are_counted(mongo: Mongo) -> None:
    venue_id, counts = new_id("ven"), MongoCounts(mongo)
    for age in (timedelta(), timedelta(days=30), CONFLICTS_OF + timedelta(minutes=1)):
        await mongo.collection(CONFLICTS).insert_one(conflict_document(a_conflict(venue_id, NOW - age)))
    await mongo.collection(CONFLICTS).insert_one(conflict_document(a_conflict("ven_elsewhere", NOW)))
    assert await counts.open_conflicts(venue_id, NOW) == 2
    await mongo.collection(CONFLICTS).update_one({"venue_id": venue_id, "found_at": NOW}, {"$set": {"settled_at": NOW}})
    assert await counts.open_conflicts(venue_id, NOW) == 1


def a_conflict(venue_id: str, found_at: datetime) -> Conflict:
    scan_id = new_id("scan")
    return Conflict(
        id=f"{scan_id}:admitted_twice",
        kind=ConflictKind.ADMITTED_TWICE,
        venue_id=venue_id,
        reservation_id=new_id("rsv"),
        scan_id=scan_id,
        sightings=(),
        found_at=found_at,
    )
