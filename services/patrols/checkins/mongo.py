"""Check-ins in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.stretches import stretches
from services.patrols.checkins.model import CheckIn, CheckInState, Contradiction, KnownSubmission
from services.patrols.checkins.ports import CheckInSearch
from services.patrols.checkins.rules_presence import OtherVisit
from services.patrols.mongo import MongoShelf
from services.sync.model import RecordKind, RecordRef
from services.sync.mongo import MongoOutbox
from services.venues.model import GeoPoint

KEPT_POSITIONS = timedelta(days=90)
A_DAY = timedelta(days=1)
# Forgotten in one sweep of one process; the next one goes on.
SWEPT_AT_ONCE = 500

CHECK_INS = CollectionPlan(
    name="check_ins",
    shard_key="_id",
    indexes=(
        IndexModel([("seen_by", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("in_review", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("site_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("inspector_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("inspector_id", ASCENDING), ("captured_at", ASCENDING)]),
        IndexModel("photos"),
        IndexModel("track_until"),
    ),
)
SUBMISSIONS = CollectionPlan(name="check_in_submissions", shard_key="_id")
CONTRADICTIONS = CollectionPlan(
    name="check_in_contradictions",
    shard_key="_id",
    indexes=(IndexModel("check_in_id"), IndexModel("track_until")),
)
COLLECTIONS = (CHECK_INS, SUBMISSIONS, CONTRADICTIONS)


def check_in_fields(check_in: CheckIn) -> Document:
    """Return what a check-in's document has beside its fields: when to forget, and whose reviewers it waits for."""
    due = None if check_in.position is None else check_in.captured_at + KEPT_POSITIONS
    waits = check_in.state is CheckInState.IN_REVIEW
    return {"track_until": due, "in_review": list(check_in.seen_by) if waits else []}


def contradiction_fields(contradiction: Contradiction) -> Document:
    """Return what a contradiction's document has beside its fields."""
    return {"track_until": None if contradiction.fix is None else contradiction.received_at + KEPT_POSITIONS}


class MongoCheckIns:
    """See `services.patrols.checkins.ports.CheckInStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._check_ins = MongoShelf(mongo, CHECK_INS)
        self._submissions = MongoShelf(mongo, SUBMISSIONS)
        self._contradictions = MongoShelf(mongo, CONTRADICTIONS)

    async def find(self, check_in_id: str) -> CheckIn | None:
        """Return the check-in."""
        return await self._check_ins.find(CheckIn, check_in_id)

    async def known(self, submission: str) -> KnownSubmission | None:
        """Return what became of a submission, by `account:submission_id`."""
        return await self._submissions.find(KnownSubmission, submission)

    async def between(self, search: CheckInSearch, since: str, until: str) -> Sequence[CheckIn]:
        """Return those with since <= id < until, in any order, perhaps some twice."""
        query: dict[str, Any] = {"_id": {"$gte": since, "$lt": until}}
        query |= {} if search.site_id is None else {"site_id": search.site_id}
        query |= {} if search.state is None else {"state": search.state.value}
        if search.inspector_id is not None:
            return await self._check_ins.matching(CheckIn, {**query, "inspector_id": search.inspector_id})
        covering = "in_review" if search.state is CheckInState.IN_REVIEW else "seen_by"
        found: list[CheckIn] = []
        for scope in search.scopes:
            found += await self._check_ins.matching(CheckIn, {**query, covering: scope})
        return found

    async def contradictions(self, check_in_id: str) -> Sequence[Contradiction]:
        """Return the other contents that came, the first first."""
        found = await self._contradictions.matching(Contradiction, {"check_in_id": check_in_id})
        return sorted(found, key=lambda one: (one.received_at, one.id))

    async def neighbours(self, inspector_id: str, captured_at: datetime) -> Sequence[OtherVisit]:
        """Return where the inspector was last within the day before, and next within the day after, if known still."""
        query = {
            "inspector_id": inspector_id,
            "captured_at": {"$gte": captured_at - A_DAY, "$lte": captured_at + A_DAY},
            "state": {"$ne": CheckInState.REJECTED.value},
        }
        fields = {"captured_at": 1, "position": 1, "accuracy_m": 1}
        async with translated_failures():
            found = await self._check_ins.collection.find(query, fields, batch_size=1000).to_list()
        placed = sorted(
            (one for one in found if one["position"] is not None), key=lambda one: (one["captured_at"], one["_id"])
        )
        before = [one for one in placed if one["captured_at"] <= captured_at]
        after = [one for one in placed if one["captured_at"] > captured_at]
        return [_other(one) for one in (*before[-1:], *after[:1])]

    async def photos_used(self, photos: Collection[str]) -> Collection[str]:
        """Return those of the photos that a check-in names."""
        wanted, found = set(photos), set()
        async with translated_failures():
            for some in stretches(wanted):
                cursor = self._check_ins.collection.find({"photos": {"$in": some}}, {"photos": 1}, batch_size=1000)
                found.update({photo async for document in cursor for photo in document["photos"]})
        return found & wanted

    async def forget_tracks(self, now: datetime) -> int:
        """Take the positions out of everything whose time for that has come; return of how many."""
        of_visits = await _forgotten(self._mongo, self._check_ins, {"position": None}, now, RecordKind.CHECK_IN)
        return of_visits + await _forgotten(self._mongo, self._contradictions, {"fix": None}, now)


def _other(document: Document) -> OtherVisit:
    return OtherVisit(
        position=GeoPoint(**document["position"]),
        accuracy_m=document["accuracy_m"],
        captured_at=document["captured_at"],
    )


async def _forgotten(
    mongo: Mongo, shelf: MongoShelf, nothing: Document, now: datetime, told_as: RecordKind | None = None
) -> int:
    """Set these fields, one version on: whoever changes the record meanwhile must not write the position again.

    No event tells of it, for nothing happened in the field; but a record that other systems keep is named to them,
    since they compare versions.
    """
    async with translated_failures():
        due = await shelf.collection.find({"track_until": {"$lt": now}}, {"version": 1}, batch_size=1000).to_list()
    forgotten = [await _forget(mongo, shelf, one, nothing, now, told_as) for one in due[:SWEPT_AT_ONCE]]
    return sum(forgotten)


async def _forget(
    mongo: Mongo, shelf: MongoShelf, seen: Document, nothing: Document, now: datetime, told_as: RecordKind | None
) -> int:
    async def work(session: Session) -> int:
        changed = {"$set": {**nothing, "track_until": None}, "$inc": {"version": 1}}
        done = await shelf.collection.update_one(seen, changed, session=session)
        if done.modified_count and told_as is not None:
            ref = RecordRef(kind=told_as, id=seen["_id"])
            await MongoOutbox(mongo).name(f"forgotten:{ref.id}", [ref], now, session)
        return done.modified_count

    return await mongo.transact(work)
