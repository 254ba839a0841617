"""Recounts in MongoDB: each is kept together with what it changes."""

from datetime import date, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.admissions.batch import VenueDay
from services.admissions.mongo import OCCUPANCY
from services.admissions.occupancy.model import DayStanding, Recount
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures

KEEP = timedelta(days=400)
RECOUNTS = CollectionPlan(name="recounts", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),))
COLLECTIONS = (RECOUNTS,)


class _Beaten(Exception):
    """Another recount was quicker, or this one is kept: roll back."""


class MongoRecounts:
    """See `services.admissions.occupancy.ports.RecountStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._recounts = mongo.collection(RECOUNTS)
        self._occupancy = mongo.collection(OCCUPANCY)

    async def find(self, recount_id: str) -> Recount | None:
        """Return the recount, or None when there is none."""
        async with translated_failures():
            found = await self._recounts.find_one({"_id": recount_id})
        return None if found is None else _read(found)

    async def standing_of(self, venue_id: str, day: date) -> DayStanding | None:
        """Return what is counted on a day; None when nobody has come, nor been counted."""
        async with translated_failures():
            found = await self._occupancy.find_one({"_id": VenueDay(venue_id=venue_id, day=day).key})
        return None if found is None else DayStanding(inside=found["inside"], recounts=found.get("recounts", 0))

    async def claim(self, recount: Recount, seen: DayStanding | None) -> bool:
        """Keep a recount and add its difference to the count; False when another was quicker, or it is kept."""

        async def work(session: Session) -> None:
            try:
                await self._recounts.insert_one(_document(recount), session=session)
                if seen is None:
                    await self._occupancy.insert_one(_first_count(recount), session=session)
            except DuplicateKeyError:
                raise _Beaten from None
            if seen is not None:
                await self._put_right(recount, seen, session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            return False
        return True

    async def _put_right(self, recount: Recount, seen: DayStanding, session: Session) -> None:
        # The difference is added, and only other recounts are guarded against: who comes or goes meanwhile is counted
        # on top of it, and a busy gate cannot keep anybody from recounting.
        as_seen = {"_id": _key(recount), "recounts": seen.recounts if seen.recounts else {"$exists": False}}
        difference = recount.inside - recount.before
        changed = {"$inc": {"inside": difference, "adjusted": difference, "recounts": 1, "version": 1}}
        if (await self._occupancy.update_one(as_seen, changed, session=session)).matched_count == 0:
            raise _Beaten


def _key(recount: Recount) -> str:
    return VenueDay(venue_id=recount.venue_id, day=recount.day).key


def _first_count(recount: Recount) -> Document:
    return {
        "_id": _key(recount),
        "venue_id": recount.venue_id,
        "day": recount.day.isoformat(),
        "inside": recount.inside,
        "adjusted": recount.inside,
        "admitted": 0,
        "left": 0,
        "recounts": 1,
        "version": 1,
    }


def _document(recount: Recount) -> Document:
    fields = {name: value for name, value in vars(recount).items() if name != "id"}
    return {
        "_id": recount.id,
        **fields,
        "day": recount.day.isoformat(),
        "expires_at": recount.counted_at + KEEP,
    }


def _read(document: Document) -> Recount:
    fields = {name: value for name, value in document.items() if name not in {"_id", "expires_at", "day"}}
    return Recount(id=document["_id"], day=date.fromisoformat(document["day"]), **fields)
