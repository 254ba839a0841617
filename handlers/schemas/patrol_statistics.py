"""Figures about patrols."""

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, Text, WireSchema
from services.patrols.checklists.model import Severity
from services.patrols.sites.model import SiteKind

MOST_LINES = 10_000


class FiguresQuery(WireSchema):
    """Which figures: the last 30 days of all outlets in scope, where not said."""

    from_on = Day(data_key="from", load_default=None, metadata={"description": "The first day; at most 366 of them."})
    to_on = Day(data_key="to", load_default=None, metadata={"description": "The last day; today where not said."})
    district_id = Text(longest=6, shortest=6, pattern="[0-9]{6}", load_default=None)
    site_kind = OneOf(SiteKind, load_default=SiteKind.OUTLET)


def _days(example: float) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"examples": [example]})


class TallySchema(WireSchema):
    """Findings counted, by the day they were found. `escalated` and `repeats` count them whatever became of them."""

    found = shown(12)
    closed = shown(7)
    open = shown(4)
    overdue = shown(1)
    escalated = shown(1)
    withdrawn = shown(1)
    repeats = shown(2)
    median_days_to_close = _days(3.5)
    slowest_tenth_days = _days(9.0)


class DistrictFiguresSchema(WireSchema):
    """One district; `visited` are active sites with a check-in that was not rejected."""

    district_id = shown("310101")
    district_name = shown("黄浦区")
    district_name_en = shown("Huangpu")
    sites = shown(120)
    visited = shown(97)
    check_ins = shown(130)
    in_review = shown(3)
    findings = Part(TallySchema, required=True)


class KindFiguresSchema(WireSchema):
    """One question of a checklist."""

    template_id = shown_id("tpl")
    question_id = shown("licence-displayed")
    title = shown("未亮证经营")
    title_en = shown("Licence not displayed")
    severity = OneOf(Severity, required=True)
    findings = Part(TallySchema, required=True)


class FiguresSchema(WireSchema):
    """All figures; kinds with the most findings come first."""

    from_on = Day(required=True)
    to_on = Day(required=True)
    made_at = Instant(required=True)
    total = Part(TallySchema, required=True)
    districts = Items(Part(DistrictFiguresSchema), most=MOST_LINES, required=True)
    kinds = Items(Part(KindFiguresSchema), most=MOST_LINES, required=True)
