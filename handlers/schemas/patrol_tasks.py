"""Tasks, the calendar, and coverage."""

from marshmallow import fields

from handlers.schemas.common import EXAMPLE_ULID, ID_CHARACTERS, PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, Text, WireSchema
from services.patrols.plans.model import CancelReason, TaskKind, TaskState
from services.patrols.sites.model import SiteKind

SITE_ID = r"(otl|ven)_[0-9A-HJKMNP-TV-Z]{26}"
EXAMPLE_SITE = {"examples": [f"otl_{EXAMPLE_ULID}"]}
MOST_ASSIGNEES = 10
EXAMPLE_DAY = {"examples": ["2026-12-01"]}


def site_field() -> Text:
    """Return a field for the id of an outlet or a venue."""
    return Text(required=True, longest=ID_CHARACTERS, pattern=SITE_ID, metadata=EXAMPLE_SITE)


class TaskSchema(WireSchema):
    """A visit to be made."""

    id = shown_id("tsk")
    kind = OneOf(TaskKind, required=True)
    site_id = shown_id("otl")
    site_kind = OneOf(SiteKind, required=True)
    template_id = shown_id("tpl")
    assignees = Items(shown_id("stf"), most=MOST_ASSIGNEES, required=True)
    from_on = Day(required=True)
    due_on = Day(required=True)
    overdue = fields.Boolean(required=True, metadata={"description": "Still open after its last day."})
    state = OneOf(TaskState, required=True)
    origin_id = shown_id("rnd")
    check_in_id = shown_id("chk", allow_none=True)
    done_at = Instant(required=True, allow_none=True)
    cancelled_because = OneOf(CancelReason, required=True, allow_none=True)
    district_id = shown("310101")
    created_at = Instant(required=True)


TaskPageSchema = page_schema(TaskSchema, "TaskPageSchema")


class TaskQuery(PageQuery):
    """Which tasks are looked for."""

    state = OneOf(TaskState, load_default=None)
    kind = OneOf(TaskKind, load_default=None)
    site_id = Text(longest=ID_CHARACTERS, pattern=SITE_ID, load_default=None, metadata=EXAMPLE_SITE)
    due_from = Day(load_default=None, metadata=EXAMPLE_DAY)
    due_to = Day(load_default=None, metadata=EXAMPLE_DAY)
    overdue = fields.Boolean(
        load_default=None,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "wrong_type: true or false"},
        metadata={"description": "Only those still open after their last day, or only all others."},
    )


def assignees_field() -> Items:
    """Return a field for the accounts of inspectors; an empty list means any of the district."""
    return Items(identifier("stf"), most=MOST_ASSIGNEES, required=True)


class AssignTaskSchema(WireSchema):
    """A site to be visited."""

    site_id = site_field()
    template_id = identifier("tpl", required=True)
    assignees = assignees_field()
    from_on = Day(required=True, metadata=EXAMPLE_DAY)
    due_on = Day(required=True, metadata=EXAMPLE_DAY)


class CancellationSchema(WireSchema):
    """Why something is called off."""

    reason = OneOf(CancelReason, required=True)


class ReassignmentSchema(WireSchema):
    """Who is to do it instead."""

    assignees = assignees_field()


class CalendarQuery(WireSchema):
    """Which days are looked at, both included: at most 92."""

    first = Day(required=True, data_key="from", metadata=EXAMPLE_DAY)
    last = Day(required=True, data_key="to", metadata=EXAMPLE_DAY)


class CalendarDaySchema(WireSchema):
    """The tasks due on a day: all that are not cancelled, those done, and those still open though the day is over."""

    on = Day(required=True)
    due = shown(12)
    done = shown(9)
    overdue = shown(1)


class CalendarSchema(WireSchema):
    """One entry for each day."""

    items = Items(Part(CalendarDaySchema), most=92, required=True)


class CoverageQuery(PageQuery):
    """Which sites, and which days, both included: at most 366."""

    district_id = Text(longest=6, shortest=6, pattern="[0-9]{6}", required=True, metadata={"examples": ["310101"]})
    site_kind = OneOf(SiteKind, load_default=SiteKind.OUTLET)
    first = Day(required=True, data_key="from", metadata=EXAMPLE_DAY)
    last = Day(required=True, data_key="to", metadata=EXAMPLE_DAY)


class UnvisitedSchema(WireSchema):
    """An active site that was not visited in those days."""

    site_id = shown_id("otl")
    name = shown("示例餐厅")
    last_checked_at = Instant(required=True, allow_none=True, metadata={"description": "Null: it never was."})


UnvisitedPageSchema = page_schema(UnvisitedSchema, "UnvisitedPageSchema")


class CoverageSchema(WireSchema):
    """How many of the active sites of a district were visited."""

    sites = shown(120)
    visited = shown(90)
    share = fields.Float(required=True, allow_none=True, metadata={"examples": [0.75]})
    unvisited = Part(UnvisitedPageSchema, required=True)
