"""Every query parameter and cursor, wrong in every way, and addresses that cannot be read."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.house import API, Caller, House, accepted, party, refused
from tests.api.machines import FOR_MACHINES, TOKEN_PATH, new_machine
from tests.api.many import ensure_each
from tests.api.wrong_queries import (
    EVENTS,
    LISTS,
    NEEDED,
    PATHS,
    WRONG,
)

CASES = [
    (path, name, value, code)
    for (path, name), by_code in WRONG.items()
    for code, values in by_code.items()
    for value in values
]
# Who has no plate or link must not make the server take a body in: that is looked at before all else.
JUDGED_BY_THEIR_LINKS = {
    "/public/outlets/{code}/photos/{photo_id}/chunks",
    "/rectifications/{token}/photos/{photo_id}/chunks",
}
FAULTS_OF_ALL = ("fields_invalid", "cursor_invalid")


@pytest.fixture(scope="module")
async def citizen(house: House) -> Caller:
    return await house.citizen()


@pytest.fixture(scope="module")
async def people(house: House, citizen: Caller) -> Mapping[str, Caller]:
    """Return who may ask for each path."""
    admin, inspector, manager = [await house.staff(name) for name in ("admin", "inspector", "manager")]
    roles = {path: methods["get"].get("x-roles", ["citizen"]) for path, methods in PATHS.items() if "get" in methods}
    staff = {path: inspector if some == ["inspector"] else admin for path, some in roles.items()}
    staff |= {path: manager for path, some in roles.items() if "venue_manager" in some and "city_admin" not in some}
    people = {path: citizen if "citizen" in some else staff[path] for path, some in roles.items()}
    return people | dict.fromkeys(FOR_MACHINES, await new_machine(house))


def placed(house: House, path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "rsv_01JD0000000000000000000000", path.replace("{venue_id}", house.venue["id"]))


def cursor(*position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def declared() -> set[tuple[str, str]]:
    """Return every query parameter of the document."""
    return {
        (path, parameter["name"])
        for path, methods in PATHS.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if path != EVENTS
        if parameter["in"] == "query"
    }


def besides(path: str, name: str) -> str:
    """Return the parameters that a path cannot do without, `name` aside."""
    described = PATHS[path].get("get") or PATHS[path].get("post", {})
    needed = [one["name"] for one in described.get("parameters", ()) if one.get("required")]
    values = {one: NEEDED.get(f"{path}?{one}", NEEDED.get(one, 0)) for one in needed}
    return "".join(f"&{one}={value}" for one, value in values.items() if one != name and f"{{{one}}}" not in path)


def test_every_parameter_has_its_row() -> None:
    assert set(WRONG) == declared()


@pytest.mark.parametrize("path", sorted({case[0] for case in CASES}))
async def test_every_wrong_value_is_named(house: House, people: Mapping[str, Caller], path: str) -> None:
    async def check(case: tuple[str, str, str, str]) -> None:
        _, name, value, code = case
        answer = await people[path].get(f"{placed(house, path)}?{name}={value}{besides(path, name)}")
        assert answer.json()["code"] in FAULTS_OF_ALL
        problem = refused(answer, 422, answer.json()["code"])
        assert {error["path"] for error in problem["errors"]} == {name}
        assert code in {error["code"] for error in problem["errors"]}

    await ensure_each([case for case in CASES if case[0] == path], check)


async def test_a_parameter_comes_once(house: House, people: Mapping[str, Caller]) -> None:
    async def check(case: tuple[str, str]) -> None:
        path, name = case
        answer = await people[path].get(f"{placed(house, path)}?{name}=1&{name}=1{besides(path, name)}")
        problem = refused(answer, 422, "fields_invalid")
        assert {error["path"] for error in problem["errors"]} == {name}

    await ensure_each(sorted(WRONG), check)


@pytest.mark.parametrize("name", ["surprise", "Limit", "", "limit[]", "$where", "%E5%9F%8E"])
async def test_an_unknown_parameter_is_refused_everywhere(house: House, name: str) -> None:
    async def check(path: str) -> None:
        await _ensure_unknown(house, path, name)

    paths = {path for path, methods in PATHS.items() if "servers" not in methods} - {TOKEN_PATH}
    await ensure_each(sorted(paths - JUDGED_BY_THEIR_LINKS), check)


async def _ensure_unknown(house: House, path: str, name: str) -> None:
    described = PATHS[path]
    method = "get" if "get" in described else "post"
    person = house.nobody
    if path in FOR_MACHINES:
        person = await new_machine(house)
    elif "x-roles" in described[method]:
        roles = described[method]["x-roles"]
        username = "gate" if "gate" in roles else "inspector" if roles == ["inspector"] else "admin"
        person = await (house.citizen() if "citizen" in roles else house.staff(username))
    answer = await person.ask(method.upper(), f"{placed(house, path)}?{name}=1{besides(path, name)}")
    problem = refused(answer, 422, "epcis_query_parameter_unknown" if path == EVENTS else "fields_invalid")
    assert [error["code"] for error in problem["errors"]] == ["unknown_field"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["%ff=1", "limit=%ff", "q=%c3%28", "after=%ed%a0%80", "limit=1&limit=%80"])
async def test_bytes_that_are_no_utf8_are_refused(
    house: House, people: Mapping[str, Caller], path: str, query: str
) -> None:
    answer = await people[path].get(f"{placed(house, path)}?{query}")
    assert answer.json()["code"] in {"request_malformed", "fields_invalid"}
    refused(answer, 400 if answer.json()["code"] == "request_malformed" else 422, answer.json()["code"])


@pytest.mark.parametrize(
    "path",
    ["/venues/%ff", "/venues/%c3%28/slots", "/reservations/%ed%a0%80", "/reservations/%fe/cancel", "/venues/%80%80"],
)
async def test_a_path_that_is_no_utf8_is_refused(citizen: Caller, path: str) -> None:
    method = "POST" if path.endswith("cancel") else "GET"
    refused(await citizen.ask(method, path), 400, "request_malformed")


@pytest.mark.parametrize("window", [("10", "09"), ("09", "09")])
async def test_a_window_runs_forward(house: House, window: tuple[str, str]) -> None:
    asked = {"from": f"2026-11-21T{window[0]}:00:00Z", "to": f"2026-11-21T{window[1]}:00:00Z"}
    answer = await house.nobody.get(f"/venues/{house.venue['id']}/slots", params=asked)
    problem = refused(answer, 422, "fields_invalid")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [("to", "out_of_range")]


@pytest.mark.parametrize(("until", "status"), [("2027-01-22T09:00:00Z", 200), ("2027-01-22T09:00:01Z", 422)])
async def test_a_window_has_62_days_at_most(house: House, until: str, status: int) -> None:
    asked = {"from": "2026-11-21T09:00:00Z", "to": until, "limit": "1"}
    assert (await house.nobody.get(f"/venues/{house.venue['id']}/slots", params=asked)).status_code == status


@pytest.mark.parametrize(
    "position",
    [
        ["own reservations"],
        ["own reservations", 1],
        ["own reservations", "\ud800"],
        ["own reservations", "rsv_x", "more"],
        ["venues", "a", "ven_x"],
        [["own reservations"], "x"],
        {"own reservations": "x"},
        "own reservations",
        [],
        None,
    ],
)
async def test_a_made_up_cursor_of_my_list_is_refused(citizen: Caller, position: Any) -> None:
    made = base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    refused(await citizen.get("/reservations", params={"after": made}), 422, "cursor_invalid")


@pytest.mark.parametrize(
    "position",
    [
        ("9999-12-31T23:59:59-23:00", "x"),
        ("0001-01-01T00:00:00+23:00", "x"),
        ("2026-11-21T09:00:00", "x"),
        ("yesterday", "x"),
        ("\ud800", "x"),
        (1, "x"),
        ("2026-11-21T09:00:00+00:00",),
    ],
)
async def test_a_made_up_cursor_of_slots_is_refused(house: House, position: tuple[Any, ...]) -> None:
    venue_id = house.venue["id"]
    made = cursor(f"slots of {venue_id}", *position)
    refused(await house.nobody.get(f"/venues/{venue_id}/slots", params={"after": made}), 422, "cursor_invalid")


@pytest.mark.parametrize("position", ['["venues by distance",NaN,"x"]', '["venues by distance",1e999,"x"]', "[" * 200])
async def test_a_cursor_of_no_place_at_all_is_refused(house: House, position: str) -> None:
    made = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
    asked = {"near": "121.47,31.23", "after": made}
    refused(await house.nobody.get("/venues", params=asked), 422, "cursor_invalid")


async def test_a_cursor_is_for_its_own_list(house: House, citizen: Caller) -> None:
    slot_id = house.later_slot()
    for _ in range(2):
        await citizen.book(slot_id, party(1))
    slots, other_slots = (f"/venues/{venue['id']}/slots" for venue in (house.venue, house.side_venue))
    lists: list[tuple[str, dict[str, str]]] = [
        ("/venues", {}),
        ("/venues", {"near": "121.47,31.23"}),
        (slots, {}),
        (other_slots, {}),
        ("/reservations", {}),
    ]
    cursors = [accepted(await citizen.get(path, params={**asked, "limit": "1"}))["next"] for path, asked in lists]
    assert None not in cursors
    for row, (path, asked) in enumerate(lists):
        for column, after in enumerate(cursors):
            answer = await citizen.get(path, params={**asked, "after": after})
            if row == column:
                accepted(answer)
            else:
                refused(answer, 422, "cursor_invalid")


async def test_a_changed_cursor_never_breaks_a_list(house: House, citizen: Caller) -> None:
    path = f"/venues/{house.venue['id']}/slots"
    genuine = accepted(await citizen.get(path, params={"limit": "1"}))["next"]
    for place in range(len(genuine)):
        other = genuine[:place] + ("A" if genuine[place] != "A" else "_") + genuine[place + 1 :]
        answer = await citizen.get(path, params={"limit": "1", "after": other})
        assert answer.status_code in {200, 422}, (other, answer.text)


@pytest.mark.parametrize("path", ["/nothing", "/venues/", "/venues//slots", "", "/", "/reservations/x/y", "/%6De%2f"])
async def test_nothing_is_where_nothing_is(citizen: Caller, path: str) -> None:
    refused(await citizen.get(path), 404, "route_not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize(
    ("path", "allowed"), [("/venues", {"GET", "HEAD"}), ("/reservations", {"GET", "HEAD", "POST"})]
)
async def test_other_methods_are_refused_with_those_that_are_allowed(
    citizen: Caller, method: str, path: str, allowed: set[str]
) -> None:
    answer = await citizen.ask(method, path)
    refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


async def test_head_answers_as_get_does_without_the_body(house: House) -> None:
    get, head = await house.nobody.get("/venues"), await house.nobody.ask("HEAD", "/venues")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert (await house.nobody.ask("HEAD", "/auth/wechat")).status_code == 405
    assert (await house.client.head("/healthz")).status_code == 200
    assert (await house.client.head(f"{API}/nothing")).status_code == 404
