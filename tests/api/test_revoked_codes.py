"""Codes that a venue revokes: refused at its gates, told to the citizen, and restored."""

import asyncio

import pytest

from tests.api.house import Caller, House, accepted, party, refused, unique


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


def path_of(house: House, reservation_id: str, action: str) -> str:
    return f"/venues/{house.venue['id']}/reservations/{reservation_id}/{action}-code"


async def test_a_revoked_code_opens_no_gate_of_any_process(house: House, manager: Caller, gate: Caller) -> None:
    citizen = await house.citizen()
    made = await citizen.book((await house.running_slot())["id"], party(3))
    code = await citizen.code_of(made["id"])
    assert accepted(await gate.scan(house.entrances[0], code, count=1))["decision"] == "admitted"
    standing = accepted(await manager.post(path_of(house, made["id"], "revoke"), json={"reason": "shared"}))
    assert (standing["reservation_id"], standing["revoked"]) == (made["id"], True)
    [change] = standing["history"]
    assert (change["kind"], change["reason"]) == ("revoked", "shared")
    await asyncio.sleep(2)
    for _ in range(10):
        shown = {"gate_id": house.entrances[0], "code": code, "nonce": unique("scan")}
        scan = accepted(await gate.post("/admissions", json=shown, headers={"Connection": "close"}))
        assert (scan["decision"], scan["reason"]) == ("refused", "revoked")
        assert (scan["reservation_id"], scan["admitted_count"], scan["party_size"]) == (made["id"], 1, 3)
    refused(await citizen.get(f"/reservations/{made['id']}/entry-code"), 409, "code_revoked")
    refused(await citizen.get(f"/reservations/{made['id']}/entry-code.png"), 409, "code_revoked")
    assert accepted(await citizen.get(f"/reservations/{made['id']}"))["status"] == "booked"
    restored = accepted(await manager.post(path_of(house, made["id"], "restore")))
    assert (restored["revoked"], [one["kind"] for one in restored["history"]]) == (False, ["revoked", "restored"])
    code = await citizen.code_of(made["id"])
    await asyncio.sleep(2)
    scan = accepted(await gate.scan(house.entrances[0], code))
    assert (scan["decision"], scan["admitted_now"]) == ("admitted", 2)


async def test_the_same_again_changes_nothing(house: House, manager: Caller) -> None:
    citizen = await house.citizen()
    made = await citizen.book((await house.running_slot())["id"], party(1))
    restored = accepted(await manager.post(path_of(house, made["id"], "restore")))
    assert (restored["revoked"], restored["history"]) == (False, [])
    first = accepted(await manager.post(path_of(house, made["id"], "revoke"), json={"reason": "lost"}))
    assert accepted(await manager.post(path_of(house, made["id"], "revoke"), json={"reason": "other"})) == first


async def test_codes_are_revoked_by_those_who_answer_for_the_venue(house: House, manager: Caller, gate: Caller) -> None:
    citizen = await house.citizen()
    made = await citizen.book((await house.running_slot())["id"], party(1))
    wish = {"reason": "shared"}
    refused(await gate.post(path_of(house, made["id"], "revoke"), json=wish), 403, "role_forbidden")
    refused(await citizen.post(path_of(house, made["id"], "revoke"), json=wish), 403, "role_forbidden")
    elsewhere = f"/venues/{house.side_venue['id']}/reservations/{made['id']}/revoke-code"
    refused(await manager.post(elsewhere, json=wish), 404, "venue_not_found")
    admin = await house.staff("admin")
    refused(await admin.post(elsewhere, json=wish), 404, "reservation_not_found")
    unknown = path_of(house, "rsv_01JD0000000000000000000000", "revoke")
    refused(await manager.post(unknown, json=wish), 404, "reservation_not_found")
    await citizen.code_of(made["id"])
