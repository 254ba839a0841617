"""Gates without network at the example venue."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.api.house import Caller, House, accepted, party
from tests.field.line import Line
from tests.gates.device import OfflineGate, Written


def line_of(house: House, caller: Caller | None = None) -> Line:
    """Return an unbroken line, somebody's or nobody's."""
    token = None if caller is None else str(caller.tokens["access_token"])
    return Line(client=house.client, luck=random.Random(1), token=token)


def present() -> datetime:
    return datetime.now(UTC)


async def gate_device(house: House, gate_id: str | None = None) -> OfflineGate:
    """Return an enrolled device with the pack of this moment."""
    manager = line_of(house, await house.staff("manager"))
    gate = gate_id or house.entrances[0]
    device = await OfflineGate.enrolled(line_of(house), manager, str(house.venue["id"]), gate, present)
    await device.fetch_pack()
    return device


async def visit(house: House, size: int = 2) -> tuple[Caller, Mapping[str, Any], str]:
    """Return somebody with a reservation for now, and the code of this moment."""
    citizen = await house.citizen()
    booked = await citizen.book((await house.running_slot())["id"], party(size))
    return citizen, booked, await citizen.code_of(booked["id"])


async def sent(device: OfflineGate, *some: Written, by: Line | None = None) -> list[dict[str, Any]]:
    """Send entries, by default all that wait, and return the answers."""
    return await device.send(some or device.storage.waiting, by)


async def conflicts(house: House, **parameters: Any) -> list[dict[str, Any]]:
    """Return the newest conflicts of the example venue, up to 200."""
    manager = await house.staff("manager")
    path = f"/venues/{house.venue['id']}/conflicts"
    found = accepted(await manager.get(path, params={"limit": 200, **parameters}))["items"]
    return list(found)


def kinds(answer: Mapping[str, Any]) -> list[str]:
    return [one["kind"] for one in answer["conflicts"]]
