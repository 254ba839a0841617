"""Walk-in places over HTTP: leased by a gate, used in parts, and given back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, party, refused, unique
from tests.api.test_groups import LATER, NOW, open_slot


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


def at_gate(house: House, number: int = 0) -> str:
    return f"/gates/{house.entrances[number]}/walk-in-leases"


async def leased(house: House, gate: Caller, slot_id: str, places: int, **headers: str) -> dict[str, Any]:
    wish = {"slot_id": slot_id, "places": places}
    lease: dict[str, Any] = accepted(await gate.post(at_gate(house), json=wish, headers=headers), 201)
    return lease


async def come_in(gate: Caller, lease: dict[str, Any], count: int, **changes: Any) -> dict[str, Any]:
    wish = {"gate_id": lease["gate_id"], "lease_id": lease["id"], "nonce": unique("walk-in"), "count": count}
    scan: dict[str, Any] = accepted(await gate.post("/walk-ins", json=wish | changes))
    return scan


async def test_people_without_a_booking_come_in_on_leased_places(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, walk_in=10, individual=5)
    lease = await leased(house, gate, slot_id, 6)
    assert (lease["state"], lease["places"], lease["used"], lease["returned"]) == ("open", 6, 0, 0)
    assert lease["expires_at"] == lease["ends_at"]
    nonce = unique("walk-in")
    first = await come_in(gate, lease, 2, nonce=nonce)
    assert (first["decision"], first["admitted_now"], first["admitted_count"], first["party_size"]) == (
        "admitted",
        2,
        2,
        6,
    )
    assert await come_in(gate, lease, 2, nonce=nonce) == first
    problem = await gate.post(
        "/walk-ins",
        json={"gate_id": lease["gate_id"], "lease_id": lease["id"], "nonce": unique("walk-in"), "count": 5},
    )
    refused(problem, 422, "count_too_large")
    returned = accepted(await gate.post(f"/walk-in-leases/{lease['id']}/return"))
    assert returned == lease | {"state": "returned", "places": 2, "used": 2, "returned": 4}
    assert accepted(await gate.post(f"/walk-in-leases/{lease['id']}/return")) == returned
    scan = await come_in(gate, lease, 1)
    assert (scan["decision"], scan["reason"]) == ("refused", "already_admitted")
    assert (await leased(house, gate, slot_id, 8))["places"] == 8


async def test_nobody_leases_more_than_there_is(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=LATER, walk_in=10, individual=5)
    await leased(house, gate, slot_id, 7)
    answer = await gate.post(at_gate(house), json={"slot_id": slot_id, "places": 4})
    refused(answer, 409, "slot_full")
    assert answer.json()["places_left"] == 3
    # Individuals' places are not the gate's, nor the other way round.
    citizen = await house.citizen()
    answer = await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(5)})
    accepted(answer, 201)
    refused(await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(1)}), 409, "slot_full")
    assert (await leased(house, gate, slot_id, 3))["places"] == 3


async def test_a_lease_is_made_once_and_listed(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=LATER, walk_in=10)
    key = unique("lease")
    lease = await leased(house, gate, slot_id, 3, **{"Idempotency-Key": key})
    assert await leased(house, gate, slot_id, 3, **{"Idempotency-Key": key}) == lease
    given_back = await leased(house, gate, slot_id, 2)
    ended = accepted(await gate.post(f"/walk-in-leases/{given_back['id']}/return"))
    assert (ended["places"], ended["returned"], ended["state"]) == (0, 2, "returned")
    on = {"on": lease["starts_at"][:10], "limit": 200}
    page = accepted(await (await house.staff("auditor")).get(at_gate(house), params=on))
    assert [one for one in page["items"] if one["slot_id"] == slot_id] == [lease, ended]
    assert accepted(await gate.get(at_gate(house, 1), params=on))["items"] == []
    assert accepted(await gate.get(at_gate(house), params={"on": "2026-01-01"}))["items"] == []
    scan = await come_in(gate, lease, 1)
    assert (scan["decision"], scan["reason"]) == ("refused", "too_early")


async def test_a_lease_is_its_holder_s_and_a_manager_can_end_it(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, walk_in=10)
    lease = await leased(house, gate, slot_id, 6)
    manager, citizen = await house.staff("manager"), await house.citizen()
    wish = {"gate_id": lease["gate_id"], "lease_id": lease["id"], "nonce": unique("walk-in"), "count": 1}
    refused(await manager.post("/walk-ins", json=wish), 403, "walk_in_lease_of_another")
    refused(await citizen.post("/walk-ins", json=wish), 403, "role_forbidden")
    refused(await citizen.get(f"/reservations/{lease['id']}"), 404, "reservation_not_found")
    own = accepted(await manager.post(at_gate(house), json={"slot_id": slot_id, "places": 1}), 201)
    refused(await gate.post(f"/walk-in-leases/{own['id']}/return"), 403, "walk_in_lease_of_another")
    assert (await come_in(gate, lease, 1, gate_id=house.entrances[1]))["reason"] == "wrong_gate"
    assert (await come_in(gate, lease, 1, gate_id=house.exit))["reason"] == "wrong_gate"
    assert accepted(await manager.post(f"/walk-in-leases/{lease['id']}/return"))["returned"] == 6
    assert (await come_in(gate, lease, 1))["reason"] == "cancelled"


async def test_what_is_not_there_is_refused(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, walk_in=10)
    nothing = "01JD0000000000000000000000"
    wish = {"slot_id": slot_id, "places": 1}
    refused(await gate.post(f"/gates/gat_{nothing}/walk-in-leases", json=wish), 404, "gate_not_found")
    refused(await gate.post(at_gate(house), json=wish | {"slot_id": f"slt_{nothing}"}), 404, "slot_not_found")
    refused(await gate.post(f"/gates/{house.exit}/walk-in-leases", json=wish), 409, "gate_not_entrance")
    refused(await gate.post(f"/walk-in-leases/rsv_{nothing}/return"), 404, "walk_in_lease_not_found")
    come = {"gate_id": house.entrances[0], "lease_id": f"rsv_{nothing}", "nonce": unique("walk-in"), "count": 1}
    refused(await gate.post("/walk-ins", json=come), 404, "walk_in_lease_not_found")


async def test_what_is_over_is_not_given_back(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=timedelta(hours=-3), walk_in=10)
    refused(await gate.post(at_gate(house), json={"slot_id": slot_id, "places": 1}), 409, "slot_ended")


async def test_a_closure_takes_leases_back(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=LATER, walk_in=10, individual=5)
    lease = await leased(house, gate, slot_id, 6)
    admin = await house.staff("admin")
    order = {"slot_ids": [slot_id], "remedy": "move", "unmoved": "leave"}
    closure = accepted(await admin.post(f"/venues/{house.venue['id']}/closures", json=order), 202)
    for _ in range(100):
        report = accepted(await admin.get(f"/closures/{closure['id']}"))
        if report["done"]:
            break
        await asyncio.sleep(0.1)
    assert {name: report[name] for name in ("done", "moved", "cancelled", "left")} == {
        "done": True,
        "moved": 0,
        "cancelled": 0,
        "left": 0,
    }
    on = {"on": lease["starts_at"][:10], "limit": 200}
    page = accepted(await gate.get(at_gate(house), params=on))
    [ended] = [one for one in page["items"] if one["id"] == lease["id"]]
    assert (ended["state"], ended["returned"]) == ("returned", 6)


async def test_who_was_let_in_by_mistake_is_taken_back_and_given_back(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, walk_in=10)
    lease = await leased(house, gate, slot_id, 6)
    nonces = [unique("walk-in") for _ in range(2)]
    for nonce in nonces:
        await come_in(gate, lease, 2, nonce=nonce)
    await undone(gate, lease, nonces[0])
    returned = accepted(await gate.post(f"/walk-in-leases/{lease['id']}/return"))
    assert (returned["places"], returned["used"], returned["returned"]) == (2, 2, 4)
    await undone(gate, lease, nonces[1])
    ended = accepted(await gate.post(f"/walk-in-leases/{lease['id']}/return"))
    assert (ended["places"], ended["used"], ended["returned"]) == (0, 0, 6)
    assert (await leased(house, gate, slot_id, 10))["places"] == 10


async def undone(gate: Caller, lease: dict[str, Any], nonce: str) -> None:
    accepted(await gate.post("/admissions/undo", json={"gate_id": lease["gate_id"], "nonce": nonce}))
