"""Jobs over HTTP: seen, paused and resumed, and what remains of that when they are done."""

import asyncio
from datetime import datetime
from typing import Any

from tests.api.house import Caller, House, accepted, refused
from tests.api.test_item_batches import codes_of, expected_codes, finished, mint, new_type

LARGE = 60_000


async def states_of(person: Caller, job_id: str, action: str) -> tuple[str, str]:
    """Do it twice, and return both states."""
    first, again = [accepted(await person.post(f"/jobs/{job_id}/{action}")) for _ in range(2)]
    return first["state"], again["state"]


async def standing(person: Caller, job_id: str) -> Any:
    return accepted(await person.get(f"/jobs/{job_id}"))


async def test_a_job_is_paused_and_goes_on_where_it_was(house: House) -> None:
    admin = await house.staff("admin")
    batch = accepted(await mint(admin, await new_type(admin), LARGE), 202)
    job_id = batch["job_id"]
    async with asyncio.timeout(30):
        while (await standing(admin, job_id))["done"] == 0:
            pass
    assert await states_of(admin, job_id, "pause") == ("paused", "paused")
    await asyncio.sleep(0.3)  # the step that was under way
    paused, minted = await standing(admin, job_id), await codes_of(house, batch["id"])
    assert 0 < paused["done"] < LARGE
    await asyncio.sleep(1.2)  # longer than between two looks for work
    assert await standing(admin, job_id) == paused
    assert await codes_of(house, batch["id"]) == minted
    assert accepted(await admin.get(f"/item-batches/{batch['id']}"))["state"] == "paused"
    resumed = accepted(await admin.post(f"/jobs/{job_id}/resume"))
    assert resumed["done"] >= paused["done"]
    assert resumed["state"] in {"queued", "running"}
    done = await finished(admin, job_id)
    assert datetime.fromisoformat(done["changed_at"]) >= datetime.fromisoformat(done["created_at"])
    codes = await codes_of(house, batch["id"])
    assert codes == expected_codes(codes[0], LARGE)


async def test_a_job_that_is_done_stays_so(house: House) -> None:
    admin = await house.staff("admin")
    batch = accepted(await mint(admin, await new_type(admin), 1), 202)
    done = await finished(admin, batch["job_id"])
    for action in ("pause", "resume"):
        refused(await admin.post(f"/jobs/{batch['job_id']}/{action}"), 409, "job_over")
    assert await standing(admin, batch["job_id"]) == done


async def test_only_who_may_mint_may_pause(house: House) -> None:
    admin, auditor = await house.staff("admin"), await house.staff("auditor")
    batch = accepted(await mint(admin, await new_type(admin), 1), 202)
    await finished(auditor, batch["job_id"])
    refused(await auditor.post(f"/jobs/{batch['job_id']}/pause"), 403, "role_forbidden")


async def test_a_job_that_does_not_exist_is_not_found(house: House) -> None:
    admin = await house.staff("admin")
    for job_id in ("job_01JD0000000000000000000000", "x", "%00"):
        refused(await admin.get(f"/jobs/{job_id}"), 404, "job_not_found")
