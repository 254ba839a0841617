"""Check-ins: submitting, reading, reviewing, and their photos."""

from typing import Any

from handlers.messages.check_ins import presence_text
from handlers.operation import ApiHandler, Operation, operation
from handlers.photos import PICTURE_REFUSALS, send_picture
from handlers.schemas.common import PageQuery
from handlers.schemas.patrol_check_ins import (
    CheckInPageSchema,
    CheckInQuery,
    CheckInSchema,
    CheckInSummarySchema,
    ContentVersionPageSchema,
    PictureQuery,
    ReviewCheckInSchema,
    SubmittedSchema,
)
from handlers.schemas.patrol_submissions import SubmissionSchema
from handlers.schemas.whose import Whose
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.checkins import errors
from services.patrols.checkins.deciding import position_of
from services.patrols.checkins.model import CheckIn, CheckInState, Submission
from services.patrols.checkins.ports import CheckInSearch
from services.patrols.checkins.reading import Version, missing_photos
from services.patrols.checkins.reviewing import ReviewCheckIn
from services.patrols.checkins.rules_presence import ENOUGH
from services.patrols.checklists.errors import AnswersInvalid
from services.patrols.errors import PatrolsContended
from services.venues.scopes import scope_names

TAG = "Check-ins"
INSPECTORS = frozenset({Role.INSPECTOR})
REVIEWERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = INSPECTORS | REVIEWERS | {Role.AUDITOR, Role.VENUE_MANAGER}
RECORDING = (PatrolsContended, TooBusy)
# 300 answers with notes of 200 characters, and their photos.
LARGEST_SUBMISSION = 512 * 1024


def shown_check_in(check_in: CheckIn, language: str) -> dict[str, Any]:
    """Return a check-in as the wire has it, its presence explained in `zh` or `en`."""
    presence = check_in.presence
    notes = [{**vars(note), "text": presence_text(note, language)} for note in presence.notes]
    return {
        **vars(check_in),
        "presence": {**vars(presence), "needed": ENOUGH, "notes": notes},
        "reinspections": [
            {"finding_id": said.finding_id, "remedy": said.remedy, "effect": effect}
            for said, effect in zip(check_in.reinspections, check_in.effects, strict=True)
        ],
    }


