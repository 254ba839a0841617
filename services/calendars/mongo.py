"""Calendars, the city's own holiday years, and times of worship in MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.calendars.documents import read_document, to_document
from services.calendars.model import Calendar, HolidayYear, WorshipMonth
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.stretches import stretches

CALENDARS = CollectionPlan(name="calendars", shard_key="_id")
HOLIDAY_YEARS = CollectionPlan(name="holiday_years", shard_key="_id")
WORSHIP_TIMES = CollectionPlan(name="worship_times", shard_key="_id")
COLLECTIONS = (CALENDARS, HOLIDAY_YEARS, WORSHIP_TIMES)


class MongoCalendars:
    """See `services.calendars.ports.CalendarStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._calendars = mongo.collection(CALENDARS)

    async def find(self, venue_id: str) -> Calendar | None:
        """Return the calendar."""
        async with translated_failures():
            document = await self._calendars.find_one({"_id": venue_id})
        return None if document is None else read_document(Calendar, document)

    async def all(self) -> Sequence[Calendar]:
        """Return every calendar."""
        async with translated_failures():
            return [read_document(Calendar, one) async for one in self._calendars.find({})]

    async def claim(self, calendar: Calendar) -> bool:
        """Write the calendar over the version before its own; False when that is not the present one."""
        return await _claim(self._calendars, to_document(calendar, calendar.venue_id))


class MongoHolidayYears:
    """See `services.calendars.ports.HolidayStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._years = mongo.collection(HOLIDAY_YEARS)

    async def all(self) -> Sequence[HolidayYear]:
        """Return every year."""
        async with translated_failures():
            return [read_document(HolidayYear, one) async for one in self._years.find({})]

    async def claim(self, year: HolidayYear) -> bool:
        """Write the year over the version before its own; False when that is not the present one."""
        return await _claim(self._years, to_document(year, str(year.year)))


class MongoWorshipTimes:
    """See `services.calendars.ports.WorshipStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._months = mongo.collection(WORSHIP_TIMES)

    async def find(self, venue_id: str, months: Sequence[str]) -> Sequence[WorshipMonth]:
        """Return those of the months that are there."""
        found: list[WorshipMonth] = []
        async with translated_failures():
            for some in stretches([_key(venue_id, month) for month in months]):
                cursor = self._months.find({"_id": {"$in": some}})
                found.extend([read_document(WorshipMonth, one) async for one in cursor])
        return found

    async def put(self, months: Sequence[WorshipMonth]) -> None:
        """Add or replace all of these months, or none."""
        documents = [to_document(one, _key(one.venue_id, one.month)) for one in months]

        async def write(session: Session) -> None:
            writes = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
            await self._months.bulk_write(writes, session=session)

        await self._mongo.transact(write)


def _key(venue_id: str, month: str) -> str:
    return f"{venue_id}:{month}"


async def _claim(collection: AsyncCollection[Document], document: Mapping[str, Any]) -> bool:
    before = document["version"] - 1
    async with translated_failures():
        if before > 0:
            done = await collection.replace_one({"_id": document["_id"], "version": before}, document)
            return done.modified_count == 1
        try:
            await collection.insert_one(dict(document))
        except DuplicateKeyError:
            return False
    return True
