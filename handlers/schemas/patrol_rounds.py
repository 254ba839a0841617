"""Routine rounds."""

from handlers.schemas.common import identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, OneOf, Part, Text, WireSchema
from handlers.schemas.patrol_tasks import EXAMPLE_DAY
from services.patrols.plans.model import CancelReason, TaskingState
from services.patrols.sites.model import SiteKind

LONGEST_NAME = 60
MOST_DAYS = 366


def district_field() -> Text:
    """Return a field for the GB/T 2260 code of a district."""
    return Text(longest=6, shortest=6, pattern="[0-9]{6}", required=True, metadata={"examples": ["310101"]})


class PlanRoundSchema(WireSchema):
    """Which sites are visited, by which checklist, and when."""

    name = Text(longest=LONGEST_NAME, required=True, metadata={"examples": ["第四季度例行巡查"]})
    district_id = district_field()
    site_kind = OneOf(SiteKind, required=True)
    template_id = identifier("tpl", required=True)
    every_days = Count(
        least=1,
        most=MOST_DAYS,
        load_default=None,
        metadata={
            "description": "One visit in every so many days of the window; without it, one in all of it.",
            "examples": [30],
        },
    )
    from_on = Day(required=True, metadata=EXAMPLE_DAY)
    due_on = Day(required=True, metadata={"examples": ["2026-12-31"]})


class TaskingSchema(WireSchema):
    """How far the tasks are. `looked_at` exceeds `made` by the sites that were closed meanwhile."""

    state = OneOf(
        TaskingState,
        required=True,
        metadata={"description": "`making` and `ending` go on by themselves to `made` and `ended`."},
    )
    total = shown(120)
    looked_at = shown(120)
    made = shown(119)
    cancelled = shown(0)
    reason = OneOf(CancelReason, required=True, allow_none=True, metadata={"description": "Why it was called off."})


class RoundSchema(WireSchema):
    """A routine round."""

    id = shown_id("rnd")
    name = shown("第四季度例行巡查")
    district_id = shown("310101")
    site_kind = OneOf(SiteKind, required=True)
    template_id = shown_id("tpl")
    every_days = Count(least=1, most=MOST_DAYS, required=True, allow_none=True)
    from_on = Day(required=True)
    due_on = Day(required=True)
    sites = shown(120)
    inspectors = shown(6)
    tasks = Part(TaskingSchema, required=True)
    planned_at = Instant(required=True)
    planned_by = shown_id("stf")


RoundPageSchema = page_schema(RoundSchema, "RoundPageSchema")
