"""Quotas of slots: set aside, raised and lowered while booking goes on."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, party, refused

HOUR = timedelta(hours=1)


async def changed(staff: Caller, slot_id: str, **wish: Any) -> Any:
    return await staff.post(f"/slots/{slot_id}/quota", json=wish)


async def shown(house: House, slot_id: str) -> dict[str, Any]:
    """Return a slot as citizens see it; a new one is seen within a second."""
    path = f"/venues/{house.side_venue['id']}/slots"
    async with asyncio.timeout(5):
        while True:
            found = accepted(await house.nobody.get(path, params={"limit": 100}))["items"]
            seen = next((slot for slot in found if slot["id"] == slot_id), None)
            if seen is not None:
                return dict(seen)
            await asyncio.sleep(0.1)


async def test_what_is_set_aside_is_not_for_everybody(house: House) -> None:
    citizen, admin = await house.citizen(), await house.staff("admin")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=10)
    aside = [{"channel": "group", "places": 6}, {"channel": "walk_in", "places": 2}]
    slot = accepted(await changed(admin, slot_id, capacity=10, set_aside=aside))
    assert [(one["channel"], one["places"], one["left"]) for one in slot["allotments"]] == [
        ("individual", 2, 2),
        ("group", 6, 6),
        ("walk_in", 2, 2),
    ]
    refused(await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(3)}), 409, "slot_full")
    await citizen.book(slot_id, party(2))
    seen = await shown(house, slot_id)
    assert (seen["capacity"], seen["places_left"], seen["status"]) == (2, 0, "full")


async def test_unused_places_flow_over_at_their_time(house: House) -> None:
    citizen, admin = await house.citizen(), await house.staff("admin")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=4)
    passed = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    later = (datetime.now(UTC) + HOUR).isoformat()
    aside = [
        {"channel": "group", "places": 2, "flows_at": passed},
        {"channel": "assisted", "places": 1, "flows_at": later},
    ]
    accepted(await changed(admin, slot_id, capacity=4, set_aside=aside))
    assert (await shown(house, slot_id))["places_left"] == 3
    await citizen.book(slot_id, party(3))
    refused(await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(1)}), 409, "slot_full")


async def test_raising_is_immediate(house: House) -> None:
    citizen, admin = await house.citizen(), await house.staff("admin")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=1)
    await citizen.book(slot_id, party(1))
    wish = {"slot_id": slot_id, "visitors": party(2)}
    refused(await citizen.post("/reservations", json=wish), 409, "slot_full")
    assert accepted(await changed(admin, slot_id, capacity=3))["places_left"] == 2
    accepted(await citizen.post("/reservations", json=wish), 201)


async def test_lowering_below_what_is_booked_says_how_much_or_closes(house: House) -> None:
    citizen, admin = await house.citizen(), await house.staff("admin")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=10)
    booked = await citizen.book(slot_id, party(4))
    problem = refused(await changed(admin, slot_id, capacity=3), 409, "quota_below_booked")
    assert (problem["booked"], problem["channel"]) == (4, "individual")
    assert await house.places_left(slot_id) == 6
    closed = accepted(await changed(admin, slot_id, capacity=3, if_below_booked="close"))
    assert (closed["state"], closed["capacity"], closed["places_left"]) == ("closed", 4, 0)
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["status"] == "booked"
    refused(await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(1)}), 409, "slot_closed")
    opened = accepted(await changed(admin, slot_id, capacity=5, state="open"))
    assert (opened["state"], opened["places_left"]) == ("open", 1)


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({}, "capacity"),
        ({"set_aside": []}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 100_001}, "capacity"),
        ({"state": "drawn"}, "state"),
        ({"capacity": 1, "set_aside": [{"channel": "vip", "places": 1}]}, "set_aside[0].channel"),
        ({"capacity": 1, "if_below_booked": "maybe"}, "if_below_booked"),
    ],
)
async def test_bad_wishes_name_the_field(house: House, wish: dict[str, Any], path: str) -> None:
    admin = await house.staff("admin")
    problem = refused(await changed(admin, house.later_slot(), **wish), 422, "fields_invalid")
    assert [error["path"] for error in problem["errors"]] == [path]


@pytest.mark.parametrize(
    "aside",
    [
        [{"channel": "group", "places": 6}],
        [{"channel": "group", "places": 1}, {"channel": "group", "places": 1}],
        [{"channel": "individual", "places": 1}],
    ],
)
async def test_channels_must_fit(house: House, aside: list[dict[str, Any]]) -> None:
    admin = await house.staff("admin")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=5)
    refused(await changed(admin, slot_id, capacity=5, set_aside=aside), 422, "quota_invalid")


async def test_outside_their_scope_there_are_no_slots(house: House) -> None:
    manager = await house.staff("manager")
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR)
    refused(await changed(manager, slot_id, capacity=5), 404, "slot_not_found")
    path = f"/venues/{house.side_venue['id']}/quotas"
    refused(await manager.get(path), 404, "venue_not_found")
    refused(
        await (await house.staff("gate")).post(f"/slots/{slot_id}/quota", json={"capacity": 1}), 403, "role_forbidden"
    )


async def test_staff_see_the_quotas_of_a_time(house: House) -> None:
    manager = await house.staff("manager")
    found = accepted(await manager.get(f"/venues/{house.venue['id']}/quotas"))
    assert found["next"] is None
    assert all(slot["allotments"][0]["channel"] == "individual" for slot in found["items"])
    starts = [slot["starts_at"] for slot in found["items"]]
    assert starts == sorted(starts)
    far = (datetime.now(UTC) + timedelta(days=70)).isoformat()
    refused(await manager.get(f"/venues/{house.venue['id']}/quotas", params={"to": far}), 422, "fields_invalid")
