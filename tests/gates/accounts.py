"""After the hour: what the simulation knows against what is kept and told."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.admissions.mongo import CONFLICTS, OCCUPANCY, SCANS
from services.admissions.uploads.mongo import GATE_LOG
from services.common.mongo import CollectionPlan, Mongo
from services.reservations.mongo.plans import PASSES
from tests.gates.hour import Known
from tests.gates.town import Town

KEPT = (SCANS, PASSES, OCCUPANCY, CONFLICTS, GATE_LOG)


async def ensure_everybody_counted(town: Town, mongo: Mongo, known: Known) -> int:
    """Check that everybody who is inside is in the venue's count and in the passes; return how many are."""
    recorded = known.inside - known.unrecorded
    came_in = recorded.total() + known.nameless
    state = await town.admin.get(f"/venues/{town.venue.id}/occupancy")
    assert (state["admitted"], state["left"]) == (came_in, known.left)
    assert state["inside"] == came_in - known.left
    passes = await mongo.collection(PASSES).find({"venue_id": town.venue.id}).to_list()
    counted = Counter({one["_id"]: one["admitted_count"] + one.get("surplus_count", 0) for one in passes})
    assert +counted == +recorded
    sizes = {one["_id"]: one["party_size"] for one in passes}
    assert all(one["admitted_count"] <= sizes[one["_id"]] for one in passes)
    scans = await mongo.collection(SCANS).find({"venue_id": town.venue.id}).to_list()
    assert sum(one["admitted_now"] for one in scans) == came_in
    assert sum(one["left_now"] for one in scans) == known.left
    return int(state["inside"])


async def ensure_conflicts_named(town: Town, known: Known, begins: datetime, ends: datetime) -> Counter[str]:
    """Check that all that was not right is open for somebody to look at, with gates, devices and times; count it."""
    found = await town.admin.all_of(f"/venues/{town.venue.id}/conflicts", state="open")
    listed = {_about(one): one for one in found}
    assert listed.keys() == known.expected, (listed.keys() - known.expected, known.expected - listed.keys())
    devices = {town.hand.storage.device_id, *(one.storage.device_id for one in town.devices.values())}
    for about, one in listed.items():
        assert known.seen.get(about, set()) <= {sighting["gate_id"] for sighting in one["sightings"]}, one
        assert {sighting["device_id"] for sighting in one["sightings"]} <= devices, one
        for sighting in one["sightings"]:
            assert begins <= datetime.fromisoformat(sighting["at"]) <= ends + timedelta(minutes=1), one
    return Counter(one["kind"] for one in found)


def _about(conflict: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a conflict is about, as the simulation calls it."""
    place, name, *_ = conflict["id"].split(".")
    if place.startswith("dev_"):
        return conflict["kind"], f"{place}:{name}"
    return conflict["kind"], conflict["reservation_id"] or name


async def everything(town: Town, mongo: Mongo) -> dict[str, list[dict[str, Any]]]:
    """Return all that is kept about the venue's gates, record by record."""

    async def of(plan: CollectionPlan) -> list[dict[str, Any]]:
        found = await mongo.collection(plan).find({"venue_id": town.venue.id}).to_list()
        return sorted(found, key=lambda one: str(one["_id"]))

    return {plan.name: await of(plan) for plan in KEPT}
