"""Calendars become slots; a change of rules is tried before it is made; those who are hit are moved or cancelled."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from services.common.clock import SystemClock, city_day
from services.reservations.model import SlotState
from tests.api.house import Caller, House, accepted, instant, party, refused, unique
from tests.opening import DAILY

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CLOSED = {"kind": "closed"}


def opening(*hours: tuple[str, str], capacity: int = 4) -> dict[str, Any]:
    """Return a rule that opens at these hours every day, each one slot."""
    sessions = [{"opens": opens, "closes": closes, "capacity": capacity} for opens, closes in hours]
    return {"label": "示例", "when": DAILY, "what": {"kind": "sessions", "sessions": sessions}}


async def named(house: House, name: str) -> str:
    found = accepted(await house.nobody.get("/venues", params={"q": name}))["items"]
    return str(found[0]["id"])


@pytest.fixture(scope="module")
async def hall(house: House) -> str:
    """A venue that no other module plans."""
    return await named(house, "白云观")


@pytest.fixture(scope="module")
async def quiet_hall(house: House) -> str:
    """Another one, where nobody has booked."""
    return await named(house, "钦赐仰殿")


@pytest.fixture(scope="module")
async def lone_hall(house: House) -> str:
    """One where nobody books but in one test."""
    return await named(house, "福佑路清真寺")


async def planned(house: House, staff: Caller, venue_id: str, *rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Replace the calendar, wait until its slots are there, and return those of the day after tomorrow."""
    version = accepted(await house.nobody.get(f"/venues/{venue_id}/calendar"))["version"]
    draft = {"version": version, "rules": list(rules), "plan_days_ahead": 5}
    accepted(await staff.post(f"/venues/{venue_id}/calendar", json=draft))
    async with asyncio.timeout(20):
        while True:
            preview = {**draft, "version": version + 1}
            plan = accepted(await staff.post(f"/venues/{venue_id}/calendar/preview", json=preview))
            if not plan["steps"]:
                break
            await asyncio.sleep(0.2)
    return await of_the_day(house, venue_id)


async def of_the_day(house: House, venue_id: str) -> list[dict[str, Any]]:
    day = city_day(SystemClock().now()) + 2 * DAY
    await asyncio.sleep(1.1)  # pages of slots may be a second old
    found = accepted(await house.nobody.get(f"/venues/{venue_id}/slots", params={"limit": 100}))["items"]
    return [slot for slot in found if instant(slot["starts_at"]).date() == day]


