"""Plans in the real database: what was drawn is public and is visited; tasks end with their sites and grow overdue."""

import asyncio
from dataclasses import replace

import pytest

from scripts.draws.verify_draw import check
from services.common.mongo import Mongo
from services.patrols.plans.errors import PlanRefused
from services.patrols.plans.model import CancelReason, DrawState, PublicSource
from services.patrols.plans.ports import TaskFilter
from services.patrols.plans.publishing import DrawChanges
from services.patrols.plans.rules import complete
from services.patrols.sites.model import SiteState
from tests.factories import NOW
from tests.patrols import ensure_whole_log
from tests.plans import TODAY, PlanRoom, in_days, plan_room

DISTRICTS = iter(range(330101, 339999))
VALUE = "03 07 12"


@pytest.fixture
async def room(mongo: Mongo) -> PlanRoom:
    return await plan_room(mongo, str(next(DISTRICTS)))


async def test_no_draw_stays_secret(room: PlanRoom) -> None:
    """Also not one that was committed to before there was a last day for publishing."""
    await room.open_outlets(4), await room.hire(2)
    with pytest.raises(PlanRefused) as refusal:
        await room.draws.commit(room.draw(publish_on=in_days(38)))
    assert [(one.path, one.code, one.values) for one in refusal.value.errors] == [
        ("publish_on", "published_too_late", ("7",))
    ]
    draw = await room.draws.commit(room.draw(publish_on=in_days(37)))
    held = await room.hold(draw.id, VALUE)
    await room.keep([replace(held, publish_on=in_days(3_000), version=held.version + 1)])
    room.clock.pass_days(35)
    assert (await room.publishing.public(draw.id)).drawn is None
    room.clock.pass_days(1)
    assert (await room.publishing.public(draw.id)).drawn is not None
    assert check(await room.publishing.public_record(draw.id)) == []


async def test_a_figure_of_the_same_day_is_refused(room: PlanRoom) -> None:
    await room.open_outlets(4), await room.hire(2)
    for day in (TODAY, in_days(31)):
        with pytest.raises(PlanRefused) as refusal:
            await room.draws.commit(room.draw(source=PublicSource(name="示例彩票", announced_on=day)))
        assert [(one.path, one.code) for one in refusal.value.errors] == [
            ("public_source.announced_on", "day_not_ahead")
        ]


async def test_what_was_drawn_is_visited_or_the_public_sees_why_not(room: PlanRoom) -> None:
    sites, people = await room.open_outlets(3), await room.hire(3)
    draw = await room.draws.commit(room.draw(sites=3))
    await room.hold(draw.id, VALUE)
    by_site = {site: await room.task_at(site) for site in sites}
    for reason in set(CancelReason) - {CancelReason.FORCE_MAJEURE}:
        with pytest.raises(PlanRefused) as refusal:
            await room.tasks.cancel(room.admin, by_site[sites[0]].id, reason)
        code = "site_not_closed" if reason is CancelReason.SITE_CLOSED else "drawn_task"
        assert [(one.path, one.code) for one in refusal.value.errors] == [("reason", code)]
    for _ in range(2):
        await room.tasks.cancel(room.admin, by_site[sites[0]].id, CancelReason.FORCE_MAJEURE)
    await room.close(sites[1])
    await room.tasks.cancel(room.admin, by_site[sites[1]].id, CancelReason.SITE_CLOSED)
    for assignees in (people[:1], people[:1], people[1:]):
        await room.tasks.reassign(room.admin, by_site[sites[2]].id, assignees)
    shown = await room.publishing.public(draw.id)
    assert shown.changes == DrawChanges(cancelled=2, reassigned=2)
    assert shown.drawn is not None
    assert {one.site_id: (one.cancelled_because, one.reassigned) for one in shown.drawn} == {
        sites[0]: (CancelReason.FORCE_MAJEURE, 0),
        sites[1]: (CancelReason.SITE_CLOSED, 0),
        sites[2]: (None, 2),
    }


async def test_all_draws_of_a_scope_are_public_from_their_commitment_on(room: PlanRoom) -> None:
    await room.open_outlets(4), await room.hire(2)
    draws = [await room.draws.commit(room.draw(publish_on=in_days(37))) for _ in range(3)]
    await room.hold(draws[1].id, VALUE)
    listed = {one.draw.id: one.draw.state for one in (await room.publishing.public_page(200, None)).items}
    states = (DrawState.COMMITTED, DrawState.HELD, DrawState.COMMITTED)
    assert [listed[draw.id] for draw in draws] == list(states)


async def test_tasks_at_outlets_that_end_are_called_off_once(room: PlanRoom) -> None:
    sites, _ = await room.open_outlets(4), await room.hire(2)
    await room.rounds.plan(room.round())
    done, closed, merged, active = [await room.task_at(site) for site in sites]
    await room.keep([complete(done, "chk_1", NOW)])
    for site_id, state in (
        (done.site_id, SiteState.CLOSED),
        (closed.site_id, SiteState.CLOSED),
        (merged.site_id, SiteState.MERGED),
    ):
        await room.close(site_id, state)
    await asyncio.gather(*(room.clearing.look() for _ in range(3)))
    found = await room.task_store.several([done.id, closed.id, merged.id, active.id])
    assert [found[task.id].state.value for task in (done, closed, merged, active)] == [
        "done",
        "cancelled",
        "cancelled",
        "open",
    ]
    assert found[merged.id].cancelled_because is CancelReason.SITE_CLOSED
    (told,) = await room.records.history(merged.id)
    assert (told.event.kind.value, told.event.told_by, told.event.site_id) == (
        "task.cancelled",
        "service",
        merged.site_id,
    )
    assert await room.clearing.look() == 0
    await ensure_whole_log(room.mongo)


async def test_tasks_are_overdue_once_their_last_day_is_over(room: PlanRoom) -> None:
    await room.open_outlets(3), await room.hire(1)
    await room.rounds.plan(room.round(due_on=in_days(2)))

    async def count(*, overdue: bool | None) -> int:
        return len((await room.tasks.list(room.admin, TaskFilter(overdue=overdue), 50, None)).items)

    assert [await count(overdue=overdue) for overdue in (None, True, False)] == [3, 0, 3]
    room.clock.pass_days(2)
    assert [await count(overdue=overdue) for overdue in (None, True, False)] == [3, 2, 1]
    (first, *_) = (await room.tasks.list(room.admin, TaskFilter(overdue=True), 50, None)).items
    await room.tasks.cancel(room.admin, first.id, CancelReason.NOT_NEEDED)
    assert [await count(overdue=overdue) for overdue in (None, True, False)] == [3, 1, 2]
