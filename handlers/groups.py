"""Groups: a leader applies, the venue decides, a table names who comes."""

from typing import Any

from handlers.files import FileHandler
from handlers.item_tables import CSV, XLSX
from handlers.operation import ApiHandler, Operation, operation
from handlers.reservations import CITIZEN
from handlers.schemas.common import PageQuery
from handlers.schemas.groups import (
    ApplyForGroupSchema,
    DeclineGroupSchema,
    GroupApplicationPageSchema,
    GroupApplicationSchema,
    GroupRosterSchema,
    GroupRosterTakenSchema,
    VenueApplicationsQuery,
    shown_application,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.reservations.errors import BookingPaused, SlotClosed, SlotDrawn, SlotEnded, SlotUnknown
from services.reservations.groups import errors
from services.reservations.groups.model import Application, Apply, SeenApplication, VenueSearch
from services.tables.errors import TableRefused, TablesUnavailable, TableUnreadable
from services.venues.errors import VenueUnknown

TAG = "Groups"
APPROVERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
LARGEST_ROSTER = 1024 * 1024
SLOT_REFUSALS = (SlotUnknown, SlotEnded, SlotClosed, SlotDrawn)
UNDECIDED = (errors.ApplicationDecided, errors.ApplicationBusy, errors.ApplicationChanged)


class _GroupHandler(ApiHandler):
    async def shown(self, application: Application) -> dict[str, Any]:
        """Return an application as the wire has it, with its contact in the clear."""
        return shown_application(await self.services.visits.groups.reading.seen(application))

    def shown_page(self, page: Page[SeenApplication]) -> dict[str, Any]:
        """Return a page of applications with masked contacts."""
        return {"items": [shown_application(one) for one in page.items], "next": page.next}


class GroupApplicationsHandler(_GroupHandler):
    """`/group-applications`."""

    @operation(
        Operation(
            summary="Apply for a group",
            description="For more people than the venue takes in one booking. The venue decides; you are told, and an "
            "approved group is a reservation in your list, with one entry code for all of it.",
            tag=TAG,
            roles=CITIZEN,
            body=ApplyForGroupSchema,
            reply=GroupApplicationSchema,
            status=201,
            repeatable=True,
            refusals=(
                *SLOT_REFUSALS,
                VenueUnknown,
                errors.GroupTooSmall,
                errors.GroupTooLarge,
                BookingPaused,
                errors.TooManyApplications,
                errors.ApplicationUnknown,
                TooBusy,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Apply."""
        command = Apply(citizen_id=self.actor.id, request=self.repeated, **content)
        application = await self.services.visits.groups.applying.apply(command)
        self.set_header("Location", f"/api/v1/group-applications/{application.id}")
        return await self.shown(application)

    @operation(
        Operation(
            summary="List my group applications",
            description="Newest first, with the contact masked.",
            tag=TAG,
            roles=CITIZEN,
            query=PageQuery,
            reply=GroupApplicationPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of one's own applications."""
        asked = self.parameters
        reading = self.services.visits.groups.reading
        return self.shown_page(await reading.list_own(self.actor.id, asked["limit"], asked["after"]))


class GroupApplicationHandler(_GroupHandler):
    """`/group-applications/{application_id}`."""

    @operation(
        Operation(
            summary="See a group application",
            description="One's own, or for those who decide one to a venue within their scope, with the contact.",
            tag=TAG,
            roles=CITIZEN | APPROVERS,
            reply=GroupApplicationSchema,
            refusals=(errors.ApplicationUnknown,),
        )
    )
    async def get(self, application_id: str) -> dict[str, Any]:
        """Return an application."""
        reading = self.services.visits.groups.reading
        if self.actor.role is Role.CITIZEN:
            return await self.shown(await reading.get_own(self.actor.id, application_id))
        return await self.shown(await reading.get_within(self.actor, application_id))


class WithdrawalHandler(_GroupHandler):
    """`/group-applications/{application_id}/withdraw`."""

    @operation(
        Operation(
            summary="Withdraw my group application",
            description="As long as it is pending; again changes nothing. An approved group is cancelled as its "
            "reservation.",
            tag=TAG,
            roles=CITIZEN,
            reply=GroupApplicationSchema,
            refusals=(errors.ApplicationUnknown, *UNDECIDED),
        )
    )
    async def post(self, application_id: str) -> dict[str, Any]:
        """Withdraw one's own application."""
        applying = self.services.visits.groups.applying
        return await self.shown(await applying.withdraw(self.actor.id, application_id))


class VenueGroupApplicationsHandler(_GroupHandler):
    """`/venues/{venue_id}/group-applications`."""

    @operation(
        Operation(
            summary="List a venue's group applications",
            description="Newest first, within your scope, with contacts masked.",
            tag=TAG,
            roles=APPROVERS | {Role.AUDITOR},
            query=VenueApplicationsQuery,
            reply=GroupApplicationPageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of applications."""
        search = VenueSearch(venue_id=venue_id, **self.parameters)
        return self.shown_page(await self.services.visits.groups.reading.list_of_venue(self.actor, search))


class ApprovalHandler(_GroupHandler):
    """`/group-applications/{application_id}/approve`."""

    @operation(
        Operation(
            summary="Approve a group",
            description="Takes its places from those that are set aside for groups, all or none; with too few, "
            "`places_left` says how many there are, and the application stays pending. Again changes nothing.",
            tag=TAG,
            roles=APPROVERS,
            reply=GroupApplicationSchema,
            refusals=(errors.ApplicationUnknown, *UNDECIDED, errors.TooFewPlaces, *SLOT_REFUSALS, TooBusy),
        )
    )
    async def post(self, application_id: str) -> dict[str, Any]:
        """Approve an application."""
        return await self.shown(await self.services.visits.groups.deciding.approve(self.actor, application_id))


class DeclinationHandler(_GroupHandler):
    """`/group-applications/{application_id}/decline`."""

    @operation(
        Operation(
            summary="Decline a group",
            description="With a reason for the leader, which must name nobody. Again changes nothing.",
            tag=TAG,
            roles=APPROVERS,
            body=DeclineGroupSchema,
            reply=GroupApplicationSchema,
            refusals=(errors.ApplicationUnknown, *UNDECIDED),
        )
    )
    async def post(self, application_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Decline an application."""
        deciding = self.services.visits.groups.deciding
        return await self.shown(await deciding.decline(self.actor, application_id, content["reason"]))


class RosterHandler(ApiHandler):
    """`/group-applications/{application_id}/roster`."""

    max_body_bytes = LARGEST_ROSTER
    media_types = frozenset({XLSX, CSV})

    @operation(
        Operation(
            summary="Name the people of my group",
            description="Takes an .xlsx or `text/csv` (UTF-8) file of at most 1 MB, see the template, with the columns "
            "`name`, `id_type`, `id_number` (or 姓名, 证件类型, 证件号码) and at most a row for each person. It takes "
            "the place of the former one, until somebody of the group has entered; with any faulty row nothing "
            "changes, and all faults are named as `rows[12].id_number`. Of two rows with one document, each names the "
            "other.",
            tag=TAG,
            roles=CITIZEN,
            file=XLSX,
            reply=GroupRosterTakenSchema,
            refusals=(
                errors.ApplicationUnknown,
                errors.RosterClosed,
                errors.RosterInUse,
                TableUnreadable,
                TableRefused,
                TooBusy,
                TablesUnavailable,
            ),
        )
    )
    async def post(self, application_id: str, content: bytes) -> dict[str, int]:
        """Take a roster."""
        sent_as = self.request.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
        form = "csv" if sent_as == CSV else "xlsx"
        rosters = self.services.visits.groups.rosters
        return {"rows": await rosters.take(self.actor.id, application_id, content, form)}

    @operation(
        Operation(
            summary="See who is named of a group",
            description="Masked: for the leader, and for staff of the venue.",
            tag=TAG,
            roles=CITIZEN | APPROVERS | {Role.GATE},
            reply=GroupRosterSchema,
            refusals=(errors.ApplicationUnknown, errors.RosterUnknown),
        )
    )
    async def get(self, application_id: str) -> dict[str, Any]:
        """Return a roster."""
        rosters = self.services.visits.groups.rosters
        if self.actor.role is Role.CITIZEN:
            return {"items": await rosters.own(self.actor.id, application_id)}
        return {"items": await rosters.within(self.actor, application_id)}


class RosterTemplateHandler(FileHandler):
    """`/group-roster-template.xlsx`."""

    @operation(
        Operation(
            summary="Get a table of names to fill in",
            description="Its first row names the columns, its second says what they mean.",
            tag=TAG,
            roles=CITIZEN | APPROVERS,
            media_type=XLSX,
            refusals=(TooBusy, TablesUnavailable),
        )
    )
    async def get(self) -> None:
        """Answer with the template."""
        content = await self.services.visits.groups.rosters.template()
        self.send(content, XLSX, "group-roster.xlsx", "团队名单模板.xlsx")
