"""Machine clients as administrators manage them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, instant, refused, unique
from tests.api.machines import EVERY_SCOPE, Machine, new_machine

WISH = {"name": "示例平台", "scopes": ["records:read"]}
REVOKED_WITHIN_S = 5
KNOWN = {
    *("client_id", "city_id", "name", "scopes", "districts", "requests_per_minute", "requests_per_day"),
    *("secrets", "suspended_at", "made_by", "made_at", "changed_at"),
}


@pytest.fixture(scope="module")
async def admin(house: House) -> Caller:
    return await house.staff("admin")


async def until_refused(machine: Machine) -> None:
    """Wait until both processes refuse the machine's token, and see that they go on refusing it."""
    async with asyncio.timeout(REVOKED_WITHIN_S):
        row = 0
        while row < 8:
            answer = await machine.get("/open/statistics", headers={"Connection": "close"})
            row = row + 1 if answer.status_code == 401 else 0
            await asyncio.sleep(0.02)
    problem = refused(await machine.get("/open/statistics"), 401, "token_revoked")
    assert machine.id not in str(problem)


async def test_a_client_is_made_and_its_secret_shown_once(admin: Caller) -> None:
    answer = await admin.post("/admin/clients", json=WISH | {"districts": ["310104", "310101", "310101"]})
    made = accepted(answer, 201)
    assert set(made) == KNOWN | {"client_secret"}
    assert made["districts"] == ["310101", "310104"]
    assert (made["requests_per_minute"], made["requests_per_day"]) == (60, 10_000)
    seen = accepted(await admin.get(answer.headers["Location"].removeprefix("/api/v1")))
    assert seen == {name: made[name] for name in KNOWN} | {"requests_today": 0}
    listed = accepted(await admin.get("/admin/clients"))["items"]
    assert {name: made[name] for name in KNOWN} in listed
    assert [one["client_id"] for one in listed] == sorted((one["client_id"] for one in listed), reverse=True)
    assert made["client_secret"] not in str((seen, listed))


async def test_a_repeated_request_makes_no_second_client_and_says_which_was_made(admin: Caller) -> None:
    headers = {"Idempotency-Key": unique("client")}
    made = accepted(await admin.post("/admin/clients", json=WISH, headers=headers), 201)
    again = await admin.post("/admin/clients", json=WISH, headers=headers)
    problem = refused(again, 409, "client_made_before")
    assert problem["client_id"] == made["client_id"]
    assert made["client_secret"] not in again.text
    other = await admin.post("/admin/clients", json=WISH | {"name": "另一个"}, headers=headers)
    refused(other, 409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"scopes": []}, "scopes", "too_short"),
        ({"scopes": ["records:write"]}, "scopes[0]", "not_allowed"),
        ({"scopes": ["webhooks:manage"]}, "scopes[0]", "not_allowed"),
        ({"districts": []}, "districts", "too_short"),
        ({"requests_per_minute": 0}, "requests_per_minute", "out_of_range"),
        ({"requests_per_minute": 6001}, "requests_per_minute", "out_of_range"),
        ({"requests_per_day": 10_000_001}, "requests_per_day", "out_of_range"),
    ],
)
async def test_what_is_wished_is_bounded(admin: Caller, changes: dict[str, Any], path: str, code: str) -> None:
    problem = refused(await admin.post("/admin/clients", json=WISH | changes), 422, "fields_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [(path, code)]


async def test_a_district_of_another_city_is_refused_by_its_place(admin: Caller) -> None:
    answer = await admin.post("/admin/clients", json=WISH | {"districts": ["310101", "110101"]})
    problem = refused(answer, 422, "client_districts_elsewhere")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("districts[1]", "district_unknown")]


@pytest.mark.parametrize("username", ["district", "manager", "gate", "inspector", "auditor"])
async def test_only_administrators_of_the_city_make_clients(house: House, username: str) -> None:
    staff = await house.staff(username)
    refused(await staff.post("/admin/clients", json=WISH), 403, "role_forbidden")
    listing = await staff.get("/admin/clients")
    if username == "auditor":
        accepted(listing)
    else:
        refused(listing, 403, "role_forbidden")


