"""Ratings of visits, their answers, tickets and figures."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, WireSchema, WrittenText
from services.ratings.model import Level, Tag, TicketFilter, TicketState

MOST_TAGS = 5
LONGEST_WORDS = 500
WORDS = "指引清楚，工作人员热情。"
ANSWER = "感谢您的评价，我们会继续努力。"
MEASURES = "已增开一条入场通道，并在路口增设指引牌。"
EXAMPLE_RATING = "rtg_0123456789abcdef0123456789abcdef"
LEVELS = "5 very satisfied, 4 satisfied, 3 basically satisfied, 2 dissatisfied, 1 very dissatisfied."


def _level(**more: Any) -> Count:
    return Count(least=1, most=5, metadata={"description": LEVELS, "examples": [5]}, **more)


class RateVisitSchema(WireSchema):
    """What a citizen says of a visit."""

    level = _level(required=True)
    tags = Items(
        OneOf(Tag),
        most=MOST_TAGS,
        load_default=list,
        metadata={
            "description": "Those of `/rating-words` that the level may have.",
            "examples": [["clear_signs", "friendly_staff"]],
        },
    )
    words = WrittenText(
        longest=LONGEST_WORDS,
        load_default=None,
        allow_none=True,
        metadata={"description": "Numbers of seven digits or more are left out.", "examples": [WORDS]},
    )


class OwnAnswerSchema(WireSchema):
    """What the venue or its district answered."""

    words = shown(ANSWER)
    answered_on = Day(required=True)


class OwnRatingSchema(WireSchema):
    """One's own rating, as it is kept."""

    venue_id = shown_id("ven")
    visit_on = Day(required=True)
    rated_on = Day(required=True)
    level = _level(required=True)
    tags = Items(OneOf(Tag), most=MOST_TAGS, required=True)
    words = shown(WORDS, allow_none=True)
    answer = Part(OwnAnswerSchema, required=True, allow_none=True)


class RatingAnswerSchema(OwnAnswerSchema):
    """The answer, with who gave it or corrected it last."""

    answered_by = shown_id("stf")


class RatingTicketSchema(WireSchema):
    """What must be done about a bad rating, until the end of `due_on`."""

    state = OneOf(TicketState, required=True)
    due_on = Day(required=True)
    overdue = fields.Boolean(required=True)
    escalated_at = Instant(
        required=True, allow_none=True, metadata={"description": "When it was found to be overdue; it stays."}
    )
    measures = shown(MEASURES, allow_none=True)
    closed_on = Day(required=True, allow_none=True)
    closed_by = shown_id("stf", allow_none=True)


class RatingSchema(OwnRatingSchema):
    """A rating as staff see it: without whose it is, and without a way to find out."""

    id = shown(EXAMPLE_RATING)
    version = shown(1)
    answer = Part(RatingAnswerSchema, required=True, allow_none=True)
    ticket = Part(
        RatingTicketSchema, required=True, allow_none=True, metadata={"description": "Of levels 1 and 2 only."}
    )


RatingPageSchema = page_schema(RatingSchema, "RatingPageSchema")


class RatingsQuery(PageQuery):
    """Which ratings of a venue, by the day of rating."""

    level = Count(least=1, most=5, strict=False, load_default=None)
    answered = fields.Boolean(
        load_default=None,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "wrong_type: true or false"},
    )
    from_on = Day(data_key="from", load_default=None, metadata={"description": "The first day."})
    to_on = Day(data_key="to", load_default=None, metadata={"description": "The last day."})


class SummaryQuery(WireSchema):
    """Which days are counted; the last 366 where not said."""

    from_on = Day(data_key="from", load_default=None, metadata={"description": "The first day."})
    to_on = Day(data_key="to", load_default=None, metadata={"description": "The last day; at most 366 of them."})


class TicketsQuery(PageQuery):
    """Which tickets: all that are not closed unless told otherwise."""

    state = OneOf(
        TicketFilter,
        load_default=None,
        metadata={"description": "`open`: without an answer; `answered`: not closed; `overdue`: either of them."},
    )


class AnswerRatingSchema(WireSchema):
    """An answer, or its correction."""

    words = WrittenText(longest=LONGEST_WORDS, required=True, metadata={"examples": [ANSWER]})
    version = Count(
        least=1,
        most=1_000_000,
        required=True,
        metadata={"description": "`version` of the rating that you saw.", "examples": [1]},
    )


class CloseTicketSchema(WireSchema):
    """What was done."""

    measures = WrittenText(longest=LONGEST_WORDS, required=True, metadata={"examples": [MEASURES]})


def _number(example: float) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"examples": [example]})


class SatisfactionSchema(WireSchema):
    """How a venue was rated in the year up to yesterday; null for fewer than ten ratings."""

    venue_id = shown_id("ven")
    from_on = Day(data_key="from", required=True)
    to_on = Day(data_key="to", required=True)
    withheld = fields.Boolean(
        required=True, metadata={"description": "True for fewer than ten ratings, whose figures would tell of persons."}
    )
    count = shown(120, allow_none=True)
    average = _number(4.62)
    satisfaction_rate = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The share of levels 3 to 5, from 0 to 1.", "examples": [0.975]},
    )


class LevelCountSchema(WireSchema):
    """How often a level was given."""

    level = _level(required=True)
    count = shown(80)


class TagCountSchema(WireSchema):
    """How often a tag was given."""

    tag = OneOf(Tag, required=True)
    count = shown(41)


class RatingSummarySchema(SatisfactionSchema):
    """How a venue was rated between two days; null for fewer than ten ratings."""

    levels = Items(Part(LevelCountSchema), most=len(Level), required=True, allow_none=True)
    tags = Items(Part(TagCountSchema), most=len(Tag), required=True, allow_none=True)


class LevelWordsSchema(WireSchema):
    """A level in words."""

    level = _level(required=True)
    zh = shown("非常满意")
    en = shown("Very satisfied")
    tags = Items(OneOf(Tag), most=len(Tag), required=True, metadata={"description": "Those that it may have."})


class TagWordsSchema(WireSchema):
    """A tag in words."""

    tag = OneOf(Tag, required=True)
    zh = shown("指引清楚")
    en = shown("Clear signs")


class RatingWordsSchema(WireSchema):
    """All levels, the best first, and all tags."""

    levels = Items(Part(LevelWordsSchema), most=len(Level), required=True)
    tags = Items(Part(TagWordsSchema), most=len(Tag), required=True)
