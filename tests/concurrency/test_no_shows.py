"""Several processes judge the same slots: each visit is counted once, and amnesties hold whoever is quicker."""

import asyncio
from collections.abc import Sequence

from services.common.mongo import Mongo
from services.reservations.model import Reservation
from services.reservations.no_shows.documents import strike_document
from services.reservations.no_shows.judging import Judging
from services.reservations.no_shows.model import AmnestyWish, NoShow
from services.reservations.no_shows.mongo import NO_SHOWS, MongoNoShows
from tests.concurrency.conftest import Pair
from tests.contract.documents import Documents
from tests.factories import make_booking, new_id
from tests.no_shows import DAY, NOON, Town, staff

VISITS, ROUNDS = 40, 6


class NaiveNoShows(MongoNoShows):
    """Looks first whether a visit is counted, then counts it."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self._collection = mongo.collection(NO_SHOWS)

    async def add(self, strikes: Sequence[NoShow]) -> None:
        ids = [one.reservation_id for one in strikes]
        counted = await self._collection.distinct("reservation_id", {"reservation_id": {"$in": ids}})
        new = [one for one in strikes if one.reservation_id not in counted]
        if new:
            await self._collection.insert_many(
                [strike_document(one) | {"_id": one.id, "reservation_id": one.reservation_id} for one in new]
            )


async def a_town(pair: Pair) -> tuple[Town, list[Reservation]]:
    mongo = pair[0]
    town = Town(mongo=mongo, documents=Documents(mongo, mongo.collection(NO_SHOWS).database.name))
    # All slots in the first stretch: who moves the mark first stops the others after it.
    await town.open(2 * DAY)
    slot = await town.past_slot(capacity=VISITS, places_left=VISITS)
    bookings = [make_booking(slot) for _ in range(VISITS)]
    await town.write_bookings(bookings)
    return town, [one.reservation for one in bookings]


def judges(town: Town, pair: Pair, store: type[MongoNoShows]) -> list[Judging]:
    return [town.judge(store=store(mongo)) for mongo in pair]


async def test_without_the_key_two_judges_count_a_visit_twice(pair: Pair) -> None:
    most = 0
    for _ in range(ROUNDS):
        town, _ = await a_town(pair)
        await asyncio.gather(*(judge.look() for judge in judges(town, pair, NaiveNoShows)))
        most = max(most, len(await town.documents.find("no_shows")))
        if most > VISITS:
            break
    assert most > VISITS


async def test_with_it_each_visit_is_counted_once(pair: Pair) -> None:
    town, reservations = await a_town(pair)
    citizens = {one.id: one.citizen_id for one in reservations}
    await asyncio.gather(*(judge.look() for judge in judges(town, pair, MongoNoShows) * 3))
    kept = await town.documents.find("no_shows")
    assert {one["_id"]: one["citizen_id"] for one in kept} == citizens
    assert len({one["public_id"] for one in kept}) == VISITS
    assert (await town.documents.get("no_show_marks", town.venue.id))["through"] == NOON - DAY


async def test_an_amnesty_that_comes_while_others_judge_pardons_all(pair: Pair) -> None:
    for after in range(0, 40, 4):
        town, reservations = await a_town(pair)
        wish = AmnestyWish(
            actor=staff(town.venue.id), venue_id=town.venue.id, from_at=NOON - 3 * DAY, to_at=NOON, reason="台风"
        )

        async def declare(wish: AmnestyWish, town: Town, after: int) -> None:
            await asyncio.sleep(after / 1000)
            await town.pardons.declare(wish)

        await asyncio.gather(*(judge.look() for judge in judges(town, pair, MongoNoShows)), declare(wish, town, after))
        found = {kind for kind in await town.strikes(*reservations) if kind != ("none", "")}
        assert found <= {("missed", "pardoned")}, after


async def test_whoever_looks_at_once_after_a_late_scan_sees_nothing_counted(pair: Pair) -> None:
    town, _ = await a_town(pair)
    citizen = new_id("cit")
    away = await town.missed(citizen, ago=1.5 * DAY)
    await town.judge().look()
    await town.enter(away)
    standings = await asyncio.gather(*(town.own.standing(citizen) for _ in range(5)))
    assert [len(one.counting) for one in standings] == [0] * 5
    [kept] = await town.documents.find("no_shows", citizen_id=citizen)
    assert kept["state"] == "withdrawn"
