"""From a venue through its district and the city to the office, each an instance with processes of its own."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from server.sync.connecting import HERE, INSTANCES, open_database
from server.sync.parts import prepare_intake
from server.sync.relaying import build_relay
from services.common.mongo import CollectionPlan, Document, Mongo
from services.sync.model import OutboxEvent, RecordKind
from services.sync.mongo import OUTBOX
from services.sync.reconciling.model import Depth
from services.sync.relay.model import DeadReason
from services.sync.relay.mongo import MongoStandings
from services.sync.relay.mongo.intake import ONWARD
from tests.faults.levels import QUIET_WITHIN_S, Instance, all_quiet, instance_of
from tests.processes import Stores, fresh_database_name
from tests.sync_chaos.audit import ensure_equal, ensure_nothing_left, lying_in, truth_of
from tests.waiting import until

SOME = 60
PSEUDONYMOUS = (RecordKind.RESERVATION, RecordKind.ADMISSION)
PATH = ["yuyuan", "huangpu", "shanghai"]


class Told:
    """A platform that remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[OutboxEvent] = []

    async def tell(self, events: Sequence[OutboxEvent]) -> None:
        self.events += events


@pytest.fixture
async def tower(stores: Stores, tmp_path: Path) -> AsyncIterator[list[Instance]]:
    """A venue, its district and the city, the office above them; nothing runs yet."""
    district_intake, city_intake, office = (fresh_database_name() for _ in range(3))
    async with AsyncExitStack() as opened:
        yield [
            await opened.enter_async_context(instance_of(stores, tmp_path, name=name, level=level, intake=own, main=up))
            for name, level, own, up in (
                ("yuyuan", "venue", "", district_intake),
                ("huangpu", "district", district_intake, city_intake),
                ("shanghai", "city", city_intake, office),
            )
        ]


async def ensure_arrived(tower: list[Instance]) -> Mapping[RecordKind, Mapping[str, Document]]:
    """Check that each hop has what the one below has, and the office all that the venue has; return what it has."""
    hops = [await ensure_equal(one.parts, one.main) for one in tower]
    for one in tower:
        await ensure_nothing_left(one.parts)
    at_office = hops[-1]
    for kind, some in (await truth_of(tower[0].parts)).items():
        for envelope in some.values():
            ids = [envelope.source_id]
            for one in tower:
                label = one.parts.standard.schema(kind).pseudonyms.get("id")
                ids.append(ids[-1] if label is None else one.parts.pseudonyms.of(label, ids[-1]))
            assert len(set(ids)) == (len(tower) + 1 if kind in PSEUDONYMOUS else 1)
            there = at_office[kind][ids[-1]]
            assert (there["path"], there["version"], there["sender"]) == (PATH, envelope.version, PATH[-1])
            assert (there["district"], there["day"]) == (envelope.district_id, envelope.day.isoformat())
    return at_office


