"""What gates did without network is taken in as it happened, once, whatever else is in the same upload."""

from dataclasses import replace
from datetime import timedelta

from qr.gate_log import LogKind
from tests.api.gates import revoke
from tests.api.house import House, accepted, refused, unique
from tests.api.offline import conflicts, gate_device, kinds, line_of, sent, visit


async def test_an_entry_is_recorded_and_repeated(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=3)
    assert device.scan(code, count=2).admitted_now == 2

    (first,) = await sent(device)
    again = await sent(device, *device.storage.log)

    assert (first["verdict"], first["decision"], first["conflicts"], first["errors"]) == (
        "recorded",
        "admitted",
        [],
        [],
    )
    assert again == [first | {"verdict": "repeated"}]
    shown = accepted(await citizen.get(f"/reservations/{booked['id']}"))
    assert shown["admitted_count"] == 2


async def test_what_two_gates_let_in_twice_names_both(house: House) -> None:
    here, there = await gate_device(house, house.entrances[0]), await gate_device(house, house.entrances[-1])
    _, booked, code = await visit(house, size=2)
    for device in (here, there):
        assert device.scan(code).admitted_now == 2

    assert [kinds(one) for one in await sent(here)] == [[]]
    (twice,) = await sent(there)

    assert kinds(twice) == ["admitted_twice"]
    (found,) = [one for one in await conflicts(house, state="open") if one["id"] == twice["conflicts"][0]["id"]]
    assert found["reservation_id"] == booked["id"]
    assert [one["device_id"] for one in found["sightings"]] == [here.storage.device_id, there.storage.device_id]
    assert [one["gate_id"] for one in found["sightings"]] == [here.storage.gate_id, there.storage.gate_id]


async def test_a_bad_item_holds_up_nobody_else(house: House) -> None:
    device, stranger = await gate_device(house), await gate_device(house)
    codes = [(await visit(house, size=1))[2] for _ in range(4)]
    for code in codes:
        device.scan(code)
    lost, forged, altered, good = device.storage.log
    items = [one.item() for one in (lost, forged, altered, good)]
    items[0]["gate_id"] = house.side_venue["gates"][0]["id"]
    items[1]["signature"] = items[2]["signature"]
    items[2]["code"] = codes[0]
    items += [
        {"seq": "one"},
        stranger.write(replace(good.entry, device_id=stranger.storage.device_id), codes[3]).item(),
    ]
    body = {"device_time": device.clock().isoformat(timespec="milliseconds"), "items": items}

    told = accepted(await house.nobody.post("/admissions/batch", json=body, headers=bearer(device)))["items"]

    assert [one["verdict"] for one in told] == ["refused", "refused", "refused", "recorded", "refused", "refused"]
    assert [[error["code"] for error in one["errors"]][:1] for one in told] == [
        ["gate_unknown"],
        ["signature_wrong"],
        ["hash_wrong"],
        [],
        ["required"],
        ["device_unknown"],
    ]


def bearer(device: object) -> dict[str, str]:
    token = device.line.token  # type: ignore[attr-defined]
    return {"Authorization": f"Bearer {token}"}


async def test_what_was_applied_but_not_heard_is_not_applied_twice(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=2)
    nonce = unique("unheard").replace("-", "_")
    wish = {"gate_id": device.storage.gate_id, "code": code, "nonce": nonce, "count": 1}
    accepted(await house.nobody.post("/admissions", json=wish, headers=bearer(device)))

    device.scan(code, count=1, nonce=nonce)
    (told,) = await sent(device)

    assert (told["decision"], kinds(told)) == ("admitted", [])
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 1


