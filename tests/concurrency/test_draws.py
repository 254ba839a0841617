"""Two officials hold one draw at the same moment, each with another figure: one result, and the other is refused."""

import asyncio

import pytest

from services.common.mongo import Mongo
from services.patrols.documents import to_document
from services.patrols.model import RecordedEvent
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.plans.errors import DrawSettled
from services.patrols.plans.model import Draw, DrawState
from services.patrols.plans.mongo import TASKS
from services.patrols.ports import Write
from tests.concurrency.conftest import Pair
from tests.patrols import ensure_whole_log
from tests.patrols import records_on as kept_on
from tests.plans import OneTemplate, PlanRoom, plan_room

VALUES = ("03 07 12", "04 08 13")


class Together(MongoPatrolRecords):
    """Lets nobody decide before both have looked at the log once."""

    barrier: asyncio.Barrier | None = None

    async def history(self, subject_id: str) -> list[RecordedEvent]:
        found = await super().history(subject_id)
        barrier, self.barrier = self.barrier, None
        if barrier is not None:
            await barrier.wait()
        return list(found)


class Trusting(Together):
    """Believes that nothing changed since it looked: what recording would be without its guards."""

    async def stale(self, drafts: object) -> frozenset[int]:  # noqa: ARG002
        return frozenset()

    async def claim(self, write: Write) -> bool:
        for record in (record for draft in write.drafts for record in draft.records):
            document = to_document(record) | self._shelves[type(record)].derived(record)
            collection = self._mongo.collection(self._shelves[type(record)].plan)
            await collection.replace_one({"_id": record.id}, document, upsert=True)
        return True


async def race(pair: Pair, kind: type[Together], district_id: str) -> tuple[PlanRoom, str, list[Draw | BaseException]]:
    """Hold a draw in two processes at once."""
    templates = OneTemplate()
    committing = await plan_room(pair[0], district_id, templates=templates)
    await committing.open_outlets(20)
    await committing.hire(3)
    draw = await committing.draws.commit(committing.draw(sites=4))
    barrier = asyncio.Barrier(2)

    async def hold(mongo: Mongo, value: str) -> Draw:
        records = kept_on(mongo, kind)
        assert isinstance(records, kind)
        records.barrier = barrier
        room = await plan_room(mongo, district_id, records=records, templates=templates)
        return await room.hold(draw.id, value)

    held = await asyncio.gather(*(hold(*one) for one in zip(pair, VALUES, strict=True)), return_exceptions=True)
    return committing, draw.id, list(held)


async def test_without_the_guards_both_hold_it(pair: Pair) -> None:
    _, _, held = await race(pair, Trusting, "320101")
    assert [isinstance(one, Draw) for one in held] == [True, True], "the race that the guards are for did not happen"


async def test_a_draw_has_one_result(honest_pair: Pair) -> None:
    room, draw_id, held = await race(honest_pair, Together, "320102")
    (winner,) = [one for one in held if isinstance(one, Draw)]
    (loser,) = [one for one in held if not isinstance(one, Draw)]
    assert isinstance(loser, DrawSettled)
    kept = await room.draws.get(room.admin, draw_id)
    assert kept == winner
    assert kept.state is DrawState.HELD
    tasks = await room.mongo.collection(TASKS).find({"origin_id": draw_id}).to_list()
    result = (await room.publishing.record(room.admin, draw_id))["result"]
    assert sorted(str(one["site_id"]) for one in tasks) == sorted(one["site"] for one in result)
    assert len(tasks) == 4
    kinds = [one.event.kind.value for one in await room.records.history(draw_id)]
    assert kinds.count("draw.held") == 1
    await ensure_whole_log(room.mongo)


async def test_the_same_figure_twice_is_one_result_for_both(honest_pair: Pair) -> None:
    room = await plan_room(honest_pair[0], "320103")
    await room.open_outlets(6)
    await room.hire(2)
    draw = await room.draws.commit(room.draw())
    room.clock.pass_days(1)
    held = await asyncio.gather(*(room.holding.hold(room.admin, draw.id, VALUES[0]) for _ in range(6)))
    assert all(one == held[0] for one in held)
    with pytest.raises(DrawSettled):
        await room.holding.hold(room.admin, draw.id, VALUES[1])
