"""The process that writes a hot slot is killed or halted in the middle of a rush, or Redis is: all stays exact."""

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from server.redis_peers import weight
from services.reservations.forwarding import SETTLED_AFTER_S
from tests.concurrency.audit import audit
from tests.concurrency.neighbours import until
from tests.concurrency.town import NO_LIMITS, Person, Town, visit
from tests.concurrency.travellers import Ledger, Traveller, unkept_promises
from tests.conftest import StartServer
from tests.faults.test_kill_frozen import frozen
from tests.processes import ServerProcess, await_end

WORKERS = tuple(f"worker-{index}" for index in range(3))
ROUNDS = int(os.environ.get("CHENGMA_TEST_ROUNDS", "1"))
SEED = int(os.environ.get("CHENGMA_TEST_SEED", "20261122"))
PEOPLE = 16
PLACES = 10_000
ACKNOWLEDGED = 25
WITHIN_S = 60.0
GHOSTS_GONE_WITHIN_S = 35.0


@dataclass(frozen=True, kw_only=True)
class Processes:
    """The three server processes, as their logs tell of them."""

    server: ServerProcess

    async def owner_of(self, slot_id: str) -> str:
        """Return which worker writes the slot, once the three know each other."""
        await self.know_each_other()
        return max(WORKERS, key=lambda worker: weight(self.name(worker), slot_id))

    async def know_each_other(self) -> None:
        await until(lambda: [self.counts(worker)[-1:] for worker in WORKERS] == [[len(WORKERS)]] * len(WORKERS))

    def name(self, worker: str) -> str:
        """Return what the worker called itself last, among its peers."""
        return str(self._noted(worker)[-1]["process"])

    def counts(self, worker: str) -> list[object]:
        """Return how many peers the worker has known, itself included, from first to last."""
        return [entry["count"] for entry in self._noted(worker)]

    def _noted(self, worker: str) -> list[dict[str, object]]:
        lines = self.server.log(worker).splitlines(keepends=True)
        entries = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return [entry for entry in entries if entry["event"] == "peers"]


@dataclass(frozen=True, kw_only=True)
class Rush:
    """People who book one slot, cancel and enter without end; each insists under one key until there is an answer."""

    town: Town
    processes: Processes
    slot_id: str
    chance: random.Random
    ledger: Ledger = field(default_factory=Ledger)

    async def happen(self, accident: Callable[["Rush"], Awaitable[None]], people: Sequence[Person]) -> None:
        """Have the accident happen in the middle of the rush; everybody ends with an answer."""
        enough, staff = asyncio.Event(), await self.town.staff("gate")
        await self.processes.know_each_other()
        travellers = [
            Traveller(
                person=person,
                staff=staff,
                town=self.town,
                slots=[self.slot_id],
                ledger=self.ledger,
                chance=random.Random(self.chance.random()),
            )
            for person in people
        ]
        journeys = [asyncio.create_task(traveller.travel(enough)) for traveller in travellers]
        try:
            await self._go_on()
            await accident(self)
            await self._go_on()
        finally:
            enough.set()
            await asyncio.gather(*journeys)

    async def _go_on(self) -> None:
        """Wait until some more has been acknowledged."""
        async with asyncio.timeout(WITHIN_S):
            await self.ledger.grow_by(ACKNOWLEDGED + self.chance.randrange(ACKNOWLEDGED))

    async def findings(self) -> list[str]:
        """Return where what was told and what is kept differ, when what nobody was told of has had time to go."""
        told = self.ledger.bookings.keys() - self.ledger.cancelled
        with suppress(TimeoutError):
            async with asyncio.timeout(GHOSTS_GONE_WITHIN_S):
                while await self._booked() != told:
                    pass
        booked = await self._booked()
        left = PLACES - sum(len(self.ledger.bookings[one].visitors) for one in told)
        return [
            *(f"{one} is booked, and nobody was told" for one in booked - told),
            *(f"{one} was told of, and is not booked" for one in told - booked),
            *await unkept_promises(self.ledger),
            *([] if await self.town.places_left(self.slot_id) == left else [f"not {left} places are left"]),
        ]

    async def _booked(self) -> set[str]:
        found = self.town.database["reservations"].find({"slot_id": self.slot_id, "status": "booked"}, {"_id": 1})
        return {one["_id"] async for one in found}


def kill(process: psutil.Process) -> None:
    process.kill()
    assert await_end([process], within_s=10.0) == []


async def the_owner_is_killed(rush: Rush) -> None:
    processes = rush.processes
    owner = await processes.owner_of(rush.slot_id)
    name = processes.name(owner)
    kill(processes.server.get_child(owner))
    await until(lambda: processes.name(owner) != name)


async def redis_is_killed(rush: Rush) -> None:
    processes = rush.processes
    await processes.know_each_other()
    before = {worker: len(processes.counts(worker)) for worker in WORKERS}
    kill(processes.server.get_child("redis"))
    await until(lambda: all(1 in processes.counts(worker)[before[worker] :] for worker in WORKERS))


async def the_owner_is_halted(rush: Rush) -> None:
    processes = rush.processes
    owner = await processes.owner_of(rush.slot_id)
    others, before = set(WORKERS) - {owner}, len(processes.counts(owner))
    with frozen(processes.server.get_child(owner)):
        await until(lambda: all(processes.counts(worker)[-1] == len(others) for worker in others))
        await asyncio.sleep(rush.chance.random())
    await until(lambda: 1 in processes.counts(owner)[before:])


async def test_what_was_told_is_booked_once_and_nothing_else_whatever_happens_to_the_owner_or_to_redis(
    start_server: StartServer,
) -> None:
    server = start_server("--workers", "3", environment=NO_LIMITS)
    chance, processes, rushes = random.Random(SEED), Processes(server=server), []
    async with visit(server) as town:
        people = await town.citizens(PEOPLE)
        for accident in (the_owner_is_killed, redis_is_killed, the_owner_is_halted) * ROUNDS:
            slot_id = await town.add_slot(PLACES)
            rush = Rush(town=town, processes=processes, slot_id=slot_id, chance=chance)
            await rush.happen(accident, people)
            rushes.append((accident.__name__, rush))
        await processes.know_each_other()
        # What is given back late, for sure, must not be what somebody was told of in the meantime.
        await asyncio.sleep(SETTLED_AFTER_S + 1.0)
        found = [(name, await rush.findings()) for name, rush in rushes]
        assert found == [(name, []) for name, _ in rushes]
        assert await audit(town.database) == []
        assert town.line.faults == []
        assert {"defect" in server.log(worker) for worker in WORKERS} == {False}
