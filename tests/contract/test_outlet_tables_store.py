"""Tables of outlets in the real database: encrypted rows, and steps of the job that may happen again."""

from dataclasses import replace

from server.table_clerk import TableClerk
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.jobs.mongo import MongoJobs
from services.patrols.outlets.model import OutletSearch
from services.patrols.outlets.tables.importing import OutletImporting
from services.patrols.outlets.tables.matching import RowMatching
from services.patrols.outlets.tables.model import OnFault, OutletTable, OutletTableState
from services.patrols.outlets.tables.mongo import OUTLET_TABLE_ROWS, MongoOutletTables
from services.patrols.outlets.tables.taking import OutletTables
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes
from tests.contract.documents import Documents
from tests.factories import new_id
from tests.outlets import ADMIN, PlainCipher, registry_on
from tests.registry import open_city
from tests.sheets import workbook

COLUMNS = ["external_id", "name", "kind", "address", "district", "lng", "lat", "contact_name", "contact_phone"]


def file_of(word: str, rows: int) -> bytes:
    said = ["示例清真餐厅", "餐厅", "示例路2号（虚构地址）", "310101", 121.483, 31.227, "示例联系人", "13800000000"]
    return workbook(COLUMNS, *([f"{word}-{at}", *said] for at in range(rows)))


async def taken(mongo: Mongo, word: str) -> tuple[MongoOutletTables, OutletTable]:
    """Return a table of 120 rows that waits for its job."""
    await open_city(mongo)
    store, clerk = MongoOutletTables(mongo, MongoJobs(mongo), PlainCipher()), TableClerk()
    venues = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    tables = OutletTables(
        store=store, tables=clerk, scopes=Scopes(venues), clock=SystemClock(), ids=UlidSource(), wake=lambda: None
    )
    try:
        return store, await tables.take(ADMIN, file_of(word, 120), OnFault.REFUSE)
    finally:
        await clerk.close()


async def test_rows_wait_encrypted_and_each_step_may_happen_twice(mongo: Mongo, documents: Documents) -> None:
    word = new_id("list")
    store, table = await taken(mongo, word)
    waiting = await documents.find(OUTLET_TABLE_ROWS.name)
    assert len(waiting) == table.pieces == 2
    assert "13800000000" not in repr(waiting)
    assert "示例联系人" not in str(waiting)

    registry = registry_on(mongo)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    importing = OutletImporting(
        store=store, matching=RowMatching(store=registry.store, venues=venues), register=registry.register
    )
    job = await MongoJobs(mongo).find(table.job_id)
    assert job is not None
    while True:
        # As by a process that was killed before its progress was kept.
        await importing.step(job)
        result = await importing.step(job)
        if result.finished:
            break
        job = replace(job, cursor=result.cursor)
    ended = await store.find(table.id)
    assert ended is not None
    assert (ended.state, ended.unchanged, ended.refused) == (OutletTableState.DONE, 120, 0)
    search = OutletSearch(text=word, district_id=None, kind=None, state=None)
    found = (await registry.reading.search(ADMIN, search, 200, None)).items
    assert len(found) == 120
    assert {one.version for one in found} == {1}
    assert await documents.find(OUTLET_TABLE_ROWS.name) == []
