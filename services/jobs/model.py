"""Jobs: long work that goes on in the background, a step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CursorValue = str | int


class JobState(StrEnum):
    """Where a job is; only `done` is for good."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of long work.

    `done` of `total` are counted in whatever the kind counts; `cursor` is the kind's own note of where it is.
    `seen_by` are the scopes that may see it, as `level:id`. `failure` is the code of what it failed by. `fence` grows
    with each lease: who holds an older one cannot write any more. `leased_until` is None while nobody works on it.
    """

    id: str
    kind: str
    seen_by: tuple[str, ...]
    state: JobState
    done: int
    total: int
    cursor: Mapping[str, CursorValue]
    created_at: datetime
    changed_at: datetime
    failure: str | None
    fence: int
    leased_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What a step came to: how much is done in all, where the next one begins, and whether there is none."""

    done: int
    cursor: Mapping[str, CursorValue]
    finished: bool
