"""The open interface over HTTP: what a client reads, how much, and that its token opens nothing else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from server.openapi import build_document
from services.common.clock import city_day
from services.sync.model import RecordKind
from tests.api.house import API, Caller, House, accepted, refused
from tests.api.machines import Machine, new_machine
from tests.api.many import ensure_each
from tests.api.plate_scans import open_outlet

DOCUMENT = build_document()
OPERATIONS = [
    (method, path, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
    if method in {"get", "post"} and "servers" not in methods
]
FOR_CLIENTS = [path for _, path, described in OPERATIONS if "client" in str(described.get("security"))]
FOR_PEOPLE = [(method, path) for method, path, described in OPERATIONS if "x-roles" in described]
PLACEHOLDER = "01JD0000000000000000000000"


@pytest.fixture(scope="module")
async def machine(house: House) -> Machine:
    return await new_machine(house)


async def deliver(house: House, outlet: Mapping[str, Any], *, ago: timedelta = timedelta(minutes=5)) -> None:
    """Mark an outlet as delivered, as the relay does."""
    marks = house.stores.mongo.client[house.config.mongodb.database]["sync_marks"]
    then = datetime.now(UTC) - ago
    mark = {
        "_id": f"outlet:{outlet['id']}",
        "source_id": outlet["id"],
        "kind": "outlet",
        "district": outlet["district_id"],
        "day": city_day(then).isoformat(),
        "part": 0,
        "changed_at": then,
        "delivered_at": then,
        "sender": "chengma",
        "flaws": [],
        "references": [],
    }
    await marks.replace_one({"_id": mark["_id"]}, mark, upsert=True)


async def everything(machine: Machine, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"more": True}
    while page["more"]:
        asked = asked | ({"after": page["next"]} if "next" in page else {})
        page = accepted(await machine.get("/open/records", params={"kind": "outlet", **asked}))
        found += page["items"]
    return found


async def test_records_follow_the_published_standard(house: House, machine: Machine) -> None:
    district = await house.staff("district")
    outlets = [await open_outlet(district) for _ in range(3)]
    for one in outlets:
        await deliver(house, one)
    schema = (await house.client.get(f"{API}/open/standard/outlet")).json()
    found = {one["id"]: one for one in await everything(machine, limit=2)}
    assert {one["id"] for one in outlets} <= set(found)
    for outlet in outlets:
        shown = found[outlet["id"]]
        assert (shown["kind"], shown["standard"], shown["district_id"]) == ("outlet", "outlet/1", outlet["district_id"])
        assert Draft202012Validator(schema, validate_formats=True).is_valid(shown["data"])
        assert shown["data"]["id"] == outlet["id"]
        ago = city_day(datetime.now(UTC)) - date.fromisoformat(shown["changed_on"])
        assert timedelta() <= ago <= timedelta(days=1)
        assert "changed_at" not in shown


async def test_a_client_of_other_districts_sees_nothing_of_them(house: House) -> None:
    district = await house.staff("district")
    outlet = await open_outlet(district)
    await deliver(house, outlet)
    near = await new_machine(house, districts=[outlet["district_id"]])
    far = await new_machine(house, districts=["310104" if outlet["district_id"] != "310104" else "310101"])
    assert outlet["id"] in {one["id"] for one in await everything(near)}
    assert await everything(far) == []


async def test_a_change_comes_behind_the_cursor(house: House, machine: Machine) -> None:
    outlet = await open_outlet(await house.staff("district"))
    page = accepted(await machine.get("/open/records", params={"kind": "outlet", "limit": 200}))
    while page["more"]:
        page = accepted(
            await machine.get("/open/records", params={"kind": "outlet", "limit": 200, "after": page["next"]})
        )
    await deliver(house, outlet, ago=timedelta(seconds=60.2))
    found = await everything(machine, after=page["next"])
    # What is less than a minute old when it is asked for comes with the next look.
    assert {one["id"] for one in found} <= {outlet["id"]}
    other = await machine.get("/open/records", params={"kind": "plate", "after": page["next"]})
    refused(other, 422, "cursor_invalid")
    stranger = await new_machine(house)
    theirs = await stranger.get("/open/records", params={"kind": "outlet", "after": page["next"]})
    refused(theirs, 422, "cursor_invalid")


@pytest.mark.parametrize("kind", list(RecordKind))
async def test_every_kind_can_be_read(machine: Machine, kind: RecordKind) -> None:
    page = accepted(await machine.get("/open/records", params={"kind": kind.value}))
    assert set(page) == {"items", "next", "more"}


async def test_figures_are_those_of_the_clients_districts(house: House, machine: Machine) -> None:
    figures = accepted(await machine.get("/open/statistics"))
    assert figures["districts"]
    near = await new_machine(house, districts=["310101"])
    assert {one["district_id"] for one in accepted(await near.get("/open/statistics"))["districts"]} <= {"310101"}


async def test_the_standard_is_for_anybody(house: House) -> None:
    listed = accepted(await house.nobody.get("/open/standard"))["items"]
    assert [one["kind"] for one in listed] == list(RecordKind)
    for one in listed:
        answer = await house.client.get(one["schema"])
        assert answer.headers["Content-Type"] == "application/schema+json"
        assert answer.json()["x-standard"] == one["standard"]
    for kind in ("nothing", "Outlet", "..", "%00", "outlet.v1.schema.json"):
        assert (await house.nobody.get(f"/open/standard/{kind}")).status_code in {400, 404}


async def test_a_scope_that_is_missing_is_named(house: House, machine: Machine) -> None:
    await machine.log_in(scope="statistics:read")
    answer = await machine.get("/open/records", params={"kind": "outlet"})
    refused(answer, 403, "insufficient_scope")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="records:read"'
    await machine.log_in()
    assert (await house.client.get(f"{API}/open/statistics")).status_code == 401


async def test_a_client_that_asks_too_often_waits(house: House) -> None:
    hasty = await new_machine(house, requests_per_minute=3)
    answers = [await hasty.get("/open/statistics") for _ in range(5)]
    assert [one.status_code for one in answers] == [200] * 3 + [429] * 2
    refused(answers[-1], 429, "quota_exhausted")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    other = await new_machine(house)
    accepted(await other.get("/open/statistics"))


async def test_a_client_that_has_had_its_day_waits_until_midnight(house: House) -> None:
    greedy = await new_machine(house, requests_per_day=2)
    answers = [await greedy.get("/open/statistics") for _ in range(4)]
    assert [one.status_code for one in answers] == [200] * 2 + [429] * 2
    refused(answers[-1], 429, "quota_exhausted")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 86_401
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["1", "0", "0", "0"]
    assert {one.headers["RateLimit-Limit"] for one in answers} == {"2"}
    seen = accepted(await (await house.staff("admin")).get(f"/admin/clients/{greedy.id}"))
    assert seen["requests_today"] == 2


def placed(path: str) -> str:
    return path.replace("{", "").replace("}", "")


async def test_a_machines_token_opens_nothing_that_people_have(machine: Machine) -> None:
    assert len(FOR_PEOPLE) > 100

    async def check(asked: tuple[str, str]) -> None:
        method, path = asked
        refused(await machine.ask(method.upper(), placed(path)), 401, "token_invalid")

    await ensure_each(FOR_PEOPLE, check)


async def test_nobodys_session_opens_what_machines_have(house: House) -> None:
    assert {"/open/records", "/open/statistics"} <= set(FOR_CLIENTS)
    people = [await house.citizen(), *[await house.staff(name) for name in ("admin", "auditor", "gate", "inspector")]]
    for person in [*people, Caller(house.client, {"access_token": "x"})]:
        for path in FOR_CLIENTS:
            refused(await person.get(path, params={"kind": "outlet"}), 401, "token_invalid")
    for path in FOR_CLIENTS:
        refused(await house.nobody.get(path), 401, "token_missing")


@pytest.mark.parametrize("token", ["", "x"])
async def test_programs_are_told_where_tokens_are(house: House, token: str) -> None:
    caller = Caller(house.client, {"access_token": token}) if token else house.nobody
    answer = await caller.get("/open/records", params={"kind": "outlet"})
    assert "/api/v1/oauth/token" in answer.json()["detail"]
    assert "oauth" not in (await caller.get("/me")).json()["detail"]


def test_the_document_says_how_machines_get_in() -> None:
    scheme = DOCUMENT["components"]["securitySchemes"]["client"]
    assert scheme["type"] == "oauth2"
    flow = scheme["flows"]["clientCredentials"]
    assert flow["tokenUrl"].endswith("/api/v1/oauth/token")
    named = {
        scope
        for _, _, described in OPERATIONS
        for one in described.get("security", ())
        for scope in one.get("client", ())
    }
    assert named == set(flow["scopes"])
