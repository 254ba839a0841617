"""Who is inside, over HTTP: a ceiling, exits, taking back, counting anew, and being told of crowds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from tests.api.codes import Forge, pass_of
from tests.api.conftest import REVOKED_KID
from tests.api.gates import Device, new_device
from tests.api.house import Caller, House, accepted, instant, party, refused, unique
from tests.waiting import until

HOUR = timedelta(hours=1)
NOWHERE = "ven_01JD0000000000000000000000"
OPEN: Mapping[str, Any] = {"ceiling": None, "alert_at": []}


class Gatehouse:
    """A venue with a device at its gates, and people whose codes are genuine."""

    def __init__(self, venue: Mapping[str, Any], device: Device, admin: Caller, forge: Forge) -> None:
        self.device, self.admin, self._forge = device, admin, forge
        self.venue_id = str(venue["id"])
        by_use = {gate["use"]: str(gate["id"]) for gate in venue["gates"]}
        self.entrance, self.exit = by_use["entrance"], by_use["exit"]

    def code(self, size: int = 2) -> str:
        starts_at = datetime.now(UTC).replace(second=0, microsecond=0)
        window = (starts_at, starts_at + HOUR)
        entry_pass = pass_of(f"rsv_{ULID()}", self.venue_id, window, party_size=size)
        return self._forge.code(entry_pass, datetime.now(UTC))

    async def enter(self, size: int, **more: Any) -> dict[str, Any]:
        scan: dict[str, Any] = accepted(await self.device.scan(self.entrance, self.code(size), **more))
        return scan

    async def leave(self, **wish: Any) -> dict[str, Any]:
        body = {"gate_id": self.exit, "nonce": unique("exit")} | wish
        scan: dict[str, Any] = accepted(await self.device.post("/exits", json=body))
        return scan

    async def demand(self, **wish: Any) -> dict[str, Any]:
        path = f"/venues/{self.venue_id}/gate-policy"
        version = accepted(await self.admin.get(path))["version"]
        made: dict[str, Any] = accepted(await self.admin.post(path, json={"version": version} | wish))
        await asyncio.sleep(2.1)  # for the other process to know
        return made

    async def inside(self) -> int:
        return int(accepted(await self.admin.get(f"/venues/{self.venue_id}/occupancy"))["inside"])

    async def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = accepted(await self.admin.get(f"/venues/{self.venue_id}/crowd-alerts"))["items"]
        return found


@pytest.fixture(scope="module")
async def gatehouse(house: House) -> AsyncIterator[Gatehouse]:
    """The example venue, which has no ceiling before these tests nor after."""
    admin = await house.staff("admin")
    gatehouse = Gatehouse(house.venue, await new_device(house, admin), admin, await Forge.of(house, REVOKED_KID))
    recount = {"inside": 50, "reason": "清点"}  # whatever other tests have counted
    accepted(await (await house.staff("gate")).post(f"/venues/{gatehouse.venue_id}/occupancy/recount", json=recount))
    yield gatehouse
    await gatehouse.demand(**OPEN)


async def test_a_device_takes_its_own_scan_back(house: House, gatehouse: Gatehouse) -> None:
    before, nonce = await gatehouse.inside(), unique("mistake")
    scan = await gatehouse.enter(3, nonce=nonce)
    assert await gatehouse.inside() == before + 3
    body = {"gate_id": gatehouse.entrance, "nonce": nonce}
    refused(await gatehouse.admin.post("/admissions/undo", json=body), 403, "role_forbidden")
    other = await new_device(house, gatehouse.admin, gatehouse.venue_id)
    refused(await other.post("/admissions/undo", json=body), 409, "undo_not_yours")
    undone = accepted(await gatehouse.device.post("/admissions/undo", json=body))
    assert undone == scan | {
        "decision": "undone",
        "admitted_now": -3,
        "admitted_count": 0,
        "scanned_at": undone["scanned_at"],
    }
    assert accepted(await gatehouse.device.post("/admissions/undo", json=body)) == undone
    assert await gatehouse.inside() == before
    unknown = body | {"nonce": "never-was-scanned"}
    refused(await gatehouse.device.post("/admissions/undo", json=unknown), 404, "admission_not_found")
    elsewhere = body | {"gate_id": house.side_venue["gates"][0]["id"]}
    refused(await gatehouse.device.post("/admissions/undo", json=elsewhere), 404, "gate_not_found")
    nothing = {"gate_id": gatehouse.entrance, "nonce": unique("junk")}
    accepted(await gatehouse.device.scan(gatehouse.entrance, "CC1:JUNK", nonce=nothing["nonce"]))
    refused(await gatehouse.device.post("/admissions/undo", json=nothing), 409, "nothing_to_undo")


async def test_whoever_was_let_in_by_mistake_can_cancel_after_all(house: House) -> None:
    gate, citizen = await house.staff("gate"), await house.citizen()
    booked = await citizen.book(str((await house.running_slot())["id"]), party(2))
    nonces = [unique("part") for _ in range(2)]
    for nonce in nonces:
        accepted(await gate.scan(house.entrances[0], await citizen.code_of(booked["id"]), count=1, nonce=nonce))
    again = await house.staff("gate")  # the same account in another session
    body = {"gate_id": house.entrances[0], "nonce": nonces[0]}
    refused(await again.post("/admissions/undo", json=body), 409, "undo_not_yours")
    accepted(await gate.post("/admissions/undo", json=body))
    refused(await citizen.post(f"/reservations/{booked['id']}/cancel"), 409, "visit_begun")
    accepted(await gate.post("/admissions/undo", json=body | {"nonce": nonces[1]}))
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 0
    accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))


async def test_people_leave_by_an_exit(house: House, gatehouse: Gatehouse) -> None:
    before, code = await gatehouse.inside(), gatehouse.code(4)
    not_inside = await gatehouse.leave(code=code)
    assert (not_inside["decision"], not_inside["reason"]) == ("refused", "not_inside")
    accepted(await gatehouse.device.scan(gatehouse.entrance, code))
    nonce = unique("leaving")
    first = await gatehouse.leave(code=code, count=1, nonce=nonce)
    assert (first["decision"], first["reason"], first["left_now"], first["left_count"]) == ("left", None, 1, 1)
    assert (first["admitted_now"], first["admitted_count"], first["party_size"]) == (0, 4, 4)
    assert await gatehouse.leave(code=code, count=1, nonce=nonce) == first
    body = {"gate_id": gatehouse.exit, "nonce": unique("many"), "code": code, "count": 9}
    refused(await gatehouse.device.post("/exits", json=body), 422, "count_too_large")
    assert (await gatehouse.leave(code=code))["left_now"] == 3
    # A code opens the gate once: nobody comes back on it.
    scan = accepted(await gatehouse.device.scan(gatehouse.entrance, code))
    assert (scan["decision"], scan["reason"]) == ("refused", "already_admitted")
    assert (await gatehouse.leave(code="CC1:JUNK"))["reason"] == "malformed"
    assert (await gatehouse.leave(code=code, gate_id=gatehouse.entrance))["reason"] == "wrong_gate"
    assert (await gatehouse.leave(count=1, gate_id=gatehouse.entrance))["reason"] == "wrong_gate"
    await gatehouse.enter(2)
    counted = await gatehouse.leave(count=2)
    assert (counted["decision"], counted["left_now"], counted["reservation_id"]) == ("left", 2, None)
    body = {"gate_id": gatehouse.exit, "nonce": unique("silent")}
    problem = refused(await gatehouse.device.post("/exits", json=body), 422, "count_needed")
    assert [one["path"] for one in problem["errors"]] == ["count"]
    assert await gatehouse.inside() == before
    elsewhere = body | {"gate_id": house.side_venue["gates"][0]["id"], "count": 1}
    refused(await gatehouse.device.post("/exits", json=elsewhere), 404, "gate_not_found")


async def test_a_full_venue_says_for_how_many_there_is_room(gatehouse: Gatehouse) -> None:
    inside = await gatehouse.inside()
    await gatehouse.demand(ceiling=inside + 3, alert_at=[])
    refusal = await gatehouse.enter(4)
    assert (refusal["decision"], refusal["reason"], refusal["room"]) == ("refused", "venue_full", 3)
    assert (refusal["admitted_now"], refusal["admitted_count"], refusal["party_size"]) == (0, 0, 4)
    assert "room" not in await gatehouse.enter(4, count=2)
    answers = await asyncio.gather(*(gatehouse.enter(1) for _ in range(6)))
    assert sorted(one["reason"] or one["decision"] for one in answers) == ["admitted"] + ["venue_full"] * 5
    assert await gatehouse.inside() == inside + 3
    await gatehouse.leave(count=2)
    assert (await gatehouse.enter(2))["decision"] == "admitted"
    await gatehouse.demand(**OPEN)
    assert (await gatehouse.enter(5))["decision"] == "admitted"
    await gatehouse.leave(count=8)


async def test_a_gate_policy_is_changed_by_who_has_read_it(house: House, gatehouse: Gatehouse) -> None:
    path = f"/venues/{gatehouse.venue_id}/gate-policy"
    made = await gatehouse.demand(ceiling=700, alert_at=[100, 80, 100])
    assert made == accepted(await gatehouse.admin.get(path))
    assert (made["venue_id"], made["ceiling"], made["alert_at"]) == (gatehouse.venue_id, 700, [80, 100])
    stale = {"version": made["version"] - 1, **OPEN}
    refused(await gatehouse.admin.post(path, json=stale), 409, "policy_changed")
    manager, gate, citizen = await house.staff("manager"), await house.staff("gate"), await house.citizen()
    for caller in (gate, citizen, gatehouse.device, house.nobody):
        answer = await caller.post(path, json=stale)
        assert answer.status_code in {401, 403}
    for elsewhere in (house.side_venue["id"], NOWHERE):
        refused(await manager.post(f"/venues/{elsewhere}/gate-policy", json=stale), 404, "venue_not_found")
        refused(await manager.get(f"/venues/{elsewhere}/gate-policy"), 404, "venue_not_found")
        refused(await manager.get(f"/venues/{elsewhere}/crowd-alerts"), 404, "venue_not_found")
    assert accepted(await gate.get(path)) == accepted(await manager.get(path)) == made
    await gatehouse.demand(**OPEN)


async def test_staff_say_how_many_are_inside(house: House) -> None:
    gate, path = await house.staff("gate"), f"/venues/{house.venue['id']}/occupancy"
    state = accepted(await gate.get(path))
    wish = {"inside": state["inside"] + 7, "reason": "侧门未计离场"}
    key = {"Idempotency-Key": unique("recount")}
    made = accepted(await gate.post(f"{path}/recount", json=wish, headers=key))
    assert (made["venue_id"], made["before"], made["inside"]) == (house.venue["id"], state["inside"], wish["inside"])
    assert (made["reason"], made["day"]) == (wish["reason"], state["day"])
    assert accepted(await gate.post(f"{path}/recount", json=wish, headers=key)) == made
    other = await gate.post(f"{path}/recount", json=wish | {"inside": 1}, headers=key)
    refused(other, 409, "idempotency_key_reused")
    now = accepted(await gate.get(path))
    assert (now["inside"], now["admitted"]) == (wish["inside"], state["admitted"])
    assert now["version"] > state["version"]
    accepted(await gate.post(f"{path}/recount", json=wish | {"inside": state["inside"]}))
    for caller in (await house.staff("admin"), await house.citizen()):
        refused(await caller.post(f"{path}/recount", json=wish), 403, "role_forbidden")
    refused(await gate.post(f"/venues/{NOWHERE}/occupancy/recount", json=wish), 404, "venue_not_found")


async def test_a_crowd_is_told_within_two_seconds_and_so_is_its_end(house: House, gatehouse: Gatehouse) -> None:
    inside, before = await gatehouse.inside(), len(await gatehouse.alerts())
    await gatehouse.demand(ceiling=inside + 20, alert_at=[100 * (inside + 10) // (inside + 20)])

    async def told(count: int) -> list[dict[str, Any]]:
        async def so_many() -> bool:
            return len(await gatehouse.alerts()) == before + count

        await until(so_many, within_s=4)
        return await gatehouse.alerts()

    for _ in range(6):
        await gatehouse.enter(2)
    crossed_at = datetime.now(UTC)
    [alert, *_] = await told(1)
    assert (alert["change"], alert["ceiling"], alert["venue_id"]) == ("rising", inside + 20, gatehouse.venue_id)
    assert inside + 10 <= alert["inside"] <= inside + 12
    assert alert["level"] == 100 * (inside + 10) // (inside + 20)
    assert instant(alert["noticed_at"]) < crossed_at + timedelta(seconds=2)
    await gatehouse.leave(count=12)
    [ease, *_] = await told(2)
    assert (ease["change"], ease["level"]) == ("easing", 0)
    assert "venue.crowded" in await house.events(gatehouse.venue_id)
    path = f"/venues/{gatehouse.venue_id}/crowd-alerts"
    assert accepted(await gatehouse.admin.get(path, params={"on": "2026-01-01"})) == {"items": []}
    await gatehouse.demand(**OPEN)
