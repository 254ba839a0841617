"""How sites stand, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Mongo
from services.patrols.mongo import MongoShelf
from services.patrols.sites.model import SiteStatus

STATUSES = CollectionPlan(
    name="site_statuses",
    shard_key="_id",
    indexes=(IndexModel([("seen_by", ASCENDING), ("last_checked_at", ASCENDING)]),),
)
COLLECTIONS = (STATUSES,)


class MongoStatuses:
    """See `services.patrols.sites.ports.StatusStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._shelf = MongoShelf(mongo, STATUSES)

    async def statuses(self, ids: Collection[str]) -> Mapping[str, SiteStatus]:
        """Return the statuses there are, by site id."""
        return await self._shelf.several(SiteStatus, ids)

    async def covered_by(self, scope: str) -> Sequence[SiteStatus]:
        """Return the statuses of all sites that `scope` covers, in any order."""
        return await self._shelf.matching(SiteStatus, {"seen_by": scope})
