"""What the database holds against changes that the ledgers allow."""

import asyncio
from collections.abc import Iterable, Sequence

from services.common.mongo import Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.reservations.changes import Change, DayLimit, Shrinking, endings_in, limits_in, requests_in
from services.reservations.model import Reservation
from services.reservations.mongo.plans import DAY_COUNTS, PASSES, RESERVATIONS
from services.reservations.ports import Objections


class MongoObjections:
    """Looks for them after a write was refused."""

    def __init__(self, mongo: Mongo) -> None:
        self._reservations = mongo.collection(RESERVATIONS)
        self._passes = mongo.collection(PASSES)
        self._counts = mongo.collection(DAY_COUNTS)

    async def find(self, changes: Sequence[Change]) -> Objections:
        """Return them all."""
        ended = [one.reservation for change in changes for one in endings_in(change)]
        async with translated_failures():
            return Objections(
                answered_requests=frozenset(await self._answered(changes)),
                begun_visits=frozenset(await self._begun(ended)),
                repeated_bookings=frozenset(await self._repeated(ended)),
                moved_leases=frozenset(await self._moved([one for one in changes if isinstance(one, Shrinking)])),
                exhausted_limits=frozenset(await self._exhausted(limit for one in changes for limit in limits_in(one))),
            )

    async def _answered(self, changes: Sequence[Change]) -> list[str]:
        # One by one: for lists of citizens and requests, the embedded database reads all that these ever booked.
        asked = [one for change in changes for one in requests_in(change)]
        keys = [{"citizen_id": citizen_id, "request_id": request.id} for citizen_id, request in asked]
        found = await asyncio.gather(*(self._reservations.find_one(key, {"request_id": True}) for key in keys))
        return [one["request_id"] for one in found if one is not None]

    async def _begun(self, reservations: Sequence[Reservation]) -> list[str]:
        # A pass that was closed by a cancellation is none that anybody entered by, nor is one all of whose entries were
        # undone.
        passes = await self._open_passes([one.id for one in reservations])
        return [one["_id"] for one in passes if one.get("admitted_count") != 0]

    async def _moved(self, shrinkings: Sequence[Shrinking]) -> list[str]:
        passes = {one["_id"]: one for one in await self._open_passes([one.reservation.id for one in shrinkings])}
        return [one.reservation.id for one in shrinkings if not _is_as_decided(one, passes.get(one.reservation.id))]

    async def _open_passes(self, ids: Sequence[str]) -> list[Document]:
        found: list[Document] = []
        for some in stretches(ids):
            query = {"_id": {"$in": some}, "cancelled_at": None}
            found += await self._passes.find(query, {"admitted_count": True, "party_size": True}).to_list()
        return found

    async def _repeated(self, reservations: Sequence[Reservation]) -> list[str]:
        keys = [{"_id": one.id, "citizen_id": one.citizen_id} for one in reservations]
        found = await asyncio.gather(*(self._reservations.find_one(key, {"repeated_at": True}) for key in keys))
        return [one["_id"] for one in found if one is not None and one.get("repeated_at") is not None]

    async def _exhausted(self, limits: Iterable[DayLimit]) -> list[str]:
        most = {limit.key: limit.most for limit in limits}
        found: list[str] = []
        for keys in stretches(list(most)):
            counts = self._counts.find({"_id": {"$in": keys}})
            found += [one["_id"] async for one in counts if one["count"] >= most[one["_id"]]]
        return found


def _is_as_decided(shrinking: Shrinking, found: Document | None) -> bool:
    as_decided = (shrinking.party_size, shrinking.reservation.party_size)
    return found is not None and (found["admitted_count"], found["party_size"]) == as_decided
