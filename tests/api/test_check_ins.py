"""Check-ins over HTTP: sent, sent again, contradicted, reviewed, looked at, in races too."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.api.house import Caller, House, accepted, refused, unique
from tests.patrol_walk import NOW, a_checklist, a_fix, a_plate, a_visit, an_outlet, at, known_for_days, submitted, wire


def a_photo() -> str:
    """Return the name of a photo that nobody else has."""
    return unique("").encode().hex().rjust(64, "0")[-64:]


def failing(photo: str) -> list[dict[str, Any]]:
    return [{"question_id": "displayed", "value": False, "note": "证件未悬挂", "photos": [photo]}]


async def status_of(house: House, site_id: str) -> dict[str, Any] | None:
    database = house.stores.mongo.client[house.config.mongodb.database]
    return await database["site_statuses"].find_one({"_id": site_id})


async def kinds_of(house: House, subject_id: str) -> list[str]:
    database = house.stores.mongo.client[house.config.mongodb.database]
    return [one["kind"] async for one in database["patrol_events"].find({"subject_id": subject_id})]


async def test_a_visit_with_a_finding_counts_at_once(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template = await an_outlet(house), await a_checklist(house)
    plate, photo = await a_plate(house, site["id"]), a_photo()
    visit = a_visit(template, plate=plate["link"], answers=failing(photo))
    first = await submitted(inspector, visit)
    assert (first["state"], first["result"], first["known"]) == ("accepted", "findings", False)
    assert (first["site_id"], first["plate"], first["photos_missing"]) == (site["id"], "current", [photo])
    assert first["presence"]["score"] == 100
    assert first["presence"]["notes"][0]["text"] == "距点位 0 米，在现场"
    (finding_id,) = first["findings"]
    status = await status_of(house, site["id"])
    assert status is not None
    assert (status["last_check_in_id"], status["open_findings"]) == (first["id"], 1)
    assert await kinds_of(house, first["id"]) == ["check_in.received"]
    assert await kinds_of(house, finding_id) == ["finding.opened"]

    # Again, with another clock, by a phone that never heard the answer.
    again = await submitted(inspector, visit | {"sent_at": wire(NOW)})
    assert again == first | {"known": True}
    seen = accepted(await inspector.get(f"/patrol/check-ins/{first['id']}", headers={"Accept-Language": "en"}))
    assert seen["presence"]["notes"][0]["text"] == "At the site, 0 m from its position"
    assert seen["answers"] == [{"question_id": "displayed", "value": False, "note": "证件未悬挂", "photos": [photo]}]
    unknown: dict[str, Any] = {"taken_at": None, "taken_away_m": None, "doubts": [], "refusal": None}
    assert seen["photos"] == [{"id": photo, "state": "awaited", **unknown}]
    assert seen["position"] == {"lng": 121.483, "lat": 31.227}
    auditor = await house.staff("auditor")
    assert accepted(await auditor.get(f"/patrol/check-ins/{first['id']}"))["position"] is None
    refused(await inspector.get(f"/patrol/check-ins/{first['id']}/photos/{photo}"), 409, "photo_not_ready")
    refused(await inspector.get(f"/patrol/check-ins/{first['id']}/photos/{'0' * 64}"), 404, "check_in_photo_not_found")
    elsewhere = await house.staff("inspector3")
    refused(await elsewhere.get(f"/patrol/check-ins/{first['id']}"), 404, "check_in_not_found")
    refused(await elsewhere.get(f"/patrol/check-ins/{first['id']}/photos/{photo}"), 404, "check_in_not_found")


async def test_another_content_is_refused_and_kept(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    visit = a_visit(template, site_id=site["id"])
    first = await submitted(inspector, visit)
    other = visit | {"answers": failing(a_photo())}
    problem = refused(await inspector.post("/patrol/check-ins", json=other), 409, "submission_contradicts")
    assert problem["check_in_id"] == first["id"]
    refused(await inspector.post("/patrol/check-ins", json=other), 409, "submission_contradicts")
    assert (await submitted(inspector, visit))["contradictions"] == 1
    path = f"/patrol/check-ins/{first['id']}/versions"
    (version,) = accepted(await district.get(path))["items"]
    assert version["content"]["answers"][0]["note"] == "证件未悬挂"
    assert version["position"] == {"lng": 121.483, "lat": 31.227}
    refused(await inspector.get(path), 403, "role_forbidden")
    assert await kinds_of(house, first["id"]) == ["check_in.received", "check_in.contradicted"]
    # The same id on another account's phone is another visit.
    colleague = await house.staff("inspector2")
    assert (await submitted(colleague, other))["id"] != first["id"]


async def test_ten_phones_with_one_submission_make_one_check_in(house: House) -> None:
    inspectors = [await house.staff("inspector") for _ in range(5)]
    site, template = await an_outlet(house), await a_checklist(house)
    visit = a_visit(template, site_id=site["id"], answers=failing(a_photo()))
    answers = await asyncio.gather(*(submitted(inspectors[at % 5], visit) for at in range(10)))
    assert len({one["id"] for one in answers}) == 1
    assert [one["known"] for one in answers].count(False) == 1
    assert await house.count("check_ins", site_id=site["id"]) == 1
    assert await house.count("findings", site_id=site["id"]) == 1
    status = await status_of(house, site["id"])
    assert status is not None
    assert status["open_findings"] == 1


async def test_ten_contents_under_one_id_leave_one_check_in_and_nine_contradictions(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    visit = a_visit(template, site_id=site["id"])
    sent = [inspector.post("/patrol/check-ins", json=visit | {"device": f"phone-{at}"}) for at in range(10)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    (first,) = [answer.json() for answer in answers if answer.status_code == 201]
    versions = accepted(await district.get(f"/patrol/check-ins/{first['id']}/versions"))["items"]
    assert len(versions) == 9
    assert accepted(await inspector.get(f"/patrol/check-ins/{first['id']}"))["contradictions"] == 9


async def test_ten_visits_of_one_place_at_once_all_count(house: House) -> None:
    people = [await house.staff(name) for name in ("inspector", "inspector2")]
    site, template = await an_outlet(house), await a_checklist(house)
    visits = [a_visit(template, site_id=site["id"], answers=failing(a_photo())) for _ in range(10)]
    answers = await asyncio.gather(*(submitted(people[at % 2], visit) for at, visit in enumerate(visits)))
    assert await house.count("check_ins", site_id=site["id"], state="accepted") == 10
    status = await status_of(house, site["id"])
    assert status is not None
    assert status["open_findings"] == await house.count("findings", site_id=site["id"], state="open") == 1
    # What one of them found, the others found standing.
    (opened,) = [one["findings"] for one in answers if one["findings"]]
    assert [one["standing"] for one in answers if not one["findings"]] == [opened] * 9


async def in_review(house: House, inspector: Caller, site: dict[str, Any], **changes: Any) -> dict[str, Any]:
    template = await a_checklist(house)
    visit = a_visit(template, site_id=site["id"], fix=None, answers=failing(a_photo())) | changes
    found = await submitted(inspector, visit)
    assert found["state"] == "in_review"
    return found


async def test_a_doubtful_visit_waits_for_a_person(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site = await an_outlet(house)
    found = await in_review(house, inspector, site)
    assert found["circumstances"] == ["position_missing"]
    assert await status_of(house, site["id"]) is None
    assert found["id"] in {one["id"] for one in accepted(await district.get("/patrol/reviews"))["items"]}
    path, decision = f"/patrol/check-ins/{found['id']}/review", {"accepted": True, "reason": "现场照片清晰"}
    refused(await inspector.post(path, json=decision), 403, "role_forbidden")
    refused(await inspector.get("/patrol/reviews"), 403, "role_forbidden")
    key = {"Idempotency-Key": unique("review")}
    answers = await asyncio.gather(*(district.post(path, json=decision, headers=key) for _ in range(4)))
    decided = [accepted(answer) for answer in answers]
    assert decided == [decided[0]] * 4
    assert (decided[0]["state"], decided[0]["review"]["reason"]) == ("accepted", "现场照片清晰")
    refused(await district.post(path, json=decision), 409, "check_in_reviewed")
    status = await status_of(house, site["id"])
    assert status is not None
    assert (status["last_check_in_id"], status["open_findings"]) == (found["id"], 1)
    assert await kinds_of(house, found["findings"][0]) == ["finding.opened", "finding.confirmed"]
    assert found["id"] not in {one["id"] for one in accepted(await district.get("/patrol/reviews"))["items"]}


async def test_rejecting_withdraws_findings_and_changes_nothing_else(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site = await an_outlet(house)
    found = await in_review(house, inspector, site)
    path = f"/patrol/check-ins/{found['id']}/review"
    decided = accepted(await district.post(path, json={"accepted": False, "reason": "定位为模拟"}))
    assert decided["state"] == "rejected"
    assert await status_of(house, site["id"]) is None
    assert await kinds_of(house, found["findings"][0]) == ["finding.opened", "finding.withdrawn"]


async def test_a_decision_and_its_contrary_at_once_leave_one(house: House) -> None:
    inspector = await house.staff("inspector")
    reviewers = [await house.staff("district"), await house.staff("admin")]
    found = await in_review(house, inspector, await an_outlet(house))
    path = f"/patrol/check-ins/{found['id']}/review"
    wishes = [{"accepted": at % 2 == 0, "reason": "示例"} for at in range(8)]
    answers = await asyncio.gather(*(reviewers[at % 2].post(path, json=wish) for at, wish in enumerate(wishes)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert len(await kinds_of(house, found["findings"][0])) == 2


async def test_plates_that_are_wrong_in_every_way(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    plate = await a_plate(house, site["id"])
    accepted(await district.post(f"/plates/{plate['id']}/replace", json={"reason": "damaged"}), 201)
    old = await submitted(inspector, a_visit(template, plate=plate["link"]))
    assert (old["plate"], old["state"], old["presence"]["score"]) == ("replaced", "accepted", 85)
    forged = plate["link"][:-1] + ("a" if plate["link"][-1] != "a" else "b")
    doubtful = await submitted(inspector, a_visit(template, plate=forged, site_id=site["id"]))
    assert (doubtful["plate"], doubtful["state"]) == ("forged", "in_review")
    for changes, path, code in (
        ({"plate": forged}, "plate", "plate_unreadable"),
        ({}, "plate", "place_missing"),
        ({"site_id": "otl_01JD0000000000000000000000"}, "site_id", "site_not_found"),
        ({"site_id": site["id"], "template_number": 9}, "template_number", "release_not_found"),
        ({"site_id": site["id"], "template_id": "tpl_01JD0000000000000000000000"}, "template_id", "template_not_found"),
        ({"site_id": house.venue["id"]}, "template_id", "other_site_kind"),
        ({"site_id": site["id"], "task_id": "tsk_01JD0000000000000000000000"}, "task_id", "task_not_found"),
    ):
        answer = await inspector.post("/patrol/check-ins", json=a_visit(template) | changes)
        (fault,) = refused(answer, 422, "submission_invalid")["errors"]
        assert (fault["path"], fault["code"]) == (path, code)
        assert "一" <= fault["detail"][0] <= "鿿"
    wrong = a_visit(template, site_id=site["id"], answers=[{"question_id": "displayed", "value": 7}])
    problem = refused(await inspector.post("/patrol/check-ins", json=wrong), 422, "answers_invalid")
    assert problem["errors"][0]["path"] == "answers[0].value"


async def test_a_place_closed_or_merged_while_the_phone_was_offline(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    gone, kept, template = await an_outlet(house), await an_outlet(house), await a_checklist(house)
    body = {"version": 1, "into": kept["id"]}
    accepted(await district.post(f"/outlets/{gone['id']}/merge", json=body))
    merged = await submitted(inspector, a_visit(template, site_id=gone["id"]))
    assert (merged["site_id"], merged["circumstances"]) == (kept["id"], ["site_merged"])
    closing = {"version": accepted(await district.get(f"/outlets/{kept['id']}"))["version"], "reason": "ceased"}
    accepted(await district.post(f"/outlets/{kept['id']}/close", json=closing))
    accepted(await district.post(f"/checklists/{template}/retire", json={}))
    closed = await submitted(inspector, a_visit(template, site_id=kept["id"]))
    assert closed["state"] == "accepted"
    assert set(closed["circumstances"]) == {"site_closed", "template_retired"}


async def test_positions_are_converted_and_judged(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template = await an_outlet(house), await a_checklist(house)
    # The outlet's position in WGS 84.
    right = a_fix(lng=121.478531, lat=31.229047, system="wgs84")
    found = await submitted(inspector, a_visit(template, site_id=site["id"], fix=right))
    assert found["presence"]["distance_m"] < 30
    taken_for_gcj = await submitted(inspector, a_visit(template, site_id=site["id"], fix={**right, "system": "gcj02"}))
    assert taken_for_gcj["presence"]["distance_m"] > 300
    assert taken_for_gcj["state"] == "in_review"
    unknown = await submitted(inspector, a_visit(template, site_id=site["id"], fix=a_fix(accuracy_m=-1)))
    assert "accuracy_unknown" in {note["code"] for note in unknown["presence"]["notes"]}


async def test_a_photo_of_another_check_in_is_doubtful(house: House) -> None:
    inspector = await house.staff("inspector")
    site, template, photo = await an_outlet(house), await a_checklist(house), a_photo()
    await submitted(inspector, a_visit(template, site_id=site["id"], answers=failing(photo)))
    again = await submitted(inspector, a_visit(template, site_id=site["id"], answers=failing(photo)))
    assert again["state"] == "in_review"
    assert "photo_used_before" in {note["code"] for note in again["presence"]["notes"]}


async def test_travelling_faster_than_anybody_can(house: House) -> None:
    inspector = await house.staff("inspector2")
    near, far = await an_outlet(house), await an_outlet(house, position={"lng": 121.9, "lat": 31.0})
    template, then = await a_checklist(house), NOW - timedelta(days=2)
    for one in (near, far):
        await known_for_days(house, "outlets", one["id"], "registered_at")
    await submitted(inspector, a_visit(template, site_id=near["id"], **at(then)))
    soon = at(then + timedelta(minutes=6), lng=121.9, lat=31.0)
    found = await submitted(inspector, a_visit(template, site_id=far["id"], **soon))
    assert (found["state"], found["presence"]["distance_m"]) == ("in_review", 0.0)
    assert "travelled_too_fast" in {note["code"] for note in found["presence"]["notes"]}
    assert found["circumstances"] == ["late_upload"]


async def test_check_ins_are_listed_newest_first(house: House) -> None:
    inspector, district = await house.staff("inspector"), await house.staff("district")
    site, template = await an_outlet(house), await a_checklist(house)
    made = [await submitted(inspector, a_visit(template, site_id=site["id"])) for _ in range(3)]
    ids = [one["id"] for one in reversed(made)]
    asked = {"site_id": site["id"], "limit": 2}
    page = accepted(await district.get("/patrol/check-ins", params=asked))
    assert [one["id"] for one in page["items"]] == ids[:2]
    rest = accepted(await district.get("/patrol/check-ins", params=asked | {"after": page["next"]}))
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (ids[2:], None)
    mine = accepted(await inspector.get("/patrol/check-ins", params={"whose": "mine", "limit": 3}))
    assert [one["id"] for one in mine["items"]] == ids
    colleague = await house.staff("inspector2")
    params = {"whose": "mine", "site_id": site["id"]}
    assert accepted(await colleague.get("/patrol/check-ins", params=params))["items"] == []
    params = {"state": "in_review", "site_id": site["id"]}
    assert accepted(await district.get("/patrol/check-ins", params=params))["items"] == []
    elsewhere = await house.staff("inspector3")
    assert accepted(await elsewhere.get("/patrol/check-ins", params={"site_id": site["id"]}))["items"] == []
