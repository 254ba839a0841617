"""Checklists: releasing them, reading them, retiring them."""

from typing import Any

from handlers.item_types import ADMINS, READERS
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.checklists import (
    ChecklistPageSchema,
    ChecklistQuery,
    ChecklistSchema,
    NewChecklistSchema,
    NewReleaseSchema,
    ReleaseHeadingPageSchema,
    ReleaseSchema,
    content_of,
)
from handlers.schemas.common import PageQuery
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.patrols.checklists import errors
from services.patrols.checklists.model import Release, ReleaseHeading, Template
from services.patrols.checklists.reading import ChecklistSearch
from services.patrols.checklists.writing import NewChecklist, NewRelease
from services.patrols.errors import PatrolsContended
from services.venues.errors import OwnerMissing, OwnerUnknown
from services.venues.scopes import read_scope

TAG = "Checklists"
RECORDING = (PatrolsContended, TooBusy)
# Of 200 questions with their conditions and findings.
LARGEST_CHECKLIST = 1024 * 1024


def shown_template(template: Template) -> dict[str, Any]:
    """Return the template as the wire has it."""
    return {**vars(template), "owner": read_scope(template.owner)}


class ChecklistsHandler(ApiHandler):
    """`/checklists`."""

    max_body_bytes = LARGEST_CHECKLIST

    @operation(
        Operation(
            summary="Release a new checklist",
            description="With its first release. `owner` is needed by who answers for several parts of the city. The "
            "checklist is then there for all whom its owner covers. No question may ask for a person's religion, "
            "ethnicity, name or numbers. At most 200 questions, 1 MB.",
            tag=TAG,
            roles=ADMINS,
            body=NewChecklistSchema,
            reply=ChecklistSchema,
            status=201,
            repeatable=True,
            refusals=(errors.ChecklistInvalid, OwnerMissing, OwnerUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Make a template."""
        command = NewChecklist(
            actor=self.actor,
            owner=content["owner"],
            site_kind=content["site_kind"],
            content=content_of(content),
            request=self.repeated,
        )
        made = await self.services.patrols.checklists.writing.create(command)
        self.set_header("Location", f"/api/v1/checklists/{made.id}")
        return shown_template(made)

    @operation(
        Operation(
            summary="List checklists",
            description="Those of one's own part of the city and of the levels above it, newest first.",
            tag=TAG,
            roles=READERS,
            query=ChecklistQuery,
            reply=ChecklistPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of templates."""
        search = ChecklistSearch(**self.parameters)
        page = await self.services.patrols.checklists.reading.list(self.actor, search)
        return {"items": [shown_template(one) for one in page.items], "next": page.next}


class ChecklistHandler(ApiHandler):
    """`/checklists/{checklist_id}`."""

    @operation(
        Operation(
            summary="See a checklist",
            description="With the number of its latest release; `/releases/{release_number}` has the questions.",
            tag=TAG,
            roles=READERS,
            reply=ChecklistSchema,
            refusals=(errors.ChecklistUnknown,),
        )
    )
    async def get(self, checklist_id: str) -> dict[str, Any]:
        """Return a template."""
        return shown_template(await self.services.patrols.checklists.reading.get(self.actor, checklist_id))


class ChecklistReleasesHandler(ApiHandler):
    """`/checklists/{checklist_id}/releases`."""

    max_body_bytes = LARGEST_CHECKLIST

    @operation(
        Operation(
            summary="Release a new version of a checklist",
            description="Visits that began with an earlier version stay with it: no release is ever changed or "
            "removed. `based_on` says which one was read; a release in between is a conflict. At most 1 MB.",
            tag=TAG,
            roles=ADMINS,
            body=NewReleaseSchema,
            reply=ReleaseSchema,
            status=201,
            repeatable=True,
            refusals=(
                errors.ChecklistUnknown,
                errors.ChecklistNotYours,
                errors.ChecklistRetired,
                errors.ChecklistSuperseded,
                errors.ChecklistInvalid,
                *RECORDING,
            ),
        )
    )
    async def post(self, checklist_id: str, content: dict[str, Any]) -> Release:
        """Make a release."""
        command = NewRelease(
            actor=self.actor,
            template_id=checklist_id,
            based_on=content["based_on"],
            content=content_of(content),
            request=self.repeated,
        )
        made = await self.services.patrols.checklists.writing.release(command)
        self.set_header("Location", f"/api/v1/checklists/{made.template_id}/releases/{made.number}")
        return made

    @operation(
        Operation(
            summary="List the releases of a checklist",
            description="Newest first, without their questions.",
            tag=TAG,
            roles=READERS,
            query=PageQuery,
            reply=ReleaseHeadingPageSchema,
            refusals=(errors.ChecklistUnknown, CursorInvalid),
        )
    )
    async def get(self, checklist_id: str) -> Page[ReleaseHeading]:
        """Return a page of releases."""
        asked = self.parameters
        reading = self.services.patrols.checklists.reading
        return await reading.releases(self.actor, checklist_id, asked["limit"], asked["after"])


class ChecklistReleaseHandler(ApiHandler):
    """`/checklists/{checklist_id}/releases/{release_number}`."""

    @operation(
        Operation(
            summary="See a release of a checklist",
            description="With all its questions. It never changes, so a phone keeps it; it is there when the "
            "checklist is retired, too.",
            tag=TAG,
            roles=READERS,
            reply=ReleaseSchema,
            refusals=(errors.ChecklistUnknown, errors.ReleaseUnknown),
        )
    )
    async def get(self, checklist_id: str, release_number: str) -> Release:
        """Return a release."""
        return await self.services.patrols.checklists.reading.get_release(self.actor, checklist_id, release_number)


class RetireChecklistHandler(ApiHandler):
    """`/checklists/{checklist_id}/retire`."""

    @operation(
        Operation(
            summary="Retire a checklist",
            description="For no new visits; those that have begun go on. Again, it changes nothing.",
            tag=TAG,
            roles=ADMINS,
            reply=ChecklistSchema,
            refusals=(errors.ChecklistUnknown, errors.ChecklistNotYours, *RECORDING),
        )
    )
    async def post(self, checklist_id: str) -> dict[str, Any]:
        """Retire a template."""
        return shown_template(await self.services.patrols.checklists.writing.retire(self.actor, checklist_id))


class ReactivateChecklistHandler(ApiHandler):
    """`/checklists/{checklist_id}/reactivate`."""

    @operation(
        Operation(
            summary="Take a retired checklist up again",
            description="For new visits again. Again, it changes nothing.",
            tag=TAG,
            roles=ADMINS,
            reply=ChecklistSchema,
            refusals=(errors.ChecklistUnknown, errors.ChecklistNotYours, *RECORDING),
        )
    )
    async def post(self, checklist_id: str) -> dict[str, Any]:
        """Take a template up again."""
        return shown_template(await self.services.patrols.checklists.writing.reactivate(self.actor, checklist_id))
