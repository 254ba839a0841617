"""Minting: the job that notes each code of a batch, as many at a time as the database takes well."""

import asyncio

from qr.item_code import ItemNumber
from services.items.model import ItemBatch
from services.items.ports import CodeStore
from services.jobs.model import Job, StepResult
from services.jobs.rules import new_job

KIND = "mint"
# Some 50 ms on the embedded database, and less than ten of this process at a stretch.
AT_ONCE = 1000


def mint_job(batch: ItemBatch) -> Job:
    """Return the job that mints `batch`."""
    cursor: dict[str, str | int] = {"batch_id": batch.id, "number": batch.number, "kid": batch.kid, "serial": 0}
    return new_job(batch.job_id, KIND, seen_by=batch.seen_by, total=batch.quantity, cursor=cursor, now=batch.created_at)


class Minting:
    """A step notes the next codes. Ids follow from batch and serial, so a step that is repeated makes the same ones."""

    name = KIND

    def __init__(self, codes: CodeStore) -> None:
        self._codes = codes

    async def step(self, job: Job) -> StepResult:
        """Mint the codes from the cursor's serial on."""
        number, kid, start = (int(job.cursor[name]) for name in ("number", "kid", "serial"))
        end = min(start + AT_ONCE, job.total)
        ids = [ItemNumber(kid=kid, batch=number, serial=serial).item_id for serial in range(start, end)]
        await asyncio.sleep(0)  # others, before the driver spells them out
        await self._codes.add(str(job.cursor["batch_id"]), ids)
        return StepResult(done=end, cursor={**job.cursor, "serial": end}, finished=end == job.total)
