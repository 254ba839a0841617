"""What an inspector needs before a visit, and the visits, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.house import Caller, House, accepted, unique

PLACE = {"lng": 121.483, "lat": 31.227}
# A day like any other, far from the bounds of what a clock may say.
NOW = datetime.now(UTC).replace(microsecond=0)
PHOTO = "ab" * 32


async def an_outlet(house: House, **changes: Any) -> dict[str, Any]:
    district = await house.staff("district")
    body = {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": "310101",
        "position": PLACE,
        **changes,
    }
    made: dict[str, Any] = accepted(await district.post("/outlets", json=body), 201)
    return made


async def known_for_days(house: House, collection: str, its_id: str, field: str) -> None:
    """Let an outlet (`registered_at`) or a task (`created_at`) have been there for a month, for visits of the past."""
    database = house.stores.mongo.client[house.config.mongodb.database]
    await database[collection].update_one({"_id": its_id}, {"$set": {field: NOW - timedelta(days=30)}})


async def a_plate(house: House, site_id: str) -> dict[str, Any]:
    district = await house.staff("district")
    made: dict[str, Any] = accepted(await district.post("/plates", json={"site_id": site_id}), 201)
    return made


async def a_checklist(house: House, site_kind: str = "outlet", **owner: Any) -> str:
    """Return the id of a checklist of one question, which needs no photo."""
    admin = await house.staff("district")
    question = {
        "id": "displayed",
        "type": "yes_no",
        "text": "是否亮证经营",
        "text_en": "Is the licence displayed",
        "fails_on": False,
        "photos_on_failure": 1,
        "failure": {
            "title": "未亮证经营",
            "title_en": "Licence not displayed",
            "severity": "major",
            "legal_basis": "示例条款",
            "deadline_days": 7,
        },
    }
    section = {"title": "示例", "title_en": "Example", "questions": [question]}
    body = {"name": "示例检查表", "name_en": "Example", "site_kind": site_kind, "sections": [section], **owner}
    return str(accepted(await admin.post("/checklists", json=body), 201)["id"])


def wire(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def a_fix(**changes: Any) -> dict[str, Any]:
    return {**PLACE, "accuracy_m": 15.5, "system": "gcj02", "mocked": False, "at": wire(NOW), **changes}


def a_visit(template_id: str, **changes: Any) -> dict[str, Any]:
    """Return a visit of half an hour that passed everything."""
    return {
        "submission_id": unique("visit").replace(":", "-"),
        "template_id": template_id,
        "template_number": 1,
        "started_at": wire(NOW - timedelta(minutes=30)),
        "captured_at": wire(NOW),
        "fix": a_fix(),
        "answers": [{"question_id": "displayed", "value": True}],
        **changes,
    }


async def submitted(person: Caller, visit: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = accepted(await person.post("/patrol/check-ins", json=visit), 201)
    return found


def at(moment: datetime, **fix: Any) -> dict[str, Any]:
    """Return what of a visit tells when it was; `fix` is what its position is beside that."""
    began = wire(moment - timedelta(minutes=5))
    return {"started_at": began, "captured_at": wire(moment), "fix": a_fix(at=wire(moment), **fix)}
