"""Citizens who visited and say how it was, and the list in which staff find it."""

from typing import Any

from tests.api.house import Caller, House, accepted, party

BAD = {"level": 2, "tags": ["long_wait"], "words": "排队太久，请打13800000000。"}


async def visit(house: House, gate: Caller) -> tuple[Caller, str]:
    """Return a citizen who has entered, and the path of their rating."""
    citizen = await house.citizen()
    booked = await citizen.book((await house.running_slot())["id"], party(2))
    scan = accepted(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"]), count=1))
    assert scan["decision"] == "admitted"
    return citizen, f"/reservations/{booked['id']}/rating"


async def listed(caller: Caller, house: House, **asked: Any) -> list[dict[str, Any]]:
    """Return the newest ratings of the example venue as staff see them."""
    path = f"/venues/{house.venue['id']}/ratings"
    found: list[dict[str, Any]] = accepted(await caller.get(path, params={"limit": 200, **asked}))["items"]
    return found


async def bad_rating(house: House) -> dict[str, Any]:
    """Return a new bad rating of the example venue as staff see it."""
    manager, gate = await house.staff("manager"), await house.staff("gate")
    before = {one["id"] for one in await listed(manager, house, level=2)}
    citizen, path = await visit(house, gate)
    accepted(await citizen.post(path, json=BAD), 201)
    [new] = [one for one in await listed(manager, house, level=2) if one["id"] not in before]
    return new
