"""Random draws over HTTP: committed to, held with a public figure, seen by anybody, repeated by the script."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.plans import (
    DISTRICT,
    VALUE,
    account_of,
    an_outlet,
    announce,
    committed,
    day,
    hold,
    sign_now,
    wish_for_draw,
)

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_draw"


async def repeated(file: Path) -> tuple[int | None, str]:
    """Return how the script ends on a record, and what it says."""
    process = await asyncio.create_subprocess_exec(
        str(SCRIPT), str(file), "--arithmetic-only", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_a_draw_from_commitment_to_repetition_by_anybody(house: House, tmp_path: Path) -> None:
    admin, auditor, inspector = [await house.staff(name) for name in ("district", "auditor", "inspector")]
    sites = [await an_outlet(admin) for _ in range(3)]
    inspectors = {await account_of(inspector), await account_of(await house.staff("inspector2"))}
    key = {"Idempotency-Key": unique("draw")}
    wish = await wish_for_draw(admin)
    answer = await admin.post("/patrol/draws", json=wish, headers=key)
    draw = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/patrol/draws/{draw['id']}"
    assert accepted(await admin.post("/patrol/draws", json=wish, headers=key), 201) == draw
    assert (draw["state"], draw["drawn"], draw["held"]) == ("committed", None, None)
    assert draw["pool_sites"] >= len(sites)
    assert draw["pool_inspectors"] == 2

    path, public = f"/patrol/draws/{draw['id']}", f"/public/draws/{draw['id']}"
    before = accepted(await house.nobody.get(public))
    assert before["pool_sha256"] == draw["pool_sha256"], "committed to in public before it is held"
    assert (before["drawn"], before["held"]) == (None, None)
    refused(await auditor.get(f"{path}/record.json"), 409, "draw_not_held")
    refused(await house.nobody.get(f"{public}/record.json"), 409, "draw_not_held")

    refused(await hold(admin, draw["id"]), 409, "draw_too_early")
    await announce(house, draw["id"])
    refused(await hold(admin, draw["id"]), 409, "draw_not_signed")
    await sign_now(house)
    held = accepted(await hold(admin, draw["id"]))
    assert accepted(await hold(admin, draw["id"])) == held
    refused(await hold(admin, draw["id"], "another figure"), 409, "draw_settled")
    assert held["held"]["public_value"] == VALUE
    assert len(held["drawn"]) == 2
    assert all(set(one["inspectors"]) == inspectors for one in held["drawn"])
    shown = accepted(await house.nobody.get(public))
    assert [one["name"] for one in shown["drawn"]] == [one["name"] for one in held["drawn"]]
    tasks = accepted(await inspector.get("/patrol/tasks", params={"kind": "random", "limit": 200}))["items"]
    mine = {one["site_id"] for one in tasks if one["origin_id"] == draw["id"]}
    assert mine == {one["site_id"] for one in held["drawn"]}

    await _only_excused(admin, draw["id"], mine)
    shown = accepted(await house.nobody.get(public))
    assert shown["changes"] == {"cancelled": 1, "reassigned": 1}
    became = sorted((one["cancelled_because"] or "", one["reassigned"]) for one in shown["drawn"])
    assert became == [("", 1), ("force_majeure", 0)]

    record = accepted(await house.nobody.get(f"{public}/record.json"))
    assert record == accepted(await auditor.get(f"{path}/record.json"))
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    ended, said = await repeated(file)
    assert ended == 0, said
    record["result"].reverse()
    file.write_text(json.dumps(record), encoding="utf-8")
    ended, said = await repeated(file)
    assert ended == 1
    assert "顺序" in said


async def _only_excused(admin: Caller, draw_id: str, sites: set[str]) -> None:
    """Call one drawn task off and give the other to anybody, after trying reasons that do not excuse."""
    found = [accepted(await admin.get("/patrol/tasks", params={"site_id": one}))["items"] for one in sorted(sites)]
    first, second = [f"/patrol/tasks/{one['id']}" for some in found for one in some if one["origin_id"] == draw_id]
    for reason, code in (("not_needed", "drawn_task"), ("site_closed", "site_not_closed")):
        problem = refused(await admin.post(f"{first}/cancel", json={"reason": reason}), 422, "plan_refused")
        assert [(one["path"], one["code"]) for one in problem["errors"]] == [("reason", code)]
    accepted(await admin.post(f"{first}/cancel", json={"reason": "force_majeure"}))
    accepted(await admin.post(f"{second}/reassign", json={"assignees": []}))


async def test_a_withdrawn_draw_stays_in_the_public_list(house: House) -> None:
    admin = await house.staff("district")
    await an_outlet(admin)
    await an_outlet(admin)
    draw = await committed(admin)
    path = f"/patrol/draws/{draw['id']}"
    for _ in range(2):
        gone = accepted(await admin.post(f"{path}/withdraw", json={"reason": "planned_wrongly"}))
        assert gone["state"] == "withdrawn"
    refused(await hold(admin, draw["id"]), 409, "draw_settled")
    for person, where in ((house.nobody, "/public/draws"), (admin, "/patrol/draws")):
        newest = accepted(await person.get(where, params={"limit": 1}))
        assert [one["id"] for one in newest["items"]] == [draw["id"]]
        assert newest["items"][0]["withdrawn"]["reason"] == "planned_wrongly"
        assert newest["next"] is not None or where == "/patrol/draws"


async def test_who_may_draw_and_where(house: House) -> None:
    admin, city, inspector = [await house.staff(name) for name in ("district", "admin", "inspector")]
    wish = await wish_for_draw(admin)
    refused(await inspector.post("/patrol/draws", json=wish), 403, "role_forbidden")
    refused(await house.nobody.post("/patrol/draws", json=wish), 401, "token_missing")
    elsewhere = {"level": "district", "id": "310115"}
    refused(await admin.post("/patrol/draws", json={**wish, "scope": elsewhere}), 404, "owner_not_found")
    whole_city = {"level": "city", "id": "310000"}
    refused(await admin.post("/patrol/draws", json={**wish, "scope": whole_city}), 404, "owner_not_found")
    draw = await committed(city, scope=elsewhere, inspectors_per_site=1, sites=1)
    refused(await admin.get(f"/patrol/draws/{draw['id']}"), 404, "draw_not_found")
    refused(await admin.post(f"/patrol/draws/{draw['id']}/hold", json={"public_value": "1"}), 404, "draw_not_found")
    refused(await house.nobody.get("/public/draws/drw_01JD0000000000000000000000"), 404, "draw_not_found")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"from_on": day(-2), "due_on": day(-1)}, "due_on", "day_over"),
        ({"from_on": day(2), "due_on": day(1)}, "due_on", "days_reversed"),
        ({"public_source": {"name": "示例", "announced_on": day(0)}}, "public_source.announced_on", "day_not_ahead"),
        ({"public_source": {"name": "示例", "announced_on": day(21)}}, "public_source.announced_on", "day_not_ahead"),
        ({"publish_on": day(28)}, "publish_on", "published_too_late"),
        ({"publish_on": "2999-12-31"}, "publish_on", "published_too_late"),
        ({"template_id": "tpl_01JD0000000000000000000000"}, "template_id", "template_unknown"),
        ({"sites": 500}, "sites", "pool_too_small"),
        ({"inspectors_per_site": 3}, "inspectors_per_site", "pool_too_small"),
        (
            {"recusals": [{"inspector_id": f"stf_{'0' * 26}", "site_id": f"otl_{'0' * 26}", "reason": "kinship"}]},
            "recusals[0].inspector_id",
            "inspector_unknown",
        ),
    ],
)
async def test_a_draw_that_cannot_be_says_why(house: House, changes: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("district")
    wish = await wish_for_draw(admin, **changes)
    problem = refused(await admin.post("/patrol/draws", json=wish), 422, "plan_refused")
    assert (path, code) in [(error["path"], error["code"]) for error in problem["errors"]]


async def test_recusals_that_leave_a_site_short_are_named(house: House) -> None:
    admin = await house.staff("district")
    site, inspector = await an_outlet(admin), await account_of(await house.staff("inspector"))
    recusals = [{"inspector_id": inspector, "site_id": site, "reason": "complaint_pending"}]
    without = [{"inspector_id": inspector, "site_id": site}]
    problem = refused(
        await admin.post("/patrol/draws", json=await wish_for_draw(admin, recusals=without)), 422, "fields_invalid"
    )
    assert [one["path"] for one in problem["errors"]] == ["recusals[0].reason"]
    wish = await wish_for_draw(admin, recusals=recusals)
    problem = refused(await admin.post("/patrol/draws", json=wish), 422, "plan_refused")
    (error,) = problem["errors"]
    assert (error["path"], error["code"]) == ("recusals", "too_few_inspectors")
    assert site in error["detail"]
    await committed(admin, recusals=recusals, inspectors_per_site=1, sites=1)


async def test_a_draw_is_not_held_before_its_figure_can_be_known(house: House) -> None:
    admin = await house.staff("district")
    await an_outlet(admin)
    source = {"name": "示例彩票第2026133期", "announced_on": day(1)}
    draw = await committed(admin, public_source=source, sites=1)
    answer = await admin.post(f"/patrol/draws/{draw['id']}/hold", json={"public_value": VALUE})
    refused(answer, 409, "draw_too_early")
    assert DISTRICT in draw["scope"]
