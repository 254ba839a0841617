"""Complaints by anybody: filing one before a plate, and looking later what became of it."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from handlers.context import Limit
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.complaints import FileComplaintSchema, FiledComplaintSchema, LookSchema, OwnComplaintSchema
from services.common.errors import TooBusy
from services.common.idempotency import IdempotencyKeyReused, idempotent_request
from services.patrols.complaints.errors import ComplaintUnknown, PlateNotGenuine
from services.patrols.complaints.model import ComplaintView, FileComplaint, Filed
from services.patrols.errors import PatrolsContended, SiteUnknown
from services.patrols.model import NOBODY

TAG = "Complaints"
# What is not found may have been guessed.
MISSES = (PlateNotGenuine, ComplaintUnknown)

T = TypeVar("T")


class ComplainerHandler(ApiHandler):
    """Serves complainers, and slows down who guesses or floods."""

    async def filed(self, code: str, content: dict[str, Any]) -> Filed:
        """File a complaint of checked content, once for each `request_id`."""
        photos = tuple(dict.fromkeys(content["photos"]))
        request = idempotent_request(
            self.services.digest,
            actor_id=NOBODY,
            action="complain",
            key=content["request_id"],
            content={**content, "photos": photos, "code": code},
        )
        command = FileComplaint(**{**content, "photos": photos}, code=code, request=request)
        filing = self.services.patrols.complaints.filing
        # Whoever asks again because the answer was lost has complained once.
        before = await filing.find_filed(command)
        if before is not None:
            return before
        await self.limit(Limit.COMPLAINTS_ADDRESS, self.address, closed=False)
        return await self.counting_misses(filing.file(command))

    async def count_photo(self) -> None:
        """Count a photo that is begun; raises RateLimited."""
        await self.limit(Limit.PUBLIC_PHOTOS_ADDRESS, self.address, closed=False)

    async def looked(self, complaint_id: str, secret: str) -> ComplaintView:
        """Return what became of a complaint."""
        return await self.counting_misses(self.services.patrols.complaints.reading.look(complaint_id, secret))

    async def counting_misses(self, work: Awaitable[T]) -> T:
        """Return what `work` finds; what it does not find is counted. Raises RateLimited."""
        try:
            return await work
        except MISSES:
            await self.limit(Limit.PUBLIC_MISSES_ADDRESS, self.address, closed=False)
            raise


class PublicComplaintsHandler(ComplainerHandler):
    """`/public/outlets/{code}/complaints`."""

    @operation(
        Operation(
            summary="Complain about an outlet or a venue",
            description="By the code of its plate, an ended one as well. Nobody need say who they are. Text and "
            "contact are encrypted, and erased 180 days after the answer. The same `request_id` with the same content "
            "returns the first answer; invisible characters in the text are left out.",
            tag=TAG,
            body=FileComplaintSchema,
            reply=FiledComplaintSchema,
            status=201,
            refusals=(PlateNotGenuine, SiteUnknown, IdempotencyKeyReused, PatrolsContended, TooBusy),
        )
    )
    async def post(self, code: str, content: dict[str, Any]) -> Filed:
        """File a complaint."""
        return await self.filed(code, content)


class LookHandler(ComplainerHandler):
    """`/public/complaints/look`."""

    @operation(
        Operation(
            summary="See what became of a complaint",
            description="For whoever has its secret; a POST, so that the secret stands in no address.",
            tag=TAG,
            body=LookSchema,
            reply=OwnComplaintSchema,
            refusals=(ComplaintUnknown,),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return a complaint's state and answer."""
        view = await self.looked(content["complaint_id"], content["secret"])
        return {**vars(view.complaint), **vars(view), "complaint_id": view.complaint.id}
