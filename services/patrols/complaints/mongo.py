"""Complaints in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo
from services.patrols.complaints.model import Complaint, ComplaintState, SiteDay
from services.patrols.mongo import MongoShelf

COMPLAINTS = CollectionPlan(
    name="complaints",
    shard_key="_id",
    indexes=(IndexModel([("listed", ASCENDING), ("_id", ASCENDING)]), IndexModel("erase_at")),
)
COMPLAINT_DAYS = CollectionPlan(
    name="complaint_days", shard_key="_id", indexes=(IndexModel("forget_at", expireAfterSeconds=0),)
)
COLLECTIONS = (COMPLAINTS, COMPLAINT_DAYS)


def derived(complaint: Complaint) -> Document:
    """Return what a complaint's document has for its index: in which lists it stands."""
    return {"listed": [list_name(scope, held_back=complaint.held_back) for scope in complaint.seen_by]}


def list_name(scope: str, *, held_back: bool) -> str:
    """Return the name of a list: of a scope's complaints, or of those of them that are held back."""
    return f"{scope} held back" if held_back else scope


class MongoComplaints:
    """See `services.patrols.complaints.ports.ComplaintStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._complaints = MongoShelf(mongo, COMPLAINTS)
        self._days = MongoShelf(mongo, COMPLAINT_DAYS)

    async def find(self, complaint_id: str) -> Complaint | None:
        """Return the complaint."""
        return await self._complaints.find(Complaint, complaint_id)

    async def day(self, key: str) -> SiteDay | None:
        """Return a site's count of a day."""
        return await self._days.find(SiteDay, key)

    async def between(
        self,
        scope: str,
        since: str,
        until: str,
        *,
        held_back: bool,
        state: ComplaintState | None,
        site_id: str | None,
    ) -> Sequence[Complaint]:
        """Return those that `scope` covers with since <= id < until, in any order; None means any."""
        query: Document = {"listed": list_name(scope, held_back=held_back), "_id": {"$gte": since, "$lt": until}}
        query |= {} if state is None else {"state": state.value}
        query |= {} if site_id is None else {"site_id": site_id}
        return await self._complaints.matching(Complaint, query)

    async def due(self, since: datetime, until: datetime, most: int) -> Sequence[Complaint]:
        """Return up to `most` of those with since <= erase_at < until."""
        found = await self._complaints.matching(Complaint, {"erase_at": {"$gte": since, "$lt": until}})
        return found[:most]
