"""Plans in the real database: rounds and draws become tasks once, whatever dies or is repeated meanwhile."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from scripts.draws.verify_draw import check
from services.common.mongo import Mongo
from services.patrols.plans.draws import Recusal
from services.patrols.plans.errors import DrawDamaged, DrawNotHeld, DrawSettled, PlanRefused
from services.patrols.plans.model import (
    CancelReason,
    DrawState,
    RecusalReason,
    TaskingState,
    TaskKind,
    TaskState,
)
from services.patrols.plans.mongo import DRAW_POOLS, TASKS
from services.patrols.plans.overview import CoverageWish
from services.patrols.plans.ports import TaskFilter
from services.patrols.plans.publishing import DrawChanges
from services.patrols.plans.rules import complete
from services.patrols.plans.tasking import STEP
from services.patrols.sites.model import SiteKind
from tests.factories import NOW
from tests.patrols import ensure_whole_log, make_status
from tests.plans import TODAY, PlanRoom, in_days, plan_room

DISTRICTS = iter(range(320101, 329999))
VALUE = "03 07 12"
KINSHIP = RecusalReason.KINSHIP
FIRST, LAST = "tsk_", "tsk_~"


@pytest.fixture
async def room(mongo: Mongo) -> PlanRoom:
    return await plan_room(mongo, str(next(DISTRICTS)))


async def tasks_of(room: PlanRoom, origin_id: str) -> list[dict[str, object]]:
    return await room.mongo.collection(TASKS).find({"origin_id": origin_id}).to_list()


async def test_a_large_round_is_made_in_steps_by_whoever_comes(room: PlanRoom) -> None:
    sites, inspectors = await room.open_outlets(3 * STEP + 7), await room.hire(4)
    planned = await room.rounds.plan(room.round())
    assert (planned.tasking.state, planned.tasking.made) == (TaskingState.MAKING, 3 * STEP), "the request is answered"
    assert planned.round.id in await room.store.unfinished()
    await asyncio.gather(*(room.making.advance(planned.round.id, steps=9) for _ in range(4)))
    done = await room.rounds.get(room.admin, planned.round.id)
    assert (done.tasking.state, done.tasking.made) == (TaskingState.MADE, len(sites))
    tasks = await tasks_of(room, planned.round.id)
    assert sorted(str(one["site_id"]) for one in tasks) == sites
    burden = Counter(one["assignees"][0] for one in tasks)  # type: ignore[index]
    assert sorted(burden) == inspectors
    assert max(burden.values()) - min(burden.values()) <= 1
    assert planned.round.id not in await room.store.unfinished()
    await ensure_whole_log(room.mongo)

    done_task = complete(await room.task_at(sites[0]), "chk_1", NOW)
    await room.keep([done_task])
    ended = await room.rounds.cancel(room.admin, planned.round.id, CancelReason.NOT_NEEDED)
    while ended.tasking.state is TaskingState.ENDING:
        await room.making.advance(planned.round.id)
        ended = await room.rounds.get(room.admin, planned.round.id)
    states = Counter(one["state"] for one in await tasks_of(room, planned.round.id))
    assert states == {"cancelled": len(sites) - 1, "done": 1}
    assert ended.tasking.cancelled == len(sites) - 1


async def test_a_site_that_closes_meanwhile_gets_no_task(room: PlanRoom) -> None:
    sites, _ = await room.open_outlets(3), await room.hire(2)
    draw = await room.draws.commit(room.draw(sites=3))
    await room.close(sites[1])
    await room.hold(draw.id, VALUE)
    made = {str(one["site_id"]) for one in await tasks_of(room, draw.id)}
    assert made == {sites[0], sites[2]}
    result = await room.publishing.result(room.admin, draw.id)
    assert result.drawn is not None
    assert {one.site_id for one in result.drawn} == set(sites), "what was drawn was drawn"


async def test_a_draw_is_committed_to_held_once_and_repeated_by_the_script(room: PlanRoom) -> None:
    sites, inspectors = await room.open_outlets(12), await room.hire(4)
    recusals = (Recusal(inspector_id=inspectors[0], site_id=sites[0], reason=KINSHIP),)
    draw = await room.draws.commit(room.draw(sites=5, recusals=recusals))
    assert (draw.state, draw.pool_sites, draw.pool_inspectors) == (DrawState.COMMITTED, 12, 4)
    assert draw.seed_digest.encode() not in draw.sealed_seed
    with pytest.raises(DrawNotHeld):
        await room.publishing.record(room.admin, draw.id)

    held = await room.hold(draw.id, VALUE)
    assert await room.holding.hold(room.admin, draw.id, VALUE) == held
    with pytest.raises(DrawSettled):
        await room.holding.hold(room.admin, draw.id, "another value")
    with pytest.raises(DrawSettled):
        await room.draws.withdraw(room.admin, draw.id, CancelReason.NOT_NEEDED)
    record = await room.publishing.record(room.admin, draw.id)
    assert check(record) == []
    assert record["committed"]["recusals"] == [{"inspector": inspectors[0], "site": sites[0], "reason": "kinship"}]
    assert await room.publishing.public_record(draw.id) == record
    tasks = {str(one["site_id"]): one for one in await tasks_of(room, draw.id)}
    assert {site: one["assignees"] for site, one in tasks.items()} == {
        one["site"]: one["inspectors"] for one in record["result"]
    }
    assert {one["kind"] for one in tasks.values()} == {TaskKind.RANDOM}


async def test_a_pool_that_was_changed_in_the_database_is_not_drawn_from(room: PlanRoom) -> None:
    await room.open_outlets(4), await room.hire(2)
    draw = await room.draws.commit(room.draw())
    pool = await room.store.find_pool(draw.id)
    assert pool is not None
    await room.mongo.collection(DRAW_POOLS).update_one(
        {"_id": draw.id}, {"$set": {"text": pool.text.replace('"sites_to_draw":3', '"sites_to_draw":4')}}
    )
    with pytest.raises(DrawDamaged):
        await room.hold(draw.id, VALUE)


async def test_a_withdrawn_draw_stays_for_all_to_see(room: PlanRoom) -> None:
    await room.open_outlets(4), await room.hire(2)
    draw = await room.draws.commit(room.draw())
    withdrawn = await room.draws.withdraw(room.admin, draw.id, CancelReason.PLANNED_WRONGLY)
    assert await room.draws.withdraw(room.admin, draw.id, CancelReason.PLANNED_WRONGLY) == withdrawn
    with pytest.raises(DrawSettled):
        await room.holding.hold(room.admin, draw.id, VALUE)
    shown = await room.publishing.public(draw.id)
    assert (shown.draw.state, shown.drawn) == (DrawState.WITHDRAWN, None)
    kinds = [one.event.kind.value for one in await room.records.history(draw.id)]
    assert kinds == ["draw.committed", "draw.withdrawn"]


async def test_what_is_published_later_is_not_shown_before(room: PlanRoom) -> None:
    await room.open_outlets(4), await room.hire(2)
    draw = await room.draws.commit(room.draw(publish_on=in_days(31)))
    await room.hold(draw.id, VALUE)
    shown = await room.publishing.public(draw.id)
    assert (shown.drawn, shown.changes) == (None, DrawChanges(cancelled=0, reassigned=0))
    assert (await room.publishing.result(room.admin, draw.id)).drawn is not None
    room.clock.pass_days(30)
    assert (await room.publishing.public(draw.id)).drawn is not None


async def test_a_draw_that_could_not_be_held_is_refused_when_it_is_committed_to(room: PlanRoom) -> None:
    sites = await room.open_outlets(4)

    async def errors(**changes: object) -> list[tuple[str, str, tuple[str, ...]]]:
        with pytest.raises(PlanRefused) as refusal:
            await room.draws.commit(room.draw(**changes))
        return [(one.path, one.code, one.values) for one in refusal.value.errors]

    assert await errors() == [("inspectors_per_site", "pool_too_small", ("0",))]
    first, second = await room.hire(2)
    assert await errors(sites=5) == [("sites", "pool_too_small", ("4",))]
    short = (Recusal(inspector_id=second, site_id=sites[2], reason=KINSHIP),)
    again = (replace(short[0], reason=RecusalReason.OTHER_INTEREST),)
    assert await errors(recusals=short) == [("recusals", "too_few_inspectors", (sites[2],))]
    strangers = (Recusal(inspector_id="stf_x", site_id="otl_x", reason=KINSHIP), *short, *again)
    assert [one[:2] for one in await errors(recusals=strangers)] == [
        ("recusals[0].inspector_id", "inspector_unknown"),
        ("recusals[0].site_id", "site_unknown"),
        ("recusals[2]", "repeated"),
    ]
    assert (await room.draws.commit(room.draw(inspectors_per_site=1, recusals=short))).pool_inspectors == 2
    assert first < second


async def test_tasks_are_found_by_whoever_looks_for_them(room: PlanRoom) -> None:
    sites, (one, other) = await room.open_outlets(4), await room.hire(2)
    planned = await room.rounds.plan(room.round())
    scope = f"district:{room.district_id}"
    mine, theirs = [await room.task_store.open_for([who]) for who in (one, other)]
    assert (len(mine), len(theirs)) == (2, 2)
    assert [task.due_on for task in mine] == sorted(task.due_on for task in mine)
    free = await room.tasks.reassign(room.admin, mine[0].id, [])
    assert [task.id for task in await room.task_store.open_for([one])] == [mine[1].id]
    assert [task.id for task in await room.task_store.open_for([scope])] == [free.id]
    await room.keep([complete(mine[1], "chk_1", NOW)])
    assert await room.task_store.open_for([one]) == []
    assert len(await room.task_store.open_of_origin(planned.round.id)) == 3
    assert len(await room.task_store.listed_in(scope, TaskFilter(), FIRST, LAST)) == 4
    done = TaskFilter(state=TaskState.DONE)
    assert [task.id for task in await room.task_store.listed_for(one, done, FIRST, LAST)] == [mine[1].id]
    window = TaskFilter(due_from=free.due_on, due_to=free.due_on)
    assert [task.id for task in await room.task_store.listed_in(scope, window, FIRST, LAST)] == [free.id]
    assert {task.site_id for task in await room.task_store.due_between(scope, TODAY, in_days(30))} == set(sites)
    assert await room.task_store.due_between(scope, in_days(31), in_days(90)) == []
    assert await room.task_store.done_between(scope, TODAY, TODAY) == {mine[1].site_id}
    assert await room.task_store.done_between(scope, in_days(1), in_days(1)) == set()


async def test_calendar_and_coverage_count_what_was_done(room: PlanRoom) -> None:
    sites, _ = await room.open_outlets(5), await room.hire(1)
    planned = await room.rounds.plan(room.round(from_on=TODAY, due_on=in_days(4)))
    tasks = sorted(await room.task_store.open_of_origin(planned.round.id), key=lambda task: task.due_on)
    late = replace(tasks[1], due_on=in_days(-1), version=2)
    await room.keep([complete(tasks[0], "chk_1", NOW), late])
    days = {
        one.on: (one.due, one.done, one.overdue)
        for one in await room.overview.calendar(room.admin, in_days(-2), in_days(4))
    }
    assert days == {
        in_days(-2): (0, 0, 0),
        in_days(-1): (1, 0, 1),
        in_days(0): (1, 1, 0),
        in_days(1): (0, 0, 0),
        **{in_days(number): (1, 0, 0) for number in (2, 3, 4)},
    }
    checked = make_status(
        id=tasks[4].site_id,
        district_id=room.district_id,
        seen_by=(f"district:{room.district_id}",),
        last_checked_at=NOW - timedelta(days=40),
    )
    await room.keep([checked])
    wish = CoverageWish(
        district_id=room.district_id, site_kind=SiteKind.OUTLET, first=in_days(-10), last=TODAY, limit=2, after=None
    )
    found = await room.overview.coverage(room.admin, wish)
    assert (found.sites, found.visited, found.share) == (5, 1, 0.2)
    second = await room.overview.coverage(room.admin, replace(wish, after=found.unvisited.next))
    left = [one.site.id for one in (*found.unvisited.items, *second.unvisited.items)]
    assert left == [site for site in sites if site != tasks[0].site_id]
    assert second.unvisited.next is None
    longer = await room.overview.coverage(room.admin, replace(wish, first=in_days(-45)))
    assert longer.visited == 2
