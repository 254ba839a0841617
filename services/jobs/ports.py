"""What jobs need from outside, and what a kind of job is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.jobs.model import Job, JobState, StepResult


class JobStore(Protocol):
    """Jobs as they are kept. Whatever a runner writes names its fence, and is not written under another one."""

    async def find(self, job_id: str) -> Job | None:
        """Return the job."""

    async def unfinished(self) -> Sequence[Job]:
        """Return all jobs that are queued or running, oldest first; there are few."""

    async def claim_lease(self, job: Job, now: datetime, until: datetime) -> bool:
        """Take the job as it was read; False when it has changed since."""

    async def save_progress(self, job: Job, result: StepResult, now: datetime, until: datetime) -> bool:
        """Keep what a step came to, and hold the job until then; False when it is not the runner's any more."""

    async def give_back(self, job: Job) -> bool:
        """Let others have the job at once; False when it is not the runner's any more."""

    async def fail(self, job: Job, code: str, now: datetime) -> bool:
        """End the job by a failure; False when it is not the runner's any more."""

    async def move(self, job: Job, state: JobState, now: datetime) -> bool:
        """Pause or resume the job as it was read, taking it from whoever works on it; False when it has changed."""


class JobKind(Protocol):
    """How jobs of one kind are done.

    A step is short (at most a second), gives way to others (never 20 ms without an `await`), and may happen again: who
    was killed after a step and before its progress was kept repeats it, and somebody else may be doing the same one.
    """

    @property
    def name(self) -> str:
        """Return the name by which jobs ask for it."""

    async def step(self, job: Job) -> StepResult:
        """Do the step at the job's cursor. A DomainError fails the job; DatabaseUnavailable is tried again."""


class Defects(Protocol):
    """Where defects of ours are told."""

    def __call__(self, job: Job, error: Exception) -> None:
        """Tell the operator that a step of `job` ended by `error`."""