async def test_what_is_booked_at_a_venue_arrives_at_the_office_through_all_levels(tower: list[Instance]) -> None:
    venue, district, city = tower
    for one in (city, district):
        await prepare_intake(one.parts.config, _intake(one))
    for one in tower:
        one.crew.start()
    await venue.load.go_on(SOME)
    await district.load.go_on(SOME // 3)
    await all_quiet(*tower)
    before = await ensure_arrived(tower)

    # Changes follow, though each of the processes is killed while they do.
    luck = random.Random(1)
    for one in (district, city, venue):
        await venue.load.go_on(SOME // 2)
        one.crew.kill_one(luck)
        await venue.load.go_on(SOME // 2)
        one.crew.start()
    await all_quiet(*tower)
    after = await ensure_arrived(tower)

    reservations = [seen[RecordKind.RESERVATION] for seen in (before, after)]
    changed = [its_id for its_id, one in reservations[0].items() if reservations[1][its_id]["data"] != one["data"]]
    assert {reservations[1][its_id]["data"]["status"] for its_id in changed} == {"booked", "cancelled"}
    admitted = {one["data"]["reservation_id"] for one in after[RecordKind.ADMISSION].values()}
    assert admitted <= reservations[1].keys()
    assert {tuple(one["path"]) for one in reservations[1].values()} == {tuple(PATH), tuple(PATH[1:])}
    raw = {its_id for one in (venue, district) for its_id in one.load.facts.entered}
    assert not raw & {word for one in reservations[1].values() for word in str(one).split("'")}
    for one in tower:
        done = await one.reconcile(Depth.DEEP)
        assert [kind for kind in done.kinds if kind.found] == []


async def test_what_arrives_before_anybody_knows_whose_it_is_goes_on_all_the_same(tower: list[Instance]) -> None:
    venue, district, city = tower
    venue.crew.start()
    await venue.load.go_on(SOME // 2)
    await all_quiet(venue)
    for one in (district, city):
        one.crew.start()

    async def introduced() -> bool:
        """Tell whether the district has said whose its intake is, and what came before is marked."""
        found = await venue.main.collection(INSTANCES).find_one({"_id": HERE})
        return found is not None and found["all_marked"]

    await until(introduced, within_s=QUIET_WITHIN_S)
    await venue.load.go_on(SOME // 2)
    await all_quiet(*tower)
    await ensure_arrived(tower)


async def test_two_instances_that_deliver_to_each_other_deliver_nothing(stores: Stores, tmp_path: Path) -> None:
    intakes = [fresh_database_name() for _ in range(2)]
    async with AsyncExitStack() as opened:
        pair = [
            await opened.enter_async_context(
                instance_of(stores, tmp_path, name=name, level="district", intake=own, main=other)
            )
            for name, own, other in (("huangpu", *intakes), ("xuhui", *reversed(intakes)))
        ]
        for one in pair:
            await prepare_intake(one.parts.config, _intake(one))
        for one in pair:
            one.crew.start()
            await one.load.go_on(SOME // 3)
        for one in pair:
            await until(partial(_refused, one), within_s=QUIET_WITHIN_S)
            assert not any((await lying_in(one.main)).values())
            assert await one.parts.mongo.collection(OUTBOX).find_one({}) is not None


def _intake(one: Instance) -> Mongo:
    assert one.parts.intake is not None
    return one.parts.intake


async def _refused(one: Instance) -> bool:
    said = await MongoStandings(one.parts.mongo).find()
    return said is not None and said.failure == "target_not_above"


@pytest.mark.parametrize(
    ("level", "theirs"), [("district", "district"), ("district", "venue"), ("city", "organisation"), ("venue", "venue")]
)
async def test_nobody_delivers_to_an_instance_that_is_not_above(
    stores: Stores, tmp_path: Path, level: str, theirs: str
) -> None:
    there = fresh_database_name()
    async with AsyncExitStack() as opened:
        here = await opened.enter_async_context(
            instance_of(stores, tmp_path, name="here", level=level, intake="", main=there)
        )
        other = await opened.enter_async_context(
            instance_of(stores, tmp_path, name="there", level=theirs, intake=there, main=fresh_database_name())
        )
        await prepare_intake(other.parts.config, _intake(other))
        await _ensure_refused(here)


async def test_nobody_delivers_to_itself(stores: Stores, tmp_path: Path) -> None:
    own = fresh_database_name()
    async with instance_of(stores, tmp_path, name="huangpu", level="district", intake=own, main=own) as here:
        await prepare_intake(here.parts.config, _intake(here))
        await _ensure_refused(here)


async def _ensure_refused(here: Instance) -> None:
    """Check that nothing is delivered, and that other platforms are told all the same."""
    await here.load.go_on(SOME // 6)
    platforms = Told()
    relay = build_relay(here.parts, platforms, "here").relay
    assert not await relay.work_once()
    assert relay.tally.failure == "target_not_above"
    assert platforms.events
    assert not any((await lying_in(here.main)).values())
    assert await here.parts.mongo.collection(OUTBOX).find_one({}) is not None


async def test_what_came_from_here_does_not_pass_again(tower: list[Instance]) -> None:
    _, district, city = tower
    plan = CollectionPlan(name=RecordKind.RESERVATION.value, shard_key="_id")
    venue = tower[0]
    await prepare_intake(city.parts.config, _intake(city))
    await prepare_intake(district.parts.config, _intake(district))
    await venue.load.go_on(SOME // 3)
    await build_relay(venue.parts, Told(), "here").relay.work_once()
    honest = await _intake(district).collection(plan).find({}).to_list()
    looped = {**honest[0], "_id": "reservation-" + "a" * 26, "path": ["huangpu", "yuyuan"], ONWARD: True}
    looped["data"] = {**looped["data"], "id": looped["_id"]}
    shapeless: list[Document] = [
        {"_id": "no-record-1", ONWARD: True},
        {**looped, "_id": "no-record-2", "version": "newest", "path": []},
        {**looped, "_id": "no-record-3", "data": [], "path": []},
        {**looped, "_id": "no-record-4", "day": "yesterday", "path": []},
        {**looped, "_id": "no-record-5", "data": {"venue_id": datetime.now(UTC)}, "path": []},
    ]
    await _intake(district).collection(plan).insert_many([looped, *shapeless])
    relay = build_relay(district.parts, Told(), "here").relay
    while await relay.work_once():
        pass
    letters = {one.ref.id: one.reason for one in await district.parts.dead.page(RecordKind.RESERVATION, 100, None)}
    assert letters == {
        looped["_id"]: DeadReason.LOOP,
        "no-record-1": DeadReason.MISSING,
        "no-record-2": DeadReason.MISSING,
        "no-record-3": DeadReason.MISSING,
        "no-record-4": DeadReason.UNREADABLE,
        "no-record-5": DeadReason.UNREADABLE,
    }
    arrived = await district.main.collection(plan).find({}).to_list()
    assert len(arrived) == len(honest)
    async with open_database(district.parts.config.mongodb.uri, district.parts.config.sync.intake_database) as intake:
        assert await intake.collection(plan).find_one({ONWARD: True}) is None
