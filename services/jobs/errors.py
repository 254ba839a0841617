"""Why a job is not found, or cannot be paused or resumed."""

from services.common.errors import Conflict, NotFound


class JobUnknown(NotFound):
    """There is no such job, or not within the actor's scope."""

    code = "job_not_found"
    title = "No such job"


class JobOver(Conflict):
    """The job has come to its end."""

    code = "job_over"
    title = "This job has ended"
