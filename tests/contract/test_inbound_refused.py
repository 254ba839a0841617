"""Documents of the main system that cannot be taken: kept with path and rule until they can."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.inbound import OUTLET, SOUND, Town


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
        ({"version": 1, "data": SOUND[OUTLET], "colour": 1}, "colour", "additionalProperties"),
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


async def test_unusable_keys_are_listed_too(settled: Town) -> None:
    await settled.office.put(OUTLET, "键", version=1, data=SOUND[OUTLET])
    await settled.office.put(OUTLET, 17, version=1, data=SOUND[OUTLET])
    await settled.compare()
    assert sorted(one.flaws[0].path for one in (await settled.refused()).values()) == ["_id", "_id"]
