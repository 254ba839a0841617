"""Applications of groups, decisions, and rosters."""

from typing import Any

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Instant, Items, OneOf, Part, Text, WireSchema, WrittenText
from handlers.schemas.reservations import PHONE_PATTERN, MaskedVisitorSchema
from services.reservations.groups.model import (
    FEWEST,
    MOST,
    ApplicationStatus,
    Contact,
    Purpose,
    SeenApplication,
)

LONGEST_NOTE = 200
NOTE = "学生42名、教师3名，希望安排讲解。"
REASON = "当日有大型活动，请改申请其他日期。"


class ApplyForGroupSchema(WireSchema):
    """A leader's wish for places for a group."""

    slot_id = identifier("slt", required=True)
    party_size = Count(
        least=FEWEST,
        most=MOST,
        required=True,
        metadata={
            "description": "Everybody, leaders included; more than the venue takes in one booking.",
            "examples": [45],
        },
    )
    purpose = OneOf(Purpose, required=True, metadata={"examples": ["education"]})
    note = WrittenText(longest=LONGEST_NOTE, load_default=None, allow_none=True, metadata={"examples": [NOTE]})
    contact_name = Text(longest=60, required=True, metadata={"examples": ["示例联系人"]})
    contact_phone = Text(
        longest=20, shortest=6, pattern=PHONE_PATTERN, required=True, metadata={"examples": ["13800000000"]}
    )
    organisation_name = Text(
        longest=100, load_default=None, allow_none=True, metadata={"examples": ["示例学校（虚构）"]}
    )

    def make(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with the contact as one."""
        contact = Contact(
            name=values["contact_name"],
            phone=values["contact_phone"],
            organisation=values["organisation_name"],
            note=values["note"],
        )
        asked = {name: values[name] for name in ("slot_id", "party_size", "purpose")}
        return {**asked, "contact": contact}


class GroupApplicationSchema(WireSchema):
    """An application; in lists the contact is masked, and the note left out."""

    id = shown_id("gap")
    status = OneOf(
        ApplicationStatus,
        required=True,
        metadata={
            "description": "`approving`: approved, and the places are being taken at this moment. `cancelled`: it was "
            "approved, and the leader or the venue has cancelled the reservation since."
        },
    )
    venue_id = shown_id("ven")
    slot_id = shown_id("slt")
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    party_size = shown(45)
    purpose = OneOf(Purpose, required=True)
    contact_name = shown("示****")
    contact_phone = shown("*******0000")
    organisation_name = shown("示例学校（虚构）", allow_none=True)
    note = shown(NOTE, allow_none=True)
    reservation_id = shown_id("rsv", allow_none=True)
    roster_size = shown(45)
    reason = shown(REASON, allow_none=True)
    created_at = Instant(required=True)
    decided_at = Instant(required=True, allow_none=True)


GroupApplicationPageSchema = page_schema(GroupApplicationSchema, "GroupApplicationPageSchema")


def shown_application(seen: SeenApplication) -> dict[str, Any]:
    """Return an application as the wire has it. The reservation is shown when it is certain."""
    application, contact = seen.application, seen.contact
    was_approved = application.status in {ApplicationStatus.APPROVED, ApplicationStatus.CANCELLED}
    return {
        **vars(application),
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "organisation_name": contact.organisation,
        "note": contact.note,
        "reservation_id": application.reservation_id if was_approved else None,
    }


class DeclineGroupSchema(WireSchema):
    """Why a venue declines; the leader reads it."""

    reason = WrittenText(longest=LONGEST_NOTE, required=True, metadata={"examples": [REASON]})


class VenueApplicationsQuery(PageQuery):
    """Which applications of a venue."""

    status = OneOf(ApplicationStatus, load_default=None)


class GroupRosterTakenSchema(WireSchema):
    """How many are named now."""

    rows = shown(45)


class GroupRosterSchema(WireSchema):
    """Who is named, masked, in the order of the table."""

    items = Items(Part(MaskedVisitorSchema), most=MOST, required=True)
