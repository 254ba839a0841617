"""Ceilings, recounts and crowd alerts in the real database, with two processes at each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.admissions.batch import VenueDay
from services.admissions.ceilings.directory import CeilingDirectory
from services.admissions.ceilings.model import GatePolicy, GatePolicyChange
from services.admissions.ceilings.mongo import MongoGatePolicies
from services.admissions.crowds.model import CrowdAlert
from services.admissions.crowds.mongo import MongoCrowds
from services.admissions.crowds.watching import CrowdWatching
from services.admissions.group import ScanGroups
from services.admissions.model import Movement
from services.admissions.mongo import MongoScans
from services.admissions.occupancy.model import DayStanding, Recount
from services.admissions.occupancy.mongo import MongoRecounts
from services.common.clock import UlidSource, city_day
from services.common.mongo import Mongo
from services.sync.mongo import MongoOutbox
from tests.contract.documents import Documents
from tests.factories import NOW, make_entry_pass, make_reading, new_id
from tests.findings import HandClock


def policy(venue_id: str, **changes: object) -> GatePolicy:
    made = GatePolicy(venue_id=venue_id, version=1, ceiling=10, alert_at=(80, 100))
    return replace(made, **changes)  # type: ignore[arg-type]


def change(made: GatePolicy) -> GatePolicyChange:
    return GatePolicyChange(policy=made, changed_by="stf_example", changed_at=NOW)


def recount(venue_id: str, before: int, inside: int) -> Recount:
    return Recount(
        id=new_id("rct"),
        venue_id=venue_id,
        day=city_day(NOW),
        before=before,
        inside=inside,
        reason="清点",
        counted_by="stf_example",
        counted_at=NOW,
        fingerprint="content",
    )


class Office:
    """One process: it lets people in, and watches."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox, clock: HandClock) -> None:
        self.ceilings = CeilingDirectory(store=MongoGatePolicies(mongo), clock=clock)
        self.crowds = MongoCrowds(mongo, outbox)
        self.groups = ScanGroups(MongoScans(mongo, outbox))
        self.noticed: list[CrowdAlert] = []
        self.watching = CrowdWatching(
            store=self.crowds,
            policies=self.ceilings,
            clock=clock,
            ids=UlidSource(),
            noticed=self.noticed.append,
            tell=lambda error: pytest.fail(repr(error)),
        )

    async def move(self, venue_id: str, people: int, movement: Movement = Movement.ENTRY) -> None:
        code = make_entry_pass(party_size=people) if movement is Movement.ENTRY else None
        reading = make_reading(make_entry_pass(), venue_id=venue_id, count=people, movement=movement)
        await self.groups.answer(replace(reading, code=code))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def offices(mongo: Mongo, outbox: MongoOutbox, clock: HandClock) -> list[Office]:
    return [Office(mongo, outbox, clock) for _ in range(2)]


async def test_a_gate_policy_is_changed_by_one_of_those_who_read_it(mongo: Mongo) -> None:
    store, venue_id = MongoGatePolicies(mongo), new_id("ven")
    assert sorted(await asyncio.gather(*(store.claim(change(policy(venue_id))) for _ in range(4)))) == [False] * 3 + [
        True
    ]
    wishes = [policy(venue_id, version=2, ceiling=ceiling) for ceiling in (20, 30, 40)]
    taken = await asyncio.gather(*(store.claim(change(one)) for one in wishes))
    assert sum(taken) == 1
    assert [one for one in await store.all() if one.venue_id == venue_id] == [wishes[taken.index(True)]]


async def test_a_ceiling_is_known_at_once_here_and_within_seconds_elsewhere(
    mongo: Mongo, offices: Sequence[Office], clock: HandClock
) -> None:
    here, there = (office.ceilings for office in offices)
    venue_id = new_id("ven")
    assert [await one.ceiling_of(venue_id) for one in (here, there)] == [None, None]
    await MongoGatePolicies(mongo).claim(change(policy(venue_id)))
    await here.renew()
    assert [await one.ceiling_of(venue_id) for one in (here, there)] == [10, None]
    clock.put_on(seconds=3)
    assert await there.ceiling_of(venue_id) == 10


