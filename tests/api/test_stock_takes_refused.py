"""Stock-takes over HTTP, refused: out of scope, not for this role, or badly asked."""

from typing import Any

import pytest

from tests.api.counting import a_spot, last_event, opened, placed, scan, scanned
from tests.api.house import House, accepted, refused


async def test_what_is_out_of_scope_does_not_exist(house: House) -> None:
    admin, manager, auditor = [await house.staff(name) for name in ("admin", "manager", "auditor")]
    inspector, gate = await house.staff("inspector"), await house.staff("gate")
    venue = next(
        one["id"] for one in accepted(await admin.get("/venues", params={"limit": 200}))["items"]
        if one["id"] != house.venue["id"]
    )  # fmt: skip
    wish = {"place": {"venue_id": venue}}
    refused(await manager.post("/stock-takes", json=wish), 404, "owner_not_found")
    refused(await auditor.post("/stock-takes", json=wish), 403, "role_forbidden")
    refused(await gate.get("/stock-takes"), 403, "role_forbidden")
    take = await opened(admin, venue)
    one = {"items": [scan("x")]}
    refused(await manager.get(f"/stock-takes/{take['id']}"), 404, "stock_take_not_found")
    refused(await manager.get(f"/stock-takes/{take['id']}/results"), 404, "stock_take_not_found")
    refused(await manager.post(f"/stock-takes/{take['id']}/scans", json=one), 404, "stock_take_not_found")
    sign = {"mark_missing": True}
    refused(await manager.post(f"/stock-takes/{take['id']}/sign-off", json=sign), 404, "stock_take_not_found")
    assert take["id"] not in [one["id"] for one in accepted(await manager.get("/stock-takes"))["items"]]
    # An inspector counts, and leaves the sign-off to others.
    spot = a_spot()
    (code,), (item,) = await placed(house, admin, 1, spot)
    own = await opened(inspector, house.venue["id"], spot)
    assert own["counts"]["expected"] == 0
    (answer,) = await scanned(inspector, own, scan(code))
    assert (answer["verdict"], answer["reason"], answer["item"]) == ("unknown", "out_of_scope", None)
    refused(await inspector.post(f"/stock-takes/{own['id']}/sign-off", json=sign), 403, "role_forbidden")
    assert accepted(await admin.post(f"/stock-takes/{own['id']}/sign-off", json=sign))["state"] == "signed_off"
    assert (await last_event(admin, item))["bizStep"] == "commissioning"


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"scan_id": "with blank"}, "items[0].scan_id", "invalid_format"),
        ({"scan_id": "x" * 65}, "items[0].scan_id", "too_long"),
        ({"scanned_at": "yesterday"}, "items[0].scanned_at", "invalid_format"),
        ({"device_id": None}, "items[0].device_id", "null"),
        ({"code": "x" * 301}, "items[0].code", "too_long"),
        ({"code": 7}, "items[0].code", "wrong_type"),
        ({"found": True}, "items[0].found", "unknown_field"),
    ],
)
async def test_bad_scans_are_named(house: House, changes: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("admin")
    answer = await admin.post(
        "/stock-takes/stk_01JD0000000000000000000000/scans", json={"items": [scan("x") | changes]}
    )
    problem = refused(answer, 422, "fields_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [(path, code)]


async def test_other_bad_input_is_named(house: House) -> None:
    admin = await house.staff("admin")
    nothing = "/stock-takes/stk_01JD0000000000000000000000"
    for answer, path, code in (
        (await admin.post("/stock-takes", json={}), "place", "required"),
        (await admin.post("/stock-takes", json={"place": {"venue_id": "x"}}), "place.venue_id", "invalid_format"),
        (await admin.post(f"{nothing}/scans", json={"items": []}), "items", "too_short"),
        (await admin.post(f"{nothing}/scans", json={"items": [scan("x")] * 501}), "items", "too_long"),
        (await admin.post(f"{nothing}/sign-off", json={"mark_missing": "yes"}), "mark_missing", "wrong_type"),
        (await admin.post(f"{nothing}/sign-off", json={}), "mark_missing", "required"),
        (await admin.get(f"{nothing}/results", params={"verdict": "gone"}), "verdict", "not_allowed"),
    ):
        problem = refused(answer, 422, "fields_invalid")
        assert [(one["path"], one["code"]) for one in problem["errors"]] == [(path, code)]
    wish = {"place": {"venue_id": house.venue["id"]}, "item_type_id": "ity_01JD0000000000000000000000"}
    refused(await admin.post("/stock-takes", json=wish), 404, "item_type_not_found")
    take = await opened(admin, house.venue["id"], a_spot())
    for path in (f"/stock-takes/{take['id']}/results", "/stock-takes"):
        refused(await admin.get(path, params={"after": "x"}), 422, "cursor_invalid")
