"""Jobs in MongoDB: every change is guarded by what was read, and a runner's by its fence."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.jobs.model import Job, JobState, StepResult

JOBS = CollectionPlan(name="jobs", shard_key="_id", indexes=(IndexModel([("state", ASCENDING)]),))
COLLECTIONS = (JOBS,)
UNFINISHED = [JobState.QUEUED, JobState.RUNNING]


class MongoJobs:
    """The job store."""

    def __init__(self, mongo: Mongo) -> None:
        self._jobs = mongo.collection(JOBS)

    async def add(self, job: Job, session: Session) -> None:
        """Add a job in the transaction of what it is about."""
        await self._jobs.insert_one(_document(job), session=session)

    async def find(self, job_id: str) -> Job | None:
        """Return the job."""
        async with translated_failures():
            document = await self._jobs.find_one({"_id": job_id})
        return None if document is None else _read(document)

    async def unfinished(self) -> Sequence[Job]:
        """Return all jobs that are queued or running, oldest first; there are few."""
        async with translated_failures():
            found = [_read(document) async for document in self._jobs.find({"state": {"$in": UNFINISHED}})]
        return sorted(found, key=lambda job: (job.created_at, job.id))

    async def claim_lease(self, job: Job, now: datetime, until: datetime) -> bool:
        """Take the job as it was read; False when it has changed since."""
        guard = {"_id": job.id, "fence": job.fence, "state": job.state}
        return await self._change(
            guard,
            {"$set": {"state": JobState.RUNNING, "leased_until": until, "changed_at": now}, "$inc": {"fence": 1}},
        )

    async def save_progress(self, job: Job, result: StepResult, now: datetime, until: datetime) -> bool:
        """Keep what a step came to, and hold the job until then; False when it is not the runner's any more."""
        changes: Document = {
            "done": result.done,
            "cursor": dict(result.cursor),
            "changed_at": now,
            "leased_until": None if result.finished else until,
        }
        if result.finished:
            changes["state"] = JobState.DONE
        return await self._change(_held(job), {"$set": changes})

    async def give_back(self, job: Job) -> bool:
        """Let others have the job at once; False when it is not the runner's any more."""
        return await self._change(_held(job), {"$set": {"state": JobState.QUEUED, "leased_until": None}})

    async def fail(self, job: Job, code: str, now: datetime) -> bool:
        """End the job by a failure; False when it is not the runner's any more."""
        ended = {"state": JobState.FAILED, "failure": code, "leased_until": None, "changed_at": now}
        return await self._change(_held(job), {"$set": ended})

    async def move(self, job: Job, state: JobState, now: datetime) -> bool:
        """Pause or resume the job as it was read, taking it from whoever works on it; False when it has changed."""
        return await self._change(
            {"_id": job.id, "fence": job.fence, "state": job.state},
            {
                "$set": {"state": state, "leased_until": None, "failure": None, "changed_at": now},
                "$inc": {"fence": 1},
            },
        )

    async def _change(self, guard: Document, changes: Document) -> bool:
        async with translated_failures():
            result = await self._jobs.update_one(guard, changes)
        return result.matched_count == 1


def _held(job: Job) -> Document:
    return {"_id": job.id, "fence": job.fence, "state": JobState.RUNNING}


def _document(job: Job) -> Document:
    return {
        "_id": job.id,
        "kind": job.kind,
        "seen_by": list(job.seen_by),
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "cursor": dict(job.cursor),
        "created_at": job.created_at,
        "changed_at": job.changed_at,
        "failure": job.failure,
        "fence": job.fence,
        "leased_until": job.leased_until,
    }


def _read(document: Document) -> Job:
    return Job(
        id=document["_id"],
        kind=document["kind"],
        seen_by=tuple(document["seen_by"]),
        state=JobState(document["state"]),
        done=document["done"],
        total=document["total"],
        cursor=document["cursor"],
        created_at=document["created_at"],
        changed_at=document["changed_at"],
        failure=document["failure"],
        fence=document["fence"],
        leased_until=document["leased_until"],
    )
