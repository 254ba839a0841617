"""An inspector's day, and drafts."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from handlers.schemas.common import EXAMPLE_ULID, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.items import FreeObject
from handlers.schemas.patrol_check_ins import CheckInSummarySchema
from handlers.schemas.patrol_submissions import EXAMPLE_SITE, submission_id_field
from handlers.schemas.venues import PositionSchema
from services.patrols.day.drafts import SaveDraft
from services.patrols.plans.model import TaskKind
from services.patrols.sites.model import CheckResult, SiteKind

POINT = r"-?[0-9]{1,3}(\.[0-9]{1,8})?,-?[0-9]{1,2}(\.[0-9]{1,8})?"
WESTMOST, NORTHMOST = 180, 90


class DayQuery(WireSchema):
    """Where the inspector is."""

    near = Text(
        longest=40,
        pattern=POINT,
        load_default=None,
        metadata={"description": "`lng,lat` in GCJ-02; without it nothing is near.", "examples": ["121.47,31.23"]},
    )

    @validates_schema
    def _near_is_on_earth(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("near") is not None:
            lng, lat = (float(part) for part in data["near"].split(","))
            if not (abs(lng) <= WESTMOST and abs(lat) <= NORTHMOST):
                raise ValidationError({"near": ["out_of_range: longitude within 180, latitude within 90 degrees"]})


class DaySiteSchema(WireSchema):
    """A site as far as one needs to go there."""

    id = shown(EXAMPLE_SITE)
    kind = OneOf(SiteKind, required=True)
    name = shown("示例餐厅")
    name_en = shown("Example restaurant")
    address = shown("黄浦区示例路1号（虚构地址）")
    position = Part(PositionSchema, required=True)


class DayTaskSchema(WireSchema):
    """An open task."""

    id = shown_id("tsk")
    kind = OneOf(TaskKind, required=True)
    template_id = shown_id("tpl")
    template_number = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The checklist's latest release.", "examples": [1]}
    )
    origin_id = fields.String(
        required=True,
        metadata={
            "description": "The round, draw, finding or complaint that it comes of; its own id for none of these.",
            "examples": [f"fnd_{EXAMPLE_ULID}"],
        },
    )
    from_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    site = Part(DaySiteSchema, required=True, allow_none=True)
    distance_m = fields.Float(required=True, allow_none=True)


class DueSiteSchema(WireSchema):
    """An outlet that nobody visited for 90 days, or ever."""

    site = Part(DaySiteSchema, required=True)
    distance_m = fields.Float(required=True)
    last_checked_at = Instant(required=True, allow_none=True)
    last_result = OneOf(CheckResult, required=True, allow_none=True)
    open_findings = shown(0)


class AwaitedPhotosSchema(WireSchema):
    """Photos of a check-in that are still to be sent."""

    check_in_id = shown_id("chk")
    submission_id = shown(f"visit-{EXAMPLE_ULID}")
    site_id = shown(EXAMPLE_SITE)
    photos = Items(fields.String(), most=200, required=True)


class SaveDraftSchema(WireSchema):
    """What a phone has not sent yet."""

    submission_id = submission_id_field()
    content = FreeObject(required=True, metadata={"description": "Of the phone's own making, up to 64 kB."})
    saved_at = Instant(required=True)

    def make(self, values: dict[str, Any]) -> SaveDraft:
        """Return the wish."""
        return SaveDraft(**values)


class DraftSchema(WireSchema):
    """A draft as it is kept."""

    submission_id = shown(f"visit-{EXAMPLE_ULID}")
    content = fields.Dict(required=True)
    saved_at = Instant(required=True)
    forgotten_at = Instant(required=True)


DraftPageSchema = page_schema(DraftSchema, "DraftPageSchema")


class DaySchema(WireSchema):
    """Everything that is before an inspector; tasks and outlets the nearest first."""

    tasks = Items(Part(DayTaskSchema), most=200, required=True)
    due = Items(Part(DueSiteSchema), most=20, required=True)
    in_review = Items(Part(CheckInSummarySchema), most=50, required=True)
    awaited = Items(Part(AwaitedPhotosSchema), most=100, required=True)
    drafts = Items(Part(DraftSchema), most=50, required=True)
