"""What a venue demands, over HTTP: anybody reads it, whoever answers for the venue changes it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.common.clock import city_day
from services.reservations.mongo.slots import MongoSlots
from tests.api.house import House, accepted, party, refused, visitor
from tests.api.right_bodies import RIGHT
from tests.factories import make_slot, new_id

# A process that did not make the change looks again after five seconds.
KNOWN_EVERYWHERE_S = 5.5

WISH: dict[str, Any] = {**RIGHT["/venues/{venue_id}/policy"], "no_show_group": None}


async def venue_of(house: House, district: str, at: int = 0) -> str:
    """Return a venue of a district that no other test gives a policy."""
    found = accepted(await house.nobody.get("/venues", params={"district": district, "limit": 200}))["items"]
    return str([one["id"] for one in found if not one["example"] and one["id"] != house.side_venue["id"]][at])


async def seen(house: House, venue_id: str) -> dict[str, Any]:
    policy: dict[str, Any] = accepted(await house.nobody.get(f"/venues/{venue_id}/policy"))
    return policy


async def test_anybody_reads_what_a_venue_demands(house: House) -> None:
    policy = await seen(house, house.venue["id"])
    assert policy == {
        "venue_id": house.venue["id"],
        "version": 0,
        "book_days_ahead": None,
        "releases_at": "00:00",
        "max_party_size": None,
        "bookings_per_account_day": None,
        "bookings_per_document_day": None,
        "minors_under": None,
        "cancel_until_min": 0,
        "offer_minutes": 30,
        "no_show_group": None,
        "ledger": house.venue["id"],
        "strikes": 3,
        "strike_days": 90,
        "pause_days": 30,
    }
    refused(await house.nobody.get("/venues/ven_01JD0000000000000000000000/policy"), 404, "venue_not_found")


async def test_a_change_names_the_version_that_was_read(house: House) -> None:
    venue_id, admin = await venue_of(house, "310104"), await house.staff("admin")
    path, version = f"/venues/{venue_id}/policy", (await seen(house, venue_id))["version"]
    changed = accepted(await admin.post(path, json=WISH | {"version": version}))
    assert {name: changed[name] for name in WISH} == WISH | {"version": version + 1}
    refused(await admin.post(path, json=WISH | {"version": version}), 409, "policy_changed")
    accepted(await admin.post(path, json=WISH | {"version": version + 1, "minors_under": None}))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("releases_at", "24:00", "invalid_format"),
        ("releases_at", "8:00", "too_short"),
        ("book_days_ahead", -1, "out_of_range"),
        ("book_days_ahead", 366, "out_of_range"),
        ("offer_minutes", 4, "out_of_range"),
        ("offer_minutes", 1441, "out_of_range"),
        ("minors_under", 19, "out_of_range"),
        ("max_party_size", 0, "out_of_range"),
        ("cancel_until_min", None, "null"),
        ("no_show_group", "Temples", "invalid_format"),
        ("no_show_group", "ven_01JD0000000000000000000000", "invalid_format"),
    ],
)
async def test_values_out_of_bounds_are_refused(house: House, field: str, value: Any, code: str) -> None:
    admin = await house.staff("admin")
    answer = await admin.post(f"/venues/{house.venue['id']}/policy", json=WISH | {field: value})
    problem = refused(answer, 422, "fields_invalid")
    assert code in {one["code"] for one in problem["errors"] if one["path"] == field}


async def test_what_is_left_out_is_not_taken_for_none(house: House) -> None:
    admin = await house.staff("admin")
    problem = refused(
        await admin.post(f"/venues/{house.venue['id']}/policy", json={"version": 0}), 422, "fields_invalid"
    )
    assert {one["path"] for one in problem["errors"]} == set(WISH) - {"version"}


async def test_only_whoever_answers_for_a_venue_changes_it(house: House) -> None:
    venue_id = await venue_of(house, "310106")
    for path, wish in (
        (f"/venues/{venue_id}/policy", WISH),
        (f"/no-show-groups/{venue_id}", RIGHT["/no-show-groups/{group_id}"]),
    ):
        refused(await house.nobody.post(path, json=wish), 401, "token_missing")
        for caller in (await house.citizen(), await house.staff("gate"), await house.staff("auditor")):
            refused(await caller.post(path, json=wish), 403, "role_forbidden")
    district = await house.staff("district")
    refused(await district.post(f"/venues/{venue_id}/policy", json=WISH), 404, "venue_not_found")
    refused(await district.get(f"/no-show-groups/{venue_id}"), 404, "no_show_group_not_found")


async def test_a_group_of_venues_shares_its_terms(house: House) -> None:
    here, there = [await venue_of(house, "310101", at) for at in (0, 1)]
    elsewhere, group = await seen(house, await venue_of(house, "310106")), "api-test-group"
    district, admin = await house.staff("district"), await house.staff("admin")
    for venue_id in (here, there):
        joining = WISH | {"version": (await seen(house, venue_id))["version"], "no_show_group": group}
        accepted(await district.post(f"/venues/{venue_id}/policy", json=joining))
    found = accepted(await district.get(f"/no-show-groups/{group}"))
    assert (found["venue_ids"], found["strikes"]) == (sorted([here, there]), 3)
    changed = accepted(await district.post(f"/no-show-groups/{group}", json={"version": found["version"]}))
    assert (changed["strikes"], changed["strike_days"], changed["pause_days"]) == (3, 90, 30)
    refused(await district.post(f"/no-show-groups/{group}", json={"version": found["version"]}), 409, "policy_changed")
    joining = WISH | {"version": elsewhere["version"], "no_show_group": group}
    accepted(await admin.post(f"/venues/{elsewhere['venue_id']}/policy", json=joining))
    refused(await district.get(f"/no-show-groups/{group}"), 404, "no_show_group_not_found")
    manager = await house.staff("manager")
    mine = await seen(house, house.venue["id"])
    wish = WISH | {"version": mine["version"], "no_show_group": group}
    problem = refused(
        await manager.post(f"/venues/{house.venue['id']}/policy", json=wish), 422, "no_show_group_beyond_scope"
    )
    assert [one["path"] for one in problem["errors"]] == ["no_show_group"]


async def test_a_booking_is_judged_by_the_policy(house: House) -> None:
    admin, citizen = await house.staff("admin"), await house.citizen()
    venue_id = await venue_of(house, "310104")
    near, far = [make_slot(id=new_id("slt"), venue_id=venue_id, **times(days)) for days in (1, 30)]
    assert await MongoSlots(house.stores.mongo).add_missing([near, far]) == 2
    wish = WISH | {"version": (await seen(house, venue_id))["version"], "book_days_ahead": 7, "releases_at": "08:00"}
    accepted(await admin.post(f"/venues/{venue_id}/policy", json=wish))
    await asyncio.sleep(KNOWN_EVERYWHERE_S)
    problem = refused(
        await citizen.post("/reservations", json={"slot_id": far.id, "visitors": party(1)}), 409, "slot_not_released"
    )
    opens_at = city_day(far.starts_at) - timedelta(days=7)
    assert problem["opens_at"] == f"{opens_at.isoformat()}T08:00:00+08:00"
    alone = {"slot_id": near.id, "visitors": [visitor(minor=True)]}
    problem = refused(await citizen.post("/reservations", json=alone), 422, "minor_without_adult")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("visitors[0]", "minor_without_adult")]
    await citizen.book(near.id, [visitor(minor=True), visitor()])


def times(days: int) -> dict[str, datetime]:
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
