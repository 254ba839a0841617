"""Uploads of undos, exits and walk-ins, of revoked codes, and by those whose business they are not."""

from dataclasses import replace
from datetime import timedelta

from services.common.clock import UlidSource
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from tests.api.house import DEMO_PASSWORD, House, accepted, refused, unique
from tests.api.offline import conflicts, gate_device, kinds, line_of, sent, visit
from tests.api.test_admission_uploads import bearer
from tests.api.test_groups import open_slot

RUNNING = timedelta(minutes=-5)


async def test_an_undo_may_come_before_what_it_takes_back(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=2)
    device.scan(code)
    entry = device.last
    device.undo(entry.entry.nonce)
    undo = device.last

    (waits,) = await sent(device, undo)
    assert (waits["verdict"], waits["decision"]) == ("recorded", None)
    (told,) = await sent(device, entry)

    assert (told["verdict"], told["decision"], kinds(told)) == ("recorded", "admitted", [])
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 0


async def test_who_was_taken_back_may_come_in_again_in_whatever_order_it_is_uploaded(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=3)
    device.scan(code)
    mistaken = device.last
    device.undo(mistaken.entry.nonce)
    undo = device.last
    assert device.scan(code, count=2).admitted_now == 2

    (first,) = await sent(device, mistaken)
    (again,) = await sent(device, device.last)
    assert [kinds(first), kinds(again)] == [[], ["admitted_twice"]]
    (taken_back,) = await sent(device, undo)

    assert (taken_back["decision"], kinds(taken_back)) == ("undone", [])
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 2
    (settled,) = [one for one in await conflicts(house) if one["id"] == again["conflicts"][0]["id"]]
    assert (settled["state"], settled["settled_by"]) == ("settled", "system")


async def test_all_of_it_in_one_upload_is_no_conflict_at_all(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=3)
    device.scan(code)
    device.undo(device.last.entry.nonce)
    device.scan(code, count=2)

    told = await sent(device, *reversed(device.storage.log))

    assert [one["decision"] for one in told] == ["admitted", "undone", "admitted"]
    assert [kinds(one) for one in told] == [[], [], []]


