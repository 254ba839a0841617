"""Crowd alerts in MongoDB: an alert, where the venue stands by it and its event are one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.admissions.batch import VenueDay
from services.admissions.crowds.model import CrowdAlert, CrowdChange, CrowdStanding
from services.admissions.mongo import OCCUPANCY
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.stretches import stretches
from services.sync.model import OutboxEvent
from services.sync.mongo import MongoOutbox

KEEP_ALERTS = timedelta(days=400)
KEEP_MARKS = timedelta(days=3)
EXPIRING = IndexModel("expires_at", expireAfterSeconds=0)
# `_id` is venue, day and number: two processes that notice the same have one alert.
ALERTS = CollectionPlan(name="crowd_alerts", shard_key="_id", indexes=(IndexModel("day_key"), EXPIRING))
# `_id` is venue and day.
MARKS = CollectionPlan(name="crowd_marks", shard_key="_id", indexes=(EXPIRING,))
COLLECTIONS = (ALERTS, MARKS)


class _Beaten(Exception):
    """Another process told of it, or it is kept already: roll back."""


class MongoCrowds:
    """See `services.admissions.crowds.ports.CrowdStore`."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._alerts = mongo.collection(ALERTS)
        self._marks = mongo.collection(MARKS)
        self._occupancy = mongo.collection(OCCUPANCY)

    async def inside(self, days: Collection[VenueDay]) -> Mapping[VenueDay, int]:
        """Return how many people are inside, for those days on which somebody was."""
        return {day: one["inside"] for day, one in (await _of_days(self._occupancy, days)).items()}

    async def standings(self, days: Collection[VenueDay]) -> Mapping[VenueDay, CrowdStanding]:
        """Return the level at which each stands, for those of which something was told."""
        found = await _of_days(self._marks, days)
        return {day: CrowdStanding(level=one["level"], alerts=one["alerts"]) for day, one in found.items()}

    async def claim(self, alert: CrowdAlert, event: OutboxEvent) -> bool:
        """Keep an alert with its event; False when another process was quicker with this one."""
        mark = {
            "_id": alert.of.key,
            "level": alert.level,
            "alerts": alert.number,
            "expires_at": alert.noticed_at + KEEP_MARKS,
        }

        async def work(session: Session) -> None:
            try:
                await self._alerts.insert_one(_document(alert), session=session)
                if alert.number == 1:
                    await self._marks.insert_one(mark, session=session)
            except DuplicateKeyError:
                raise _Beaten from None
            if alert.number > 1:
                before = {"_id": alert.of.key, "alerts": alert.number - 1}
                if (await self._marks.replace_one(before, mark, session=session)).matched_count == 0:
                    raise _Beaten
            await self._outbox.append([event], [], session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            return False
        return True

    async def alerts_on(self, venue_id: str, day: date) -> Sequence[CrowdAlert]:
        """Return what was told of a venue on a day, the first alert first."""
        of = VenueDay(venue_id=venue_id, day=day)
        async with translated_failures():
            found = [_read(one, of) async for one in self._alerts.find({"day_key": of.key})]
        return sorted(found, key=lambda one: one.number)


async def _of_days(collection: AsyncCollection[Document], days: Collection[VenueDay]) -> Mapping[VenueDay, Document]:
    of = {day.key: day for day in days}
    found: dict[VenueDay, Document] = {}
    for keys in stretches(list(of)):
        async with translated_failures():
            documents = await collection.find({"_id": {"$in": keys}}, batch_size=len(keys) + 1).to_list()
        found.update((of[one["_id"]], one) for one in documents)
    return found


def _document(alert: CrowdAlert) -> Document:
    return {
        "_id": alert.id,
        "day_key": alert.of.key,
        "number": alert.number,
        "level": alert.level,
        "change": alert.change.value,
        "inside": alert.inside,
        "ceiling": alert.ceiling,
        "noticed_at": alert.noticed_at,
        "expires_at": alert.noticed_at + KEEP_ALERTS,
    }


def _read(document: Document, of: VenueDay) -> CrowdAlert:
    return CrowdAlert(
        of=of,
        number=document["number"],
        level=document["level"],
        change=CrowdChange(document["change"]),
        inside=document["inside"],
        ceiling=document["ceiling"],
        noticed_at=document["noticed_at"],
    )
