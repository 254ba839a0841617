"""Batches and codes in the real database: number, job and request in one fact; a code noted twice is there once."""

import asyncio
from dataclasses import replace

import pytest

from qr.item_code import ItemNumber
from services.common.idempotency import IdempotencyKeyReused
from services.common.mongo import Mongo
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import MongoCodes
from services.items.ports import NumberTaken
from services.jobs.mongo import MongoJobs
from tests.contract.documents import Documents
from tests.factories import make_batch, make_mint_job, make_request, new_id


@pytest.fixture
def batches(mongo: Mongo) -> MongoBatches:
    return MongoBatches(mongo, MongoJobs(mongo))


async def test_a_batch_is_kept_with_its_job(batches: MongoBatches, mongo: Mongo) -> None:
    batch = make_batch()
    assert await batches.add(batch, make_mint_job(batch), None) == batch
    assert await batches.find(batch.id) == batch
    assert await MongoJobs(mongo).find(batch.job_id) == make_mint_job(batch)
    assert await batches.find(make_batch().id) is None


async def test_a_number_is_taken_once(batches: MongoBatches, documents: Documents) -> None:
    batch = make_batch()
    rivals = [replace(batch, job_id=new_id("job")) for _ in range(6)]
    told = await asyncio.gather(*(batches.add(one, make_mint_job(one), None) for one in rivals), return_exceptions=True)
    kept = [one for one in told if not isinstance(one, BaseException)]
    assert len(kept) == 1
    assert [type(one) for one in told if isinstance(one, BaseException)] == [NumberTaken] * 5
    assert await batches.find(batch.id) == kept[0]
    jobs = [one for rival in rivals for one in await documents.find("jobs", _id=rival.job_id)]
    assert [job["_id"] for job in jobs] == [kept[0].job_id]


async def test_a_batch_whose_answer_got_lost_is_recognised(batches: MongoBatches) -> None:
    """A transaction that is run again after its commit finds its own batch."""
    batch = make_batch()
    await batches.add(batch, make_mint_job(batch), None)
    assert await batches.add(batch, make_mint_job(batch), None) == batch


async def test_a_request_makes_one_batch_however_often_it_comes(batches: MongoBatches, documents: Documents) -> None:
    request, wishes = make_request(), [make_batch() for _ in range(6)]
    told = await asyncio.gather(*(batches.add(one, make_mint_job(one), request) for one in wishes))
    assert len({one.id for one in told}) == 1
    kept = [found for one in wishes if (found := await batches.find(one.id)) is not None]
    assert kept == [told[0]]
    assert sum([len(await documents.find("jobs", _id=one.job_id)) for one in wishes]) == 1
    with pytest.raises(IdempotencyKeyReused):
        await batches.add(make_batch(), make_mint_job(), replace(request, fingerprint="other"))


async def test_batches_are_found_by_scope_type_and_number(batches: MongoBatches) -> None:
    type_id, scope = new_id("ity"), f"district:{new_id('x')}"
    made = [make_batch(seen_by=(scope, "city:310000"), type_id=type_id) for _ in range(3)]
    made.append(make_batch(seen_by=(scope, "city:310000")))
    for batch in made:
        await batches.add(batch, make_mint_job(batch), None)
    first, last = made[0].number, made[3].number

    async def found(scope: str, type_id: str | None, since: int, until: int) -> list[str]:
        return sorted(one.id for one in await batches.numbered_between(scope, type_id, since, until))

    ids = [batch.id for batch in made]
    assert await found(scope, None, first, last + 1) == ids
    assert await found(scope, None, first + 1, last) == ids[1:3]
    assert await found(scope, type_id, first, last + 1) == ids[:3]
    assert await found("city:310000", type_id, first, last + 1) == ids[:3]
    assert await found("district:elsewhere", None, first, last + 1) == []


async def test_a_code_that_is_minted_again_is_there_once(
    mongo: Mongo, batches: MongoBatches, documents: Documents
) -> None:
    codes, batch = MongoCodes(mongo, batches), make_batch()
    await batches.add(batch, make_mint_job(batch), None)
    ids = [ItemNumber(kid=1, batch=batch.number, serial=serial).item_id for serial in range(300)]
    await codes.add(batch.id, ids[:200])
    await codes.add(batch.id, ids[100:])
    assert sorted(one["_id"] for one in await documents.find("item_codes", batch=batch.id)) == ids
    other_key = ItemNumber(kid=2, batch=batch.number, serial=0).item_id
    assert await codes.batches_of([*ids, other_key]) == dict.fromkeys(ids, batch)
