"""Gate devices over HTTP: enrolled by a code, of little power, and revoked at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from nacl.signing import SigningKey

from handlers.operation import Operation
from server.routes import API_ROUTES
from services.admissions.devices.mongo import GATE_DEVICES
from services.identity.model import Role
from tests.api.gates import Device, device_time, enrol, invited, new_device, revoke, wire_key
from tests.api.house import Caller, House, accepted, instant, party, refused

A_YEAR = timedelta(days=365)
# All that a device may do; each is there because a gate needs it.
FOR_DEVICES = {
    ("get", "/me"),
    ("post", "/admissions"),
    ("post", "/admissions/batch"),
    ("post", "/admissions/undo"),
    ("post", "/exits"),
    ("post", "/walk-ins"),
    ("get", "/gates/{gate_id}/offline-pack"),
    ("get", "/gates/{gate_id}/walk-in-leases"),
    ("post", "/gates/{gate_id}/walk-in-leases"),
    ("post", "/walk-in-leases/{lease_id}/return"),
    ("get", "/venues/{venue_id}/live"),
    ("get", "/venues/{venue_id}/occupancy"),
    ("post", "/gate-devices/heartbeat"),
    ("get", "/gate-devices/{device_id}/log"),
}


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


async def booked_code(house: House) -> str:
    citizen = await house.citizen()
    made = await citizen.book((await house.running_slot())["id"], party(1))
    return await citizen.code_of(made["id"])


async def listed(house: House, caller: Caller) -> dict[str, dict[str, Any]]:
    path = f"/venues/{house.venue['id']}/gate-devices"
    return {one["id"]: one for one in accepted(await caller.get(path, params={"limit": 200}))["items"]}


async def test_a_device_enrols_and_admits(house: House, manager: Caller) -> None:
    invitation = await invited(house, manager)
    assert timedelta(minutes=29) < instant(invitation["expires_at"]) - datetime.now(UTC) <= timedelta(minutes=30)
    assert (await listed(house, manager))[invitation["id"]]["state"] == "pending"
    typed = invitation["enrolment_code"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    enrolled = accepted(await enrol(house, typed, app="turnstile 2.3"))
    assert enrolled["device_id"] == invitation["id"]
    assert {gate["id"] for gate in enrolled["venue"]["gates"]} == {gate["id"] for gate in house.venue["gates"]}
    assert [key["algorithm"] for key in enrolled["pack_keys"]]
    assert A_YEAR - timedelta(minutes=1) < instant(enrolled["expires_at"]) - datetime.now(UTC) <= A_YEAR
    device = Caller(house.client, enrolled)
    me = accepted(await device.get("/me"))
    assert (me["id"], me["role"]) == (invitation["id"], "gate")
    assert me["scopes"] == [{"level": "venue", "id": house.venue["id"]}]
    scan = accepted(await device.scan(house.entrances[0], await booked_code(house)))
    assert scan["decision"] == "admitted"
    shown = (await listed(house, manager))[invitation["id"]]
    assert (shown["state"], shown["app"], shown["clock_wrong"]) == ("enrolled", "turnstile 2.3", False)


async def test_a_code_is_kept_as_a_digest_only(house: House, manager: Caller) -> None:
    invitation = await invited(house, manager)
    kept = await house.stores.mongo.collection(GATE_DEVICES).find_one({"_id": invitation["id"]})
    code = invitation["enrolment_code"]
    assert len(code.replace("-", "")) == 10
    assert code not in str(kept)
    assert code.replace("-", "") not in str(kept)
    assert code not in str(await listed(house, manager))


async def test_a_code_works_once(house: House, manager: Caller) -> None:
    code = (await invited(house, manager))["enrolment_code"]
    answers = await asyncio.gather(*(enrol(house, code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    [lucky] = [Caller(house.client, answer.json()) for answer in answers if answer.status_code == 200]
    accepted(await lucky.get("/me"))
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 409, "enrolment_code_used")


async def test_codes_that_are_not_good(house: House, manager: Caller) -> None:
    refused(await enrol(house, "00000-00000"), 401, "enrolment_code_refused")
    refused(await enrol(house, "UUUUU-UUUUU"), 401, "enrolment_code_refused")
    late = await invited(house, manager)
    devices = house.stores.mongo.collection(GATE_DEVICES)
    await devices.update_one({"_id": late["id"]}, {"$set": {"code_expires_at": datetime.now(UTC)}})
    refused(await enrol(house, late["enrolment_code"]), 409, "enrolment_code_expired")
    gone = await invited(house, manager)
    accepted(await revoke(manager, gone["id"], "other"))
    refused(await enrol(house, gone["enrolment_code"]), 401, "enrolment_code_refused")


@pytest.mark.parametrize(
    "key",
    # Zero, the neutral element, a point of order eight, and bytes beside the curve: everything, or nothing, verifies.
    ["A" * 43, "AQ" + "A" * 41, "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o", "_" * 43],
)
async def test_a_key_must_be_one(house: House, manager: Caller, key: str) -> None:
    invitation = await invited(house, manager)
    refused(await enrol(house, invitation["enrolment_code"], public_key=key), 422, "device_key_unusable")
    accepted(await enrol(house, invitation["enrolment_code"]))


async def test_a_key_is_one_devices(house: House, manager: Caller) -> None:
    key = wire_key(SigningKey.generate())
    first, second = [await invited(house, manager) for _ in range(2)]
    accepted(await enrol(house, first["enrolment_code"], public_key=key))
    refused(await enrol(house, second["enrolment_code"], public_key=key), 409, "device_key_taken")
    accepted(await enrol(house, second["enrolment_code"]))


async def test_a_revoked_device_is_refused_by_every_process_at_once(house: House, manager: Caller) -> None:
    for _ in range(5):
        device = await new_device(house, manager)
        # Both processes have seen it live, and Redis has it noted.
        seen = await asyncio.gather(*(device.get("/me", headers={"Connection": "close"}) for _ in range(10)))
        assert {answer.status_code for answer in seen} == {200}
        shown = accepted(await revoke(manager, device.id))
        assert (shown["state"], shown["revoke_reason"]) == ("revoked", "stolen")
        answers = await asyncio.gather(*(device.get("/me", headers={"Connection": "close"}) for _ in range(20)))
        for answer in answers:
            refused(answer, 401, "session_ended")
        refused(await device.scan(house.entrances[0], "CC1:X"), 401, "session_ended")
        refused(await device.beat(), 401, "session_ended")
        assert accepted(await revoke(manager, device.id, "lost")) == shown


def operations() -> list[tuple[str, str, Operation]]:
    """Return method, path and declaration of all that needs a session."""
    found = [
        (method, path, getattr(getattr(handler, method, None), "operation", None))
        for path, handler in API_ROUTES
        for method in ("get", "post")
    ]
    return [(method, path, one) for method, path, one in found if one is not None and one.roles is not None]


def test_what_devices_may_do_is_listed() -> None:
    assert {(method, path) for method, path, declared in operations() if declared.devices} <= FOR_DEVICES


async def test_whoever_steals_a_device_can_do_nothing_else(house: House, manager: Caller) -> None:
    device = await new_device(house, manager)
    others = [(method, path) for method, path, declared in operations() if not declared.devices]
    assert len(others) > 150
    for method, path in others:
        answer = await device.ask(method.upper(), filled(house, path), json={} if method == "post" else None)
        refused(answer, 403, "role_forbidden")


def filled(house: House, path: str) -> str:
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, str(house.venue["id"]) if "venue" in part else "x")
    return path


async def test_a_device_acts_at_its_own_venue_only(house: House, manager: Caller) -> None:
    device = await new_device(house, manager)
    elsewhere = house.side_venue["gates"][0]["id"]
    refused(await device.scan(elsewhere, await booked_code(house)), 404, "gate_not_found")


async def test_heartbeats_tell_the_skew(house: House, manager: Caller) -> None:
    device = await new_device(house, manager)
    heard = accepted(await device.beat(device_time=device_time(timedelta(seconds=90)), queued=7, app="turnstile 2.4"))
    assert 90_000 <= heard["clock_skew_ms"] < 95_000
    assert abs(instant(heard["server_time"]) - datetime.now(UTC)) < timedelta(seconds=5)
    assert (heard["access_token"], heard["expires_at"]) == (None, None)
    shown = (await listed(house, manager))[device.id]
    assert (shown["clock_skew_ms"], shown["clock_wrong"]) == (heard["clock_skew_ms"], True)
    assert (shown["queued"], shown["app"]) == (7, "turnstile 2.4")
    heard = accepted(await device.beat(device_time=device_time(-timedelta(seconds=20))))
    assert -20_000 <= heard["clock_skew_ms"] < -15_000
    assert (await listed(house, manager))[device.id]["clock_wrong"] is False
    metrics = (await house.client.get("/metrics")).text
    assert 'chengma_outcomes_total{outcome="wrong",what="gate_clock"}' in metrics


async def test_heartbeats_are_for_devices(house: House) -> None:
    gate = await house.staff("gate")
    wish = {"device_time": device_time(), "queued": 0}
    refused(await gate.post("/gate-devices/heartbeat", json=wish), 403, "role_forbidden")


async def test_devices_are_kept_by_those_who_answer_for_the_venue(house: House, manager: Caller) -> None:
    device = await new_device(house, await house.staff("admin"))
    path = f"/venues/{house.venue['id']}/gate-devices"
    for name in ("gate", "auditor", "inspector"):
        somebody = await house.staff(name)
        refused(await somebody.post(path, json={"name": "x"}), 403, "role_forbidden")
        refused(await revoke(somebody, device.id), 403, "role_forbidden")
    elsewhere = f"/venues/{house.side_venue['id']}/gate-devices"
    refused(await manager.post(elsewhere, json={"name": "x"}), 404, "venue_not_found")
    refused(await manager.get(elsewhere), 404, "venue_not_found")
    foreign = await new_device(house, await house.staff("admin"), str(house.side_venue["id"]))
    refused(await revoke(manager, foreign.id), 404, "gate_device_not_found")
    refused(await revoke(manager, "dev_01JD0000000000000000000000"), 404, "gate_device_not_found")
    accepted(await foreign.get("/me"))
    assert device.id in await listed(house, await house.staff("auditor"))


async def test_the_list_is_paged_newest_first(house: House, manager: Caller) -> None:
    made = [(await invited(house, manager))["id"] for _ in range(3)]
    path = f"/venues/{house.venue['id']}/gate-devices"
    first = accepted(await manager.get(path, params={"limit": 2}))
    rest = accepted(await manager.get(path, params={"limit": 1, "after": first["next"]}))
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == made[::-1]


async def test_a_token_says_nothing_but_who_the_device_is(house: House, manager: Caller) -> None:
    device: Device = await new_device(house, manager)
    claims = jwt.decode(device.enrolled["access_token"], options={"verify_signature": False})
    assert claims["sub"] == device.id
    assert claims["role"] == Role.GATE
    assert claims["scopes"] == [["venue", house.venue["id"]]]
    assert set(claims) == {"iss", "sub", "sid", "role", "scopes", "iat", "exp"}
