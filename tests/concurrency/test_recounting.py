"""Counting heads while people come in: nobody who comes meanwhile is lost, and each recount counts once."""

import asyncio
from datetime import date

import pytest

from services.admissions.group import ScanGroups
from services.admissions.model import Scan
from services.admissions.mongo import OCCUPANCY, MongoScans
from services.admissions.occupancy.model import DayStanding, Recount, RecountWish
from services.admissions.occupancy.mongo import MongoRecounts
from services.admissions.occupancy.recounting import Recounting
from services.common.clock import UlidSource, city_day
from services.common.mongo import Document, Mongo, Session
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.factories import NOW, make_entry_pass, make_reading, make_venue
from tests.findings import HandClock

PEOPLE, COUNTED = 60, 40
Pair = tuple[Mongo, Mongo]


class NaiveRecounts(MongoRecounts):
    """Writes what was counted over whatever is there by then."""

    async def _put_right(self, recount: Recount, seen: DayStanding, session: Session) -> None:
        key = f"{recount.venue_id}:{recount.day.isoformat()}"
        adjusted = recount.inside - seen.inside
        put = {"$set": {"inside": recount.inside}, "$inc": {"adjusted": adjusted, "recounts": 1}}
        await self._occupancy.update_one({"_id": key}, put, session=session)

    async def standing_of(self, venue_id: str, day: date) -> DayStanding | None:
        seen = await super().standing_of(venue_id, day)
        await asyncio.sleep(0.05)  # somebody counts heads
        return seen


async def crowd(pair: Pair, store: type[MongoRecounts]) -> Document:
    """Let people in at two gates while two processes recount; return what is counted in the end."""
    venue = make_venue()
    await MongoVenues(pair[0]).put([], [venue])
    clock = HandClock(NOW)
    actor = Actor(
        id="stf_example", role=Role.GATE, scopes=(Scope(level=ScopeLevel.VENUE, id=venue.id),), session_id="ses_example"
    )
    gates = [ScanGroups(MongoScans(mongo, MongoOutbox(mongo))) for mongo in pair]
    recounting = [
        Recounting(
            store=store(mongo),
            venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
            clock=clock,
            ids=UlidSource(),
        )
        for mongo in pair
    ]
    wish = RecountWish(actor=actor, venue_id=venue.id, inside=COUNTED, reason="清点", request=None)

    async def enter(number: int) -> Scan:
        await asyncio.sleep(number / 300)
        reading = make_reading(make_entry_pass(party_size=1), venue_id=venue.id)
        return await gates[number % 2].answer(reading)

    await enter(0)
    await asyncio.gather(*(enter(number) for number in range(1, PEOPLE)), *(one.recount(wish) for one in recounting))
    kept = await pair[0].collection(OCCUPANCY).find_one({"_id": f"{venue.id}:{city_day(NOW).isoformat()}"})
    assert kept is not None
    assert (kept["admitted"], kept["recounts"]) == (PEOPLE, 2)
    return kept


@pytest.mark.parametrize("store", [NaiveRecounts, MongoRecounts])
async def test_a_recount_loses_nobody_who_comes_meanwhile(pair: Pair, store: type[MongoRecounts]) -> None:
    kept = await crowd(pair, store)
    adds_up = kept["inside"] == kept["admitted"] - kept["left"] + kept["adjusted"]
    assert adds_up is (store is MongoRecounts)