def live(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those that other tests have not closed."""
    return [slot for slot in slots if slot["status"] != "closed"]


async def finished(staff: Caller, closure_id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            closure: dict[str, Any] = accepted(await staff.get(f"/closures/{closure_id}"))
            if closure["done"]:
                return closure
            await asyncio.sleep(0.2)


async def test_a_change_is_tried_made_and_those_who_are_hit_are_moved_or_cancelled(house: House, hall: str) -> None:
    admin, citizen = await house.staff("admin"), await house.citizen()
    nine, eleven = await planned(house, admin, hall, opening(("09:00", "10:00"), ("11:00", "12:00")))
    moving = await citizen.book(eleven["id"], party(2))
    staying = await citizen.book(eleven["id"], party(2))
    await citizen.book(nine["id"], party(2))

    version = accepted(await house.nobody.get(f"/venues/{hall}/calendar"))["version"]
    fewer = {"version": version, "rules": [opening(("09:00", "10:00"))], "plan_days_ahead": 5}
    tried = accepted(await admin.post(f"/venues/{hall}/calendar/preview", json=fewer))
    assert [(one["slot_id"], one["booked"]) for one in tried["hit_slots"]] == [(eleven["id"], 4)]
    assert tried["hit_people"] == 4
    assert (tried["added"], tried["changed"]) == (0, 0)
    assert [slot["id"] for slot in await of_the_day(house, hall)] == [nine["id"], eleven["id"]]

    assert [slot["id"] for slot in await planned(house, admin, hall, opening(("09:00", "10:00")))] == [nine["id"]]
    assert accepted(await citizen.get(f"/reservations/{moving['id']}"))["status"] == "booked"
    refused(
        await citizen.post("/reservations", json={"slot_id": eleven["id"], "visitors": party(1)}), 409, "slot_closed"
    )

    order = {"slot_ids": [eleven["id"]], "remedy": "move", "unmoved": "leave"}
    key = {"Idempotency-Key": unique("closure")}
    begun = accepted(await admin.post(f"/venues/{hall}/closures", json=order, headers=key), 202)
    again = accepted(await admin.post(f"/venues/{hall}/closures", json=order, headers=key), 202)
    assert again["id"] == begun["id"]
    closure = await finished(admin, begun["id"])
    assert (closure["moved"], closure["cancelled"], closure["left"]) == (2, 0, 0)
    seen = [accepted(await citizen.get(f"/reservations/{one['id']}")) for one in (moving, staying)]
    assert [(one["status"], one["end_reason"]) for one in seen] == [("cancelled", "venue")] * 2
    moved = accepted(await citizen.get(f"/reservations/{seen[0]['rescheduled_to']}"))
    assert (moved["status"], moved["rescheduled_from"], moved["party_size"]) == ("booked", None, 2)
    assert len(moved["visitors"]) == 2
    assert await house.count("notices", subject_id=moved["id"]) + await house.count("notice_calls") > 0


async def test_all_can_be_cancelled(house: House) -> None:
    admin, citizen = await house.staff("admin"), await house.citizen()
    slot_id = await house.add_slot(starts_in=3 * DAY, lasts=DAY / 24, places=30)
    booked = [await citizen.book(slot_id, party(1)) for _ in range(23)]
    order = {"slot_ids": [slot_id], "remedy": "cancel"}
    begun = accepted(await admin.post(f"/venues/{house.side_venue['id']}/closures", json=order), 202)
    closure = await finished(admin, begun["id"])
    assert (closure["cancelled"], closure["left"]) == (23, 0)
    ended = [accepted(await citizen.get(f"/reservations/{one['id']}"))["end_reason"] for one in booked]
    assert set(ended) == {"venue"}
    refused(await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(1)}), 409, "slot_closed")


async def test_whoever_has_no_other_slot_stays_or_is_cancelled_as_ordered(house: House, lone_hall: str) -> None:
    admin, citizen = await house.staff("admin"), await house.citizen()
    (only,) = await planned(house, admin, lone_hall, opening(("15:00", "16:00"), capacity=3))
    others = [
        slot["id"]
        for slot in accepted(await house.nobody.get(f"/venues/{lone_hall}/slots", params={"limit": 100}))["items"]
        if slot["id"] != only["id"]
    ]
    booked = await citizen.book(only["id"], party(3))
    order = {"slot_ids": [only["id"], *others], "remedy": "move", "unmoved": "leave"}
    closure = await finished(admin, accepted(await admin.post(f"/venues/{lone_hall}/closures", json=order), 202)["id"])
    assert (closure["moved"], closure["left"]) == (0, 1)
    order = {"slot_ids": [only["id"], *others], "remedy": "move", "unmoved": "cancel"}
    closure = await finished(admin, accepted(await admin.post(f"/venues/{lone_hall}/closures", json=order), 202)["id"])
    assert (closure["cancelled"], closure["left"]) == (1, 0)
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["status"] == "cancelled"


async def test_closures_know_their_venue_and_scope(house: House) -> None:
    admin, manager = await house.staff("admin"), await house.staff("manager")
    elsewhere = await house.add_slot(starts_in=DAY, lasts=DAY / 24)
    order = {"slot_ids": [elsewhere], "remedy": "cancel"}
    refused(await admin.post(f"/venues/{house.venue['id']}/closures", json=order), 404, "slot_not_found")
    refused(await manager.post(f"/venues/{house.side_venue['id']}/closures", json=order), 404, "venue_not_found")
    refused(await admin.get("/closures/clo_01JD0000000000000000000000"), 404, "closure_not_found")
    begun = accepted(await admin.post(f"/venues/{house.side_venue['id']}/closures", json=order), 202)
    refused(await manager.get(f"/closures/{begun['id']}"), 404, "closure_not_found")


async def test_what_is_over_or_drawn_is_not_closed(house: House) -> None:
    admin = await house.staff("admin")
    side = house.side_venue["id"]
    over = await house.add_slot(starts_in=-DAY / 12, lasts=DAY / 24)
    drawn = await house.add_slot(starts_in=9 * DAY, lasts=DAY / 24, state=SlotState.DRAWN)
    for slot_id, code in ((over, "slot_ended"), (drawn, "slot_drawn")):
        order = {"slot_ids": [slot_id], "remedy": "cancel"}
        refused(await admin.post(f"/venues/{side}/closures", json=order), 409, code)
    refused(await admin.post(f"/slots/{drawn}/quota", json={"capacity": 1}), 409, "slot_state_changed")


async def test_no_edit_of_a_calendar_and_no_hand_opens_a_day_that_is_drawn(house: House, quiet_hall: str) -> None:
    admin, citizen = await house.staff("admin"), await house.citizen()
    (slot,) = live(await planned(house, admin, quiet_hall, opening(("08:00", "09:00"))))
    day, now = instant(slot["starts_at"]).date(), SystemClock().now()
    release = {
        "visit_on": day.isoformat(),
        "requests_open_at": (now + MINUTE).isoformat(),
        "requests_close_at": (now + 30 * MINUTE).isoformat(),
        "draw_at": (now + 60 * MINUTE).isoformat(),
    }
    accepted(await admin.post(f"/venues/{quiet_hall}/releases", json=release), 201)
    assert [one["status"] for one in live(await of_the_day(house, quiet_hall))] == ["drawn"]
    closed = {"label": "示例", "when": {"kind": "dates", "dates": [{"from": f"{day}", "to": f"{day}"}]}, "what": CLOSED}
    assert live(await planned(house, admin, quiet_hall, opening(("08:00", "09:00")), closed)) == []
    (again,) = live(await planned(house, admin, quiet_hall, opening(("08:00", "09:00"))))
    assert (again["id"], again["status"]) == (slot["id"], "drawn")
    wish = {"slot_id": slot["id"], "visitors": party(1)}
    refused(await citizen.post("/reservations", json=wish), 409, "slot_drawn")