async def test_a_recount_is_kept_with_its_difference(
    mongo: Mongo, offices: Sequence[Office], documents: Documents
) -> None:
    store, venue_id = MongoRecounts(mongo), new_id("ven")
    assert await store.standing_of(venue_id, city_day(NOW)) is None
    first = recount(venue_id, 0, 3)
    assert await store.claim(first, None)
    assert not await store.claim(first, DayStanding(inside=3, recounts=1))  # it is kept already
    assert await store.find(first.id) == first
    await offices[0].move(venue_id, 4)
    seen = await store.standing_of(venue_id, city_day(NOW))
    assert seen == DayStanding(inside=7, recounts=1)
    await offices[1].move(venue_id, 2)  # comes between the count and its write, and is on top of it
    assert await store.claim(recount(venue_id, 7, 5), seen)
    assert not await store.claim(recount(venue_id, 7, 5), seen)  # somebody else was quicker
    kept = await documents.get("occupancy", f"{venue_id}:{city_day(NOW).isoformat()}")
    assert (kept["inside"], kept["admitted"], kept["left"], kept["adjusted"], kept["recounts"]) == (7, 6, 0, 1, 2)
    assert kept["inside"] == kept["admitted"] - kept["left"] + kept["adjusted"]


async def test_each_crossing_is_told_once_by_one_of_the_processes(
    mongo: Mongo, offices: Sequence[Office], documents: Documents
) -> None:
    venue_id = new_id("ven")
    await MongoGatePolicies(mongo).claim(change(policy(venue_id, ceiling=20)))

    async def look() -> list[tuple[int, str, int]]:
        before = sum(len(office.noticed) for office in offices)
        await asyncio.gather(*(office.watching.look() for office in offices for _ in range(3)))
        alerts = await offices[0].crowds.alerts_on(venue_id, city_day(NOW))
        told = [one for office in offices for one in office.noticed if one.of.venue_id == venue_id]
        assert sorted(one.number for one in told) == [one.number for one in alerts]
        assert before <= len(told)
        return [(one.level, str(one.change), one.inside) for one in alerts]

    assert await look() == []
    await offices[0].move(venue_id, 15)
    assert await look() == []
    await offices[1].move(venue_id, 1)
    assert await look() == [(80, "rising", 16)]
    await offices[1].move(venue_id, 6)  # no ceiling was said to the gate: as if it had been without network
    await offices[0].move(venue_id, 1, Movement.EXIT)
    assert (await look())[1:] == [(100, "rising", 21)]
    await offices[0].move(venue_id, 2, Movement.EXIT)
    assert len(await look()) == 2  # 19 of 20: not yet calmer
    await offices[0].move(venue_id, 9, Movement.EXIT)
    assert (await look())[2:] == [(0, "easing", 10)]
    events = await documents.events(venue_id)
    assert [(one["kind"], one["payload"]["level"], one["payload"]["change"]) for one in events] == [
        ("venue.crowded", 80, "rising"),
        ("venue.crowded", 100, "rising"),
        ("venue.crowded", 0, "easing"),
    ]
    assert set(events[0]["payload"]) == {"venue_id", "level", "change", "inside", "ceiling"}


async def test_an_alert_that_was_kept_already_is_recognised(offices: Sequence[Office], mongo: Mongo) -> None:
    venue_id = new_id("ven")
    await MongoGatePolicies(mongo).claim(change(policy(venue_id, ceiling=5)))
    await offices[0].move(venue_id, 5)
    assert await offices[0].watching.look() == 1
    assert await offices[1].watching.look() == 0
    day = VenueDay(venue_id=venue_id, day=city_day(NOW))
    assert (await offices[1].crowds.standings([day]))[day].alerts == 1
    assert await offices[1].crowds.inside([VenueDay(venue_id=new_id("ven"), day=day.day)]) == {}
