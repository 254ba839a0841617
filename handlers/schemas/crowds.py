"""How many people a venue may hold, who was counted, and when it was told that many are inside."""

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, Items, OneOf, Part, WireSchema, WrittenText
from services.admissions.crowds.model import CrowdChange
from services.admissions.crowds.reading import MOST_ALERTS

MOST_PEOPLE = 1_000_000
MOST_LEVELS = 5
LONGEST_REASON = 200
REASON = "侧门未计离场，清点后更正"


class GatePolicyWishSchema(WireSchema):
    """What a venue is to demand at its gates. Every field has to be named: what is left out is not taken to be none."""

    version = Count(
        least=0,
        most=1_000_000,
        required=True,
        metadata={"description": "Of the policy as you have read it.", "examples": [0]},
    )
    ceiling = Count(
        least=1,
        most=MOST_PEOPLE,
        required=True,
        allow_none=True,
        metadata={"description": "How many may be inside at once; null: no bound.", "examples": [800]},
    )
    alert_at = Items(
        Count(least=1, most=200),
        most=MOST_LEVELS,
        required=True,
        metadata={
            "description": "Percents of the ceiling: the venue's people are told when so many are inside. "
            "With `ceiling` null, never.",
            "examples": [[80, 100]],
        },
    )


class GatePolicySchema(WireSchema):
    """What a venue demands at its gates."""

    venue_id = shown_id("ven")
    version = shown(1)
    ceiling = shown(800, allow_none=True)
    alert_at = Items(fields.Integer(), most=MOST_LEVELS, required=True, metadata={"examples": [[80, 100]]})


class RecountWishSchema(WireSchema):
    """How many are inside, as somebody has counted."""

    inside = Count(least=0, most=MOST_PEOPLE, required=True, metadata={"examples": [312]})
    reason = WrittenText(
        longest=LONGEST_REASON,
        required=True,
        metadata={"description": "Why the gates had it wrong. No names.", "examples": [REASON]},
    )


class RecountSchema(WireSchema):
    """What was put right."""

    venue_id = shown_id("ven")
    day = Day(required=True)
    before = fields.Integer(
        required=True, metadata={"description": "What the gates had counted; below 0 where people came in unseen."}
    )
    inside = shown(312)
    reason = shown(REASON)
    counted_at = Instant(required=True)


class CrowdAlertsQuery(WireSchema):
    """Which day."""

    on = Day(load_default=None, metadata={"description": "A day of the city; default: today."})


class CrowdAlertSchema(WireSchema):
    """That a venue came to another level."""

    venue_id = shown_id("ven")
    day = Day(required=True)
    number = fields.Integer(required=True, metadata={"description": "Counts the alerts of the day.", "examples": [1]})
    level = fields.Integer(
        required=True,
        metadata={"description": "In percent of the ceiling; 0: below all that are told.", "examples": [80]},
    )
    change = OneOf(CrowdChange, required=True)
    inside = shown(645)
    ceiling = shown(800)
    noticed_at = Instant(required=True)


class CrowdAlertsSchema(WireSchema):
    """A day's alerts of a venue."""

    items = Items(Part(CrowdAlertSchema), most=MOST_ALERTS, required=True)
