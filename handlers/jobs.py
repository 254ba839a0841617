"""Jobs: long work in the background, and how far it is."""

from handlers.item_batches import WRITERS
from handlers.item_types import READERS
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.items import JobSchema
from services.common.errors import TooBusy
from services.jobs.errors import JobOver, JobUnknown
from services.jobs.model import Job
from services.venues.scopes import scope_names

TAG = "Jobs"


class JobHandler(ApiHandler):
    """`/jobs/{job_id}`."""

    @operation(Operation(summary="See a job", tag=TAG, roles=READERS, reply=JobSchema, refusals=(JobUnknown,)))
    async def get(self, job_id: str) -> Job:
        """Return a job."""
        return await self.services.jobs.get(job_id, scope_names(self.actor))


class PauseJobHandler(ApiHandler):
    """`/jobs/{job_id}/pause`."""

    @operation(
        Operation(
            summary="Pause a job",
            description="It stops after what it is doing at the moment. Pausing again changes nothing.",
            tag=TAG,
            roles=WRITERS,
            reply=JobSchema,
            refusals=(JobUnknown, JobOver, TooBusy),
        )
    )
    async def post(self, job_id: str) -> Job:
        """Pause a job."""
        return await self.services.jobs.pause(job_id, scope_names(self.actor))


class ResumeJobHandler(ApiHandler):
    """`/jobs/{job_id}/resume`."""

    @operation(
        Operation(
            summary="Resume a job",
            description="A paused job, or one that failed, goes on where it was. Resuming again changes nothing.",
            tag=TAG,
            roles=WRITERS,
            reply=JobSchema,
            refusals=(JobUnknown, JobOver, TooBusy),
        )
    )
    async def post(self, job_id: str) -> Job:
        """Resume a job."""
        return await self.services.jobs.resume(job_id, scope_names(self.actor))
