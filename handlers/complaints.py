"""Complaints as staff see them: lists, cases, taking up, answering."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.photos import PICTURE_REFUSALS, send_picture
from handlers.public_complaints import TAG
from handlers.schemas.complaints import (
    AnswerComplaintSchema,
    ComplaintPageSchema,
    ComplaintsQuery,
    TakeUpSchema,
    WholeComplaintSchema,
)
from handlers.schemas.patrol_check_ins import PictureQuery
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.complaints import errors
from services.patrols.complaints.model import AnswerComplaint, ComplaintSearch, ComplaintView, TakeUp
from services.patrols.errors import PatrolsContended, SiteUnknown
from services.patrols.plans.errors import PlanRefused

MANAGERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
# Texts may name people: who does not handle them does not read them.
HANDLERS = MANAGERS | {Role.INSPECTOR}
LISTERS = HANDLERS | {Role.AUDITOR}


def shown_complaint(view: ComplaintView) -> dict[str, Any]:
    """Return a complaint as the wire has it."""
    return {**vars(view.complaint), **vars(view)}


class ComplaintsHandler(ApiHandler):
    """`/complaints`."""

    @operation(
        Operation(
            summary="List complaints",
            description="Newest first, without what was written.",
            tag=TAG,
            roles=LISTERS,
            query=ComplaintsQuery,
            reply=ComplaintPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of complaints."""
        search = ComplaintSearch(**self.parameters)
        page = await self.services.patrols.complaints.reading.list(self.actor, search)
        return {"items": [shown_complaint(view) for view in page.items], "next": page.next}


class ComplaintHandler(ApiHandler):
    """`/complaints/{complaint_id}`."""

    @operation(
        Operation(
            summary="See a complaint",
            description="What was written, with its photos and what became of it.",
            tag=TAG,
            roles=HANDLERS,
            reply=WholeComplaintSchema,
            refusals=(errors.ComplaintUnknown,),
        )
    )
    async def get(self, complaint_id: str) -> dict[str, Any]:
        """Return a complaint with what was written."""
        return shown_complaint(await self.services.patrols.complaints.reading.get(self.actor, complaint_id))


class TakeUpHandler(ApiHandler):
    """`/complaints/{complaint_id}/take-up`."""

    @operation(
        Operation(
            summary="Take a complaint up",
            description="With `template_id`, a task for inspectors is made in the same fact.",
            tag=TAG,
            roles=MANAGERS,
            body=TakeUpSchema,
            reply=WholeComplaintSchema,
            refusals=(
                errors.ComplaintUnknown,
                errors.ComplaintTakenUp,
                errors.ComplaintAnswered,
                SiteUnknown,
                PlanRefused,
                PatrolsContended,
                TooBusy,
            ),
        )
    )
    async def post(self, complaint_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Begin to look into a complaint."""
        command = TakeUp(actor=self.actor, complaint_id=complaint_id, **content)
        return shown_complaint(await self.services.patrols.complaints.handling.take_up(command))


class AnswerComplaintHandler(ApiHandler):
    """`/complaints/{complaint_id}/answer`."""

    @operation(
        Operation(
            summary="Answer a complaint",
            description="Ends the case, and calls off a visit that nobody has made yet. Whoever complained can read "
            "the answer: it must name nobody.",
            tag=TAG,
            roles=MANAGERS,
            body=AnswerComplaintSchema,
            reply=WholeComplaintSchema,
            refusals=(errors.ComplaintUnknown, errors.ComplaintAnswered, PatrolsContended, TooBusy),
        )
    )
    async def post(self, complaint_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Answer a complaint."""
        command = AnswerComplaint(actor=self.actor, complaint_id=complaint_id, **content)
        return shown_complaint(await self.services.patrols.complaints.handling.answer(command))


class ComplaintPhotoHandler(ApiHandler):
    """`/complaints/{complaint_id}/photos/{photo_id}`."""

    @operation(
        Operation(
            summary="See a photo of a complaint",
            description="Only while the complaint names it. `watermarked` shows the place, when the complaint came and "
            "its id on the picture.",
            tag=TAG,
            roles=HANDLERS,
            query=PictureQuery,
            media_type="image/jpeg",
            refusals=(errors.ComplaintUnknown, *PICTURE_REFUSALS),
        )
    )
    async def get(self, complaint_id: str, photo_id: str) -> None:
        """Answer with a picture."""
        pictures = self.services.patrols.complaints.pictures
        send_picture(self, await pictures.picture(self.actor, complaint_id, photo_id, self.parameters["size"]))
