"""What a window has booked, by day, in MongoDB: the index of reservations is by whose they are, and not by day."""

from collections.abc import Sequence
from datetime import date, datetime

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Mongo, translated_failures
from services.common.stretches import stretches
from services.reservations.documents import read_reservation
from services.reservations.model import Reservation
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.window.model import window_of

# `_id` is the reservation's.
WINDOW_BOOKINGS = CollectionPlan(
    name="window_bookings",
    shard_key="_id",
    indexes=(
        IndexModel([("venue_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
COLLECTIONS = (WINDOW_BOOKINGS,)


class MongoWindow:
    """See `services.reservations.window.ports.WindowStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._notes = mongo.collection(WINDOW_BOOKINGS)
        self._reservations = mongo.collection(RESERVATIONS)

    async def note(self, reservation: Reservation, on: date, forget_at: datetime) -> None:
        """Note that there will be this reservation, unless the desk refuses it."""
        note = {
            "_id": reservation.id,
            "venue_id": reservation.venue_id,
            "day": on.isoformat(),
            "forget_at": forget_at,
        }
        async with translated_failures():
            await self._notes.insert_one(note)

    async def noted(self, venue_id: str, on: date) -> Sequence[str]:
        """Return the ids of a day, in any order; some may have come to nothing."""
        query = {"venue_id": venue_id, "day": on.isoformat()}
        async with translated_failures():
            return [one["_id"] async for one in self._notes.find(query, {"_id": True})]

    async def find_many(self, venue_id: str, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        """Return those of the reservations that there are, in any order."""
        found: list[Reservation] = []
        async with translated_failures():
            for some in stretches(reservation_ids):
                # `_id` first, so that the embedded database does not read all that the window ever booked.
                query = {"_id": {"$in": some}, "citizen_id": window_of(venue_id)}
                found += [read_reservation(one) async for one in self._reservations.find(query)]
        return found
