"""No-shows in MongoDB: strikes by reservation, amnesties, and how far each venue is judged."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel, UpdateMany
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, duplicate_key_value, translated_failures
from services.common.stretches import stretches
from services.reservations.documents import read_reservation
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.plans import LEDGER, PASSES, RESERVATIONS
from services.reservations.no_shows.documents import (
    amnesty_document,
    changing,
    read_amnesty,
    read_strike,
    strike_document,
)
from services.reservations.no_shows.model import Amnesty, NoShow, Pass, State
from services.reservations.no_shows.rules import keep_until

# `_id` is the reservation's: one strike for each, whoever judges. An account's are on one shard, where it is unique.
NO_SHOWS = CollectionPlan(
    name="no_shows",
    shard_key="citizen_id",
    indexes=(
        IndexModel("citizen_id"),
        IndexModel("public_id"),
        # There only while an appeal waits.
        IndexModel("waits_at"),
        IndexModel([("venue_id", ASCENDING), ("starts_at", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ),
)
# `_id` stands for venue and stretch of time.
AMNESTIES = CollectionPlan(
    name="amnesties",
    shard_key="_id",
    indexes=(
        IndexModel("venue_id"),
        # There only until it is applied.
        IndexModel("to_apply_since"),
        IndexModel("expires_at", expireAfterSeconds=0),
    ),
)
# `_id` is the venue.
MARKS = CollectionPlan(name="no_show_marks", shard_key="_id")
COLLECTIONS = (NO_SHOWS, AMNESTIES, MARKS)

# Whoever asks later why a day was pardoned finds it for so long.
KEEP_AMNESTIES = timedelta(days=400)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


class MongoNoShows:
    """See `services.reservations.no_shows.ports.NoShowStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._strikes = mongo.collection(NO_SHOWS)

    async def add(self, strikes: Sequence[NoShow]) -> None:
        """Keep those whose reservation has none yet, and what the same accounts have as long."""
        async with translated_failures():
            try:
                await self._strikes.insert_many([strike_document(one) for one in strikes], ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise
            await self._strikes.bulk_write([_kept_together(one) for one in strikes], ordered=False)

    async def of_citizens(self, citizen_ids: Collection[str]) -> Mapping[str, Sequence[NoShow]]:
        """Return all strikes of these accounts in one question; nothing for most."""
        found: dict[str, list[NoShow]] = {}
        for strike in await self._matching({"citizen_id": {"$in": list(citizen_ids)}}):
            found.setdefault(strike.citizen_id, []).append(strike)
        return found

    async def find(self, no_show_id: str) -> NoShow | None:
        """Return the strike of this public id."""
        async with translated_failures():
            document = await self._strikes.find_one({"public_id": no_show_id})
        return None if document is None else read_strike(document)

    async def claim(self, before: NoShow, after: NoShow) -> bool:
        """Keep what became of a strike; False when it is in another state than `before` by now."""
        guard = {"_id": before.reservation_id, "citizen_id": before.citizen_id, "state": before.state.value}
        change: Document = {"$set": changing(after)}
        if after.state is State.APPEALED:
            change["$set"]["waits_at"] = after.venue_id
        else:
            change["$unset"] = {"waits_at": ""}
        async with translated_failures():
            result = await self._strikes.update_one(guard, change)
        return result.modified_count == 1

    async def appeals_at(self, venue_id: str) -> Sequence[NoShow]:
        """Return the strikes at a venue whose appeals are not decided."""
        return await self._matching({"waits_at": venue_id})

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[NoShow]:
        """Return the strikes for visits at a venue with since <= starts_at < until."""
        return await self._matching({"venue_id": venue_id, "starts_at": {"$gte": since, "$lt": until}})

    async def _matching(self, query: Document) -> Sequence[NoShow]:
        async with translated_failures():
            return [read_strike(one) for one in await self._strikes.find(query).to_list()]


def _kept_together(strike: NoShow) -> UpdateMany:
    of_account = {"citizen_id": strike.citizen_id, "group": strike.terms.group}
    return UpdateMany(of_account, {"$max": {"expires_at": keep_until(strike)}})


class MongoAmnesties:
    """See `services.reservations.no_shows.ports.AmnestyStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._amnesties = mongo.collection(AMNESTIES)

    async def claim(self, amnesty: Amnesty) -> Amnesty:
        """Keep an amnesty that is to be applied; return it, or the one of its id that was there first."""
        async with translated_failures():
            try:
                await self._amnesties.insert_one(amnesty_document(amnesty, amnesty.to_at + KEEP_AMNESTIES))
            except DuplicateKeyError:
                first = await self._amnesties.find_one({"_id": amnesty.id})
                return amnesty if first is None else read_amnesty(first)
        return amnesty

    async def at(self, venue_id: str) -> Sequence[Amnesty]:
        """Return the amnesties of a venue."""
        return await self._matching({"venue_id": venue_id})

    async def to_apply(self) -> Sequence[Amnesty]:
        """Return those that nobody has applied."""
        return await self._matching({"to_apply_since": {"$gte": EARLIEST, "$lt": LATEST}})

    async def mark_applied(self, amnesty_id: str) -> None:
        """Note that the strikes there were are pardoned."""
        async with translated_failures():
            await self._amnesties.update_one({"_id": amnesty_id}, {"$unset": {"to_apply_since": ""}})

    async def _matching(self, query: Document) -> Sequence[Amnesty]:
        async with translated_failures():
            return [read_amnesty(one) for one in await self._amnesties.find(query).to_list()]


