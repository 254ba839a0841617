"""Findings: as staff see them, what the office does about them, and what the owner sees and answers."""

from enum import StrEnum
from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, Text, WireSchema, WrittenText
from services.patrols.checklists.model import Severity
from services.patrols.findings.model import Escalation, ExtensionReason, FindingState, Remedy, Withdrawal
from services.patrols.findings.rectifying import LONGEST_TEXT, MOST_PHOTOS
from services.patrols.model import PatrolEventKind
from services.patrols.sites.model import SiteKind

PHOTO_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def photo_names(**kwargs: Any) -> Items:
    """Return a field for photos that the server names."""
    return Items(shown(PHOTO_ID), most=1000, required=True, **kwargs)


class FindingQuery(PageQuery):
    """Which findings are wanted."""

    state = OneOf(FindingState, load_default=None)
    severity = OneOf(Severity, load_default=None)
    district_id = Text(longest=6, shortest=6, pattern="[0-9]{6}", load_default=None, metadata={"examples": ["310101"]})
    site_id = Text(longest=30, pattern="(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}", load_default=None)


class NoticeSchema(WireSchema):
    """The notice that went to the owner."""

    number = shown("310101-2026-00001")
    issued_at = Instant(required=True)
    issued_by = shown_id("stf")
    links = shown(1)


class ExtensionSchema(WireSchema):
    """A deadline put off."""

    from_on = Day(required=True)
    to_on = Day(required=True)
    reason = OneOf(ExtensionReason, required=True)
    extended_at = Instant(required=True)
    extended_by = shown_id("stf")


class ReinspectionSchema(WireSchema):
    """A re-inspection."""

    check_in_id = shown_id("chk")
    remedy = OneOf(Remedy, required=True)
    note = shown("已分柜存放")
    photos = photo_names()
    inspected_at = Instant(required=True)
    inspector_id = shown_id("stf")


class FindingSchema(WireSchema):
    """Something that is wrong at a site, and how far it is put right."""

    id = shown_id("fnd")
    version = shown(1)
    state = OneOf(FindingState, required=True)
    severity = OneOf(Severity, required=True)
    title = shown("生熟食品未分开存放")
    title_en = shown("Raw and cooked food not kept apart")
    legal_basis = shown("《示例市清真食品管理条例》第八条")
    note = shown("冷柜第二层")
    site_id = shown_id("otl")
    site_kind = OneOf(SiteKind, required=True)
    district_id = shown("310101")
    check_in_id = shown_id("chk")
    template_id = shown_id("tpl")
    template_number = shown(1)
    question_id = shown("food_kept_apart")
    before = photo_names(metadata={"description": "Photos that show what is wrong."})
    after = photo_names(metadata={"description": "Photos that show it put right."})
    found_at = Instant(required=True)
    found_by = shown_id("stf")
    due_on = Day(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    escalation = OneOf(Escalation, required=True, metadata={"description": "Who was told that it is overdue."})
    notice = Part(NoticeSchema, required=True, allow_none=True)
    extensions = Items(Part(ExtensionSchema), most=10, required=True)
    reinspections = Items(Part(ReinspectionSchema), most=1000, required=True)
    repeat_of = shown_id("fnd", allow_none=True)
    withdrawal = OneOf(Withdrawal, required=True, allow_none=True)
    awaits_photos = fields.Boolean(
        required=True,
        metadata={"description": "It was found put right, and is closed as soon as the photos of that can be seen."},
    )
    closed_at = Instant(required=True, allow_none=True)
    closed_by = shown_id("stf", allow_none=True)


FindingPageSchema = page_schema(FindingSchema, "FindingPageSchema")


class OwnerAnswerSchema(WireSchema):
    """What the owner says was done."""

    text = shown("已购置专用冷柜并分开存放。")
    photos = photo_names()
    answered_at = Instant(required=True)


class FindingEventSchema(WireSchema):
    """A step in the course of a finding; `index` is its leaf in the log of patrols."""

    id = shown_id("evt")
    kind = OneOf(PatrolEventKind, required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    told_by = shown_id("stf")
    index = shown(7)
    data = fields.Dict(keys=fields.String(), required=True)


class FindingCourseSchema(FindingSchema):
    """A finding with all that happened to it."""

    answers = Items(Part(OwnerAnswerSchema), most=100, required=True)
    events = Items(Part(FindingEventSchema), most=10_000, required=True)


class DispatchedSchema(WireSchema):
    """A finding with its notice, and the link that stands in it."""

    finding = Part(FindingSchema, required=True)
    link = shown("https://code.example.cn/r/Vn3m0hHk1Yq5T9bX2cW7ZA")


class ExtendSchema(WireSchema):
    """Another deadline."""

    due_on = Day(required=True, metadata={"examples": ["2026-12-20"]})
    reason = OneOf(ExtensionReason, required=True)


class WithdrawReason(StrEnum):
    """Why somebody takes a finding back; that its check-in was rejected is what a review says."""

    NOT_A_VIOLATION = Withdrawal.NOT_A_VIOLATION.value
    WRONG_SITE = Withdrawal.WRONG_SITE.value
    DUPLICATE = Withdrawal.DUPLICATE.value
    SITE_CLOSED = Withdrawal.SITE_CLOSED.value


class WithdrawSchema(WireSchema):
    """Why a finding is taken back."""

    reason = OneOf(WithdrawReason, required=True)

    def make(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the reason as findings know it."""
        return {"reason": Withdrawal(values["reason"])}


class SentAnswerSchema(WireSchema):
    """That an answer was sent; its text is for the office only."""

    answered_at = Instant(required=True)
    photos = photo_names()


class RectificationSchema(WireSchema):
    """What the owner may see of a finding."""

    state = OneOf(FindingState, required=True)
    answerable = fields.Boolean(required=True)
    site_name = shown("示例清真餐厅")
    site_name_en = shown("Example halal restaurant")
    title = shown("生熟食品未分开存放")
    title_en = shown("Raw and cooked food not kept apart")
    severity = OneOf(Severity, required=True)
    legal_basis = shown("《示例市清真食品管理条例》第八条")
    note = shown("冷柜第二层")
    notice_number = shown("310101-2026-00001")
    due_on = Day(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    before = photo_names()
    answers = Items(Part(SentAnswerSchema), most=100, required=True)


class AnswerSchema(WireSchema):
    """What was done about it; the photos are sent on their own."""

    text = WrittenText(required=True, longest=LONGEST_TEXT, metadata={"examples": ["已购置专用冷柜并分开存放。"]})
    photos = Items(
        Text(longest=64, shortest=64, pattern="[0-9a-f]{64}", metadata={"examples": [PHOTO_ID]}),
        most=MOST_PHOTOS,
        load_default=list,
    )
