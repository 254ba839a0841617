"""What a town for schemathesis has that is about visits."""

from datetime import timedelta
from typing import Any

from tests.api.house import Caller, House, accepted, party, visitor
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
    }
    spare = {
        "application_id": await a_group(house, citizen),
        "reservation_id": (await citizen.book(slot_id, party(1)))["id"],
        "companion_id": await a_companion(citizen),
        "rating_id": (await bad_rating(house))["id"],
        "venue_id": quiet["id"],
    }
    return known, spare


async def a_group(house: House, citizen: Caller) -> str:
    return str((await applied(citizen, await open_slot(house, group=40)))["id"])


async def a_companion(citizen: Caller) -> str:
    return str(accepted(await citizen.post("/me/companions", json=visitor()), 201)["id"])