class MongoMarks:
    """See `services.reservations.no_shows.ports.MarkStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._marks = mongo.collection(MARKS)

    async def all(self) -> Mapping[str, datetime]:
        """Return by venue the instant before whose slots, by their start, all are judged."""
        async with translated_failures():
            return {one["_id"]: one["through"] for one in await self._marks.find({}).to_list()}

    async def begin(self, venue_id: str, through: datetime) -> None:
        """Begin at `through`, unless somebody has begun."""
        async with translated_failures():
            try:
                await self._marks.insert_one({"_id": venue_id, "through": through})
            except DuplicateKeyError:
                return

    async def advance(self, venue_id: str, since: datetime, through: datetime) -> bool:
        """Go on from `since` to `through`; False when another is further by now."""
        async with translated_failures():
            result = await self._marks.update_one({"_id": venue_id, "through": since}, {"$set": {"through": through}})
        return result.modified_count == 1


class MongoVisitRecords:
    """See `services.reservations.no_shows.ports.VisitRecords`.

    Who had places is in the slot's ledger: an index of reservations by slot would cost every booking a write.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._ledger = mongo.collection(LEDGER)
        self._passes = mongo.collection(PASSES)
        self._reservations = mongo.collection(RESERVATIONS)

    async def booked_in(self, slot: Slot) -> Sequence[str]:
        """Return all who ever got places in the slot, also such as gave them back."""
        query = {"slot_id": slot.id, "version": {"$gte": 1, "$lt": slot.version + 1}}
        async with translated_failures():
            entries = await self._ledger.find(query, {"booked.reservation_id": 1}).to_list()
        return list(dict.fromkeys(one["reservation_id"] for entry in entries for one in entry["booked"]))

    async def passes(self, reservation_ids: Collection[str]) -> Mapping[str, Pass]:
        """Return what the gate knows; nothing for a party that neither came nor cancelled."""
        found: list[Document] = []
        for ids in stretches(reservation_ids):
            async with translated_failures():
                found += await self._passes.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1).to_list()
        return {
            one["_id"]: Pass(admitted_count=one["admitted_count"], cancelled_at=one["cancelled_at"]) for one in found
        }

    async def reservations(self, reservation_ids: Collection[str]) -> Sequence[Reservation]:
        """Return the reservations."""
        found: list[Document] = []
        for ids in stretches(reservation_ids):
            async with translated_failures():
                found += await self._reservations.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1).to_list()
        return [read_reservation(one) for one in found]
