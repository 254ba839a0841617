"""Findings: lists, the course of one, notice, deadline, withdrawal, photos."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.photos import PICTURE_REFUSALS, send_picture
from handlers.schemas.findings import (
    DispatchedSchema,
    ExtendSchema,
    FindingCourseSchema,
    FindingPageSchema,
    FindingQuery,
    FindingSchema,
    WithdrawSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.errors import PapersUnavailable, PatrolsContended
from services.patrols.findings import errors
from services.patrols.findings.managing import Extend, Withdraw
from services.patrols.findings.model import Finding
from services.patrols.findings.reading import Course, ListFindings
from services.patrols.findings.rules import overdue
from services.patrols.findings.rules_evidence import after_of, before_of

TAG = "Findings"
PDF = "application/pdf"
JPEG = "image/jpeg"
FIELD = frozenset({Role.INSPECTOR, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
ADMINS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = FIELD | {Role.AUDITOR, Role.VENUE_MANAGER}
WRITING = (errors.FindingUnknown, errors.FindingOver, PatrolsContended, TooBusy)


class FindingsBase(ApiHandler):
    """Shows findings."""

    def shown(self, finding: Finding) -> dict[str, Any]:
        """Return a finding as the wire has it."""
        is_overdue = overdue(finding, self.services.clock.now())
        own = {"before": before_of(finding), "after": after_of(finding), "overdue": is_overdue}
        return {**vars(finding), **own}

    def shown_page(self, page: Page[Finding]) -> dict[str, Any]:
        """Return a page of findings as the wire has it."""
        return {"items": [self.shown(one) for one in page.items], "next": page.next}

    async def dispatched(self, finding: Finding) -> dict[str, Any]:
        """Return a finding with the link of its notice."""
        link = await self.services.patrols.findings.notices.link(finding)
        return {"finding": self.shown(finding), "link": link}

    @property
    def wanted(self) -> ListFindings:
        """Return what the parameters ask for."""
        return ListFindings(actor=self.actor, **self.parameters)


class FindingsHandler(FindingsBase):
    """`/findings`."""

    @operation(
        Operation(
            summary="List findings",
            description="Newest first, within your scope.",
            tag=TAG,
            roles=READERS,
            query=FindingQuery,
            reply=FindingPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of findings."""
        return self.shown_page(await self.services.patrols.findings.reading.list(self.wanted))


