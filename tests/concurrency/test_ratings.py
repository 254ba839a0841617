"""Two server processes take ratings of one visit at once: it has one, and it is counted once."""

import asyncio

from services.common.mongo import Mongo, Session
from services.ratings.documents import document_of
from services.ratings.errors import AlreadyRated
from services.ratings.model import Level, Rating
from services.ratings.mongo import RATING_DAYS, RATINGS, MongoRatings
from services.venues.model import Venue
from tests.concurrency.conftest import Pair
from tests.ratings import Counter, counter_on, open_venue, rate

RATERS = 8


class LookingFirst(MongoRatings):
    """Looks whether there is a rating, and then writes: what ratings would be without the insert that comes first."""

    def __init__(self, mongo: Mongo, barrier: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._barrier = barrier

    async def claim(self, rating: Rating) -> Rating:
        before = await self.find(rating.id)
        await self._barrier.wait()
        return before or await super().claim(rating)

    async def _insert(self, rating: Rating, session: Session) -> None:
        await self._ratings.replace_one({"_id": rating.id}, document_of(rating), upsert=True, session=session)


async def rush(pair: Pair, counters: list[Counter]) -> tuple[Venue, list[Rating | BaseException]]:
    """Let everybody rate one visit at one moment, each a little otherwise."""
    venue = await open_venue(pair[0])
    visit = counters[0].visit(venue)
    for one in counters:
        one.visits.made[visit.id], one.visits.inside[visit.id] = visit, 1
    asked = (one.rating.rate(rate(visit, words=f"评价{at}")) for at, one in enumerate(counters))
    return venue, list(await asyncio.gather(*asked, return_exceptions=True))


async def counted(mongo: Mongo, venue: Venue) -> int:
    days = await mongo.collection(RATING_DAYS).find({"venue_id": venue.id}).to_list()
    return sum(number for day in days for number in day["levels"].values())


async def test_who_looks_first_and_then_writes_lets_two_in(pair: Pair) -> None:
    barrier = asyncio.Barrier(2)
    counters = [counter_on(mongo, LookingFirst(mongo, barrier)) for mongo in pair]
    venue, outcomes = await rush(pair, counters)
    assert [type(one) for one in outcomes] == [Rating, Rating]
    assert await counted(pair[0], venue) == 2


async def test_a_visit_is_rated_once(pair: Pair) -> None:
    for _ in range(3):
        venue, outcomes = await rush(pair, [counter_on(pair[at % 2]) for at in range(RATERS)])
        [kept] = [one for one in outcomes if isinstance(one, Rating)]
        assert sum(isinstance(one, AlreadyRated) for one in outcomes) == RATERS - 1
        found = await pair[0].collection(RATINGS).find({"venue_id": venue.id}).to_list()
        assert [(one["_id"], one["words"]) for one in found] == [(kept.id, kept.words)]
        assert await counted(pair[0], venue) == 1


async def test_many_visits_of_one_venue_are_all_counted(pair: Pair) -> None:
    venue = await open_venue(pair[0])
    counters = [counter_on(pair[at % 2]) for at in range(24)]
    await asyncio.gather(*(one.rated(venue, Level(1 + at % 5)) for at, one in enumerate(counters)))
    assert await counted(pair[0], venue) == len(counters)
    assert await pair[0].collection(RATINGS).count_documents({"venue_id": venue.id}) == len(counters)
