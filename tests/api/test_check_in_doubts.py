"""Check-ins over HTTP that name what is of another place, part of the city or time; nothing of it is lost."""

from datetime import timedelta
from typing import Any

from tests.api.house import House, accepted, refused, unique
from tests.patrol_walk import NOW, PLACE, a_checklist, a_visit, an_outlet, at, known_for_days, submitted

ELSEWHERE = {"level": "district", "id": "310115"}


def a_photo() -> str:
    """Return the name of a photo that nobody else has."""
    return unique("").encode().hex().rjust(64, "0")[-64:]


def codes(found: dict[str, Any]) -> set[str]:
    return {note["code"] for note in found["presence"]["notes"]}


async def an_outlet_elsewhere(house: House) -> dict[str, Any]:
    """Return an outlet of another district."""
    admin = await house.staff("admin")
    body = {
        "name": "示例清真面馆",
        "name_en": "Example noodle house",
        "kind": "restaurant",
        "address": "浦东新区示例路9号（虚构地址）",
        "district_id": ELSEWHERE["id"],
        "position": PLACE,
    }
    made: dict[str, Any] = accepted(await admin.post("/outlets", json=body), 201)
    return made


async def a_checklist_elsewhere(house: House) -> str:
    """Return a copy of a checklist that belongs to another district."""
    admin = await house.staff("admin")
    model = accepted(await admin.get(f"/checklists/{await a_checklist(house)}/releases/1"))
    body = {name: model[name] for name in ("name", "name_en", "site_kind", "sections")}
    return str(accepted(await admin.post("/checklists", json={**body, "owner": ELSEWHERE}), 201)["id"])


async def test_the_plate_of_another_site_does_not_speak_for_this_one(house: House) -> None:
    inspector, admin = await house.staff("inspector"), await house.staff("admin")
    site, template = await an_outlet(house), await a_checklist(house)
    other = await an_outlet_elsewhere(house)
    plate = accepted(await admin.post("/plates", json={"site_id": other["id"]}), 201)
    found = await submitted(inspector, a_visit(template, site_id=site["id"], plate=plate["link"]))
    assert (found["site_id"], found["state"]) == (site["id"], "in_review")
    assert found["circumstances"] == ["site_elsewhere"]
    assert "plate_of_another_site" in codes(found)
    assert "plate_current" not in codes(found)


async def test_the_plate_of_what_was_merged_into_this_site_is_one_of_its_own(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    gone, kept, template = await an_outlet(house), await an_outlet(house), await a_checklist(house)
    plate = accepted(await district.post("/plates", json={"site_id": gone["id"]}), 201)
    accepted(await district.post(f"/outlets/{gone['id']}/merge", json={"version": 1, "into": kept["id"]}))
    found = await submitted(inspector, a_visit(template, site_id=kept["id"], plate=plate["link"]))
    assert (found["site_id"], found["state"]) == (kept["id"], "accepted")
    assert "plate_of_another_site" not in codes(found)


async def test_a_task_stays_open_after_a_visit_with_another_checklist(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template, other = await an_outlet(house), await a_checklist(house), await a_checklist(house)
    day = (NOW + timedelta(days=1)).date().isoformat()
    wish = {"site_id": site["id"], "template_id": template, "assignees": [], "from_on": day, "due_on": day}
    task = accepted(await district.post("/patrol/tasks", json=wish), 201)
    found = await submitted(inspector, a_visit(other, site_id=site["id"], task_id=task["id"]))
    assert (found["state"], found["circumstances"]) == ("accepted", ["template_other"])
    assert accepted(await inspector.get(f"/patrol/tasks/{task['id']}"))["state"] == "open"
    await submitted(inspector, a_visit(template, site_id=site["id"], task_id=task["id"]))
    assert accepted(await inspector.get(f"/patrol/tasks/{task['id']}"))["state"] == "done"


async def test_what_is_of_another_district_is_not_there(house: House) -> None:
    inspector, colleague = await house.staff("inspector"), await house.staff("inspector3")
    site, template = await an_outlet(house), await a_checklist(house)
    other, foreign = await an_outlet_elsewhere(house), await a_checklist_elsewhere(house)
    failing = [{"question_id": "displayed", "value": False, "photos": [a_photo()]}]
    theirs = await submitted(colleague, a_visit(foreign, site_id=other["id"], answers=failing))
    problem = refused(
        await inspector.post("/patrol/check-ins", json=a_visit(foreign, site_id=site["id"])), 422, "submission_invalid"
    )
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("template_id", "template_not_found")]
    answers = []
    for finding_id in (theirs["findings"][0], "fnd_01JD0000000000000000000000"):
        judged = {"finding_id": finding_id, "remedy": "fixed", "photos": [a_photo()]}
        visit = a_visit(template, site_id=site["id"], reinspections=[judged])
        answers.append(refused(await inspector.post("/patrol/check-ins", json=visit), 422, "submission_invalid"))
    assert answers[0]["errors"] == answers[1]["errors"]
    assert answers[0]["errors"][0]["path"] == "reinspections[0].finding_id"


async def test_a_visit_dated_back_goes_to_review_and_changes_no_finding(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template = await an_outlet(house), await a_checklist(house)
    early = at(NOW - timedelta(days=2))
    found = await submitted(inspector, a_visit(template, site_id=site["id"], **early))
    assert (found["state"], found["circumstances"]) == ("in_review", ["late_upload"])
    assert "not_there_yet" in codes(found)
    await known_for_days(house, "outlets", site["id"], "registered_at")
    old = at(NOW - timedelta(days=20))
    kept_back = await submitted(inspector, a_visit(template, site_id=site["id"], **old))
    assert (kept_back["state"], "late_upload" in codes(kept_back)) == ("in_review", True)

    failing = [{"question_id": "displayed", "value": False, "photos": [a_photo()]}]
    (finding_id,) = (await submitted(inspector, a_visit(template, site_id=site["id"], answers=failing)))["findings"]
    judged = {"finding_id": finding_id, "remedy": "fixed", "photos": [a_photo()]}
    visit = a_visit(template, site_id=site["id"], reinspections=[judged], **at(NOW - timedelta(hours=3)))
    before = await submitted(inspector, visit)
    assert (before["state"], before["reinspections"][0]["effect"]) == ("accepted", "outdated")
    assert accepted(await inspector.get(f"/findings/{finding_id}"))["state"] == "open"


async def test_a_visit_that_does_not_fit_the_one_after_it_goes_to_review(house: House) -> None:
    inspector = await house.staff("inspector2")
    near, far = await an_outlet(house), await an_outlet(house, position={"lng": 121.9, "lat": 31.0})
    template, then = await a_checklist(house), NOW - timedelta(days=2, hours=12)
    for one in (near, far):
        await known_for_days(house, "outlets", one["id"], "registered_at")
    await submitted(inspector, a_visit(template, site_id=near["id"], **at(then)))
    earlier = at(then - timedelta(minutes=6), lng=121.9, lat=31.0)
    found = await submitted(inspector, a_visit(template, site_id=far["id"], **earlier))
    assert (found["state"], "travelled_too_fast" in codes(found)) == ("in_review", True)


async def test_empty_texts_are_none_and_lose_no_visit(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template = await an_outlet(house), await a_checklist(house)
    answers = [{"question_id": "displayed", "value": True, "note": ""}]
    found = await submitted(inspector, a_visit(template, site_id=site["id"], device="", answers=answers))
    assert found["state"] == "accepted"
