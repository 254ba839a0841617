"""Looking at jobs, pausing and resuming them."""

from collections.abc import Callable, Collection

from services.common.clock import Clock
from services.common.errors import TooBusy
from services.jobs.errors import JobOver, JobUnknown
from services.jobs.model import Job, JobState
from services.jobs.ports import JobStore
from services.jobs.rules import PAUSABLE, RESUMABLE

TRIES = 20


class Steering:
    """What people do with jobs; `scopes` are theirs as `level:id`, and outside them no job exists."""

    def __init__(self, *, store: JobStore, clock: Clock, wake: Callable[[], None]) -> None:
        """Call `wake` when there is work again."""
        self._store = store
        self._clock = clock
        self._wake = wake

    async def get(self, job_id: str, scopes: Collection[str]) -> Job:
        """Return the job; raises JobUnknown."""
        job = await self._store.find(job_id)
        if job is None or not set(job.seen_by) & set(scopes):
            raise JobUnknown
        return job

    async def pause(self, job_id: str, scopes: Collection[str]) -> Job:
        """Stop the job after the step that is under way; raises JobUnknown, or JobOver where it has ended."""
        return await self._move(job_id, scopes, JobState.PAUSED, PAUSABLE)

    async def resume(self, job_id: str, scopes: Collection[str]) -> Job:
        """Let a paused job, or one that failed, go on where it was; raises JobUnknown, or JobOver where it is done."""
        job = await self._move(job_id, scopes, JobState.QUEUED, RESUMABLE)
        self._wake()
        return job

    async def _move(self, job_id: str, scopes: Collection[str], state: JobState, movable: Collection[JobState]) -> Job:
        # Whoever works on it may take it, or bring it to its end, between look and change.
        for _ in range(TRIES):
            job = await self.get(job_id, scopes)
            if job.state is JobState.DONE or (job.state is JobState.FAILED and state is JobState.PAUSED):
                raise JobOver
            if job.state not in movable:
                return job
            if await self._store.move(job, state, self._clock.now()):
                return await self.get(job_id, scopes)
        raise TooBusy(retry_after_s=1)
