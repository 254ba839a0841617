"""Of several sync processes one delivers; another takes over, whatever becomes of it, and of the main system."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from server.config import load_config
from server.embedded import PROJECT
from server.prepare import prepare
from server.wiring import open_stores
from services.common.mongo import Client
from services.sync.relay.mongo import MongoStandings
from tests.faults.sync_crew import Crew, Facts, Office, Sides, SyncProcess, crew_on, until
from tests.processes import Stores, fresh_database_name
from tests.registry import open_city

TAKEN_OVER_WITHIN_S = 10.0
HANDED_OVER_WITHIN_S = 4.0
FROZEN_FOR_S = 20.0
AWAY_FOR_S = 8.0


@asynccontextmanager
async def opened(stores: Stores, main_uri: str, **settings: str) -> AsyncIterator[tuple[Sides, Mapping[str, str]]]:
    """Prepare a database, and yield both sides and the settings."""
    database = fresh_database_name()
    environment = stores.environment(database) | {
        "CHENGMA_DEMO": "false",
        "CHENGMA_SYNC_MAIN_URI": main_uri,
        "CHENGMA_SYNC_MAIN_DATABASE": f"{database}_main",
        **settings,
    }
    config = load_config(PROJECT / "config.yaml", environment)
    await prepare(config)
    client: Client = AsyncMongoClient(main_uri or stores.mongodb_uri, tz_aware=True)
    async with open_stores(config) as mine, client as main:
        await open_city(mine.mongo)
        facts = Facts(mongo=mine.mongo)
        yield Sides(facts=facts, mongo=mine.mongo, main=main, main_database=f"{database}_main"), environment


@asynccontextmanager
async def going_on(facts: Facts) -> AsyncIterator[None]:
    """Let things happen all the while."""
    telling = asyncio.create_task(facts.go_on())
    try:
        yield
    finally:
        facts.end()
        await telling


@pytest.fixture
async def both(stores: Stores, tmp_path: Path) -> AsyncIterator[tuple[Sides, Crew]]:
    """Both sides, and a crew of two of whom one leads."""
    async with opened(stores, stores.mongodb_uri) as (sides, environment):
        with crew_on(tmp_path, environment) as crew:
            crew.hire()
            crew.hire()
            await crew.await_leader()
            yield sides, crew


def ensure_one_at_a_time(crew: Crew) -> None:
    """Pass when no two led at once, as their logs tell."""
    sessions = sorted(session for one in crew.everybody for session in one.sessions())
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(sessions)), sessions


async def delivers_anew(sides: Sides) -> float:
    """Return after how many seconds something more arrives."""
    before = await sides.arrived()

    async def more() -> bool:
        return await sides.arrived() != before

    return await until(more, "nothing more arrives")


async def has_successor(sides: Sides, crew: Crew, killed: SyncProcess) -> bool:
    """Tell whether another one leads, by its log and by the lease; on a busy machine it may pass on once more."""
    leader = crew.leader()
    if leader is None or leader is killed:
        return False
    return f"/{leader.pid}" in await sides.leader_by_lease()


async def test_a_killed_leader_has_a_successor_and_nothing_is_lost(both: tuple[Sides, Crew]) -> None:
    sides, crew = both
    async with going_on(sides.facts):
        for _ in range(2):
            leader = await crew.await_leader()
            await delivers_anew(sides)
            crew.hire()
            leader.kill()
            assert await delivers_anew(sides) < TAKEN_OVER_WITHIN_S
            await until(partial(has_successor, sides, crew, leader), "the lease names nobody who leads")
    await sides.ensure_equal()
    ensure_one_at_a_time(crew)


async def test_a_leader_that_is_asked_to_stop_hands_over_at_once(both: tuple[Sides, Crew]) -> None:
    sides, crew = both
    async with going_on(sides.facts):
        leader = await crew.await_leader()
        await delivers_anew(sides)
        assert leader.stop() == 0

        async def led() -> bool:
            return crew.leader() not in {None, leader}

        assert await until(led, "nobody took over") < HANDED_OVER_WITHIN_S
    await sides.ensure_equal()
    ensure_one_at_a_time(crew)
    assert leader.said("stopped") == 1


async def test_a_leader_that_was_frozen_leads_no_more_and_does_no_harm(both: tuple[Sides, Crew]) -> None:
    sides, crew = both
    async with going_on(sides.facts):
        frozen = await crew.await_leader()
        await delivers_anew(sides)
        frozen.send(signal.SIGSTOP)
        assert await delivers_anew(sides) < TAKEN_OVER_WITHIN_S
        successor = await crew.await_leader(frozen)
        await asyncio.sleep(FROZEN_FOR_S)
        frozen.send(signal.SIGCONT)

        async def noticed() -> bool:
            return not frozen.leads

        assert await until(noticed, "it goes on leading") < HANDED_OVER_WITHIN_S
        assert f"/{successor.pid}" in await sides.leader_by_lease()
        # It is as good as any other from then on.
        assert successor.stop() == 0
        await crew.await_leader(successor)
        await delivers_anew(sides)
    await sides.ensure_equal()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.open()
    try:
        yield office
    finally:
        office.close()


async def test_a_main_system_that_was_away_gets_everything(stores: Stores, office: Office, tmp_path: Path) -> None:
    async with opened(stores, office.uri) as (sides, environment):
        with crew_on(tmp_path, environment) as crew:
            relay = crew.hire()
            async with going_on(sides.facts):
                await delivers_anew(sides)
                office.close()

                async def noticed() -> bool:
                    return (await sides.said()).get("failure") is not None

                await until(noticed, "nobody noticed")
                waiting = await sides.waiting()
                await asyncio.sleep(AWAY_FOR_S)
                assert await sides.waiting() > waiting
                failing_since = (await sides.said())["failing_since"]
                assert failing_since is not None
                office.open()
            await sides.ensure_equal()
            assert [relay.said(event) for event in ("main_system_away", "main_system_back")] == [1, 1]

            async def over() -> bool:
                said = await sides.said()
                return (said["failure"], said["failing_since"]) == (None, None)

            await until(over, "it is still said to be away")


async def test_without_a_main_system_nothing_piles_up(stores: Stores, tmp_path: Path) -> None:
    async with opened(stores, "") as (sides, environment):
        with crew_on(tmp_path, environment) as crew:
            crew.hire()
            await sides.facts.tell(20)

            async def drained() -> bool:
                return await sides.waiting() == 0

            await until(drained, "the outbox does not drain")
        assert await sides.arrived() == {}


async def test_a_wrong_password_neither_ends_the_leader_nor_passes_for_an_answer(
    stores: Stores, tmp_path: Path
) -> None:
    address = stores.mongodb_uri.rpartition("@")[2].partition("/")[0]
    wrong = f"mongodb://chengma:wrong@{address}/?authSource=admin&retryWrites=false"
    async with opened(stores, wrong) as (sides, environment):
        with crew_on(tmp_path, environment) as crew:
            crew.hire()
            leader = await crew.await_leader()
            async with going_on(sides.facts):
                for _ in range(2):  # the driver's first failure differs from the later ones
                    asked_at = datetime.now(UTC)

                    async def refused(since: datetime = asked_at) -> bool:
                        said = await MongoStandings(sides.mongo).find()
                        return said is not None and said.said_at > since and said.failure == "refused_18"

                    await until(refused, "nobody says so")
                    await asyncio.sleep(AWAY_FOR_S)
            assert crew.leader() is leader
            assert (leader.said("defect"), leader.said("main_system_away")) == (0, 1)
