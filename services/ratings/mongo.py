"""Ratings in MongoDB: a rating and its ticket are one document, and its count on a day is written with it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.ratings.documents import day_count_of, document_of, rating_of
from services.ratings.model import DayCount, Level, Rating
from services.ratings.rules import KEPT_FOR

EARLIEST = "2026-01-01"
ESCALATED_AT_ONCE = 100

# `waits_for` and `escalate_on` are there only as long as a ticket waits: the indexes hold what is to be done.
RATINGS = CollectionPlan(
    name="ratings",
    shard_key="_id",
    indexes=(
        IndexModel([("venue_id", ASCENDING), ("place", ASCENDING)]),
        IndexModel([("waits_for", ASCENDING), ("due_place", ASCENDING)]),
        IndexModel("escalate_on"),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
# `_id` is venue and day.
RATING_DAYS = CollectionPlan(
    name="rating_days",
    shard_key="_id",
    indexes=(
        IndexModel([("venue_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
COLLECTIONS = (RATINGS, RATING_DAYS)


class _RatedBefore(Exception):
    """The visit has a rating: roll back."""


class _DayBegun(Exception):
    """Somebody else has just made the day's count: roll back, and try again."""


class MongoRatings:
    """See `services.ratings.ports.RatingStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._ratings = mongo.collection(RATINGS)
        self._days = mongo.collection(RATING_DAYS)

    async def claim(self, rating: Rating) -> Rating:
        """Keep the rating and count it on its day, in one transaction; return it, or the one that was there first."""

        async def work(session: Session) -> None:
            await self._insert(rating, session)
            await self._count(rating, session)

        while True:
            try:
                await self._mongo.transact(work)
            except _DayBegun:
                continue  # once for each process at most: from now on the day is there
            except _RatedBefore:
                first = await self.find(rating.id)
                if first is None:  # let go of in this very moment, after two years
                    continue
                return first
            return rating

    async def _insert(self, rating: Rating, session: Session) -> None:
        try:
            document = {**document_of(rating), "forget_at": _forget_at(rating.rated_on)}
            await self._ratings.insert_one(document, session=session)
        except DuplicateKeyError:
            raise _RatedBefore from None

    async def _count(self, rating: Rating, session: Session) -> None:
        its_id = f"{rating.venue_id}:{rating.rated_on.isoformat()}"
        more = {f"levels.{rating.level.value}": 1, **{f"tags.{tag.value}": 1 for tag in rating.tags}}
        result = await self._days.update_one({"_id": its_id}, {"$inc": more}, session=session)
        if result.matched_count:
            return
        day = {
            "_id": its_id,
            "venue_id": rating.venue_id,
            "day": rating.rated_on.isoformat(),
            "levels": {str(rating.level.value): 1},
            "tags": {tag.value: 1 for tag in rating.tags},
            "forget_at": _forget_at(rating.rated_on),
        }
        try:
            await self._days.insert_one(day, session=session)
        except DuplicateKeyError:
            raise _DayBegun from None

    async def find(self, rating_id: str) -> Rating | None:
        """Return the rating."""
        async with translated_failures():
            document = await self._ratings.find_one({"_id": rating_id})
        return None if document is None else rating_of(document)

    async def between(
        self, venue_id: str, since: str, until: str, *, level: Level | None, answered: bool | None
    ) -> Sequence[Rating]:
        """Return a venue's ratings with since <= place < until, in any order; None means any."""
        # Level and answer are looked at here: another field in the question makes the embedded database read all
        # ratings instead of the index (220 ms instead of 9 among 30,000, measured).
        return [
            rating
            for rating in await self._matching({"venue_id": venue_id, "place": {"$gte": since, "$lt": until}})
            if (level is None or rating.level is level) and (answered is None or answered == bool(rating.answer))
        ]

    async def counted(self, venue_id: str, first: date, last: date) -> Sequence[DayCount]:
        """Return how a venue was rated on each day from the first to the last."""
        # A day's text and anything behind it: there is no other day between.
        days = {"$gte": first.isoformat(), "$lt": f"{last.isoformat()}~"}
        async with translated_failures():
            found = await self._days.find({"venue_id": venue_id, "day": days}).to_list()
        return [day_count_of(document) for document in found]

    async def waiting(self, scope: str, since: str, until: str) -> Sequence[Rating]:
        """Return bad ratings that are not closed, within `level:id`, with since <= `due_on:id` < until, unordered."""
        return await self._matching({"waits_for": scope, "due_place": {"$gte": since, "$lt": until}})

    async def claim_answer(self, before: Rating, after: Rating) -> bool:
        """Keep the answer; False when the rating is not at the version `before` any more."""
        kept = document_of(after)
        fields: dict[str, Any] = {"answer": kept["answer"], "version": after.version}
        if after.ticket is not None:
            fields["ticket.state"] = after.ticket.state.value
        return await self._change(before, {"$set": fields})

    async def claim_closing(self, before: Rating, after: Rating) -> bool:
        """Keep the end of the ticket; False when the rating is not at the version `before` any more."""
        ticket = document_of(after)["ticket"]
        # Not the whole ticket: it may be marked as overdue in this moment, which says nothing of the version.
        fields = {f"ticket.{name}": ticket[name] for name in ("state", "measures", "closed_on", "closed_by")}
        fields["version"] = after.version
        waiting = dict.fromkeys(("waits_for", "due_place", "escalate_on"), "")
        return await self._change(before, {"$set": fields, "$unset": waiting})

    async def _change(self, before: Rating, change: Mapping[str, Any]) -> bool:
        async with translated_failures():
            result = await self._ratings.update_one({"_id": before.id, "version": before.version}, change)
        return result.modified_count == 1

    async def to_escalate(self, today: date) -> Sequence[Rating]:
        """Return some ratings whose tickets are overdue and not marked as that."""
        found = await self._matching({"escalate_on": {"$gte": EARLIEST, "$lt": today.isoformat()}})
        return found[:ESCALATED_AT_ONCE]

    async def claim_escalation(self, rating: Rating, at: datetime) -> bool:
        """Mark a ticket as overdue; False when it was marked or closed before."""
        if rating.ticket is None:
            return False
        change = {"$set": {"ticket.escalated_at": at}, "$unset": {"escalate_on": ""}}
        waiting = {"_id": rating.id, "escalate_on": rating.ticket.due_on.isoformat()}
        async with translated_failures():
            result = await self._ratings.update_one(waiting, change)
        return result.modified_count == 1

    async def _matching(self, query: Document) -> Sequence[Rating]:
        async with translated_failures():
            return [rating_of(document) for document in await self._ratings.find(query).to_list()]


def _forget_at(day: date) -> datetime:
    return datetime.combine(day + KEPT_FOR, time(), tzinfo=UTC)
