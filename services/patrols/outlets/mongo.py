"""Outlets in MongoDB."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, GEOSPHERE, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.patrols.mongo import MongoShelf
from services.patrols.outlets.model import FoundOutlet, Nearness, Outlet, OutletKey, OutletSearch
from services.patrols.outlets.rules import site_of
from services.patrols.sites.model import Site, SiteState

OUTLETS = CollectionPlan(
    name="outlets",
    shard_key="_id",
    indexes=(
        IndexModel([("seen_by", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("seen_by", ASCENDING), ("expires_on", ASCENDING)]),
        IndexModel([("state", ASCENDING)]),
        # With its version, or the embedded database would not know it again at the second start.
        IndexModel([("location", GEOSPHERE)], **{"2dsphereIndexVersion": 3}),
    ),
)
OUTLET_KEYS = CollectionPlan(name="outlet_keys", shard_key="_id")
COLLECTIONS = (OUTLETS, OUTLET_KEYS)
READ_AT_ONCE = 10_000


def derived(outlet: Outlet) -> Document:
    """Return what an outlet's document has for its indexes: place, words to be found by, and a licence's last day."""
    licence = outlet.licence
    words = (
        outlet.name,
        outlet.name_en,
        outlet.address,
        outlet.external_id,
        None if licence is None else licence.number,
    )
    watched = licence is not None and outlet.state is SiteState.ACTIVE
    return {
        "location": {"type": "Point", "coordinates": [outlet.position.lng, outlet.position.lat]},
        "words": " ".join(word for word in words if word).casefold(),
        **({"expires_on": licence.valid_to.isoformat()} if licence is not None and watched else {}),
    }


class MongoOutlets:
    """See `services.patrols.outlets.ports.OutletStore` and `services.patrols.sites.ports.OutletSites`."""

    def __init__(self, mongo: Mongo) -> None:
        self._outlets = MongoShelf(mongo, OUTLETS)
        self._keys = MongoShelf(mongo, OUTLET_KEYS)

    async def find(self, outlet_id: str) -> Outlet | None:
        """Return the outlet."""
        return await self._outlets.find(Outlet, outlet_id)

    async def several(self, ids: Collection[str]) -> Mapping[str, Outlet]:
        """Return the outlets there are, by id."""
        return await self._outlets.several(Outlet, ids)

    async def sites(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the outlets there are, whatever their state, by id."""
        return {its_id: site_of(outlet) for its_id, outlet in (await self.several(ids)).items()}

    async def active_within(self, scope: str) -> Sequence[Site]:
        """Return all active outlets that `scope` covers as sites, in any order."""
        found = await self._outlets.matching(Outlet, {"seen_by": scope, "state": SiteState.ACTIVE})
        return [site_of(outlet) for outlet in found]

    async def ended(self) -> Collection[str]:
        """Return the ids of all outlets that are closed or merged."""
        query = {"state": {"$in": [SiteState.CLOSED.value, SiteState.MERGED.value]}}
        async with translated_failures():
            return [str(one["_id"]) async for one in self._outlets.collection.find(query, {"_id": 1}, batch_size=1000)]

    async def keys(self, ids: Collection[str]) -> Mapping[str, OutletKey]:
        """Return the keys there are, by id."""
        return await self._keys.several(OutletKey, ids)

    async def between(self, scope: str, search: OutletSearch, since: str, until: str) -> Sequence[FoundOutlet]:
        """Return those that `scope` covers with since <= id < until, in any order."""
        query = {"seen_by": scope, "_id": {"$gte": since, "$lt": until}, **_narrowed(search)}
        async with translated_failures():
            # Ids only: a window may hold thousands, of which a page shows a few.
            found = self._outlets.collection.find(query, {"_id": 1}, batch_size=READ_AT_ONCE)
            return [FoundOutlet(id=document["_id"]) async for document in found]

    async def near(self, scopes: Collection[str], search: OutletSearch, near: Nearness) -> Mapping[str, float]:
        """Return metres by id."""
        look: Document = {
            "near": {"type": "Point", "coordinates": [near.centre.lng, near.centre.lat]},
            "key": "location",
            "distanceField": "distance_m",
            "maxDistance": near.radius_m,
            "spherical": True,
            "query": {"seen_by": {"$in": sorted(scopes)}, **_narrowed(search)},
        }
        async with translated_failures():
            found = await self._outlets.collection.aggregate(
                [{"$geoNear": look}, {"$project": {"distance_m": 1}}], batchSize=READ_AT_ONCE
            )
            return {document["_id"]: round(document["distance_m"], 1) async for document in found}

    async def expiring(self, scope: str, since: str, until: str) -> Sequence[tuple[str, str]]:
        """Return last day and id of active outlets' licences with since <= last day <= until, in any order."""
        query = {"seen_by": scope, "expires_on": {"$gte": since, "$lte": until}}
        async with translated_failures():
            found = self._outlets.collection.find(query, {"expires_on": 1}, batch_size=READ_AT_ONCE)
            return [(document["expires_on"], document["_id"]) async for document in found]


def _narrowed(search: OutletSearch) -> dict[str, Any]:
    query: dict[str, Any] = {
        name: value
        for name, value in (("district_id", search.district_id), ("kind", search.kind), ("state", search.state))
        if value is not None
    }
    if search.text is not None:
        query["$and"] = [{"words": {"$regex": re.escape(word)}} for word in search.text.casefold().split()]
    return query
