"""Fair release over HTTP: a day is marked, people ask, and anybody repeats the draw."""

import asyncio
import hashlib
import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from services.common.clock import city_day
from services.reservations.releases.rules import HEARD_BEFORE, day_starts_at
from tests.api.house import Caller, House, accepted, party, refused, unique, visitor
from tests.api.right_bodies import RIGHT

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_release"
DONE_WITHIN_S = 90.0
NOBODYS = "rel_01JD0000000000000000000000"


def wish_for(day: date, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    times = {
        "requests_open_at": now - timedelta(hours=1),
        "requests_close_at": now + timedelta(hours=1),
        "draw_at": day_starts_at(day) - HEARD_BEFORE,
    }
    return {"visit_on": day.isoformat(), **{name: at.isoformat() for name, at in times.items()}, **changes}


async def a_day(house: House, days: int, slots: int = 2, places: int = 2) -> tuple[date, list[str]]:
    """Return a day of the side venue that no other test uses, with slots."""
    noon = day_starts_at(city_day(datetime.now(UTC)) + timedelta(days=days)) + timedelta(hours=9)
    starts = [noon - datetime.now(UTC) + timedelta(hours=number) for number in range(slots)]
    found = [await house.add_slot(starts_in=one, lasts=timedelta(minutes=50), places=places) for one in starts]
    return city_day(noon), found


async def marked(house: House, day: date, **changes: Any) -> dict[str, Any]:
    admin = await house.staff("admin")
    path = f"/venues/{house.side_venue['id']}/releases"
    release: dict[str, Any] = accepted(await admin.post(path, json=wish_for(day, **changes)), 201)
    return release


async def ask(citizen: Caller, release: dict[str, Any], *choices: str, size: int = 1) -> dict[str, Any]:
    wish = {"choices": list(choices), "visitors": party(size)}
    asked: dict[str, Any] = accepted(await citizen.post(f"/releases/{release['id']}/requests", json=wish), 201)
    return asked


async def hurry(house: House, release: dict[str, Any], name: str) -> None:
    """Let a time of a release be now."""
    database = house.stores.mongo.client[house.config.mongodb.database]
    now = datetime.now(UTC) - timedelta(seconds=1)
    # As a worker would: with the version, which it may have raised in the meantime.
    await database["releases"].update_one({"_id": release["id"]}, {"$set": {name: now}, "$inc": {"version": 1}})


async def until(house: House, release: dict[str, Any], state: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + DONE_WITHIN_S
    while True:
        seen: dict[str, Any] = accepted(await house.nobody.get(f"/releases/{release['id']}"))
        if seen["state"] == state:
            return seen
        assert time.monotonic() < give_up_at, seen
        await asyncio.sleep(0.5)


async def test_a_day_is_drawn_and_anybody_repeats_it(house: House, tmp_path: Path) -> None:
    day, slots = await a_day(house, 20)
    release = await marked(house, day)
    assert (release["state"], release["seed"], release["pool_sha256"]) == ("open", None, None)
    people = [await house.citizen() for _ in range(5)]
    refused(await people[0].post("/reservations", json={"slot_id": slots[0], "visitors": party(1)}), 409, "slot_drawn")
    asked = [await ask(one, release, *slots[number % 2 :]) for number, one in enumerate(people)]
    refused(await house.nobody.get(f"/releases/{release['id']}/pool"), 409, "release_not_frozen")
    refused(await house.nobody.get(f"/releases/{release['id']}/record"), 409, "release_not_drawn")
    await hurry(house, release, "requests_close_at")
    frozen = await until(house, release, "frozen")
    pool = await house.nobody.get(f"/releases/{release['id']}/pool")
    assert hashlib.sha256(pool.content).hexdigest() == frozen["pool_sha256"]
    assert frozen["seed"] is None
    assert {one["ticket"] for one in accepted(pool)["requests"]} == {one["ticket"] for one in asked}
    refused(await people[0].post(f"/releases/{release['id']}/request/withdraw"), 409, "requests_closed")
    # A checkpoint may be an hour away: two hours after the time of the draw it is made without.
    await hurry(house, release, "draw_at")
    database = house.stores.mongo.client[house.config.mongodb.database]
    long_ago = {"$set": {"draw_at": datetime.now(UTC) - timedelta(hours=3)}, "$inc": {"version": 1}}
    await database["releases"].update_one({"_id": release["id"]}, long_ago)
    settled = await until(house, release, "settled")
    assert (settled["won"] + settled["lost"], settled["forfeited"]) == (5, 0)
    record = tmp_path / "record.json"
    record.write_bytes((await house.nobody.get(f"/releases/{release['id']}/record")).content)
    noted = ("--seed-sha256", release["seed_sha256"], "--pool-sha256", frozen["pool_sha256"])
    mine = ("--request", asked[0]["id"], asked[0]["salt"])
    process = await asyncio.create_subprocess_exec(
        *(str(SCRIPT), str(record), *noted, *mine),
        env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    drawn = dict(json.loads(record.read_text(encoding="utf-8"))["result"])
    for citizen, request in zip(people, asked, strict=True):
        own = accepted(await citizen.get(f"/releases/{release['id']}/request"))
        assert own["slot_id"] == drawn[request["ticket"]]
        booked = accepted(await citizen.get("/reservations"))["items"]
        assert [one["id"] for one in booked] == ([own["reservation_id"]] if own["reservation_id"] else [])
    winner = next(one for one, request in zip(people, asked, strict=True) if drawn[request["ticket"]])
    own = accepted(await winner.get(f"/releases/{release['id']}/request"))
    accepted(await winner.post(f"/reservations/{own['reservation_id']}/cancel"))
    accepted(await house.nobody.get(f"/venues/{house.side_venue['id']}/releases"))


async def test_a_request_comes_once_and_can_be_withdrawn(house: House) -> None:
    day, slots = await a_day(house, 21)
    release, citizen, other = await marked(house, day), await house.citizen(), await house.citizen()
    path, key, person = f"/releases/{release['id']}/request", {"Idempotency-Key": unique("ask")}, visitor()
    refused(await citizen.get(path), 404, "draw_request_not_found")
    wish = {"choices": slots, "visitors": [person]}
    asked = accepted(await citizen.post(f"{path}s", json=wish, headers=key), 201)
    assert accepted(await citizen.post(f"{path}s", json=wish, headers=key), 201) == asked
    refused(
        await citizen.post(f"{path}s", json=wish | {"choices": slots[:1]}, headers=key), 409, "idempotency_key_reused"
    )
    refused(await citizen.post(f"{path}s", json=wish), 409, "already_requested")
    problem = refused(
        await other.post(f"{path}s", json=wish | {"visitors": [visitor(), person]}), 409, "document_requested"
    )
    assert [one["path"] for one in problem["errors"]] == ["visitors[1].id_number"]
    problem = refused(
        await other.post(f"{path}s", json=wish | {"choices": [slots[0], slots[0]]}), 422, "choice_refused"
    )
    assert [one["path"] for one in problem["errors"]] == ["choices[1]"]
    assert accepted(await citizen.get(path)) == asked
    assert (await citizen.post(f"{path}/withdraw")).status_code == 204
    refused(await citizen.post(f"{path}/withdraw"), 404, "draw_request_not_found")
    accepted(await other.post(f"{path}s", json=wish), 201)


async def test_who_may_mark_which_day(house: House) -> None:
    day, slots = await a_day(house, 22)
    path, wish = f"/venues/{house.side_venue['id']}/releases", wish_for(day)
    refused(await house.nobody.post(path, json=wish), 401, "token_missing")
    for caller in (await house.citizen(), await house.staff("gate"), await house.staff("auditor")):
        refused(await caller.post(path, json=wish), 403, "role_forbidden")
    manager, admin = await house.staff("manager"), await house.staff("admin")
    refused(await manager.post(path, json=wish), 404, "venue_not_found")
    await (await house.citizen()).book(slots[0], party(2))
    problem = refused(await admin.post(path, json=wish), 409, "day_booked")
    assert problem["booked"] == 2
    later, _ = await a_day(house, 23)
    late = wish_for(later, draw_at=day_starts_at(later).isoformat())
    problem = refused(await admin.post(path, json=late), 422, "release_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("draw_at", "draw_too_late")]
    release = await marked(house, later)
    refused(await admin.post(path, json=wish_for(later)), 409, "release_exists")
    body = RIGHT["/releases/{release_id}/public-value"]
    refused(await admin.post(f"/releases/{release['id']}/public-value", json=body), 409, "no_public_source")
    refused(await manager.post(f"/releases/{release['id']}/public-value", json=body), 404, "release_not_found")
    refused(await house.nobody.get(f"/releases/{NOBODYS}"), 404, "release_not_found")


async def test_nothing_of_those_who_ask_lies_in_the_clear(house: House) -> None:
    day, slots = await a_day(house, 24)
    release, citizen = await marked(house, day), await house.citizen()
    wish = {"choices": slots, "visitors": [visitor(id_number="E77777777")], "contact_phone": "13800000000"}
    accepted(await citizen.post(f"/releases/{release['id']}/requests", json=wish), 201)
    database = house.stores.mongo.client[house.config.mongodb.database]
    for name in ("release_requests", "release_claims"):
        kept = str(await database[name].find({}).to_list())
        assert not any(word in kept for word in ("E77777777", "示例", "13800000000"))
