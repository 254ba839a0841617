"""Re-inspections over HTTP: what closes a finding, and what leaves it to stand."""

import asyncio
import secrets
from datetime import date, timedelta
from typing import Any

from services.patrols.findings.proving import EVERY_S
from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.phones import Phone
from tests.patrol_walk import a_checklist, a_visit, an_outlet, submitted
from tests.photos import jpeg, photo_file, sum_of


def plain() -> bytes:
    """Return a photo that nobody else has, and that says nothing of itself."""
    return jpeg(comment=secrets.token_bytes(40), exif=b"")


async def send(person: Caller, *files: bytes) -> None:
    """Send photos, and wait until they can be seen."""
    for file in files:
        await Phone(person).send(file)
    async with asyncio.timeout(30):
        for file in files:
            while accepted(await person.get(f"/photos/{sum_of(file)}"))["state"] != "ready":  # noqa: ASYNC110 -- it happens in another process
                await asyncio.sleep(0.1)


async def found(person: Caller, template: str, site_id: str, photo: bytes) -> str:
    """Return the id of a finding that a visit opens."""
    failing = [{"question_id": "displayed", "value": False, "photos": [sum_of(photo)]}]
    (finding_id,) = (await submitted(person, a_visit(template, site_id=site_id, answers=failing)))["findings"]
    return str(finding_id)


def fixed(finding_id: str, photo: bytes) -> dict[str, Any]:
    return {"finding_id": finding_id, "remedy": "fixed", "note": "已悬挂", "photos": [sum_of(photo)]}


async def standing(house: House, site_id: str) -> int:
    database = house.stores.mongo.client[house.config.mongodb.database]
    status = await database["site_statuses"].find_one({"_id": site_id})
    assert status is not None
    return int(status["open_findings"])


async def test_findings_are_put_right_by_a_later_visit(house: House) -> None:
    inspector, colleague = await house.staff("inspector"), await house.staff("inspector2")
    site, template, before, after = await an_outlet(house), await a_checklist(house), plain(), plain()
    await send(inspector, before, after)
    finding_id = await found(inspector, template, site["id"], before)
    later = await submitted(
        colleague, a_visit(template, site_id=site["id"], reinspections=[fixed(finding_id, after)])
    )  # fmt: skip
    assert later["reinspections"] == [{"finding_id": finding_id, "remedy": "fixed", "effect": "closed"}]
    course = accepted(await inspector.get(f"/findings/{finding_id}"))
    assert (course["state"], course["awaits_photos"]) == ("closed", False)
    assert await standing(house, site["id"]) == 0
    again = a_visit(template, site_id=site["id"], reinspections=[fixed(finding_id, plain())])
    assert (await submitted(colleague, again))["reinspections"][0]["effect"] == "over_already"


async def test_names_of_photos_close_nothing_until_the_photos_are_there(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template, before, after = await an_outlet(house), await a_checklist(house), photo_file(), plain()
    finding_id = await found(inspector, template, site["id"], before)
    visit = a_visit(template, site_id=site["id"], reinspections=[fixed(finding_id, after)])
    first = await submitted(inspector, visit)
    assert first["reinspections"][0]["effect"] == "awaiting_photos"
    await send(inspector, after)
    await asyncio.sleep(EVERY_S + 1)
    waiting = accepted(await inspector.get(f"/findings/{finding_id}"))
    assert (waiting["state"], waiting["awaits_photos"], waiting["after"]) == ("open", True, [sum_of(after)])
    assert await standing(house, site["id"]) == 1
    await send(inspector, before)
    async with asyncio.timeout(EVERY_S + 15):
        while accepted(await inspector.get(f"/findings/{finding_id}"))["state"] != "closed":  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.2)
    course = accepted(await inspector.get(f"/findings/{finding_id}"))
    kinds = [(one["kind"], one["told_by"] == "service") for one in course["events"]]
    assert kinds[1:] == [("finding.reinspected", False), ("finding.closed", True)]
    assert (await standing(house, site["id"]), course["awaits_photos"]) == (0, False)
    # The score was made before the photo came; what it says of itself is there for whoever reviews.
    check_in = accepted(await inspector.get(f"/patrol/check-ins/{course['check_in_id']}"))
    (photo,) = check_in["photos"]
    assert photo["doubts"] == ["photo_from_elsewhere", "photo_from_other_time"]
    assert 500 < photo["taken_away_m"] < 2000
    assert photo["taken_at"] is not None
    assert "photos" not in {note["factor"] for note in check_in["presence"]["notes"]}


