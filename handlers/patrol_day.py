"""An inspector's day, and drafts of visits."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.patrol_check_ins import INSPECTORS, shown_check_in
from handlers.schemas.patrol_day import DayQuery, DaySchema, DraftPageSchema, DraftSchema, SaveDraftSchema
from services.common.model import Page
from services.patrols.day import errors
from services.patrols.day.drafts import SaveDraft
from services.patrols.day.model import AwaitedPhotos, SavedDraft, SiteDue, TaskToDo
from services.venues.model import GeoPoint

TAG = "Inspector's day"
LARGEST_DRAFT = 96 * 1024


class DayHandler(ApiHandler):
    """`/patrol/day`."""

    @operation(
        Operation(
            summary="See my day",
            description="My open tasks, other active outlets within 5 km that nobody visited for 90 days, "
            "my check-ins that "
            "wait for review, photos that have not arrived, and my drafts.",
            tag=TAG,
            roles=INSPECTORS,
            query=DayQuery,
            reply=DaySchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return the day."""
        near = _point(self.parameters["near"])
        day = await self.services.patrols.day.morning.of(self.actor, near)
        return {
            "tasks": [_shown_task(one) for one in day.tasks],
            "due": [_shown_due(one) for one in day.due],
            "in_review": [shown_check_in(one, self.language) for one in day.in_review],
            "awaited": [_shown_awaited(one) for one in day.awaited],
            "drafts": day.drafts,
        }


def _point(text: str | None) -> GeoPoint | None:
    if text is None:
        return None
    lng, lat = (float(part) for part in text.split(","))
    return GeoPoint(lng=lng, lat=lat)


def _shown_task(one: TaskToDo) -> dict[str, Any]:
    return {**vars(one.task), **vars(one)}


def _shown_due(one: SiteDue) -> dict[str, Any]:
    status = one.status
    return {
        "site": one.site,
        "distance_m": one.distance_m,
        "last_checked_at": None if status is None else status.last_checked_at,
        "last_result": None if status is None else status.last_result,
        "open_findings": 0 if status is None else status.open_findings,
    }


def _shown_awaited(one: AwaitedPhotos) -> dict[str, Any]:
    return {**vars(one.check_in), "check_in_id": one.check_in.id, "photos": one.photos}


class DraftsHandler(ApiHandler):
    """`/patrol/drafts`."""

    max_body_bytes = LARGEST_DRAFT

    @operation(
        Operation(
            summary="Keep a draft",
            description="Of a visit that is not finished. The one that was saved last wins, in whatever order they "
            "arrive; the answer is the one that is kept. It is removed when its check-in arrives, and after 14 days.",
            tag=TAG,
            roles=INSPECTORS,
            body=SaveDraftSchema,
            reply=DraftSchema,
            refusals=(errors.DraftInvalid, errors.DraftsUsedUp),
        )
    )
    async def post(self, command: SaveDraft) -> SavedDraft:
        """Keep a draft."""
        return await self.services.patrols.day.drafts.save(self.actor, command)

    @operation(
        Operation(
            summary="List my drafts",
            description="At most 50, the one saved last first.",
            tag=TAG,
            roles=INSPECTORS,
            reply=DraftPageSchema,
        )
    )
    async def get(self) -> Page[SavedDraft]:
        """Return all drafts of the account."""
        return Page(items=await self.services.patrols.day.drafts.list(self.actor), next=None)


class DiscardDraftHandler(ApiHandler):
    """`/patrol/drafts/{submission_id}/discard`."""

    @operation(
        Operation(
            summary="Discard a draft",
            description="Once its visit was sent, or is not wanted any more.",
            tag=TAG,
            roles=INSPECTORS,
            refusals=(errors.DraftUnknown,),
            status=204,
        )
    )
    async def post(self, submission_id: str) -> None:
        """Remove a draft."""
        await self.services.patrols.day.drafts.remove(self.actor, submission_id)
