"""The quality of records, for those who answer for the whole city."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from server.sync.quality import measuring
from server.sync.standard_files import load_standard
from services.common.clock import SystemClock
from services.sync.model import RecordKind
from services.sync.shelves.mongo import MARKS
from tests.api.house import House, accepted, refused
from tests.factories import new_id


def mark(*flaws: str, late: bool = False) -> dict[str, Any]:
    """Return the mark of an outlet that was delivered by an instance of its own."""
    outlet_id, now = new_id("otl"), SystemClock().now()
    lag = timedelta(hours=1) if late else timedelta(seconds=1)
    return {
        "_id": f"outlet:{outlet_id}",
        "kind": RecordKind.OUTLET,
        "source_id": outlet_id,
        "sender": "test",
        "district": "310101",
        "day": "2026-11-22",
        "part": 0,
        "changed_at": now - lag,
        "delivered_at": now,
        "flaws": list(flaws),
        "references": [],
    }


@pytest.fixture
async def marks(house: House) -> AsyncIterator[list[dict[str, Any]]]:
    """Three outlets were delivered: one that lacks a value, one that was late, and a good one."""
    shelf = house.stores.mongo.collection(MARKS)
    await shelf.delete_many({})  # what other tests left here would be counted, too
    left = [mark("missing:uscc"), mark(late=True), mark()]
    await shelf.insert_many(left)
    yield left
    await shelf.delete_many({"_id": {"$in": [one["_id"] for one in left]}})


async def measure(house: House) -> None:
    measured = measuring(house.stores.mongo, load_standard(), SystemClock(), lag_objective_s=60)
    async for _ in measured.measure():
        pass


@pytest.mark.parametrize("who", ["admin", "auditor"])
async def test_scores_and_offenders_are_shown(house: House, who: str, marks: list[dict[str, Any]]) -> None:
    lacking, late, _ = (one["source_id"] for one in marks)
    await measure(house)
    caller = await house.staff(who)
    kinds = {one["kind"]: one for one in accepted(await caller.get("/admin/sync/quality"))["items"]}
    assert kinds.keys() == set(RecordKind)
    outlets = kinds["outlet"]
    assert "offenders" not in outlets
    assert outlets["scores"]["valid"] == 100
    assert 0 < outlets["scores"]["complete"] < 100
    assert 0 < outlets["scores"]["timely"] < 100
    assert outlets["kept"]["timely"] < outlets["delivered"] == outlets["counted"]
    assert {"rule": "missing:uscc", "records": outlets["delivered"] - outlets["kept"]["complete"]} in outlets["broken"]

    one = accepted(await caller.get("/admin/sync/quality/outlet"))
    assert {lacking, late} <= {offender["id"] for offender in one["offenders"]}
    assert {key: value for key, value in one.items() if key != "offenders"} == outlets
    only = accepted(await caller.get("/admin/sync/quality/outlet", params={"rule": "missing:uscc"}))
    assert lacking in {offender["id"] for offender in only["offenders"]}
    assert {offender["rule"] for offender in only["offenders"]} == {"missing:uscc"}


async def test_kinds_and_rules_that_there_are_not_are_refused(house: House) -> None:
    await measure(house)
    caller = await house.staff("admin")
    refused(await caller.get("/admin/sync/quality/thing"), 404, "record_kind_not_found")
    problem = refused(
        await caller.get("/admin/sync/quality/slot", params={"rule": "missing:uscc"}), 422, "quality_rule_unknown"
    )
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("rule", "not_allowed")]
    assert "rule:ends_before_it_starts" in problem["errors"][0]["detail"]


@pytest.mark.parametrize("who", ["district", "manager", "inspector", "gate"])
async def test_nobody_else_looks(house: House, who: str) -> None:
    caller = await house.staff(who)
    refused(await caller.get("/admin/sync/quality"), 403, "role_forbidden")
    refused(await caller.get("/admin/sync/quality/outlet"), 403, "role_forbidden")
