"""A group whose slot the venue closes, over HTTP: it is moved with its application and its names, or cancelled."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.reservations.groups.tending import EVERY_S
from tests.api.house import Caller, House, accepted, refused
from tests.api.test_groups import HEAD, XLSX, applied, open_slot
from tests.api.test_planning import finished
from tests.sheets import workbook

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ROSTER = workbook(HEAD, ["示例访客", "护照", "E12345678"])


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


async def approved(leader: Caller, manager: Caller, slot_id: str) -> dict[str, Any]:
    made = await applied(leader, slot_id)
    answer: dict[str, Any] = accepted(await manager.post(f"/group-applications/{made['id']}/approve"))
    return answer


async def closed(house: House, manager: Caller, slot_id: str, remedy: str) -> dict[str, Any]:
    order = {"slot_ids": [slot_id], "remedy": remedy}
    begun = accepted(await manager.post(f"/venues/{house.venue['id']}/closures", json=order), 202)
    return await finished(manager, begun["id"])


async def send(leader: Caller, path: str) -> Any:
    return await leader.post(f"{path}/roster", content=ROSTER, headers={"Content-Type": XLSX})


async def test_a_moved_group_keeps_its_application_and_can_be_named(house: House, manager: Caller) -> None:
    leader = await house.citizen()
    first, second, third = [await open_slot(house, starts_in=40 * DAY + hours * HOUR, group=40) for hours in (0, 2, 4)]
    before = await approved(leader, manager, first)
    path = f"/group-applications/{before['id']}"
    accepted(await send(leader, path))
    for left, arrived in ((first, second), (second, third)):
        assert (await closed(house, manager, left, "move"))["moved"] == 1
        now = accepted(await leader.get(path))
        assert (now["status"], now["slot_id"], now["roster_size"]) == ("approved", arrived, 1)
        assert now["starts_at"] > before["starts_at"]
        booked = accepted(await leader.get(f"/reservations/{now['reservation_id']}"))
        assert (booked["status"], booked["slot_id"], booked["starts_at"]) == ("booked", arrived, now["starts_at"])
        assert accepted(await manager.get(path)) == now
        assert accepted(await manager.post(f"{path}/approve")) == now
        assert accepted(await send(leader, path)) == {"rows": 1}
    async with asyncio.timeout(2 * EVERY_S):
        while True:
            if (await _listed(house, manager, before["id"]))["slot_id"] == third:
                break
            await asyncio.sleep(0.5)
    assert (await _listed(house, leader, before["id"]))["reservation_id"] == now["reservation_id"]
    assert len(accepted(await manager.get(f"{path}/roster"))["items"]) == 1


async def test_a_group_that_the_venue_cancels_is_shown_so(house: House, manager: Caller) -> None:
    leader = await house.citizen()
    slot_id = await open_slot(house, starts_in=60 * DAY, group=40)
    before = await approved(leader, manager, slot_id)
    path = f"/group-applications/{before['id']}"
    assert (await closed(house, manager, slot_id, "cancel"))["cancelled"] == 1
    for caller in (leader, manager):
        now = accepted(await caller.get(path))
        assert (now["status"], now["reservation_id"]) == ("cancelled", before["reservation_id"])
    assert accepted(await manager.post(f"{path}/approve")) == now
    refused(await send(leader, path), 409, "group_roster_closed")
    refused(await leader.post(f"{path}/withdraw"), 409, "group_application_decided")


async def _listed(house: House, caller: Caller, application_id: str) -> dict[str, Any]:
    is_leader = caller.tokens["actor"]["role"] == "citizen"
    path = "/group-applications" if is_leader else f"/venues/{house.venue['id']}/group-applications"
    page = accepted(await caller.get(path))["items"]
    return next(one for one in page if one["id"] == application_id)
