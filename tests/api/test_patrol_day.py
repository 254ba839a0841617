"""An inspector's day over HTTP: tasks, outlets due, what waits, and drafts."""

from datetime import timedelta
from typing import Any

from services.common.clock import city_day
from tests.api.house import House, accepted, refused, unique
from tests.patrol_walk import NOW, a_checklist, a_visit, an_outlet, at, known_for_days, submitted, wire


def a_draft(submission_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "content": {"answers": {"displayed": None}, "note": "未完成", "step": 2.5},
        "saved_at": wire(NOW),
        **changes,
    }


async def test_the_day_of_an_inspector(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    template = await a_checklist(house)
    place = {"lng": 121.4501, "lat": 31.2501}
    due = await an_outlet(house, position=place)
    fresh = await an_outlet(house, position=place)
    for one in (due, fresh):
        await known_for_days(house, "outlets", one["id"], "registered_at")
    then = at(NOW - timedelta(days=4), **place)  # a day on which nobody was anywhere else
    await submitted(inspector, a_visit(template, site_id=fresh["id"], **then))
    photo = "cd" * 32
    failing = [{"question_id": "displayed", "value": False, "photos": [photo]}]
    waiting = await submitted(inspector, a_visit(template, site_id=fresh["id"], fix=None, answers=failing))
    before = accepted(await inspector.get("/patrol/day", params={"near": "121.4501,31.2501"}))
    assert (before["due"][0]["site"]["id"], before["due"][0]["distance_m"]) == (due["id"], 0.0)
    task = accepted(
        await district.post(
            "/patrol/tasks",
            json={
                "site_id": due["id"],
                "template_id": template,
                "assignees": [],
                "from_on": city_day(NOW).isoformat(),
                "due_on": (city_day(NOW) + timedelta(days=3)).isoformat(),
            },
        ),
        201,
    )
    await known_for_days(house, "patrol_tasks", task["id"], "created_at")
    day = accepted(await inspector.get("/patrol/day", params={"near": "121.4501,31.2501"}))
    assert not {due["id"], fresh["id"]} & {one["site"]["id"] for one in day["due"]}, "one has a task, one was visited"
    assert (day["tasks"][0]["origin_id"], day["tasks"][0]["template_number"]) == (task["id"], 1)
    assert (day["tasks"][0]["id"], day["tasks"][0]["site"]["id"]) == (task["id"], due["id"])
    assert waiting["id"] in {one["id"] for one in day["in_review"]}
    assert [one["photos"] for one in day["awaited"] if one["check_in_id"] == waiting["id"]] == [[photo]]
    nowhere = accepted(await inspector.get("/patrol/day"))
    assert nowhere["due"] == []
    assert task["id"] in {one["id"] for one in nowhere["tasks"]}
    # The visit does the task.
    done = await submitted(inspector, a_visit(template, site_id=due["id"], task_id=task["id"], **then))
    assert accepted(await inspector.get(f"/patrol/tasks/{task['id']}"))["check_in_id"] == done["id"]
    assert task["id"] not in {one["id"] for one in accepted(await inspector.get("/patrol/day"))["tasks"]}
    again = await submitted(inspector, a_visit(template, site_id=due["id"], task_id=task["id"]))
    assert "task_done_already" in again["circumstances"]


async def test_a_rejected_visit_opens_its_task_again(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    template, site = await a_checklist(house), await an_outlet(house)
    wish = {
        "site_id": site["id"], "template_id": template, "assignees": [],
        "from_on": city_day(NOW).isoformat(), "due_on": city_day(NOW).isoformat(),
    }  # fmt: skip
    task = accepted(await district.post("/patrol/tasks", json=wish), 201)
    found = await submitted(inspector, a_visit(template, site_id=site["id"], task_id=task["id"], fix=None))
    assert accepted(await inspector.get(f"/patrol/tasks/{task['id']}"))["state"] == "done"
    path = f"/patrol/check-ins/{found['id']}/review"
    accepted(await district.post(path, json={"accepted": False, "reason": "示例"}))
    assert accepted(await inspector.get(f"/patrol/tasks/{task['id']}"))["state"] == "open"


async def test_the_draft_that_was_saved_last_wins(house: House) -> None:
    inspector, colleague = await house.staff("inspector"), await house.staff("inspector2")
    name = unique("visit")
    later = a_draft(name, content={"step": 3}, saved_at=wire(NOW))
    assert accepted(await inspector.post("/patrol/drafts", json=later))["content"] == {"step": 3}
    earlier = a_draft(name, content={"step": 1}, saved_at=wire(NOW - timedelta(hours=1)))
    assert accepted(await inspector.post("/patrol/drafts", json=earlier))["content"] == {"step": 3}
    (mine,) = [one for one in accepted(await inspector.get("/patrol/drafts"))["items"] if one["submission_id"] == name]
    assert mine["content"] == {"step": 3}
    assert name not in {one["submission_id"] for one in accepted(await colleague.get("/patrol/drafts"))["items"]}
    refused(await colleague.post(f"/patrol/drafts/{name}/discard"), 404, "draft_not_found")
    assert (await inspector.post(f"/patrol/drafts/{name}/discard")).status_code == 204
    refused(await inspector.post(f"/patrol/drafts/{name}/discard"), 404, "draft_not_found")


async def test_a_draft_goes_when_its_check_in_arrives(house: House) -> None:
    inspector = await house.staff("inspector")
    template, site = await a_checklist(house), await an_outlet(house)
    visit = a_visit(template, site_id=site["id"])
    name = visit["submission_id"]
    accepted(await inspector.post("/patrol/drafts", json=a_draft(name)))
    await submitted(inspector, visit)
    assert await house.count("patrol_drafts", submission_id=name) == 0
    # A late save of what has been sent is no draft any more.
    accepted(await inspector.post("/patrol/drafts", json=a_draft(name)))
    assert await house.count("patrol_drafts", submission_id=name) == 0


async def test_drafts_are_bounded_and_sealed(house: House) -> None:
    inspector = await house.staff("inspector")
    large = a_draft(unique("visit"), content={"note": "城" * 22_000})
    (fault,) = refused(await inspector.post("/patrol/drafts", json=large), 422, "draft_invalid")["errors"]
    assert (fault["path"], fault["code"]) == ("content", "too_long")
    name = unique("visit")
    accepted(await inspector.post("/patrol/drafts", json=a_draft(name, content={"note": "张贴处示例"})))
    database = house.stores.mongo.client[house.config.mongodb.database]
    kept = await database["patrol_drafts"].find_one({"submission_id": name})
    assert kept is not None
    assert "示例".encode() not in bytes(kept["sealed_content"])
    assert (await inspector.post(f"/patrol/drafts/{name}/discard")).status_code == 204
