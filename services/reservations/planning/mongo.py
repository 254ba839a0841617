"""Marks of planning, closures, and reservations by their ids in MongoDB."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.reservations.documents import read_reservation
from services.reservations.model import Reservation
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.planning.model import Closure, PlanMark, Remedy, Unmoved

KEEP_PARTIES_S = 90 * 24 * 3600
PLAN_MARKS = CollectionPlan(name="plan_marks", shard_key="_id")
CLOSURES = CollectionPlan(
    name="closures",
    shard_key="venue_id",
    indexes=(IndexModel([("venue_id", ASCENDING), ("request_id", ASCENDING)], unique=True),),
)
# Who had places in a slot when it was emptied: `_id` is closure and slot.
CLOSURE_PARTIES = CollectionPlan(
    name="closure_parties", shard_key="_id", indexes=(IndexModel("noted_at", expireAfterSeconds=KEEP_PARTIES_S),)
)
COLLECTIONS = (PLAN_MARKS, CLOSURES, CLOSURE_PARTIES)


class MongoPlanMarks:
    """What was planned last, one mark a venue."""

    def __init__(self, mongo: Mongo) -> None:
        self._marks = mongo.collection(PLAN_MARKS)

    async def find(self, venue_id: str) -> PlanMark | None:
        """Return the mark."""
        async with translated_failures():
            found = await self._marks.find_one({"_id": venue_id})
        if found is None:
            return None
        return PlanMark(
            venue_id=found["_id"],
            calendar_version=found["calendar_version"],
            first_on=date.fromisoformat(found["first_on"]),
            days=found["days"],
            inputs=found["inputs"],
        )

    async def put(self, mark: PlanMark) -> None:
        """Write the mark."""
        document = {
            "_id": mark.venue_id,
            "calendar_version": mark.calendar_version,
            "first_on": mark.first_on.isoformat(),
            "days": mark.days,
            "inputs": mark.inputs,
        }
        async with translated_failures():
            await self._marks.replace_one({"_id": mark.venue_id}, document, upsert=True)


class MongoParties:
    """Reservations by their ids, whoever has them."""

    def __init__(self, mongo: Mongo) -> None:
        self._reservations = mongo.collection(RESERVATIONS)

    async def several(self, ids: Sequence[str]) -> Sequence[Reservation]:
        """Return those that there are, in any order; at most a hundred."""
        async with translated_failures():
            found = self._reservations.find({"_id": {"$in": list(ids)}})
            return [read_reservation(document) async for document in found]


class MongoClosures:
    """What was ordered, and whom it concerned."""

    def __init__(self, mongo: Mongo, jobs: MongoJobs) -> None:
        self._mongo = mongo
        self._jobs = jobs
        self._closures = mongo.collection(CLOSURES)
        self._parties = mongo.collection(CLOSURE_PARTIES)

    async def add(self, closure: Closure, job: Job, request: IdempotentRequest | None) -> Closure:
        """Keep the closure with its job, or return the one that answered the request first."""

        async def work(session: Session) -> None:
            await self._closures.insert_one(_document(closure, request), session=session)
            await self._jobs.add(job, session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            return await self._first(closure, request)
        return closure

    async def _first(self, closure: Closure, request: IdempotentRequest | None) -> Closure:
        key = {"venue_id": closure.venue_id, "request_id": closure.id if request is None else request.id}
        async with translated_failures():
            found = await self._closures.find_one(key)
        assert found is not None  # noqa: S101 -- its key has just been met
        if request is not None:
            ensure_same_content(request, found["fingerprint"])
        return _read(found)

    async def find(self, closure_id: str) -> Closure | None:
        """Return the closure."""
        async with translated_failures():
            found = await self._closures.find_one({"_id": closure_id})
        return None if found is None else _read(found)

    async def parties(self, closure_id: str, slot_id: str) -> Sequence[str] | None:
        """Return the reservations that a slot had when it was emptied, None before."""
        async with translated_failures():
            found = await self._parties.find_one({"_id": f"{closure_id}:{slot_id}"})
        return None if found is None else found["reservation_ids"]

    async def note_parties(self, closure_id: str, slot_id: str, reservation_ids: Sequence[str]) -> None:
        """Keep them, unless they are kept already."""
        key = {"_id": f"{closure_id}:{slot_id}"}
        async with translated_failures():
            try:
                await self._parties.insert_one(
                    key | {"reservation_ids": list(reservation_ids), "noted_at": datetime.now(UTC)}
                )
            except DuplicateKeyError:
                return  # whoever did this step before was killed after it, or does it now


def _document(closure: Closure, request: IdempotentRequest | None) -> Document:
    return {
        "_id": closure.id,
        "venue_id": closure.venue_id,
        "slot_ids": list(closure.slot_ids),
        "remedy": closure.remedy,
        "unmoved": closure.unmoved,
        "job_id": closure.job_id,
        "ordered_by": closure.ordered_by,
        "ordered_at": closure.ordered_at,
        "request_id": closure.id if request is None else request.id,
        "fingerprint": None if request is None else request.fingerprint,
    }


def _read(document: Document) -> Closure:
    return Closure(
        id=document["_id"],
        venue_id=document["venue_id"],
        slot_ids=tuple(document["slot_ids"]),
        remedy=Remedy(document["remedy"]),
        unmoved=Unmoved(document["unmoved"]),
        job_id=document["job_id"],
        ordered_by=document["ordered_by"],
        ordered_at=document["ordered_at"],
    )
