"""What a server says and does while its Redis or its database is away, and once it is back."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from nacl.signing import SigningKey
from ulid import ULID

from tests.api.doors import Door, doors, through
from tests.api.gates import device_time, revoke, wire_key
from tests.api.house import API, DEMO_PASSWORD, Caller, accepted, party, refused, unique
from tests.api.test_item_batches import finished, mint, new_type
from tests.processes import Stores, fresh_database_name, run_server

# A request gives up after 8 s; what comes on top is the machine's.
LONGEST_ANSWER_S = 12.0
BACK_WITHIN_S = 30.0
AT_ONCE = 12


@dataclass(frozen=True, kw_only=True)
class FrailHouse:
    """A server whose stores stand behind doors."""

    client: httpx.AsyncClient
    database: Door
    redis: Door
    venue_id: str
    gate_id: str
    later_slots: Iterator[str]

    async def log_in(self) -> httpx.Response:
        given = {"code": f"sandbox-{unique('frail')[:40]}"}
        return await self.client.post(f"{API}/auth/wechat", json=given)

    async def citizen(self) -> Caller:
        return Caller(self.client, accepted(await self.log_in()))

    async def staff_log_in(self, username: str = "gate") -> httpx.Response:
        return await self.client.post(f"{API}/auth/staff", json={"username": username, "password": DEMO_PASSWORD})

    async def readiness(self) -> tuple[int, dict[str, Any]]:
        answer = await self.client.get("/readyz")
        return answer.status_code, {name: line["status"] for name, line in answer.json()["dependencies"].items()}

    async def await_recovery(self) -> None:
        """Wait until everything works again; log-ins need both stores."""
        deadline = time.monotonic() + BACK_WITHIN_S
        while (await self.log_in()).status_code != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def frail(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FrailHouse]:
    with doors() as door_to:
        database, redis = door_to(stores.mongodb_uri), door_to(stores.redis_url)
        environment = {
            **stores.environment(fresh_database_name()),
            "CHENGMA_MONGODB_URI": through(stores.mongodb_uri, database),
            "CHENGMA_REDIS_URL": through(stores.redis_url, redis),
        }
        with run_server(tmp_path_factory.mktemp("frail") / "data", environment=environment) as server:
            async with httpx.AsyncClient(base_url=server.base_url, timeout=60, trust_env=False) as client:
                page = accepted(await client.get(f"{API}/venues", params={"limit": 200}))
                venue = next(venue for venue in page["items"] if venue["example"])
                slots = accepted(await client.get(f"{API}/venues/{venue['id']}/slots"))["items"]
                yield FrailHouse(
                    client=client,
                    database=database,
                    redis=redis,
                    venue_id=venue["id"],
                    gate_id=next(gate["id"] for gate in venue["gates"] if gate["use"] == "entrance"),
                    later_slots=iter([slot["id"] for slot in slots[2:]]),
                )


@pytest.fixture(autouse=True)
async def _doors_open_again(frail: FrailHouse) -> AsyncIterator[None]:
    yield
    frail.database.open()
    frail.redis.open()
    await frail.await_recovery()


@pytest.mark.parametrize("way", ["shut", "hold"])
async def test_without_redis_citizens_read_book_and_walk_in_and_nobody_logs_in(frail: FrailHouse, way: str) -> None:
    citizen, gate = await frail.citizen(), Caller(frail.client, accepted(await frail.staff_log_in()))
    leaving = await frail.citizen()
    getattr(frail.redis, way)()

    accepted(await frail.client.get(f"{API}/venues"))
    accepted(await frail.client.get(f"{API}/venues/{frail.venue_id}/slots"))
    accepted(await citizen.get("/me"))
    key = {"Idempotency-Key": str(ULID())}
    wish = {"slot_id": next(frail.later_slots), "visitors": party(2)}
    booked = accepted(await citizen.post("/reservations", json=wish, headers=key), 201)
    assert accepted(await citizen.post("/reservations", json=wish, headers=key), 201) == booked
    scan = accepted(await gate.scan(frail.gate_id, await citizen.code_of(booked["id"])))
    assert scan["reason"] in {None, "too_early"}
    assert accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))["status"] == "cancelled"
    tokens = accepted(
        await frail.client.post(f"{API}/auth/refresh", json={"refresh_token": citizen.tokens["refresh_token"]})
    )
    accepted(await Caller(frail.client, tokens).get("/reservations"))

    refused(await frail.log_in(), 503, "log_in_unavailable")
    refused(await frail.staff_log_in(), 503, "log_in_unavailable")
    # A log-out needs the database alone, and works at once.
    assert (await leaving.post("/auth/logout")).status_code == 204
    refused(await leaving.get("/me"), 401, "session_ended")
    assert await frail.readiness() == (200, {"mongodb": "ok", "redis": "away", "wechat": "ok"})

    frail.redis.open()
    await frail.await_recovery()
    assert await frail.readiness() == (200, {"mongodb": "ok", "redis": "ok", "wechat": "ok"})
    refused(await leaving.get("/me"), 401, "session_ended")


async def test_a_stolen_device_is_revoked_without_redis(frail: FrailHouse) -> None:
    manager = Caller(frail.client, accepted(await frail.staff_log_in("manager")))
    path = f"/venues/{frail.venue_id}/gate-devices"
    code = accepted(await manager.post(path, json={"name": "示例"}), 201)["enrolment_code"]
    wish = {
        "enrolment_code": code,
        "public_key": wire_key(SigningKey.generate()),
        "device_time": device_time(),
    }
    enrolled = accepted(await frail.client.post(f"{API}/gate-devices/enrol", json=wish))
    device = Caller(frail.client, enrolled)
    accepted(await device.get("/me"))  # and Redis has it noted as live
    frail.redis.shut()
    accepted(await device.get("/me"))
    accepted(await revoke(manager, enrolled["device_id"]))
    refused(await device.get("/me"), 401, "session_ended")
    frail.redis.open()
    await frail.await_recovery()
    refused(await device.get("/me"), 401, "session_ended")


@pytest.mark.parametrize("way", ["shut", "hold"])
async def test_without_the_database_everybody_gets_a_503_in_time_and_all_is_well_again_later(
    frail: FrailHouse, way: str
) -> None:
    citizen, gate = await frail.citizen(), Caller(frail.client, accepted(await frail.staff_log_in()))
    slot_id = next(frail.later_slots)
    booked = await citizen.book(slot_id, party(1))
    wish, key = {"slot_id": slot_id, "visitors": party(1)}, {"Idempotency-Key": str(ULID())}
    scan = {"gate_id": frail.gate_id, "code": await citizen.code_of(booked["id"]), "nonce": unique("frail")}
    getattr(frail.database, way)()

    async def timed(method: str, path: str, **given: Any) -> httpx.Response:
        began = time.monotonic()
        answer = await citizen.ask(method, path, **given)
        assert time.monotonic() - began < LONGEST_ANSWER_S, path
        return answer

    asked = [
        timed("POST", "/reservations", json=wish, headers=key),
        timed("GET", "/reservations"),
        timed("GET", f"/reservations/{booked['id']}"),
        timed("GET", f"/reservations/{booked['id']}/entry-code"),
        timed("POST", f"/reservations/{booked['id']}/cancel"),
        timed("GET", f"/venues/{frail.venue_id}/slots"),
        timed("POST", "/admissions", json=scan, headers=gate.headers),
        timed("POST", "/auth/wechat", json={"code": f"sandbox-{unique('away')[:40]}"}),
        timed("POST", "/auth/staff", json={"username": "gate", "password": DEMO_PASSWORD}),
        timed("POST", "/auth/refresh", json={"refresh_token": gate.tokens["refresh_token"]}),
    ]
    for answer in await asyncio.gather(*asked):
        refused(answer, 503, "database_unavailable")
    status, lines = await frail.readiness()
    assert (status, lines["mongodb"], lines["redis"]) == (503, "away", "ok")
    assert (await frail.client.get("/healthz")).status_code == 200

    frail.database.open()
    await frail.await_recovery()
    assert (await frail.readiness())[0] == 200
    # Whatever became of the first try, the second one has one answer and one place.
    again = accepted(await citizen.post("/reservations", json=wish, headers=key), 201)
    assert again["party_size"] == 1
    mine = accepted(await citizen.get("/reservations"))["items"]
    assert [one["id"] for one in mine].count(again["id"]) == 1
    assert len(mine) == 2


async def test_venues_are_still_known_without_the_database_however_many_ask(frail: FrailHouse) -> None:
    known = accepted(await frail.client.get(f"{API}/venues"))
    frail.database.shut()
    await asyncio.sleep(11)  # a process asks anew for what it has known for ten seconds

    answers = await asyncio.gather(*(frail.client.get(f"{API}/venues") for _ in range(AT_ONCE)))
    assert all(accepted(answer) == known for answer in answers)


async def a_minted_code(frail: FrailHouse) -> str:
    """Return a code of ours, as printed."""
    admin = Caller(frail.client, accepted(await frail.staff_log_in("admin")))
    batch = accepted(await mint(admin, await new_type(admin), 1), 202)
    await finished(admin, batch["job_id"])
    table = await admin.get(f"/item-batches/{batch['id']}/codes.csv")
    return next(csv.DictReader(table.text.splitlines()))["code"]


async def test_the_public_checks_codes_without_redis_and_is_told_plainly_without_the_database(
    frail: FrailHouse,
) -> None:
    code = await a_minted_code(frail)
    frail.redis.shut()
    assert "尚未启用" in (await frail.client.get(f"/i/{code}")).text
    assert accepted(await frail.client.get(f"{API}/public/items/{code}"))["verdict"] == "not_activated"
    frail.database.shut()
    shown = await frail.client.get(f"/i/{code}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "暂时无法查验" in shown.text
    assert int(shown.headers["Retry-After"]) >= 1
    # Whether a code is ours needs no database.
    assert "不是真码" in (await frail.client.get("/i/0000")).text
