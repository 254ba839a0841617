"""Tasks over HTTP: assigned by hand or by a round, seen by whom they concern, called off, counted."""

import asyncio
from typing import Any

import pytest

from services.patrols.plans.mongo import TASKS
from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.plans import DISTRICT, account_of, an_outlet, day, template_for

NOBODY = "stf_01JD0000000000000000000000"


async def wish_for_task(admin: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "site_id": await an_outlet(admin),
        "template_id": await template_for(admin),
        "assignees": [],
        "from_on": day(0),
        "due_on": day(7),
        **changes,
    }


async def listed(person: Caller, **asked: Any) -> list[dict[str, Any]]:
    """Return all pages."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = accepted(await person.get("/patrol/tasks", params={"limit": 3, **asked, **after}))
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


async def test_a_task_is_assigned_seen_given_to_others_and_called_off(house: House) -> None:
    admin, inspector, other = [await house.staff(name) for name in ("district", "inspector", "inspector2")]
    mine, theirs = await account_of(inspector), await account_of(other)
    wish = await wish_for_task(admin, assignees=[mine])
    key = {"Idempotency-Key": unique("task")}
    answer = await admin.post("/patrol/tasks", json=wish, headers=key)
    task = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/patrol/tasks/{task['id']}"
    assert accepted(await admin.post("/patrol/tasks", json=wish, headers=key), 201) == task
    assert task["overdue"] is False
    assert (task["state"], task["kind"], task["assignees"], task["district_id"]) == (
        "open",
        "routine",
        [mine],
        DISTRICT,
    )
    only = {"site_id": wish["site_id"]}
    assert [one["id"] for one in await listed(inspector, **only)] == [task["id"]]
    assert await listed(other, **only) == []
    assert [one["id"] for one in await listed(admin, **only)] == [task["id"]]
    assert await listed(admin, **only, overdue="true") == []
    refused(await admin.get("/patrol/tasks", params={"overdue": "yes"}), 422, "fields_invalid")
    days = {"due_on": day(-1), "from_on": day(-2)}
    await house.stores.mongo.collection(TASKS).update_one({"_id": task["id"]}, {"$set": days})
    (late,) = await listed(inspector, **only, overdue="true")
    assert late == {**task, **days, "overdue": True}
    assert await listed(admin, **only, overdue="false") == []

    path = f"/patrol/tasks/{task['id']}"
    given = accepted(await admin.post(f"{path}/reassign", json={"assignees": [theirs]}))
    assert given["assignees"] == [theirs]
    assert await listed(inspector, **only) == []
    assert [one["id"] for one in await listed(other, **only)] == [task["id"]]
    free = accepted(await admin.post(f"{path}/reassign", json={"assignees": []}))
    assert free["assignees"] == []
    assert [one["id"] for one in await listed(inspector, **only)] == [task["id"]], "anybody of the district may take it"

    for _ in range(2):
        ended = accepted(await admin.post(f"{path}/cancel", json={"reason": "duplicate"}))
        assert (ended["state"], ended["cancelled_because"]) == ("cancelled", "duplicate")
    refused(await admin.post(f"{path}/cancel", json={"reason": "not_needed"}), 409, "task_not_open")
    refused(await admin.post(f"{path}/reassign", json={"assignees": [mine]}), 409, "task_not_open")
    assert accepted(await inspector.get(path)) == ended
    assert await listed(admin, **only, state="open") == []


async def test_what_is_out_of_scope_is_not_there(house: House) -> None:
    admin, stranger, manager = [await house.staff(name) for name in ("district", "inspector3", "manager")]
    wish = await wish_for_task(admin)
    task = accepted(await admin.post("/patrol/tasks", json=wish), 201)
    refused(await stranger.get(f"/patrol/tasks/{task['id']}"), 404, "task_not_found")
    assert await listed(stranger, site_id=wish["site_id"]) == []
    refused(await stranger.post("/patrol/tasks", json=wish), 403, "role_forbidden")
    refused(await manager.get("/patrol/tasks"), 403, "role_forbidden")
    round_wish = {
        **ROUND,
        "template_id": wish["template_id"],
        "district_id": "310115",
        "due_on": day(7),
        "from_on": day(0),
    }
    refused(await admin.post("/patrol/rounds", json=round_wish), 404, "owner_not_found")
    asked = {"district_id": "310115", "from": day(0), "to": day(1)}
    refused(await admin.get("/patrol/coverage", params=asked), 404, "owner_not_found")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"from_on": day(-3), "due_on": day(-1)}, "due_on", "day_over"),
        ({"from_on": day(3), "due_on": day(2)}, "due_on", "days_reversed"),
        ({"due_on": day(400)}, "due_on", "window_too_long"),
        ({"assignees": [NOBODY]}, "assignees[0]", "inspector_unknown"),
        ({"template_id": "tpl_01JD0000000000000000000000"}, "template_id", "template_unknown"),
    ],
)
async def test_a_task_that_cannot_be_says_why(house: House, changes: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("district")
    problem = refused(
        await admin.post("/patrol/tasks", json=await wish_for_task(admin, **changes)), 422, "plan_refused"
    )
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [(path, code)]


async def test_inspectors_of_elsewhere_closed_sites_and_other_checklists_are_refused(house: House) -> None:
    admin, stranger = await house.staff("district"), await house.staff("inspector3")
    wish = await wish_for_task(admin)

    async def error_of(**changes: Any) -> tuple[str, str]:
        problem = refused(await admin.post("/patrol/tasks", json={**wish, **changes}), 422, "plan_refused")
        (error,) = problem["errors"]
        return error["path"], error["code"]

    assert await error_of(assignees=[await account_of(stranger)]) == ("assignees[0]", "inspector_unknown")
    other = await template_for(admin, "venue")
    assert await error_of(template_id=other) == ("template_id", "template_of_other_kind")
    path = f"/outlets/{wish['site_id']}/close"
    accepted(await admin.post(path, json={"reason": "ceased", "version": 1}))
    assert await error_of() == ("site_id", "site_closed")
    unknown = {**wish, "site_id": "otl_01JD0000000000000000000000"}
    refused(await admin.post("/patrol/tasks", json=unknown), 404, "site_not_found")


ROUND = {"name": "示例例行巡查", "district_id": DISTRICT, "site_kind": "outlet"}


async def test_a_round_plans_every_site_once_a_stretch_and_can_be_called_off(house: House) -> None:
    admin = await house.staff("district")
    sites = {await an_outlet(admin) for _ in range(5)}
    wish = {
        **ROUND,
        "template_id": await template_for(admin),
        "from_on": day(100),
        "due_on": day(119),
        "every_days": 10,
    }
    key = {"Idempotency-Key": unique("round")}
    planned = accepted(await admin.post("/patrol/rounds", json=wish, headers=key), 201)
    assert planned["inspectors"] == 2
    assert planned["sites"] >= len(sites)
    again = accepted(await admin.post("/patrol/rounds", json=wish, headers=key), 201)
    assert again["id"] == planned["id"]
    done = await settled(admin, planned["id"], "made")
    assert done["tasks"]["made"] == done["tasks"]["total"] == 2 * planned["sites"]
    window = {"due_from": day(100), "due_to": day(119), "limit": 200}
    tasks = [one for one in await listed(admin, **window) if one["origin_id"] == planned["id"]]
    assert len(tasks) == planned["tasks"]["total"]
    assert sorted(one["site_id"] for one in tasks if one["site_id"] in sites) == sorted([*sites, *sites])
    assert {one["from_on"] for one in tasks} == {day(100), day(110)}
    burden = [sum(one["assignees"] == [who] for one in tasks) for who in {one["assignees"][0] for one in tasks}]
    assert len(burden) == 2
    assert max(burden) - min(burden) <= 2

    calendar = accepted(await admin.get("/patrol/calendar", params={"from": day(100), "to": day(119)}))["items"]
    assert [one["on"] for one in calendar] == [day(100 + number) for number in range(20)]
    assert sum(one["due"] for one in calendar) >= len(tasks)
    assert all(one["overdue"] == 0 for one in calendar)

    path = f"/patrol/rounds/{planned['id']}/cancel"
    for _ in range(2):
        accepted(await admin.post(path, json={"reason": "planned_wrongly"}))
    ended = await settled(admin, planned["id"], "ended")
    assert (ended["tasks"]["cancelled"], ended["tasks"]["reason"]) == (len(tasks), "planned_wrongly")
    refused(await admin.post(path, json={"reason": "not_needed"}), 409, "round_ended")
    left = await listed(admin, **window, state="open")
    assert planned["id"] not in {one["origin_id"] for one in left}
    newest = accepted(await admin.get("/patrol/rounds", params={"limit": 1}))["items"]
    assert newest == [ended]


async def settled(person: Caller, round_id: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = accepted(await person.get(f"/patrol/rounds/{round_id}"))
            if found["tasks"]["state"] == state:
                return found
            await asyncio.sleep(0.1)


async def test_coverage_names_what_was_not_visited(house: House) -> None:
    admin = await house.staff("district")
    site = await an_outlet(admin)
    asked = {"district_id": DISTRICT, "from": day(-30), "to": day(0), "limit": 200}
    found = accepted(await admin.get("/patrol/coverage", params=asked))
    unvisited, page = found["unvisited"]["items"], found["unvisited"]
    while page["next"] is not None:
        page = accepted(await admin.get("/patrol/coverage", params={**asked, "after": page["next"]}))["unvisited"]
        unvisited = [*unvisited, *page["items"]]
    assert found["sites"] - found["visited"] == len(unvisited)
    assert {"site_id": site, "last_checked_at": None}.items() <= next(
        one for one in unvisited if one["site_id"] == site
    ).items()
    first = accepted(await admin.get("/patrol/coverage", params={**asked, "limit": 1}))["unvisited"]
    second = accepted(await admin.get("/patrol/coverage", params={**asked, "limit": 1, "after": first["next"]}))
    both = [one["site_id"] for one in (*first["items"], *second["unvisited"]["items"])]
    assert both == [one["site_id"] for one in unvisited][:2]
    too_long = await admin.get("/patrol/calendar", params={"from": day(0), "to": day(92)})
    assert refused(too_long, 422, "plan_refused")["errors"][0]["code"] == "window_too_long"