class CheckInsHandler(ApiHandler):
    """`/patrol/check-ins`."""

    max_body_bytes = LARGEST_SUBMISSION

    @operation(
        Operation(
            summary="Submit a check-in",
            description="Of this moment or of days without network. The same content under the same `submission_id` "
            "is answered with the same check-in, as often as it is sent; another content is kept beside the first and "
            "refused with `submission_contradicts`. A check-in whose presence score is low is `in_review`: a person "
            "decides, and until then its findings are only proposed.",
            tag=TAG,
            roles=INSPECTORS,
            body=SubmissionSchema,
            reply=SubmittedSchema,
            status=201,
            refusals=(errors.SubmissionInvalid, AnswersInvalid, errors.SubmissionContradicts, *RECORDING),
        )
    )
    async def post(self, said: Submission) -> dict[str, Any]:
        """Take a submission."""
        room = self.services.patrols.check_ins
        submitted = await room.submitting.submit(self.actor, said)
        known = await room.reading.photos(submitted.check_in)
        return {
            **shown_check_in(submitted.check_in, self.language),
            "known": submitted.known,
            "photos_missing": missing_photos(submitted.check_in, known),
        }

    @operation(
        Operation(
            summary="List check-ins",
            description="Newest first, by when they were received.",
            tag=TAG,
            roles=READERS,
            query=CheckInQuery,
            reply=CheckInPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of check-ins."""
        asked = self.parameters
        search = CheckInSearch(
            scopes=scope_names(self.actor),
            inspector_id=self.actor.id if asked["whose"] is Whose.MINE else None,
            site_id=asked["site_id"],
            state=asked["state"],
        )
        return await _page(self, search)


async def _page(handler: ApiHandler, search: CheckInSearch) -> dict[str, Any]:
    asked = handler.parameters
    page = await handler.services.patrols.check_ins.reading.page(search, asked["limit"], asked["after"])
    return {"items": [shown_check_in(one, handler.language) for one in page.items], "next": page.next}


class CheckInHandler(ApiHandler):
    """`/patrol/check-ins/{check_in_id}`."""

    @operation(
        Operation(
            summary="See a check-in",
            description="With its answers, its photos, and the reasons of its score.",
            tag=TAG,
            roles=READERS,
            reply=CheckInSchema,
            refusals=(errors.CheckInUnknown,),
        )
    )
    async def get(self, check_in_id: str) -> dict[str, Any]:
        """Return a check-in."""
        room = self.services.patrols.check_ins
        check_in = await room.reading.get(self.actor, check_in_id)
        known = await room.reading.photos(check_in)
        may_see_where = self.actor.role in REVIEWERS or self.actor.id == check_in.inspector_id
        return {
            **shown_check_in(check_in, self.language),
            "position": check_in.position if may_see_where else None,
            "photos": await room.pictures.seen(check_in, known),
            "photos_missing": missing_photos(check_in, known),
        }


class CheckInVersionsHandler(ApiHandler):
    """`/patrol/check-ins/{check_in_id}/versions`."""

    @operation(
        Operation(
            summary="List contradicting contents of a check-in",
            description="What else came under its `submission_id`, the first first; at most 20.",
            tag=TAG,
            roles=REVIEWERS,
            reply=ContentVersionPageSchema,
            refusals=(errors.CheckInUnknown,),
        )
    )
    async def get(self, check_in_id: str) -> Page[dict[str, Any]]:
        """Return all other contents."""
        versions = await self.services.patrols.check_ins.reading.versions(self.actor, check_in_id)
        return Page(items=[_shown_version(one) for one in versions], next=None)


def _shown_version(version: Version) -> dict[str, Any]:
    return {**vars(version), "position": None if version.fix is None else position_of(version.fix)}


class CheckInReviewHandler(ApiHandler):
    """`/patrol/check-ins/{check_in_id}/review`."""

    @operation(
        Operation(
            summary="Review a check-in",
            description="Accepted, it counts: its findings are confirmed, its re-inspections take effect. Rejected, "
            "its findings are withdrawn and its task is open again.",
            tag=TAG,
            roles=REVIEWERS,
            body=ReviewCheckInSchema,
            reply=CheckInSummarySchema,
            repeatable=True,
            refusals=(errors.CheckInUnknown, errors.CheckInReviewed, errors.ReviewNotYours, *RECORDING),
        )
    )
    async def post(self, check_in_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Decide about a check-in."""
        command = ReviewCheckIn(actor=self.actor, check_in_id=check_in_id, request=self.repeated, **content)
        decided = await self.services.patrols.check_ins.reviewing.review(command)
        self.set_header("Location", f"/api/v1/patrol/check-ins/{decided.id}")
        return shown_check_in(decided, self.language)


class ReviewsHandler(ApiHandler):
    """`/patrol/reviews`."""

    @operation(
        Operation(
            summary="List check-ins that wait for review",
            description="Newest first.",
            tag=TAG,
            roles=REVIEWERS,
            query=PageQuery,
            reply=CheckInPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of the queue."""
        return await _page(self, CheckInSearch(scopes=scope_names(self.actor), state=CheckInState.IN_REVIEW))


class CheckInPhotoHandler(ApiHandler):
    """`/patrol/check-ins/{check_in_id}/photos/{photo_id}`."""

    @operation(
        Operation(
            summary="See a photo of a check-in",
            description="`watermarked` shows the place, the time and the check-in on the picture.",
            tag=TAG,
            roles=READERS,
            query=PictureQuery,
            media_type="image/jpeg",
            refusals=(errors.CheckInUnknown, errors.CheckInPhotoUnknown, *PICTURE_REFUSALS),
        )
    )
    async def get(self, check_in_id: str, photo_id: str) -> None:
        """Answer with a picture."""
        pictures = self.services.patrols.check_ins.pictures
        send_picture(self, await pictures.picture(self.actor, check_in_id, photo_id, self.parameters["size"]))
