"""Pages of slots: everybody looks at the release of a popular day, and hardly anything of it reaches the database."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import SLOTS
from services.reservations.mongo.slots import MongoSlots
from services.reservations.timetable import Timetable
from tests.concurrency.commands import COMMANDS
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import StoppedClock, desk_on
from tests.factories import make_booking, make_slot, new_id

MANY = 300
MORNING = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Hall:
    """A venue with a slot each hour, and a process that shows it."""

    def __init__(self, mongo: Mongo) -> None:
        self.database = mongo.collection(SLOTS).database.name
        self.clock = StoppedClock()
        self.venue_id = new_id("ven")
        self.desk: ForwardingDesk = desk_on(MongoLedger(mongo), self.clock)
        self.timetable = Timetable(slots=MongoSlots(mongo), desk=self.desk, clock=self.clock)
        hours = (MORNING + HOUR * number for number in range(30))
        self.slots = [make_slot(venue_id=self.venue_id, starts_at=at, ends_at=at + HOUR) for at in hours]

    async def look(self, since: datetime = MORNING, until: datetime = MORNING + DAY) -> Sequence[Slot]:
        return await self.timetable.starting_between(self.venue_id, since, until)

    async def all_look(self) -> dict[str, int]:
        """Have MANY look, each from another moment on; return what that cost the database."""
        sinces = [MORNING + timedelta(seconds=number) for number in range(MANY)]
        with COMMANDS.counted(self.database) as commands:
            seen = await asyncio.gather(*(self.look(since) for since in sinces))
        assert {len(slots) for slots in seen[1:]} == {23}
        return dict(commands)


@pytest.fixture
async def hall(honest_pair: Pair) -> Hall:
    hall = Hall(honest_pair[0])
    await MongoSlots(honest_pair[0]).add_missing(hall.slots)
    return hall


async def test_all_who_look_within_a_second_cost_one_query(hall: Hall) -> None:
    assert await hall.all_look() == {"find": 1}
    hall.clock.forward(timedelta(seconds=1))
    assert await hall.all_look() == {}
    hall.clock.forward(timedelta(milliseconds=1))
    assert await hall.all_look() == {"find": 1}


async def test_a_clock_that_was_put_back_shows_nothing_old(hall: Hall) -> None:
    await hall.look()
    hall.clock.forward(timedelta(hours=-1))
    assert await hall.all_look() == {"find": 1}
    assert await hall.all_look() == {}


async def test_a_day_without_slots_is_remembered_as_well(hall: Hall) -> None:
    for expected in ({"find": 1}, {}):
        with COMMANDS.counted(hall.database) as commands:
            assert await hall.look(MORNING + 9 * DAY, MORNING + 10 * DAY) == []
        assert commands == expected


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (MORNING, MORNING + HOUR, 0, 0),
        (MORNING + timedelta(milliseconds=1), MORNING + 3 * HOUR, 1, 2),
        (MORNING - DAY, MORNING + 30 * DAY, 0, 29),
        (MORNING + 16 * HOUR, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 16, 29),
        (datetime(1, 1, 1, tzinfo=UTC), MORNING + timedelta(milliseconds=1), 0, 0),
    ],
)
async def test_exactly_what_was_asked_for_is_shown(
    hall: Hall, since: datetime, until: datetime, first: int, last: int
) -> None:
    assert list(await hall.look(since, until)) == hall.slots[first : last + 1]


async def test_what_this_process_has_booked_is_there_at_once_and_the_rest_within_a_second(
    hall: Hall, honest_pair: Pair
) -> None:
    here, there = hall.slots[:2]
    await hall.look()
    await hall.desk.book(make_booking(here, party=3))
    await desk_on(MongoLedger(honest_pair[1])).book(make_booking(there, party=2))
    assert [slot.places_left for slot in (await hall.look())[:2]] == [here.places_left - 3, there.places_left]
    hall.clock.forward(timedelta(seconds=1, milliseconds=1))
    assert [slot.places_left for slot in (await hall.look())[:2]] == [here.places_left - 3, there.places_left - 2]


class Absent:
    """A database that does not answer until it is back."""

    def __init__(self, slots: MongoSlots) -> None:
        self._slots = slots
        self.away = True

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        if self.away:
            raise DatabaseUnavailable(retry_after_s=1)
        return await self._slots.starting_between(venue_id, since, until)

    async def add_missing(self, slots: Sequence[Slot]) -> int:
        return await self._slots.add_missing(slots)


async def test_when_the_database_is_away_everybody_hears_so_and_the_next_one_looks_again(
    hall: Hall, honest_pair: Pair
) -> None:
    absent = Absent(MongoSlots(honest_pair[0]))
    hall.timetable = Timetable(slots=absent, desk=hall.desk, clock=hall.clock)
    outcomes = await asyncio.gather(*(hall.look() for _ in range(MANY)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailable}
    absent.away = False
    assert list(await hall.look()) == hall.slots[:24]
