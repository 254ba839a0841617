"""Two processes record at once: no change is lost, and the log has neither hole nor double leaf."""

import asyncio
from dataclasses import replace

import pytest

from services.common.mongo import Mongo
from services.patrols.documents import to_document
from services.patrols.model import Draft
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.ports import Write
from services.patrols.recording import Recording
from services.patrols.sites.mongo import STATUSES, MongoStatuses
from tests.concurrency.conftest import Pair
from tests.patrols import draft_of, ensure_whole_log, make_status, recording_on, records_on

RUNNERS, ROUNDS = 10, 6


class Trusting(MongoPatrolRecords):
    """Believes that nothing changed since it looked: what recording would be without its guards."""

    async def stale(self, _drafts: object) -> frozenset[int]:
        return frozenset()

    async def claim(self, write: Write) -> bool:
        for record in (record for draft in write.drafts for record in draft.records):
            document = to_document(record)
            await self._mongo.collection(STATUSES).replace_one({"_id": record.id}, document, upsert=True)
        return True


async def count_up(recording: Recording, mongo: Mongo, site_id: str) -> int:
    """Count one finding more; return what was counted to."""

    async def decide() -> Draft[int]:
        status = (await MongoStatuses(mongo).statuses([site_id]))[site_id]
        more = replace(status, open_findings=status.open_findings + 1, version=status.version + 1)
        return replace(draft_of(more), answer=more.open_findings)  # type: ignore[return-value, arg-type]

    return await recording.settle(decide)


async def count_together(pair: Pair, first: Recording, second: Recording) -> tuple[str, list[int]]:
    status = make_status()

    async def decide() -> Draft[str]:
        return draft_of(status)

    await recording_on(pair[0]).settle(decide)
    turns = [
        count_up(recording, mongo, status.id)
        for recording, mongo in ((first, pair[0]), (second, pair[1]))
        for _ in range(RUNNERS)
    ]
    return status.id, list(await asyncio.gather(*turns))


async def test_without_the_guards_counts_are_lost(pair: Pair) -> None:
    site_id, counted = await count_together(
        pair, recording_on(pair[0], records_on(pair[0], Trusting)), recording_on(pair[1], records_on(pair[1], Trusting))
    )
    status = (await MongoStatuses(pair[0]).statuses([site_id]))[site_id]
    assert status.open_findings < 2 * RUNNERS
    assert len(set(counted)) < 2 * RUNNERS


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_with_the_guards_every_count_is_kept(pair: Pair, round_: int) -> None:  # noqa: ARG001 -- luck with timing
    site_id, counted = await count_together(pair, recording_on(pair[0]), recording_on(pair[1]))
    assert sorted(counted) == list(range(1, 2 * RUNNERS + 1))
    status = (await MongoStatuses(pair[0]).statuses([site_id]))[site_id]
    assert (status.open_findings, status.version) == (2 * RUNNERS, 2 * RUNNERS + 1)
    await ensure_whole_log(pair[0])
