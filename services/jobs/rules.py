"""Decisions about jobs, free of input and output."""

from datetime import datetime, timedelta

from services.jobs.model import Job, JobState

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
TRIES = 6

PAUSABLE = frozenset({JobState.QUEUED, JobState.RUNNING})
RESUMABLE = frozenset({JobState.PAUSED, JobState.FAILED})


def new_job(
    job_id: str, kind: str, *, seen_by: tuple[str, ...], total: int, cursor: dict[str, str | int], now: datetime
) -> Job:
    """Return a job that waits for somebody to work on it."""
    return Job(
        id=job_id,
        kind=kind,
        seen_by=seen_by,
        state=JobState.QUEUED,
        done=0,
        total=total,
        cursor=cursor,
        created_at=now,
        changed_at=now,
        failure=None,
        fence=0,
        leased_until=None,
    )


def is_free(job: Job, now: datetime) -> bool:
    """Tell whether anybody may take the job: it waits, or the lease of who worked on it has lapsed."""
    if job.state is JobState.QUEUED:
        return True
    return job.state is JobState.RUNNING and (job.leased_until is None or job.leased_until <= now)


def pause_after(failures: int) -> timedelta:
    """Return how long to leave a job alone after its n-th failed step in a row: half a second, then twice as long."""
    return timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S))