async def test_what_was_refused_online_and_let_in_without_network_is_counted(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    _, _, code = await visit(house, size=2)
    await sent(other, *[] if other.scan(code) is None else other.storage.log)
    nonce = unique("refused").replace("-", "_")
    wish = {"gate_id": device.storage.gate_id, "code": code, "nonce": nonce}
    assert accepted(await house.nobody.post("/admissions", json=wish, headers=bearer(device)))["decision"] == "refused"

    assert device.scan(code, nonce=nonce).admitted_now == 2
    (told,) = await sent(device)

    assert (told["decision"], kinds(told)) == ("admitted", ["admitted_twice"])


async def test_an_answer_that_the_gate_did_not_hear_is_told(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=2)
    nonce = unique("answer").replace("-", "_")
    wish = {"gate_id": device.storage.gate_id, "code": code, "nonce": nonce}
    accepted(await house.nobody.post("/admissions", json=wish, headers=bearer(device)))
    device.scan(code, nonce=nonce)
    refusal = replace(device.last.entry, decision="refused", reason="already_admitted", admitted_now=0)
    device.storage.log[-1] = device.write(refusal, code)

    (told,) = await sent(device)

    assert (told["decision"], kinds(told)) == ("admitted", ["answer_unheard"])


async def test_a_log_that_was_cut_forked_or_rewritten_shows(house: House) -> None:
    device = await gate_device(house)
    for _ in range(5):
        device.scan((await visit(house, size=1))[2])
    first, second, third, fourth, fifth = device.storage.log
    rewritten = device.write(
        replace(second.entry, admitted_now=0, decision="refused", reason="stale_code"), second.code
    )

    assert [kinds(one) for one in await sent(device, first, second)] == [[], []]
    assert [kinds(one) for one in await sent(device, rewritten)] == [["log_forked", "answer_unheard"]]
    broken = device.write(replace(fourth.entry, previous="ab" * 32), fourth.code)
    assert [kinds(one) for one in await sent(device, broken)] == [[]]  # nobody knows the one before it yet
    assert [kinds(one) for one in await sent(device, third)] == [["log_broken"]]
    assert [kinds(one) for one in await sent(device, replace(fifth))] == [["log_broken"]]

    path = f"/gate-devices/{device.storage.device_id}/log"
    report = accepted(await (await house.staff("manager")).get(path))
    assert report | {"device_id": ""} == {
        "device_id": "",
        "highest_seq": 5,
        "received": 5,
        "missing": [],
        "breaks": [4, 5],
        "forks": [2],
        "undos_waiting": [],
        "cut": False,
    }


async def test_an_entry_that_is_told_once_more_is_counted_once_and_told(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=3)
    device.scan(code, count=1)
    device.pretend(kind=LogKind.EXIT, code=None, count=1, admitted_now=1)
    first = device.storage.log[0]
    replay = device.write(replace(first.entry, seq=3, previous=device.last.hash), code)

    told = await sent(device, *device.storage.log, replay)

    assert [kinds(one) for one in told] == [[], ["wrong_place"], ["log_forked"]]
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 1


async def test_what_denies_itself_is_of_no_log(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    entry = device.last.entry
    lies = [
        replace(entry, admitted_now=0),
        replace(entry, decision="refused"),
        replace(entry, undoes="another-nonce"),
        replace(entry, kind=LogKind.UNDO, admitted_now=0),
        replace(entry, kind=LogKind.WALK_IN),
        replace(entry, lease_id="rsv_01JD0000000000000000000000"),
    ]
    told = await sent(device, *(device.write(one, code) for one in lies))
    assert [[error["code"] for error in one["errors"]] for one in told] == [["not_of_a_log"]] * len(lies)


async def test_what_is_missing_in_a_log_shows(house: House) -> None:
    device = await gate_device(house)
    for _ in range(6):
        device.scan((await visit(house, size=1))[2])
    await sent(device, device.storage.log[1], device.storage.log[4])

    report = await device.line.get(f"/gate-devices/{device.storage.device_id}/log")

    assert (report["highest_seq"], report["received"]) == (5, 2)
    assert report["missing"] == [{"from": 1, "to": 1}, {"from": 3, "to": 4}]


async def test_a_stolen_device_is_uploaded_for_by_staff(house: House) -> None:
    device, manager = await gate_device(house), await house.staff("manager")
    _, _, code = await visit(house, size=1)
    device.scan(code)
    accepted(await revoke(manager, device.storage.device_id))
    device.scan((await visit(house, size=1))[2])

    (before, after) = await sent(device, *device.storage.log, by=line_of(house, await house.staff("gate")))

    assert [kinds(before), kinds(after)] == [["device_revoked"], ["device_revoked"]]
    found = {one["id"]: one["detail"] for one in await conflicts(house)}
    details = [found[one["conflicts"][0]["id"]] for one in (before, after)]
    assert details == ["uploaded_after_revocation", "occurred_after_revocation"]


async def test_a_clock_that_is_wrong_is_told(house: House) -> None:
    device = await gate_device(house)
    honest = device.clock
    _, _, code = await visit(house, size=1)
    device.scan(code)
    ahead = replace(device.last.entry, at=device.last.entry.at + timedelta(hours=1))
    device.storage.log[-1] = device.write(ahead, code)
    device.clock = lambda: honest() + timedelta(minutes=5)

    (told,) = await sent(device)

    assert "clock" in kinds(told)


async def test_a_screenshot_of_before_tells_itself(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    late = replace(device.last.entry, at=device.last.entry.at - timedelta(minutes=10))
    device.storage.log[-1] = device.write(late, code)

    (told,) = await sent(device)

    assert "stale_code" in kinds(told)


async def test_a_conflict_is_settled_and_the_same_again_changes_nothing(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    _, _, code = await visit(house, size=1)
    for one in (device, other):
        one.scan(code)
        (told,) = await sent(one)
    path = f"/conflicts/{told['conflicts'][0]['id']}/settle"
    manager = await house.staff("manager")
    said = {"resolution": "fraud", "note": "已核对监控。"}

    settled = accepted(await manager.post(path, json=said))
    again = accepted(await manager.post(path, json=said))

    assert (settled["state"], settled["resolution"], settled["note"]) == ("settled", "fraud", "已核对监控。")
    assert again == settled
    refused(await manager.post(path.replace("admitted_twice", "clock"), json=said), 404, "conflict_not_found")
    assert told["conflicts"][0]["id"] not in {one["id"] for one in await conflicts(house, state="open")}
    assert told["conflicts"][0]["id"] in {one["id"] for one in await conflicts(house, state="settled")}


async def test_the_list_of_conflicts_has_pages(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    for _ in range(3):
        _, _, code = await visit(house, size=1)
        for one in (device, other):
            one.scan(code)
    for one in (device, other):
        await sent(one)
    manager = line_of(house, await house.staff("manager"))
    path = f"/venues/{house.venue['id']}/conflicts"

    everything = await manager.all_of(path)
    page = await manager.get(path, limit=2)
    found = page["items"]
    while page["next"] is not None:
        page = await manager.get(path, limit=2, after=page["next"])
        found += page["items"]

    assert found == everything
    assert len(everything) >= 3