async def test_fixed_without_a_photo_is_refused_and_costs_nothing(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template, before = await an_outlet(house), await a_checklist(house), plain()
    finding_id = await found(inspector, template, site["id"], before)
    visit = a_visit(template, site_id=site["id"], reinspections=[{"finding_id": finding_id, "remedy": "fixed"}])
    problem = refused(await inspector.post("/patrol/check-ins", json=visit), 422, "submission_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("reinspections[0].photos", "evidence_missing")
    ]
    assert problem["errors"][0]["detail"] == "照片不足：至少 1 张"
    assert await house.count("check_ins", submission_id=visit["submission_id"]) == 0


async def test_a_visit_may_look_at_the_finding_alone(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template, before, after = await an_outlet(house), await a_checklist(house), plain(), plain()
    await send(inspector, before, after)
    finding_id = await found(inspector, template, site["id"], before)
    alone = a_visit(template, site_id=site["id"], answers=[], reinspections=[fixed(finding_id, after)])
    seen = await submitted(inspector, alone)
    assert (seen["result"], seen["reinspections"][0]["effect"]) == (None, "closed")
    database = house.stores.mongo.client[house.config.mongodb.database]
    status = await database["site_statuses"].find_one({"_id": site["id"]})
    assert status is not None
    assert (status["last_result"], status["open_findings"]) == ("findings", 0)
    nothing = a_visit(template, site_id=site["id"], answers=[])
    refused(await inspector.post("/patrol/check-ins", json=nothing), 422, "answers_invalid")


async def test_a_finding_of_a_merged_outlet_is_closed_at_the_other(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    gone, kept, template = await an_outlet(house), await an_outlet(house), await a_checklist(house)
    before, after = plain(), plain()
    await send(inspector, before, after)
    finding_id = await found(inspector, template, gone["id"], before)
    accepted(await district.post(f"/outlets/{gone['id']}/merge", json={"version": 1, "into": kept["id"]}))
    visit = a_visit(template, site_id=kept["id"], reinspections=[fixed(finding_id, after)])
    assert (await submitted(inspector, visit))["reinspections"][0]["effect"] == "closed"
    assert (await standing(house, gone["id"]), await standing(house, kept["id"])) == (0, 0)


async def test_what_fails_again_is_the_finding_that_stands(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template = await an_outlet(house), await a_checklist(house)
    finding_id = await found(inspector, template, site["id"], plain())
    failing = [{"question_id": "displayed", "value": False, "photos": [sum_of(plain())]}]
    judged = {"finding_id": finding_id, "remedy": "not_fixed"}
    again = await submitted(
        inspector, a_visit(template, site_id=site["id"], answers=failing, reinspections=[judged])
    )  # fmt: skip
    assert (again["findings"], again["standing"], again["result"]) == ([], [finding_id], "findings")
    assert (await standing(house, site["id"]), again["reinspections"][0]["effect"]) == (1, "sent_back")


async def test_the_end_of_a_finding_is_the_end_of_its_tasks(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    finding_id = await found(inspector, template, site["id"], plain())
    link = accepted(await inspector.post(f"/findings/{finding_id}/dispatch"))["link"]
    answer = {"text": "已整改。", "photos": []}
    accepted(await house.nobody.post(f"/rectifications/{link.rpartition('/')[2]}/answers", json=answer))
    asked = {"site_id": site["id"], "kind": "reinspection"}
    (task,) = accepted(await inspector.get("/patrol/tasks", params=asked))["items"]
    (to_do,) = [one for one in accepted(await inspector.get("/patrol/day"))["tasks"] if one["id"] == task["id"]]
    assert (to_do["origin_id"], to_do["kind"], to_do["template_number"]) == (finding_id, "reinspection", 1)

    path, key = f"/findings/{finding_id}/withdraw", {"Idempotency-Key": unique("withdraw")}
    problem = refused(await district.post(path, json={"reason": "check_in_rejected"}), 422, "fields_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("reason", "not_allowed")]
    taken_back = accepted(await district.post(path, json={"reason": "duplicate"}, headers=key))
    assert accepted(await district.post(path, json={"reason": "duplicate"}, headers=key)) == taken_back
    refused(await district.post(path, json={"reason": "wrong_site"}, headers=key), 409, "idempotency_key_reused")
    (task,) = accepted(await inspector.get("/patrol/tasks", params=asked))["items"]
    assert (task["state"], task["cancelled_because"]) == ("cancelled", "not_needed")


async def test_the_same_key_makes_one_link_and_one_extension(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    finding_id = await found(inspector, template, site["id"], plain())
    dispatch, link = ({"Idempotency-Key": unique(name)} for name in ("dispatch", "link"))
    first = accepted(await inspector.post(f"/findings/{finding_id}/dispatch", headers=dispatch))
    assert accepted(await inspector.post(f"/findings/{finding_id}/dispatch", json={}, headers=dispatch)) == first
    other = accepted(await inspector.post(f"/findings/{finding_id}/link", headers=link))
    assert accepted(await inspector.post(f"/findings/{finding_id}/link", headers=link)) == other
    assert (other["finding"]["notice"]["links"], other["link"] == first["link"]) == (2, False)
    due_on = (date.fromisoformat(first["finding"]["due_on"]) + timedelta(days=3)).isoformat()
    path, key = f"/findings/{finding_id}/extend", {"Idempotency-Key": unique("extend")}
    wish = {"due_on": due_on, "reason": "season"}
    extended = accepted(await district.post(path, json=wish, headers=key))
    assert accepted(await district.post(path, json=wish, headers=key)) == extended
    assert len(extended["extensions"]) == 1
