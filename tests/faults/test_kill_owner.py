"""The process that writes a hot slot is killed or halted in the middle of a rush, or Redis is: all stays exact."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import psutil
import pymongo
import pytest
from pymongo.errors import PyMongoError
from ulid import ULID

from server.redis_peers import GONE_AFTER_S, weight
from tests.concurrency.audit import audit
from tests.concurrency.town import API, NO_LIMITS, Person, Town, party, visit
from tests.concurrency.travellers import Booking, Ledger, Traveller, unkept_promises
from tests.processes import ServerProcess, await_end, run_server

WORKERS = tuple(f"worker-{index}" for index in range(3))
ROUNDS = int(os.environ.get("CHENGMA_TEST_ROUNDS", "2"))
SEED = int(os.environ.get("CHENGMA_TEST_SEED", "20261122"))
PEOPLE = 16
PLACES = 10_000
ACKNOWLEDGED = 25
WITHIN_S = 60.0
HALTS = (ROUNDS + 1) // 2
# Whose line ends at a process that is halted waits until it wakes.
PATIENT = httpx.Timeout(2 * WITHIN_S, pool=None)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data_dir = tmp_path_factory.mktemp("owner") / "data"
    with run_server(data_dir, arguments=("--workers", "3"), environment=NO_LIMITS) as server:
        yield server


@pytest.fixture(scope="module")
async def town(server: ServerProcess) -> AsyncIterator[Town]:
    async with visit(server) as town:
        town.line.client.timeout = PATIENT
        yield town


@pytest.fixture(scope="module")
async def people(town: Town) -> Sequence[Person]:
    return await town.citizens(PEOPLE)


@dataclass(frozen=True, kw_only=True)
class Rush:
    """People who book one slot, cancel and enter without end, and what they were told."""

    town: Town
    server: ServerProcess
    people: Sequence[Person]
    slot_id: str
    chance: random.Random
    ledger: Ledger = field(default_factory=Ledger)

    async def go_on(self) -> None:
        """Wait until some more has been acknowledged."""
        async with asyncio.timeout(WITHIN_S):
            await self.ledger.grow_by(ACKNOWLEDGED + self.chance.randrange(ACKNOWLEDGED))

    async def owner(self) -> psutil.Process:
        """Return the process that the slot belongs to, once the three know each other."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                named = {name: worker for worker in WORKERS for name in self._name_of(worker)}
                if len(named) == len(WORKERS):
                    return self.server.get_child(named[max(named, key=lambda name: weight(name, self.slot_id))])
                await asyncio.sleep(0.05)

    def _name_of(self, worker: str) -> list[str]:
        """Return what the present process calls itself, if it knows two others."""
        entries = [json.loads(line) for line in self.server.log(worker).splitlines() if line.startswith("{")]
        present = max(index for index, entry in enumerate(entries) if entry["event"] == "serving")
        known = [entry for entry in entries[:present:-1] if entry["event"] == "peers"]
        return [known[0]["process"]] if known and known[0]["count"] == len(WORKERS) else []

    async def findings(self) -> list[str]:
        """Return where what was told, what is kept and what is counted differ."""
        kept = await self.town.database["reservations"].find({"slot_id": self.slot_id}).to_list()
        booked = {one["_id"] for one in kept if one["status"] == "booked"}
        told = self.ledger.bookings.keys() - self.ledger.cancelled
        # Of what nobody was told, nothing is left but that it was given back.
        given_back = [one for one in kept if one["_id"] not in self.ledger.bookings]
        return [
            *await unkept_promises(self.ledger),
            *await audit(self.town.database),
            *(f"{one} is booked, and nobody was told" for one in booked - told),
            *(f"{one['_id']} was given back, and is {one}" for one in given_back if one["fingerprint"] is not None),
            *(f"the server answered {status}" for status in self.town.line.faults),
        ]


@asynccontextmanager
async def rush(town: Town, server: ServerProcess, people: Sequence[Person]) -> AsyncIterator[Rush]:
    """Have a rush on a slot of its own meanwhile; everybody in it ends with an answer."""
    chance, staff = random.Random(SEED), await town.staff("gate")
    slot_id = await town.add_slot(PLACES)
    rush = Rush(town=town, server=server, people=people, slot_id=slot_id, chance=chance)
    travellers = [
        Traveller(
            person=person,
            staff=staff,
            town=town,
            slots=[slot_id],
            ledger=rush.ledger,
            chance=random.Random(chance.random()),
        )
        for person in people
    ]
    until = asyncio.Event()
    journeys = [asyncio.create_task(traveller.travel(until)) for traveller in travellers]
    try:
        await rush.go_on()
        yield rush
        await rush.go_on()
    finally:
        until.set()
        await asyncio.gather(*journeys)


def kill(process: psutil.Process) -> None:
    process.kill()
    assert await_end([process], within_s=10.0) == []


@contextmanager
def halted(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        process.resume()


async def test_the_owner_is_killed_again_and_again(town: Town, server: ServerProcess, people: Sequence[Person]) -> None:
    async with rush(town, server, people) as going:
        for _ in range(ROUNDS):
            kill(await going.owner())
            await going.go_on()
    assert await going.findings() == []


async def test_redis_is_killed_again_and_again(town: Town, server: ServerProcess, people: Sequence[Person]) -> None:
    async with rush(town, server, people) as going:
        for _ in range(ROUNDS):
            kill(server.get_child("redis"))
            await going.go_on()
        await going.owner()  # they find each other again
    assert await going.findings() == []


async def test_the_owner_is_halted_and_others_go_on_without_it(
    town: Town, server: ServerProcess, people: Sequence[Person]
) -> None:
    async with rush(town, server, people) as going:
        for _ in range(HALTS):
            await halt_outside_a_write(going)
            await going.go_on()
    assert await going.findings() == []


async def halt_outside_a_write(going: Rush) -> None:
    """Halt the owner until others have written its slot; when it is caught inside a write, for a moment only."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            with halted(await going.owner()):
                if await is_free(going.town, going.slot_id):
                    await book_past_it(going)
                    return
            await asyncio.sleep(going.chance.random() / 5)


async def is_free(town: Town, slot_id: str) -> bool:
    """Tell whether nobody has the slot in a transaction."""
    try:
        with pymongo.timeout(1):
            await town.database["slots"].update_one({"_id": slot_id}, {"$unset": {"nothing": True}})
    except PyMongoError:
        return False
    return True


async def book_past_it(going: Rush) -> None:
    """Book on new lines until one is taken up by a process that lives; the others will find theirs when they wake."""
    person, visitors, key = going.people[0], party(2), str(ULID())
    headers = {"Authorization": f"Bearer {person.tokens['access_token']}", "Idempotency-Key": key}
    wish = {"slot_id": going.slot_id, "visitors": visitors}
    while True:
        async with httpx.AsyncClient(base_url=going.server.base_url, timeout=2 * GONE_AFTER_S) as line:
            with suppress(httpx.TransportError):
                answer = await line.post(f"{API}/reservations", json=wish, headers=headers)
                if answer.status_code == 201:
                    break
        await asyncio.sleep(0.1)
    going.ledger.bookings[answer.json()["id"]] = Booking(
        person=person, slot_id=going.slot_id, visitors=visitors, key=key, body=answer.json()
    )


async def test_the_owner_is_halted_at_any_moment(town: Town, server: ServerProcess, people: Sequence[Person]) -> None:
    async with rush(town, server, people) as going:
        for _ in range(HALTS):
            with halted(await going.owner()):
                await asyncio.sleep(GONE_AFTER_S + going.chance.random())
            await going.go_on()
    assert await going.findings() == []
