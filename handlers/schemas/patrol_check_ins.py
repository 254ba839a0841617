"""Check-ins: what phones send, and what became of it."""

from marshmallow import fields

from handlers.schemas.common import EXAMPLE_ULID, PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import (
    Instant,
    Items,
    OneOf,
    Part,
    Text,
    WireSchema,
    WrittenText,
    YesOrNo,
)
from handlers.schemas.patrol_submissions import (
    EXAMPLE_SITE,
    MOST_ANSWERS,
    MOST_PHOTOS,
    MOST_REINSPECTIONS,
    SITE_CHARACTERS,
    SITE_ID,
)
from handlers.schemas.photos import EXAMPLE_SUM
from handlers.schemas.venues import PositionSchema
from handlers.schemas.whose import Whose
from services.patrols.checkins.model import (
    CheckInState,
    Circumstance,
    PresenceFactor,
    ReinspectionEffect,
)
from services.patrols.checkins.seeing import PhotoDoubt
from services.patrols.findings.model import Remedy
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import CheckResult, SiteKind
from services.photos.model import PhotoRefusal, PhotoState, Rendition


class PresenceNoteSchema(WireSchema):
    """One reason of the score."""

    factor = OneOf(PresenceFactor, required=True)
    points = shown(-15)
    code = shown("away_from_site")
    text = shown("距点位 240 米")


class PresenceSchema(WireSchema):
    """How much speaks for the inspector's having been there, out of 100, and why."""

    score = shown(85)
    needed = shown(60)
    distance_m = fields.Float(required=True, allow_none=True, metadata={"examples": [240.0]})
    notes = Items(Part(PresenceNoteSchema), most=50, required=True)


class ReinspectionEffectSchema(WireSchema):
    """What came of a re-inspection."""

    finding_id = shown_id("fnd")
    remedy = OneOf(Remedy, required=True)
    effect = OneOf(ReinspectionEffect, required=True)


class CheckInReviewSchema(WireSchema):
    """What a reviewer decided."""

    accepted = fields.Boolean(required=True)
    reason = shown("现场照片清晰，定位漂移。")
    reviewed_by = shown_id("stf")
    reviewed_at = Instant(required=True)


class CheckInSummarySchema(WireSchema):
    """A check-in, without its answers."""

    id = shown_id("chk")
    submission_id = shown(f"visit-{EXAMPLE_ULID}")
    inspector_id = shown_id("stf")
    site_id = shown(EXAMPLE_SITE)
    site_kind = OneOf(SiteKind, required=True)
    district_id = shown("310101")
    template_id = shown_id("tpl")
    template_number = shown(1)
    task_id = shown(f"tsk_{EXAMPLE_ULID}", allow_none=True)
    plate = OneOf(PlateVerdict, required=True, allow_none=True, attribute="plate_verdict")
    started_at = Instant(required=True)
    captured_at = Instant(required=True)
    received_at = Instant(required=True)
    clock_skew_s = fields.Float(required=True, allow_none=True, metadata={"description": "The phone's clock was fast."})
    presence = Part(PresenceSchema, required=True)
    circumstances = Items(OneOf(Circumstance), most=20, required=True)
    state = OneOf(CheckInState, required=True)
    result = OneOf(
        CheckResult,
        required=True,
        allow_none=True,
        metadata={"description": "Null where only findings were re-inspected, without the checklist."},
    )
    findings = Items(fields.String(), most=MOST_ANSWERS, required=True, attribute="finding_ids")
    standing = Items(
        fields.String(),
        most=MOST_ANSWERS,
        required=True,
        attribute="standing_ids",
        metadata={"description": "Findings that stood already when their questions failed once more."},
    )
    reinspections = Items(Part(ReinspectionEffectSchema), most=MOST_REINSPECTIONS, required=True)
    review = Part(CheckInReviewSchema, required=True, allow_none=True)
    contradictions = shown(0)


CheckInPageSchema = page_schema(CheckInSummarySchema, "CheckInPageSchema")


class SubmittedSchema(CheckInSummarySchema):
    """What a submission came to."""

    known = fields.Boolean(required=True, metadata={"description": "Whether it was there before."})
    photos_missing = Items(fields.String(), most=200, required=True)


class ShownAnswerSchema(WireSchema):
    """An answer as it was given."""

    question_id = shown("licence_displayed")
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"type": ["boolean", "number", "string", "null"], "examples": [True]},
    )
    note = fields.String(required=True)
    photos = Items(fields.String(), most=MOST_PHOTOS, required=True)


class CheckInPhotoSchema(WireSchema):
    """A photo of a check-in; its picture is there when it is `ready`."""

    id = shown(EXAMPLE_SUM)
    state = OneOf(PhotoState, required=True)
    taken_at = Instant(required=True, allow_none=True, metadata={"description": "As the file itself says."})
    taken_away_m = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Metres from the site, as the file itself says.", "examples": [12.5]},
    )
    doubts = Items(
        OneOf(PhotoDoubt),
        most=2,
        required=True,
        metadata={"description": "For reviewers: the score was made before, if the photo arrived after the check-in."},
    )
    refusal = OneOf(PhotoRefusal, required=True, allow_none=True)


class CheckInSchema(CheckInSummarySchema):
    """A check-in with its answers and photos."""

    position = Part(
        PositionSchema,
        required=True,
        allow_none=True,
        metadata={"description": "For the inspector and reviewers; forgotten 90 days after the visit."},
    )
    accuracy_m = fields.Float(required=True, allow_none=True)
    answers = Items(Part(ShownAnswerSchema), most=MOST_ANSWERS, required=True)
    photos = Items(Part(CheckInPhotoSchema), most=200, required=True)
    photos_missing = Items(fields.String(), most=200, required=True)


class CheckInQuery(PageQuery):
    """Which check-ins."""

    whose = OneOf(Whose, load_default=Whose.ALL)
    site_id = Text(longest=SITE_CHARACTERS, pattern=SITE_ID, load_default=None)
    state = OneOf(CheckInState, load_default=None)


class ReviewCheckInSchema(WireSchema):
    """What is decided about a check-in, and why."""

    accepted = YesOrNo(required=True, metadata={"examples": [True]})
    reason = WrittenText(required=True, longest=500, metadata={"examples": ["现场照片清晰，定位漂移。"]})


class ContentVersionSchema(WireSchema):
    """Another content that came under the same submission_id."""

    content = fields.Dict(required=True)
    position = Part(PositionSchema, required=True, allow_none=True)
    received_at = Instant(required=True)


ContentVersionPageSchema = page_schema(ContentVersionSchema, "ContentVersionPageSchema")


class PictureQuery(WireSchema):
    """Which picture of a photo."""

    size = OneOf(Rendition, load_default=Rendition.THUMBNAIL)
