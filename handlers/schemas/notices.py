"""Notices, and the accepts that pay for them."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema, YesOrNo
from services.notifications.model import AcceptGiven, NoticeKind, NoticeState


class AcceptGivenSchema(WireSchema):
    """What a person answered for one kind."""

    kind = OneOf(NoticeKind, required=True)
    accepted = YesOrNo(required=True)

    def make(self, values: dict[str, Any]) -> AcceptGiven:
        """Return the answer."""
        return AcceptGiven(**values)


class GiveAcceptsSchema(WireSchema):
    """The answers to one wx.requestSubscribeMessage."""

    id = Text(
        required=True,
        longest=64,
        shortest=8,
        pattern=r"[A-Za-z0-9_-]+",
        metadata={"examples": ["accept-0001"], "description": "Made by the phone; a repeat counts once."},
    )
    accepts = Items(Part(AcceptGivenSchema), least=1, most=20, required=True)


class AcceptsLeftSchema(WireSchema):
    """What is left of one kind."""

    kind = OneOf(NoticeKind, required=True)
    left = shown(1)
    template_id = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What to ask the person for; null: this service sends none of this kind.",
            "examples": ["demo-booking-confirmed"],
        },
    )


class AllAcceptsLeftSchema(WireSchema):
    """What is left of every kind."""

    kinds = Items(Part(AcceptsLeftSchema), most=20, required=True)


class VisitNoticeSchema(WireSchema):
    """One notice, in words."""

    id = shown_id("ntc")
    kind = OneOf(NoticeKind, required=True)
    state = OneOf(NoticeState, required=True)
    title = shown("预约成功")
    title_en = shown("Visit booked")
    state_text = shown("已发送到微信")
    state_text_en = shown("Sent to WeChat")
    venue_id = shown_id("ven")
    subject_id = shown_id("rsv")
    reservation_id = fields.String(
        required=True, allow_none=True, metadata={"examples": ["rsv_01JD0000000000000000000000"]}
    )
    made_at = Instant(required=True)
    due_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


VisitNoticePageSchema = page_schema(VisitNoticeSchema, "VisitNoticePageSchema")


class OwnNoticesQuery(PageQuery):
    """One's own notices, newest first."""