async def test_an_undo_that_came_too_late_or_is_not_its_own_is_told(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    for one in (device, other):
        one.scan((await visit(house, size=1))[2])
        await sent(one)
    device.undo(other.last.entry.nonce)
    other.undo(other.last.entry.nonce)
    late = replace(other.last.entry, at=other.last.entry.at + timedelta(minutes=16))
    other.storage.log[-1] = other.write(late, None)
    skewed = other.clock
    other.clock = lambda: skewed() + timedelta(minutes=16)

    (not_yours,) = await sent(device)
    (too_late,) = await sent(other)

    assert kinds(not_yours) == ["not_genuine"]
    details = {one["id"]: one["detail"] for one in await conflicts(house)}
    assert details[not_yours["conflicts"][0]["id"]] == "undo_not_yours"
    assert "clock" in kinds(too_late)


async def test_exits_are_counted_and_once(house: House) -> None:
    device = await gate_device(house, house.exit)
    path = f"/venues/{house.venue['id']}/occupancy"
    manager = line_of(house, await house.staff("manager"))
    before = (await manager.get(path))["left"]
    device.count_out(3)

    told = [*await sent(device), *await sent(device, *device.storage.log)]

    assert [(one["verdict"], one["decision"]) for one in told] == [("recorded", "left"), ("repeated", "left")]
    assert (await manager.get(path))["left"] == before + 3


async def test_walk_ins_are_counted_on_their_lease_and_beyond_it(house: House) -> None:
    slot_id = await open_slot(house, starts_in=RUNNING, walk_in=10, individual=5)
    device = await gate_device(house)
    gate = device.storage.gate_id
    lease = await device.line.post(f"/gates/{gate}/walk-in-leases", {"slot_id": slot_id, "places": 4})
    await device.fetch_pack()
    assert device.walk_in(lease["id"], 3).admitted_now == 3
    honest = device.last
    more = replace(honest.entry, seq=2, previous=honest.hash, nonce="another-walk-in", count=2, admitted_now=2)
    greedy = device.write(more, None)

    told = await sent(device, honest, greedy)

    assert [kinds(one) for one in told] == [[], ["lease_exceeded"]]
    (shown,) = [
        one for one in (await device.line.get(f"/gates/{gate}/walk-in-leases"))["items"] if one["id"] == lease["id"]
    ]
    assert shown["used"] == 4


async def test_a_lease_of_another_device_lets_nobody_in(house: House) -> None:
    slot_id = await open_slot(house, starts_in=RUNNING, walk_in=10, individual=5)
    holder, other = await gate_device(house), await gate_device(house)
    gate = holder.storage.gate_id
    lease = await holder.line.post(f"/gates/{gate}/walk-in-leases", {"slot_id": slot_id, "places": 4})
    await holder.fetch_pack()
    holder.walk_in(lease["id"], 1)
    stolen = replace(holder.last.entry, device_id=other.storage.device_id)

    (told,) = await sent(other, other.write(stolen, None))

    assert (told["decision"], kinds(told)) == ("admitted", ["not_genuine"])


async def test_a_code_that_was_revoked_by_then_is_told_and_one_that_was_revoked_later_is_not(house: House) -> None:
    device, manager = await gate_device(house), await house.staff("manager")
    visits = [await visit(house, size=1) for _ in range(2)]
    (_, revoked, early), (_, rightly, later) = visits
    path = "/venues/{venue}/reservations/{one}/revoke-code".format
    said = {"reason": "shared"}
    device.scan(later)
    accepted(await manager.post(path(venue=house.venue["id"], one=rightly["id"]), json=said))
    accepted(await manager.post(path(venue=house.venue["id"], one=revoked["id"]), json=said))
    device.scan(early)

    told = await sent(device)

    assert [kinds(one) for one in told] == [[], ["revoked"]]


async def test_an_undo_that_was_not_heard_is_not_done_twice(house: House) -> None:
    device = await gate_device(house)
    citizen, booked, code = await visit(house, size=2)
    device.scan(code)
    entry = device.last
    await sent(device)
    wish = {"gate_id": device.storage.gate_id, "nonce": entry.entry.nonce}
    accepted(await house.nobody.post("/admissions/undo", json=wish, headers=bearer(device)))
    device.undo(entry.entry.nonce)

    (told,) = await sent(device)

    assert (told["decision"], kinds(told)) == ("undone", [])
    assert accepted(await citizen.get(f"/reservations/{booked['id']}"))["admitted_count"] == 0


async def test_logs_and_conflicts_are_the_venues_own_business(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    for one in (device, other):
        one.scan((await visit(house, size=1))[2])
    (told,) = await sent(other, *device.storage.log, by=other.line)
    assert [error["code"] for error in told["errors"]] == ["device_unknown"]
    log = f"/gate-devices/{device.storage.device_id}/log"
    refused(await house.nobody.get(log, headers=bearer(other)), 404, "gate_device_not_found")
    listed = f"/venues/{house.venue['id']}/conflicts"
    refused(await house.nobody.get(listed, headers=bearer(device)), 403, "role_forbidden")


async def test_staff_of_another_venue_find_nothing(house: House) -> None:
    device, other = await gate_device(house), await gate_device(house)
    _, _, code = await visit(house, size=1)
    for one in (device, other):
        one.scan(code)
        (told,) = await sent(one)
    accounts = StaffAccounts(staff=MongoStaff(house.stores.mongo), hasher=Argon2Hasher(), ids=UlidSource())
    name, scope = unique("elsewhere"), Scope(level=ScopeLevel.VENUE, id=str(house.side_venue["id"]))
    await accounts.add(name, DEMO_PASSWORD, Role.VENUE_MANAGER, (scope,))
    stranger = await house.staff(name)

    refused(await stranger.get(f"/venues/{house.venue['id']}/conflicts"), 404, "venue_not_found")
    refused(await stranger.get(f"/gate-devices/{device.storage.device_id}/log"), 404, "gate_device_not_found")
    settle = f"/conflicts/{told['conflicts'][0]['id']}/settle"
    refused(await stranger.post(settle, json={"resolution": "fraud"}), 404, "conflict_not_found")
    (told,) = await sent(device, *device.storage.log, by=line_of(house, stranger))
    assert [error["code"] for error in told["errors"]] == ["device_unknown"]
