"""What is counted, in MongoDB: only the fields that counting needs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.common.mongo import Document, Mongo, translated_failures
from services.patrols.checkins.model import CheckInState
from services.patrols.checkins.mongo import CHECK_INS
from services.patrols.outlets.mongo import OUTLETS
from services.patrols.sites.model import SiteKind, SiteState
from services.patrols.statistics.model import Visit
from services.venues.directory import VenueDirectory
from services.venues.scopes import covering, scope_name

READ_AT_ONCE = 10_000
COUNTED = {"site_id": 1, "district_id": 1, "state": 1, "captured_at": 1}


class MongoVisits:
    """See `services.patrols.statistics.ports.VisitStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._check_ins = mongo.collection(CHECK_INS)

    async def visits(
        self, scopes: Collection[str], kind: SiteKind, since: str, until: str, captured_until: datetime
    ) -> Sequence[Visit]:
        """Return those of a kind of sites with since <= id < until and captured before an instant, each once."""
        found: dict[str, Visit] = {}
        async with translated_failures():
            for scope in scopes:
                query = {"seen_by": scope, "_id": {"$gte": since, "$lt": until}, "site_kind": kind.value}
                async for document in self._check_ins.find(query, COUNTED, batch_size=READ_AT_ONCE):
                    if document["captured_at"] < captured_until:
                        found[document["_id"]] = _visit(document)
        return list(found.values())


class MongoSiteCounts:
    """See `services.patrols.statistics.ports.SiteCounts`."""

    def __init__(self, mongo: Mongo, venues: VenueDirectory) -> None:
        self._outlets = mongo.collection(OUTLETS)
        self._venues = venues

    async def active(self, scopes: Collection[str], kind: SiteKind) -> Mapping[str, Collection[str]]:
        """Return the ids of active sites of a kind that the scopes cover, by district."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        if kind is SiteKind.VENUE:
            for venue in await self._venues.all():
                if not {scope_name(one) for one in covering(venue.owner)}.isdisjoint(scopes):
                    found[venue.district_id].add(venue.id)
            return found
        async with translated_failures():
            for scope in scopes:
                query = {"seen_by": scope, "state": SiteState.ACTIVE.value}
                async for one in self._outlets.find(query, {"district_id": 1}, batch_size=READ_AT_ONCE):
                    found[one["district_id"]].add(one["_id"])
        return found


def _visit(document: Document) -> Visit:
    return Visit(
        id=document["_id"],
        site_id=document["site_id"],
        district_id=document["district_id"],
        state=CheckInState(document["state"]),
        captured_at=document["captured_at"],
    )
