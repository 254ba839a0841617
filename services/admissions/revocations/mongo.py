"""Revoked codes in MongoDB: one document a reservation, its history only ever longer."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.admissions.revocations.model import (
    CodeChange,
    CodeChangeKind,
    CodeRevokeReason,
    CodeStanding,
    Visit,
)
from services.admissions.revocations.rules import KEEP_REVOCATIONS
from services.common.clock import city_day
from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.reservations.mongo.plans import RESERVATIONS

# `_id` is the reservation's. `revoked_day` is the day of the visit while the code is revoked, else None: what every
# process asks for each second is one look into an index, whatever was ever restored.
CODE_REVOCATIONS = CollectionPlan(
    name="code_revocations",
    shard_key="_id",
    indexes=(IndexModel("revoked_day"), IndexModel("forget_at", expireAfterSeconds=0)),
)
COLLECTIONS = (CODE_REVOCATIONS,)


class MongoRevocations:
    """See `services.admissions.revocations.ports.RevocationStore`; and `RevokedCodes` of reservations."""

    def __init__(self, mongo: Mongo) -> None:
        self._revocations = mongo.collection(CODE_REVOCATIONS)
        self._reservations = mongo.collection(RESERVATIONS)

    async def find_visit(self, reservation_id: str) -> Visit | None:
        """Return which visit a reservation is for, if there is one."""
        async with translated_failures():
            found = await self._reservations.find_one({"_id": reservation_id}, {"venue_id": 1, "starts_at": 1})
        if found is None:
            return None
        return Visit(reservation_id=found["_id"], venue_id=found["venue_id"], on=city_day(found["starts_at"]))

    async def find(self, reservation_id: str) -> CodeStanding | None:
        """Return how a code stands; None when nobody ever revoked it."""
        async with translated_failures():
            found = await self._revocations.find_one({"_id": reservation_id})
        return None if found is None else _read(found)

    async def was_revoked(self, reservation_id: str) -> bool:
        """Tell whether a code opens nothing, as the database has it now."""
        standing = await self.find(reservation_id)
        return standing is not None and standing.revoked

    async def claim(self, standing: CodeStanding) -> bool:
        """Keep the last change of a history; False when somebody else changed it on top of the same one."""
        last, visit = standing.history[-1], standing.visit
        changed = {
            "revoked_day": visit.on.isoformat() if standing.revoked else None,
            "version": len(standing.history),
        }
        async with translated_failures():
            if len(standing.history) > 1:
                before = {"_id": visit.reservation_id, "version": len(standing.history) - 1}
                push = {"$set": changed, "$push": {"history": dict(vars(last))}}
                return (await self._revocations.update_one(before, push)).modified_count == 1
            document = {
                "_id": visit.reservation_id,
                "venue_id": visit.venue_id,
                "day": visit.on.isoformat(),
                **changed,
                "history": [dict(vars(last))],
                "forget_at": datetime.combine(visit.on, time(), UTC) + KEEP_REVOCATIONS,
            }
            try:
                await self._revocations.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def revoked_on(self, days: Collection[date], /) -> Sequence[CodeStanding]:
        """Return the codes that are revoked now and are for visits on these days."""
        query = {"revoked_day": {"$in": [day.isoformat() for day in days]}}
        async with translated_failures():
            return [_read(one) async for one in self._revocations.find(query)]


def _read(document: Document) -> CodeStanding:
    visit = Visit(reservation_id=document["_id"], venue_id=document["venue_id"], on=date.fromisoformat(document["day"]))
    return CodeStanding(visit=visit, history=tuple(_change(one) for one in document["history"]))


def _change(fields: Document) -> CodeChange:
    reason = fields["reason"]
    return CodeChange(
        kind=CodeChangeKind(fields["kind"]),
        reason=None if reason is None else CodeRevokeReason(reason),
        at=fields["at"],
        by=fields["by"],
    )