async def test_a_rotated_secret_is_good_until_the_time_that_is_said(house: House, admin: Caller) -> None:
    machine = await new_machine(house)
    path = f"/admin/clients/{machine.id}/rotate"
    rotated = accepted(await admin.post(path, json={"old_secret_minutes": 30}))
    old, new = rotated["secrets"]
    assert new["valid_until"] is None
    left = instant(old["valid_until"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    accepted(await machine.ask_for_token())
    accepted(await Machine(house.client, rotated).ask_for_token())
    accepted(await machine.get("/open/statistics"))
    problem = refused(await admin.post(path, json={"old_secret_minutes": 24 * 60 + 1}), 422, "fields_invalid")
    assert problem["errors"][0]["path"] == "old_secret_minutes"


async def test_a_stolen_secret_is_over_at_once_with_its_tokens(house: House, admin: Caller) -> None:
    machine = await new_machine(house)
    accepted(await machine.get("/open/statistics"))
    rotated = accepted(await admin.post(f"/admin/clients/{machine.id}/rotate", json={"old_secret_minutes": 0}))
    assert (await machine.ask_for_token()).json()["error"] == "invalid_client"
    await until_refused(machine)
    fresh = await Machine(house.client, rotated).log_in()
    accepted(await fresh.get("/open/statistics"))


async def test_a_suspended_client_is_refused_and_its_old_tokens_never_come_back(house: House, admin: Caller) -> None:
    machine = await new_machine(house)
    accepted(await machine.get("/open/statistics"))
    stopped = accepted(await admin.post(f"/admin/clients/{machine.id}/suspend"))
    assert stopped["suspended_at"] is not None
    assert accepted(await admin.post(f"/admin/clients/{machine.id}/suspend")) == stopped
    await until_refused(machine)
    answer = await machine.ask_for_token()
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    rotation = await admin.post(f"/admin/clients/{machine.id}/rotate", json={})
    refused(rotation, 409, "client_suspended")
    assert accepted(await admin.post(f"/admin/clients/{machine.id}/resume"))["suspended_at"] is None
    await until_refused(machine)
    accepted(await (await machine.log_in()).get("/open/statistics"))


async def test_a_deleted_client_is_gone_with_its_tokens(house: House, admin: Caller) -> None:
    machine = await new_machine(house)
    accepted(await machine.get("/open/statistics"))
    assert (await admin.post(f"/admin/clients/{machine.id}/delete")).status_code == 204
    await until_refused(machine)
    assert (await machine.ask_for_token()).json()["error"] == "invalid_client"
    for answer in (
        await admin.get(f"/admin/clients/{machine.id}"),
        *[await admin.post(f"/admin/clients/{machine.id}/{step}") for step in ("suspend", "resume", "delete")],
        await admin.post(f"/admin/clients/{machine.id}/rotate", json={}),
    ):
        refused(answer, 404, "client_not_found")


async def test_what_a_client_asked_today_is_counted(house: House, admin: Caller) -> None:
    machine = await new_machine(house, scopes=EVERY_SCOPE)
    for _ in range(3):
        accepted(await machine.get("/open/statistics"))
    assert accepted(await admin.get(f"/admin/clients/{machine.id}"))["requests_today"] == 3


async def test_no_log_and_no_store_has_a_secret_or_a_token(house: House) -> None:
    machine = await new_machine(house)
    accepted(await machine.get("/open/statistics"))
    await house.client.post("/api/v1/oauth/token", content=b"%ff&" + machine.secret.encode())
    text = "".join(house.server.log(f"worker-{number}") for number in range(2))
    database = house.stores.mongo.client[house.config.mongodb.database]
    kept = [await database[name].find({}).to_list() for name in ("clients", "requests")]
    for secret in (machine.secret, machine.secret.removeprefix("cls_"), str(machine.tokens["access_token"])):
        assert secret not in text
        assert secret not in str(kept)