class OverdueFindingsHandler(FindingsBase):
    """`/findings/overdue`."""

    @operation(
        Operation(
            summary="List findings whose deadline has passed",
            description="Within your scope, newest first; none that are closed or withdrawn.",
            tag=TAG,
            roles=READERS,
            query=FindingQuery,
            reply=FindingPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of findings."""
        return self.shown_page(await self.services.patrols.findings.reading.overdue(self.wanted))


class EscalatedFindingsHandler(FindingsBase):
    """`/findings/escalated`."""

    @operation(
        Operation(
            summary="List findings that were escalated to you",
            description="A deadline that passes is told to the district at once, and to the city after three more "
            "days (one for a critical finding). A city admin sees what reached the city, others what reached the "
            "district, too.",
            tag=TAG,
            roles=ADMINS,
            query=FindingQuery,
            reply=FindingPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of findings."""
        return self.shown_page(await self.services.patrols.findings.reading.escalated(self.wanted))


class FindingHandler(FindingsBase):
    """`/findings/{finding_id}`."""

    @operation(
        Operation(
            summary="See a finding and its whole course",
            description="From the check-in to its closing: notice, answers, deadlines, re-inspections.",
            tag=TAG,
            roles=READERS,
            reply=FindingCourseSchema,
            refusals=(errors.FindingUnknown,),
        )
    )
    async def get(self, finding_id: str) -> dict[str, Any]:
        """Return a finding with its events and the owner's answers."""
        course: Course = await self.services.patrols.findings.reading.course(self.actor, finding_id)
        events = [{**vars(one.event), **vars(one)} for one in course.events]
        return {**self.shown(course.finding), "answers": course.answers, "events": events}


class DispatchHandler(FindingsBase):
    """`/findings/{finding_id}/dispatch`."""

    @operation(
        Operation(
            summary="Issue the notice of a finding",
            description="It gets a number, and a link by which the owner answers without an account.",
            tag=TAG,
            roles=FIELD,
            reply=DispatchedSchema,
            repeatable=True,
            refusals=(*WRITING, errors.FindingNotConfirmed, errors.FindingDispatched),
        )
    )
    async def post(self, finding_id: str) -> dict[str, Any]:
        """Dispatch a finding."""
        finding = await self.services.patrols.findings.managing.dispatch(self.actor, finding_id, self.repeated)
        self.set_header("Location", f"/api/v1/findings/{finding.id}")
        return await self.dispatched(finding)


class LinkHandler(FindingsBase):
    """`/findings/{finding_id}/link`."""

    @operation(
        Operation(
            summary="Make a new link for the owner",
            description="The old one opens nothing any more: print the notice anew.",
            tag=TAG,
            roles=FIELD,
            reply=DispatchedSchema,
            repeatable=True,
            refusals=(*WRITING, errors.NoticeMissing),
        )
    )
    async def post(self, finding_id: str) -> dict[str, Any]:
        """Replace the link."""
        finding = await self.services.patrols.findings.managing.relink(self.actor, finding_id, self.repeated)
        self.set_header("Location", f"/api/v1/findings/{finding.id}")
        return await self.dispatched(finding)


class NoticeHandler(ApiHandler):
    """`/findings/{finding_id}/notice.pdf`."""

    @operation(
        Operation(
            summary="Print the notice of a finding",
            description="With its number and the link for the owner. It has to be issued first.",
            tag=TAG,
            roles=FIELD,
            media_type=PDF,
            refusals=(errors.FindingUnknown, errors.NoticeMissing, PapersUnavailable, TooBusy),
        )
    )
    async def get(self, finding_id: str) -> None:
        """Answer with a page to print."""
        content = await self.services.patrols.findings.notices.pdf(self.actor, finding_id)
        self.send_file(content, PDF, f"notice-{finding_id}.pdf")


class ExtendHandler(FindingsBase):
    """`/findings/{finding_id}/extend`."""

    @operation(
        Operation(
            summary="Put a deadline off",
            description="At most twice, to a day at most thirty days from today.",
            tag=TAG,
            roles=ADMINS,
            body=ExtendSchema,
            reply=FindingSchema,
            repeatable=True,
            refusals=(*WRITING, errors.FindingNotConfirmed, errors.ExtensionRefused, errors.ExtensionsUsedUp),
        )
    )
    async def post(self, finding_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Extend a finding."""
        command = Extend(actor=self.actor, finding_id=finding_id, request=self.repeated, **content)
        finding = await self.services.patrols.findings.managing.extend(command)
        self.set_header("Location", f"/api/v1/findings/{finding.id}")
        return self.shown(finding)


class WithdrawHandler(FindingsBase):
    """`/findings/{finding_id}/withdraw`."""

    @operation(
        Operation(
            summary="Take a finding back",
            description="By an admin who is not the one who found it. Its open tasks are called off.",
            tag=TAG,
            roles=ADMINS,
            body=WithdrawSchema,
            reply=FindingSchema,
            repeatable=True,
            refusals=(*WRITING, errors.SecondPersonNeeded),
        )
    )
    async def post(self, finding_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Withdraw a finding."""
        command = Withdraw(actor=self.actor, finding_id=finding_id, request=self.repeated, **content)
        finding = await self.services.patrols.findings.managing.withdraw(command)
        self.set_header("Location", f"/api/v1/findings/{finding.id}")
        return self.shown(finding)


class FindingPhotoHandler(ApiHandler):
    """`/findings/{finding_id}/photos/{photo_id}`."""

    @operation(
        Operation(
            summary="See a photo of a finding",
            description="Of how it was, of the owner's answers, or of a re-inspection; without metadata.",
            tag=TAG,
            roles=READERS,
            media_type=JPEG,
            refusals=(errors.FindingUnknown, *PICTURE_REFUSALS),
        )
    )
    async def get(self, finding_id: str, photo_id: str) -> None:
        """Answer with a picture."""
        send_picture(self, await self.services.patrols.findings.pictures.of(self.actor, finding_id, photo_id))
