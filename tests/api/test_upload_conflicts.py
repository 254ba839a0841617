"""Conflicts of uploads as people meet them: no flood, found by kind, settled again; and what helps to find faults."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from qr.gate_log import HASH_CONTEXT, LogKind
from tests.api.gates import revoke
from tests.api.house import House, accepted, refused
from tests.api.offline import conflicts, gate_device, kinds, line_of, sent, visit
from tests.api.test_admission_uploads import bearer
from tests.api.test_groups import open_slot
from tests.gates.device import OfflineGate

RUNNING = timedelta(minutes=-5)


async def test_a_clock_that_is_off_is_one_conflict_that_every_entry_names(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    _, _, shared = await visit(house, size=1)
    other.scan(shared)
    await sent(other)
    for code in [shared, *[(await visit(house, size=1))[2] for _ in range(3)]]:
        device.scan(code)
    device.scan("CC1:NOTHING")
    honest = device.clock
    device.clock = lambda: honest() + timedelta(minutes=5)
    await sent(device, device.last)  # the first that is heard of the new time: `clock_moved`

    told = [*await sent(device, *device.storage.log[2:4]), *await sent(device, *device.storage.log[:2])]

    assert all("clock" in kinds(one) for one in told)
    (clock,) = {named["id"] for one in told for named in one["conflicts"] if named["kind"] == "clock"}
    its = device.storage.device_id
    found = [one for one in await conflicts(house) if its in {seen["device_id"] for seen in one["sightings"]}]
    (gathered,) = [one for one in found if one["detail"] == "clock_off"]
    assert (gathered["id"], gathered["detail"], gathered["state"]) == (clock, "clock_off", "open")
    assert [one["device_id"] for one in gathered["sightings"]] == [its]
    assert [one["kind"] for one in found if one["kind"] == "admitted_twice"] == ["admitted_twice"]


async def test_what_a_revoked_device_had_kept_is_one_conflict_and_what_it_did_afterwards_many(house: House) -> None:
    device, manager = await gate_device(house), await house.staff("manager")
    for _ in range(2):
        device.scan((await visit(house, size=1))[2])
    accepted(await revoke(manager, device.storage.device_id))
    for _ in range(2):
        device.scan((await visit(house, size=1))[2])

    told = await sent(device, *device.storage.log, by=line_of(house, await house.staff("gate")))

    assert [kinds(one) for one in told] == [["device_revoked"]] * 4
    ids = [one["conflicts"][0]["id"] for one in told]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def test_conflicts_are_found_by_their_kind(house: House) -> None:
    device = await gate_device(house)
    device.pretend(kind=LogKind.ENTRY, code="CC1:FORGED", count=1, admitted_now=1)
    device.clock = lambda: device.last.entry.at + timedelta(minutes=5)
    (told,) = await sent(device)
    assert {"clock", "not_genuine"} <= set(kinds(told))
    ids = {one["kind"]: one["id"] for one in told["conflicts"]}

    for kind in ("clock", "not_genuine"):
        found = await conflicts(house, kind=kind, state="open")
        assert {one["kind"] for one in found} == {kind}
        assert ids[kind] in {one["id"] for one in found}


async def test_a_wrong_hash_is_told_with_what_the_server_made_of_the_entry(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    item = device.last.item()
    body = {"device_time": device.clock().isoformat(timespec="milliseconds"), "items": [item | {"hash": "ab" * 32}]}

    (told,) = accepted(await house.nobody.post("/admissions/batch", json=body, headers=bearer(device)))["items"]

    assert [one["code"] for one in told["errors"]] == ["hash_wrong"]
    computed = told["computed"]
    assert computed["hash"] == item["hash"]
    assert computed["hash"] == hashlib.sha256(HASH_CONTEXT + computed["canonical"].encode()).hexdigest()
    assert json.loads(computed["canonical"])["nonce"] == item["nonce"]
    assert code not in computed["canonical"]
    assert [one["computed"] for one in await sent(device)] == [None]


async def test_what_no_log_says_is_told_by_its_field(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    good = device.last.item()
    lies: dict[str, dict[str, Any]] = {
        "decision": {"kind": "exit", "decision": "left"},
        "admitted_now": {"admitted_now": 0},
        "undoes": {"undoes": "another-nonce"},
        "lease_id": {"lease_id": "rsv_01JD0000000000000000000000"},
        "occurred_at": {"occurred_at": "2026-11-22T10:00:00.1234567Z"},
        "pack_issued_at": {"pack_issued_at": "2026-11-22T10:00:00.5Z"},
    }
    body = {"device_time": good["occurred_at"], "items": [good | lie for lie in lies.values()]}

    told = accepted(await house.nobody.post("/admissions/batch", json=body, headers=bearer(device)))["items"]

    errors = [(error["path"], error["code"]) for one in told for error in one["errors"]]
    assert errors == [(path, "not_of_a_log") for path in lies]


async def test_a_later_word_holds_and_the_earlier_ones_stay(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    _, _, code = await visit(house, size=1)
    for one in (device, other):
        one.scan(code)
        (told,) = await sent(one)
    path = f"/conflicts/{told['conflicts'][0]['id']}/settle"
    manager, first, second = await house.staff("manager"), {"resolution": "fraud"}, {"resolution": "staff_error"}

    words = [accepted(await manager.post(path, json=said)) for said in (first, second, second, first)]

    assert [len(one["settlements"]) for one in words] == [1, 2, 2, 3]
    assert words[1] == words[2]
    last = words[-1]
    assert [one["resolution"] for one in last["settlements"]] == ["fraud", "staff_error", "fraud"]
    holding = last["settlements"][-1]
    assert all(last[name] == value for name, value in holding.items())
    assert len({one["settled_by"] for one in last["settlements"]}) == 1
    for _ in range(47):
        first, second = second, first
        accepted(await manager.post(path, json=first))
    refused(await manager.post(path, json=second), 409, "conflict_settled")
    assert len(accepted(await manager.post(path, json=first))["settlements"]) == 50


async def test_an_undo_settles_what_a_walk_in_on_a_returned_lease_had_brought(house: House) -> None:
    slot_id = await open_slot(house, starts_in=RUNNING, walk_in=10, individual=5)
    device = await gate_device(house)
    leases = f"/gates/{device.storage.gate_id}/walk-in-leases"
    lease = await device.line.post(leases, {"slot_id": slot_id, "places": 4})
    await device.fetch_pack()
    device.walk_in(lease["id"], 3)
    manager = await house.staff("manager")
    accepted(await manager.post(f"/walk-in-leases/{lease['id']}/return", json={}))
    (told,) = await sent(device)
    assert kinds(told) == ["cancelled"]
    shown = await of_lease(device, leases, lease["id"])
    assert (shown["state"], shown["places"], shown["used"], shown["beyond"]) == ("returned", 0, 0, 3)

    device.undo(device.last.entry.nonce)
    (undone,) = await sent(device)

    assert (undone["decision"], kinds(undone)) == ("undone", [])
    (settled,) = [one for one in await conflicts(house) if one["id"] == told["conflicts"][0]["id"]]
    assert (settled["state"], settled["settled_by"]) == ("settled", "system")
    assert [(one["movement"], one["count"], one["offline"]) for one in settled["sightings"]] == [
        ("entry", 3, True),
        ("undo", 3, True),
    ]
    assert (await of_lease(device, leases, lease["id"]))["beyond"] == 0


async def test_a_walk_in_on_a_returned_lease_and_its_undo_may_come_in_one_upload(house: House) -> None:
    slot_id = await open_slot(house, starts_in=RUNNING, walk_in=10, individual=5)
    device = await gate_device(house)
    leases = f"/gates/{device.storage.gate_id}/walk-in-leases"
    lease = await device.line.post(leases, {"slot_id": slot_id, "places": 4})
    await device.fetch_pack()
    device.walk_in(lease["id"], 3)
    device.undo(device.last.entry.nonce)
    beyond = replace(device.storage.log[0].entry, seq=3, previous=device.last.hash, nonce="once-more-walk-in")
    device.storage.log.append(device.write(beyond, None))
    accepted(await (await house.staff("manager")).post(f"/walk-in-leases/{lease['id']}/return", json={}))

    told = await sent(device, *reversed(device.storage.log))

    assert {one["nonce"]: kinds(one) for one in told}["once-more-walk-in"] == ["cancelled"]
    found = {one["id"]: one for one in await conflicts(house)}
    states = {one["seq"]: [found[its["id"]]["state"] for its in one["conflicts"]] for one in told}
    assert states == {1: ["settled"], 2: [], 3: ["open"]}
    assert (await of_lease(device, leases, lease["id"]))["beyond"] == 3


async def of_lease(device: OfflineGate, path: str, lease_id: str) -> dict[str, Any]:
    (found,) = [one for one in (await device.line.get(path))["items"] if one["id"] == lease_id]
    return dict(found)
