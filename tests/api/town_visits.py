"""What a town for schemathesis has that is about visits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.gates import new_device
from tests.api.house import Caller, House, accepted, party, visitor
from tests.api.offline import gate_device, sent, visit
from tests.api.raters import bad_rating
from tests.api.test_groups import applied, open_slot


async def visits_of(house: House) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make one of each thing that is about visits; return what paths call them, and others to be used up."""
    citizen = await house.citizen("schemathesis")
    slot_id = await house.add_slot(starts_in=timedelta(hours=1), lasts=timedelta(hours=1), places=100_000)
    venues = accepted(await house.nobody.get("/venues", params={"limit": 200}))["items"]
    quiet = next(one for one in reversed(venues) if one["id"] not in {house.venue["id"], house.side_venue["id"]})
    known = {
        "venue_id": house.venue["id"],
        "year": "2090",
        "reservation_id": (await citizen.book((await house.running_slot())["id"], party(2)))["id"],
        "slot_id": slot_id,
        "gate_id": house.entrances[0],
        "companion_id": await a_companion(citizen),
        "rating_id": (await bad_rating(house))["id"],
        "group_id": quiet["id"],
        "application_id": await a_group(house, citizen),
        "closure_id": await a_closure(house),
        "release_id": await a_release(house, quiet["id"]),
        "lease_id": await a_lease(house),
        "device_id": await a_device(house),
        "gate_conflict_id": await a_conflict(house),
        # Strikes fall a day after a visit: none can be had here.
        "no_show_id": "nsh_01JD0000000000000000000000",
    }
    spare = {
        "application_id": await a_group(house, citizen),
        "reservation_id": (await citizen.book(slot_id, party(1)))["id"],
        "companion_id": await a_companion(citizen),
        "rating_id": (await bad_rating(house))["id"],
        "lease_id": await a_lease(house),
        "device_id": await a_device(house),
        "gate_conflict_id": await a_conflict(house),
        "venue_id": quiet["id"],
    }
    return known, spare


async def a_group(house: House, citizen: Caller) -> str:
    return str((await applied(citizen, await open_slot(house, group=40)))["id"])


async def a_lease(house: House) -> str:
    slot_id = await open_slot(house, starts_in=timedelta(minutes=-5), walk_in=1000)
    path = f"/gates/{house.entrances[0]}/walk-in-leases"
    wish = {"slot_id": slot_id, "places": 500}
    return str(accepted(await (await house.staff("gate")).post(path, json=wish), 201)["id"])


async def a_companion(citizen: Caller) -> str:
    return str(accepted(await citizen.post("/me/companions", json=visitor()), 201)["id"])


async def a_conflict(house: House) -> str:
    _, _, code = await visit(house, size=1)
    for device in (await gate_device(house), await gate_device(house)):
        device.scan(code)
        (told,) = await sent(device)
    return str(told["conflicts"][0]["id"])


async def a_device(house: House) -> str:
    return (await new_device(house, await house.staff("manager"))).id


async def a_closure(house: House) -> str:
    slot_id = await house.add_slot(starts_in=timedelta(hours=2), lasts=timedelta(hours=1))
    path = f"/venues/{house.side_venue['id']}/closures"
    order = {"slot_ids": [slot_id], "remedy": "cancel"}
    return str(accepted(await (await house.staff("admin")).post(path, json=order), 202)["id"])


async def a_release(house: House, venue_id: str) -> str:
    """Mark a day on which nobody has booked, whose requests come in now."""
    now = datetime.now(UTC)
    release = {
        "visit_on": (now + timedelta(days=20)).date().isoformat(),
        "requests_open_at": now.isoformat(),
        "requests_close_at": (now + timedelta(hours=1)).isoformat(),
        "draw_at": (now + timedelta(hours=2)).isoformat(),
    }
    answer = await (await house.staff("admin")).post(f"/venues/{venue_id}/releases", json=release)
    return str(accepted(answer, 201)["id"])
