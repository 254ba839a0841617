"""kill -9 of any process while people book, cancel and enter: what was acknowledged is there, and the counts agree."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.concurrency.audit import audit
from tests.concurrency.town import visit
from tests.concurrency.travellers import Ledger, Traveller, unkept_promises
from tests.faults.machine import running

VICTIMS = ("worker-0", "mongodb", "worker-1", "redis", "supervisor")
ROUNDS = int(os.environ.get("CHENGMA_TEST_ROUNDS", len(VICTIMS)))
SEED = int(os.environ.get("CHENGMA_TEST_SEED", "20261121"))
TRAVELLERS = 12
ACKNOWLEDGED = 15


@asynccontextmanager
async def travelling(travellers: list[Traveller]) -> AsyncIterator[None]:
    """Have all of them travel meanwhile; each ends with an answer."""
    until = asyncio.Event()
    journeys = [asyncio.create_task(traveller.travel(until)) for traveller in travellers]
    try:
        yield
    finally:
        until.set()
        await asyncio.gather(*journeys)


async def test_nothing_acknowledged_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    chance, ledger = random.Random(SEED), Ledger()
    with running(tmp_path / "data") as machine:
        async with visit(machine.server) as town:
            staff = await town.staff("gate")
            # One that fills up, and two that never do.
            slots = [await town.add_slot(places) for places in (30, 10_000, 10_000)]
            travellers = [
                Traveller(
                    person=person,
                    staff=staff,
                    town=town,
                    slots=slots,
                    ledger=ledger,
                    chance=random.Random(chance.random()),
                )
                for person in await town.citizens(TRAVELLERS)
            ]
            async with travelling(travellers):
                for number in range(ROUNDS):
                    await ledger.grow_by(ACKNOWLEDGED + chance.randrange(ACKNOWLEDGED))
                    machine.kill(VICTIMS[number % len(VICTIMS)])
                await ledger.grow_by(ACKNOWLEDGED)
            assert await unkept_promises(ledger) == []
            assert town.line.faults == []
        async with visit(machine.server) as town:
            assert await audit(town.database) == []
            assert await town.database["reservations"].count_documents({}) == len(ledger.bookings)
    assert len(ledger.cancelled) >= ROUNDS
    assert len(ledger.admitted) >= ROUNDS
