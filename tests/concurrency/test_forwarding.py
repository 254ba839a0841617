"""Three server processes that send each other what they are asked for: exact, and seen by all at once."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from ulid import ULID

from tests.concurrency.audit import audit
from tests.concurrency.rush import CHANGES_MIND, PARTY_SIZES, Wisher
from tests.concurrency.town import API, HUNG_AFTER_S, NO_LIMITS, Person, Town, party, visit
from tests.processes import ServerProcess, Stores, fresh_database_name, run_server

WORKERS = tuple(f"worker-{index}" for index in range(3))
SEED = 20261122
PEOPLE = 120
SIGHTS = 6
ONE_RESERVATION = f"{API}/reservations/{{reservation_id}}"


@pytest.fixture(scope="module")
async def server(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server of three processes, which know each other."""
    environment = NO_LIMITS | stores.environment(fresh_database_name())
    data_dir = tmp_path_factory.mktemp("forwarding") / "data"
    with run_server(data_dir, arguments=("--workers", "3"), environment=environment) as server:
        async with asyncio.timeout(60):
            while not all(_knows_all(server, worker) for worker in WORKERS):
                await _a_moment()
        yield server


@pytest.fixture(scope="module")
async def town(server: ServerProcess) -> AsyncIterator[Town]:
    async with visit(server) as town:
        yield town


@pytest.fixture(scope="module")
async def people(town: Town) -> list[Person]:
    return await town.citizens(PEOPLE)


async def _a_moment() -> None:
    await asyncio.sleep(0.05)


def _entries(server: ServerProcess, worker: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.log(worker).splitlines() if line.startswith("{")]


def _knows_all(server: ServerProcess, worker: str) -> bool:
    counts = [entry["count"] for entry in _entries(server, worker) if entry["event"] == "peers"]
    return counts[-1:] == [len(WORKERS)]


def _bookings(server: ServerProcess, worker: str) -> int:
    answered = [(entry.get("route"), entry.get("status")) for entry in _entries(server, worker)]
    return answered.count((f"{API}/reservations", 201))


@pytest.mark.parametrize("places", [[70], [4] * 20], ids=["one hot slot", "20 slots"])
async def test_a_rush_on_three_processes_ends_exactly_right(
    town: Town, server: ServerProcess, people: Sequence[Person], places: Sequence[int]
) -> None:
    chance = random.Random(SEED)
    slots = [await town.add_slot(count) for count in places]
    before = Counter({worker: _bookings(server, worker) for worker in WORKERS})
    wishers = [
        Wisher(person=person, size=chance.choice(PARTY_SIZES), changes_mind=chance.random() < CHANGES_MIND)
        for person in people
    ]
    await asyncio.gather(*(wisher.come(chance.choice(slots)) for wisher in wishers))

    told = {wisher.held: "booked" for wisher in wishers if wisher.held}
    told |= {reservation_id: "cancelled" for wisher in wishers for reservation_id in wisher.cancelled}
    kept = await town.database["reservations"].find({"slot_id": {"$in": slots}}, {"status": 1}).to_list()
    assert {one["_id"]: one["status"] for one in kept} == told
    assert await audit(town.database) == []
    assert [surprise for wisher in wishers for surprise in wisher.surprises] == []
    assert town.line.faults == []
    # It was a rush, and each process took its part of it, whosever the slots are.
    assert "cancelled" in told.values()
    assert sum(wisher.turned_away for wisher in wishers) > 10
    async with asyncio.timeout(60):
        while sum(_bookings(server, worker) for worker in WORKERS) < before.total() + len(told):
            await _a_moment()
    assert all(_bookings(server, worker) > before[worker] for worker in WORKERS)


async def test_who_is_told_of_a_booking_sees_it_at_every_process_at_once(
    town: Town, server: ServerProcess, people: Sequence[Person]
) -> None:
    slots = [await town.add_slot(100) for _ in range(4)]
    sights: list[str] = []

    async def book_and_look(person: Person, number: int) -> None:
        booked = await person.book(slots[number % len(slots)], party(2))
        path = f"{API}/reservations/{booked.body['id']}"
        assert [await look(person, path) for _ in range(SIGHTS)] == ["booked"] * SIGHTS
        assert (await person.cancel(booked.body["id"])).body["status"] == "cancelled"
        assert [await look(person, path) for _ in range(SIGHTS)] == ["cancelled"] * SIGHTS

    async def look(person: Person, path: str) -> str:
        """Ask on a line of its own, which any of the processes may take up."""
        sights.append(str(ULID()))
        headers = {"Authorization": f"Bearer {person.tokens['access_token']}", "X-Request-Id": sights[-1]}
        async with httpx.AsyncClient(base_url=server.base_url, timeout=HUNG_AFTER_S) as line:
            return str((await line.get(path, headers=headers)).json().get("status"))

    await asyncio.gather(*(book_and_look(person, number) for number, person in enumerate(people[:12])))
    async with asyncio.timeout(60):
        while sum(_shown(server, worker, sights) for worker in WORKERS) < len(sights):
            await _a_moment()
    assert all(_shown(server, worker, sights) for worker in WORKERS)


def _shown(server: ServerProcess, worker: str, sights: Sequence[str]) -> int:
    return sum(entry.get("request_id") in sights for entry in _entries(server, worker))
