"""Documents of the main system that cannot be taken: kept with path and rule until they can."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.identity.mongo import USERNAMES, MongoStaff
from tests.inbound import INSPECTOR, OUTLET, SOUND, Town


def _with(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "data": {**SOUND[OUTLET], **changes}}


@pytest.mark.parametrize(
    ("document", "path", "rule"),
    [
        (_with(extra=1), "data", "additionalProperties"),
        (_with(uscc="91310000MA1FL0000M"), "data.uscc", "uscc_invalid"),
        (_with(district_code="31010"), "data.district_code", "pattern"),
        (
            {"version": 1, "data": {**SOUND[OUTLET], "district_code": "310199"}},
            "data.district_code",
            "division_not_known",
        ),
        (_with(name="a\u202eb"), "data.name", "unseen_characters"),
        (_with(name=datetime(2026, 1, 1, tzinfo=UTC)), "data.name", "type"),
        (
            {"version": 1, "data": {**SOUND[OUTLET], "position": {"lng": float("nan"), "lat": 31.0}}},
            "data.position.lng",
            "type",
        ),
        ({"version": 1, "data": None}, "data", "type"),
        ({"version": 1}, "data", "type"),
        ({"version": "1", "data": SOUND[OUTLET]}, "version", "type"),
        ({"version": True, "data": SOUND[OUTLET]}, "version", "type"),
        ({"version": 1, "data": SOUND[OUTLET], "updated_at": "today"}, "updated_at", "type"),
        ({"version": 1, "data": SOUND[OUTLET], "colour": 1}, "$", "additionalProperties"),
        (
            {"version": 1, "data": {**SOUND[OUTLET], "position": {"lng": 75.1, "lat": 31.0}}},
            "data.position",
            "position_implausible",
        ),
    ],
)
async def test_what_fails_is_kept_with_path_and_rule(
    settled: Town,
    document: dict[str, Any],
    path: str,
    rule: str,
) -> None:
    await settled.office.put(OUTLET, "o-1", **document)
    await settled.compare()
    (refused,) = (await settled.refused()).values()
    assert (path, rule) in [(one.path, one.rule) for one in refused.flaws]
    await settled.office.say(OUTLET, "o-1", 2)
    await settled.compare()
    assert await settled.refused() == {}


async def test_what_lacks_is_named_and_each_flaw_told_once(settled: Town) -> None:
    lacking = {name: value for name, value in SOUND[OUTLET].items() if name not in {"address", "name"}}
    licence = {name: value for name, value in SOUND[OUTLET]["licence"].items() if name != "number"}
    await settled.office.put(OUTLET, "o-1", version=1, data={**lacking, "licence": licence})
    await settled.compare()
    (refused,) = (await settled.refused()).values()
    assert sorted((one.path, one.rule) for one in refused.flaws) == [
        ("data.address", "required"),
        ("data.licence.number", "required"),
        ("data.name", "required"),
    ]


async def test_names_of_unknown_fields_are_not_kept(settled: Town) -> None:
    await settled.office.put(OUTLET, "o-1", version=1, data={**SOUND[OUTLET], "张三 13800000000": 1}, 李四=1)
    await settled.compare()
    (refused,) = (await settled.refused()).values()
    assert [(one.path, one.rule) for one in refused.flaws] == [
        ("$", "additionalProperties"),
        ("data", "additionalProperties"),
    ]


async def test_a_user_name_that_differs_by_case_only_is_taken(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1, username="jcy-001")
    await settled.compare()
    await settled.office.say(INSPECTOR, "i-2", 1, username="JCY-001")
    await settled.compare()
    (refused,) = (await settled.refused()).values()
    assert [(one.path, one.rule) for one in refused.flaws] == [("data.username", "username_taken")]
    staff = MongoStaff(settled.mongo)
    assert await staff.find_by_username("JCY-001") is None
    # Accounts that were made before names were kept in that form are compared as well.
    await settled.mongo.collection(USERNAMES).insert_one({"_id": "Old-Name", "account_id": "stf_old"})
    assert [await staff.is_like_another(name) for name in ("old-name", "OLD-NAME", "Old-Name", "older-name")] == [
        *(True, True),
        *(False, False),
    ]
    await settled.mongo.collection(USERNAMES).delete_one({"_id": "Old-Name"})


async def test_unusable_keys_are_listed_too(settled: Town) -> None:
    await settled.office.put(OUTLET, "键", version=1, data=SOUND[OUTLET])
    await settled.office.put(OUTLET, 17, version=1, data=SOUND[OUTLET])
    await settled.compare()
    assert sorted(one.flaws[0].path for one in (await settled.refused()).values()) == ["_id", "_id"]
