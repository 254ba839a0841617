"""The job of a table: a step that is repeated, as after a crash, records nothing twice; what comes between is told."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.item_wiring import ItemParts, item_parts, table_jobs
from server.table_clerk import TableClerk
from services.common.clock import SystemClock
from services.identity.model import Scope, ScopeLevel
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import MongoCodes
from services.items.tables.model import ItemTable, TableState
from services.items.tables.mongo import MongoTables
from services.items.tables.recording import TableRecording, table_job
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.api.house import House, accepted, unique
from tests.api.stock import activated, minted
from tests.factories import NOW, new_id
from tests.sheets import workbook

CITY = Scope(level=ScopeLevel.CITY, id="310000")
SCHEMA = {"type": "object", "properties": {}}
# Left alone by the server's own runners.
BY_HAND = "by_hand"


@pytest.fixture
async def clerk() -> AsyncIterator[TableClerk]:
    clerk = TableClerk()
    yield clerk
    await clerk.close()


@pytest.fixture
async def parts(house: House, clerk: TableClerk) -> ItemParts:
    mongo, clock = house.stores.mongo, SystemClock()
    codes = MongoCodes(mongo, MongoBatches(mongo, MongoJobs(mongo)))
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    return item_parts(mongo, codes, venues, await house.stores.keys.load(), clock, clerk)


async def added(parts: ItemParts, codes: list[str], type_id: str, *, proceed: bool = False) -> tuple[ItemTable, Job]:
    read = await parts.tables.read_rows(workbook(["code"], *([code] for code in codes)), SCHEMA)
    table = ItemTable(
        id=unique("tab"), type_id=type_id, account_id=new_id("stf"), scopes=("city:310000",), home=CITY,
        seen_by=("city:310000",), proceed=proceed, state=TableState.IN_PROGRESS, total=read.total, recorded=0,
        refused=read.faulty, faults=tuple(read.faults), pieces=len(read.pieces), job_id=new_id("job"), created_at=NOW,
    )  # fmt: skip
    job = replace(table_job(table), kind=BY_HAND)
    assert await MongoTables(parts.mongo, MongoJobs(parts.mongo)).add(table, read.pieces, job) == table
    return table, job


async def test_a_step_again_records_nothing_twice(house: House, parts: ItemParts) -> None:
    admin = await house.staff("admin")
    first, *codes = await minted(house, admin, 151)
    type_id = (await activated(admin, first))["type_id"]
    table, job = await added(parts, codes, type_id)
    kind: TableRecording = table_jobs(parts, MongoJobs(parts.mongo))
    before = await house.count("item_events")
    while True:
        # Whoever was killed before the job's progress was kept does the step again.
        first_time = await kind.step(job)
        result = await kind.step(job)
        assert result == first_time
        job = replace(job, cursor=result.cursor, done=result.done)
        if result.finished:
            break
    ended = await MongoTables(parts.mongo, MongoJobs(parts.mongo)).find(table.id)
    assert ended is not None
    assert (ended.state, ended.recorded, ended.faults) == (TableState.DONE, 150, ())
    assert await house.count("item_events") == before + 150
    assert await house.count("item_table_rows", _id={"$regex": f"^{job.id}"}) == 0


async def test_what_somebody_else_registers_meanwhile_is_told(house: House, parts: ItemParts) -> None:
    admin = await house.staff("admin")
    first, second, third = await minted(house, admin, 3)
    type_id = (await activated(admin, first))["type_id"]
    table, job = await added(parts, [second, third], type_id)
    kind = table_jobs(parts, MongoJobs(parts.mongo))
    checked = await kind.step(job)
    await activated(admin, third)
    job = replace(job, cursor=checked.cursor)
    while not (result := await kind.step(job)).finished:
        job = replace(job, cursor=result.cursor)
    ended = accepted(await admin.get(f"/items/activations/{table.id}"))
    assert (ended["state"], ended["recorded"], ended["refused"]) == ("done", 1, 1)
    assert [(one["path"], one["code"]) for one in ended["errors"]] == [("rows[3].code", "item_exists")]
