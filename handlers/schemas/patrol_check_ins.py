"""Check-ins: what phones send, and what became of it."""

from typing import Any

from marshmallow import fields

from handlers.schemas.checklists import SLUG, Number, Scalar
from handlers.schemas.common import EXAMPLE_ULID, PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import (
    Count,
    Instant,
    Items,
    OneOf,
    Part,
    ScannedText,
    Text,
    WireSchema,
    WrittenText,
    YesOrNo,
)
from handlers.schemas.photos import EXAMPLE_SUM, SUM_CHARACTERS
from handlers.schemas.positions import Degrees
from handlers.schemas.venues import PositionSchema
from handlers.schemas.whose import Whose
from services.patrols.checkins.model import (
    CheckInState,
    Circumstance,
    CoordinateSystem,
    Fix,
    PresenceFactor,
    Reinspection,
    ReinspectionEffect,
    Submission,
)
from services.patrols.checklists.model import Answer
from services.patrols.findings.model import Remedy
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import CheckResult, SiteKind
from services.photos.model import PhotoRefusal, PhotoState, Rendition

MOST_ANSWERS = 300
MOST_PHOTOS = 20
MOST_REINSPECTIONS = 20
LONGEST_TEXT = 2000
SITE_ID = r"(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}"
SITE_CHARACTERS = 30
EXAMPLE_SITE = f"otl_{EXAMPLE_ULID}"


def submission_id_field() -> Text:
    """Return the field of the id that a phone makes."""
    return Text(
        required=True,
        shortest=8,
        longest=64,
        pattern="[A-Za-z0-9._-]+",
        metadata={"description": "Made by the phone, once for each visit.", "examples": [f"visit-{EXAMPLE_ULID}"]},
    )


def _photos() -> Items:
    return Items(
        Text(
            shortest=SUM_CHARACTERS,
            longest=SUM_CHARACTERS,
            pattern="[0-9a-f]+",
            metadata={"description": "The SHA-256 of a photo's file.", "examples": [EXAMPLE_SUM]},
        ),
        most=MOST_PHOTOS,
        load_default=list,
    )


class FixSchema(WireSchema):
    """A position as the phone gave it."""

    lng = Degrees(most=180, required=True, metadata={"examples": [121.4752]})
    lat = Degrees(most=90, required=True, metadata={"examples": [31.2304]})
    accuracy_m = Number(
        metadata={"description": "Radius in metres; below zero, as null, it is not known.", "examples": [15.5]}
    )
    system = OneOf(CoordinateSystem, required=True, metadata={"description": "What the degrees refer to."})
    mocked = YesOrNo(
        load_default=None, metadata={"description": "Whether the phone said that another app made the position up."}
    )
    at = Instant(required=True, metadata={"description": "When it was found, by the phone's clock."})

    def make(self, values: dict[str, Any]) -> Fix:
        """Return the fix."""
        accuracy = values["accuracy_m"]
        return Fix(**{**values, "accuracy_m": None if accuracy is None or accuracy < 0 else accuracy})


class GivenAnswerSchema(WireSchema):
    """An answer to a question of the checklist."""

    question_id = Text(required=True, longest=40, pattern=SLUG, metadata={"examples": ["licence_displayed"]})
    value = Scalar(
        text=WrittenText(longest=LONGEST_TEXT),
        longest=LONGEST_TEXT,
        allow_none=True,
        load_default=None,
        metadata={"description": "True or false, a number, a text or a day; null for photos.", "examples": [True]},
    )
    note = WrittenText(longest=LONGEST_TEXT, load_default="")
    photos = _photos()

    def make(self, values: dict[str, Any]) -> Answer:
        """Return the answer."""
        return Answer(**{**values, "photos": tuple(values["photos"])})


class JudgedFindingSchema(WireSchema):
    """What the visit says of an earlier finding."""

    finding_id = identifier("fnd", required=True)
    remedy = OneOf(Remedy, required=True)
    note = WrittenText(longest=LONGEST_TEXT, load_default="")
    photos = _photos()

    def make(self, values: dict[str, Any]) -> Reinspection:
        """Return the re-inspection."""
        return Reinspection(**{**values, "photos": tuple(values["photos"])})


class SubmissionSchema(WireSchema):
    """A visit; it may be sent again, now or in a week. `plate` or `site_id` is needed."""

    submission_id = submission_id_field()
    task_id = identifier("tsk", load_default=None)
    plate = ScannedText(
        longest=500,
        load_default=None,
        metadata={"description": "The code or link, as scanned.", "examples": ["https://code.example.cn/o/05nm"]},
    )
    site_id = Text(longest=SITE_CHARACTERS, pattern=SITE_ID, load_default=None, metadata={"examples": [EXAMPLE_SITE]})
    template_id = identifier("tpl", required=True)
    template_number = Count(required=True, least=1, most=1_000_000, metadata={"examples": [1]})
    started_at = Instant(required=True)
    captured_at = Instant(required=True, metadata={"description": "When the visit ended, by the phone's clock."})
    sent_at = Instant(
        load_default=None,
        metadata={"description": "The phone's clock at this very request; it may differ when the same is sent again."},
    )
    fix = Part(FixSchema, load_default=None)
    answers = Items(Part(GivenAnswerSchema), most=MOST_ANSWERS, required=True)
    reinspections = Items(Part(JudgedFindingSchema), most=MOST_REINSPECTIONS, load_default=list)
    device = Text(longest=100, load_default=None, metadata={"examples": ["phone-1"]})

    def make(self, values: dict[str, Any]) -> Submission:
        """Return the submission."""
        lists = {name: tuple(values[name]) for name in ("answers", "reinspections")}
        return Submission(**{**values, **lists})


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
    result = OneOf(CheckResult, required=True)
    findings = Items(fields.String(), most=MOST_ANSWERS, required=True, attribute="finding_ids")
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
