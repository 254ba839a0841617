"""When a job is free, and how long a failed step is left alone."""

from datetime import timedelta

import pytest

from services.jobs.model import JobState
from services.jobs.rules import is_free, pause_after
from tests.factories import NOW, make_mint_job


@pytest.mark.parametrize(
    ("state", "lease_s", "free"),
    [
        (JobState.QUEUED, None, True),
        (JobState.RUNNING, 1, False),
        (JobState.RUNNING, 0, True),
        (JobState.RUNNING, -1, True),
        (JobState.RUNNING, None, True),
        (JobState.PAUSED, None, False),
        (JobState.DONE, None, False),
        (JobState.FAILED, -1, False),
    ],
)
def test_a_job_is_free_when_it_waits_or_its_lease_has_lapsed(state: JobState, lease_s: int | None, free: bool) -> None:  # noqa: FBT001 -- a parameter of the table
    until = None if lease_s is None else NOW + timedelta(seconds=lease_s)
    assert is_free(make_mint_job(state=state, leased_until=until), NOW) is free


def test_each_failure_doubles_the_pause_up_to_a_bound() -> None:
    assert [pause_after(number).total_seconds() for number in (1, 2, 3, 4, 5, 6, 60)] == [0.5, 1, 2, 4, 8, 8, 8]
