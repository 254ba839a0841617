"""Tasks and rounds: what may follow what, and how visits are spread."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.patrols.plans.errors import PlanRefused, TaskNotOpen
from services.patrols.plans.model import CancelReason, Task, TaskKind, TaskState, Visit
from services.patrols.plans.rules import (
    cancel,
    complete,
    ensure_window,
    new_task,
    reassign,
    spread,
    stretches_of,
    task_id_of,
)
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.venues.model import GeoPoint
from tests.factories import NOW, new_id

TODAY = date(2026, 12, 1)
SITE = Site(
    id="otl_01JD0000000000000000000000",
    kind=SiteKind.OUTLET,
    name="示例餐厅",
    name_en="Example",
    address="示例路1号",
    position=GeoPoint(lng=121.4, lat=31.2),
    city_id="310000",
    district_id="310101",
    seen_by=("district:310101", "city:310000"),
    state=SiteState.ACTIVE,
)


def make_task() -> Task:
    return new_task(
        task_id=new_id("tsk"),
        kind=TaskKind.ROUTINE,
        site=SITE,
        template_id=new_id("tpl"),
        assignees=["stf_1"],
        from_on=TODAY,
        due_on=TODAY,
        origin_id="rnd_1",
        now=NOW,
    )


def test_a_new_task_is_open_and_seen_where_its_site_is() -> None:
    task = make_task()
    assert (task.state, task.version, task.seen_by, task.district_id) == (TaskState.OPEN, 1, SITE.seen_by, "310101")


def test_a_task_ends_once() -> None:
    task = make_task()
    done = complete(task, "chk_1", NOW)
    assert (done.state, done.check_in_id, done.done_at, done.version) == (TaskState.DONE, "chk_1", NOW, 2)
    ended = cancel(task, CancelReason.DUPLICATE)
    assert (ended.state, ended.cancelled_because, ended.version) == (TaskState.CANCELLED, CancelReason.DUPLICATE, 2)
    assert reassign(task, ["stf_2"]) == replace(task, assignees=("stf_2",), reassigned=1, version=2)
    for over in (done, ended):
        with pytest.raises(TaskNotOpen):
            complete(over, "chk_2", NOW)
        with pytest.raises(TaskNotOpen):
            cancel(over, CancelReason.DUPLICATE)
        with pytest.raises(TaskNotOpen):
            reassign(over, [])


def test_a_window_is_cut_into_stretches_without_gap_or_overlap() -> None:
    last = TODAY + timedelta(days=24)
    assert stretches_of(TODAY, last, None) == ((TODAY, last),)
    for every in (1, 7, 10, 25, 100):
        stretches = stretches_of(TODAY, last, every)
        days = [start + timedelta(days=n) for start, end in stretches for n in range((end - start).days + 1)]
        assert days == [TODAY + timedelta(days=n) for n in range(25)]
        assert all((end - start).days < every for start, end in stretches)


@pytest.mark.parametrize(
    ("sites", "inspectors", "days"), [(1, 1, 1), (7, 3, 5), (100, 7, 30), (400, 30, 31), (5, 9, 90)]
)
def test_a_round_is_spread_evenly_over_inspectors_and_days(sites: int, inspectors: int, days: int) -> None:
    names = [f"otl_{number:03}" for number in range(sites)]
    people = [f"stf_{number:02}" for number in range(inspectors)]
    stretch = (TODAY, TODAY + timedelta(days=days - 1))
    visits = spread(names, people, (stretch,))
    assert [visit.site_id for visit in visits] == names
    assert all(stretch[0] == visit.from_on <= visit.due_on <= stretch[1] for visit in visits)
    by_day = Counter(visit.due_on for visit in visits)
    by_inspector = Counter(visit.assignees for visit in visits)
    assert max(by_day.values()) - min(by_day.get(TODAY + timedelta(days=n), 0) for n in range(days)) <= 1
    assert max(by_inspector.values()) - min(by_inspector.get((one,), 0) for one in people) <= 1
    assert visits == spread(names, people, (stretch,))


def test_an_inspector_moves_on_from_stretch_to_stretch() -> None:
    visits = spread(["otl_1", "otl_2"], ["stf_1", "stf_2"], stretches_of(TODAY, TODAY + timedelta(days=3), 2))
    assert [visit.assignees for visit in visits if visit.site_id == "otl_1"] == [("stf_1",), ("stf_2",)]


def test_the_same_visit_has_the_same_task_and_no_other_has() -> None:
    visit = Visit(site_id="otl_1", assignees=("stf_1",), from_on=TODAY, due_on=TODAY)
    others = [replace(visit, site_id="otl_2"), replace(visit, from_on=TODAY + timedelta(days=1))]
    ids = [task_id_of(NOW, "rnd_1", visit), *(task_id_of(NOW, "rnd_1", other) for other in others)]
    assert task_id_of(NOW, "rnd_1", replace(visit, assignees=())) == ids[0]
    assert len({*ids, task_id_of(NOW, "rnd_2", visit)}) == 4
    assert all(len(one) == 30 for one in ids)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(0, -1, "days_reversed"), (-5, -1, "day_over"), (0, 367, "window_too_long")],
)
def test_a_window_lies_ahead(first: int, last: int, code: str) -> None:
    with pytest.raises(PlanRefused) as refusal:
        ensure_window(TODAY + timedelta(days=first), TODAY + timedelta(days=last), TODAY)
    assert [(error.path, error.code) for error in refusal.value.errors] == [("due_on", code)]
    ensure_window(TODAY - timedelta(days=5), TODAY, TODAY)
