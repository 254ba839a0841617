"""Plates in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.common.mongo import CollectionPlan, Mongo
from services.patrols.mongo import MongoShelf
from services.patrols.plates.model import Plate, SitePlate

PLATES = CollectionPlan(name="plates", shard_key="_id", indexes=(IndexModel("site_id"), IndexModel("ended_at")))
SITE_PLATES = CollectionPlan(name="site_plates", shard_key="_id")
COLLECTIONS = (PLATES, SITE_PLATES)


class MongoPlates:
    """See `services.patrols.plates.ports.PlateStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._plates = MongoShelf(mongo, PLATES)
        self._own = MongoShelf(mongo, SITE_PLATES)

    async def find(self, plate_id: str) -> Plate | None:
        """Return the plate."""
        return await self._plates.find(Plate, plate_id)

    async def several(self, ids: Collection[str]) -> Mapping[str, Plate]:
        """Return the plates there are, by id."""
        return await self._plates.several(Plate, ids)

    async def own(self, site_ids: Collection[str]) -> Mapping[str, SitePlate]:
        """Return which plates are those sites' own, by site id, as far as they ever had one."""
        return await self._own.several(SitePlate, site_ids)

    async def of_site(self, site_id: str) -> Sequence[Plate]:
        """Return all plates that a site ever had, in any order."""
        return await self._plates.matching(Plate, {"site_id": site_id})

    async def ended(self, since: datetime, until: datetime) -> Sequence[Plate]:
        """Return the plates that ended with since <= the end <= until, in any order."""
        return await self._plates.matching(Plate, {"ended_at": {"$gte": since, "$lte": until}})
