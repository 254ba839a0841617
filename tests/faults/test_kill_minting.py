"""kill -9 of servers and database in the middle of minting: it goes on, and in the end each code is there once."""

import asyncio

from qr.item_code import ItemNumber, number_of_item
from tests.concurrency.town import NO_LIMITS, Person, Town, visit
from tests.conftest import StartServer
from tests.processes import await_end

QUANTITY = 150_000
WITHIN_S = 120
VICTIMS = ("worker-0", "mongodb", "worker-1")
ITEM_TYPE = {
    "name": "示例物品",
    "attributes_schema": {"type": "object"},
    "label": {"layout": "a4-70", "title": "示例物品"},
}


async def begin(admin: Person) -> tuple[str, str]:
    """Ask for the codes; return the ids of the batch and of its job."""
    made = await admin.ask("POST", "/item-types", ITEM_TYPE, **{"Idempotency-Key": "type"})
    wish = {"item_type_id": made.body["id"], "quantity": QUANTITY}
    batch = await admin.ask("POST", "/item-batches", wish, **{"Idempotency-Key": "batch"})
    assert batch.status == 202, batch
    return batch.body["id"], batch.body["job_id"]


async def grown(admin: Person, job_id: str, more: int) -> int:
    """Wait until `more` codes are noted as minted than now; return how many are in all."""
    first: int | None = None
    async with asyncio.timeout(WITHIN_S):
        while True:
            job = (await admin.ask("GET", f"/jobs/{job_id}")).body
            assert job["failure"] is None, job
            first = job["done"] if first is None else first
            if job["done"] >= min(first + more, QUANTITY):
                return int(job["done"])
            await asyncio.sleep(0.02)


async def minted(town: Town, batch_id: str) -> list[str]:
    return sorted([one["_id"] async for one in town.database["item_codes"].find({"batch": batch_id}, {"_id": True})])


async def test_minting_goes_on_after_the_servers_and_the_database_are_killed(start_server: StartServer) -> None:
    server = start_server("--workers", "2", environment=NO_LIMITS)
    async with visit(server) as town:
        admin = await town.staff("admin")
        batch_id, job_id = await begin(admin)
        before = await grown(admin, job_id, 10_000)
        assert before < QUANTITY
        victims = [await asyncio.to_thread(server.get_child, name) for name in VICTIMS]
        for victim in victims:
            victim.kill()
        assert await asyncio.to_thread(await_end, victims, within_s=10) == []
        assert await grown(admin, job_id, 0) >= before
        assert await grown(admin, job_id, QUANTITY) == QUANTITY
        assert (await admin.ask("GET", f"/jobs/{job_id}")).body["state"] == "done"
        assert await begin(admin) == (batch_id, job_id)
        found = await minted(town, batch_id)
        known = number_of_item(found[0])
        every = (ItemNumber(kid=known.kid, batch=known.batch, serial=serial) for serial in range(QUANTITY))
        assert found == [number.item_id for number in every]
        assert town.line.faults == []
