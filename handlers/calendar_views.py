"""Calendars and opening days as the wire has them."""

from collections.abc import Iterable
from typing import Any

from services.calendars.drafted_effects import clock_text
from services.calendars.festivals import title_of
from services.calendars.matching import EFFECT_KIND_OF, KIND_OF
from services.calendars.model import Block, Blocks, Calendar, Condition, Dates, Effect, Rule, Session, Sessions
from services.calendars.resolving import DayPlan


def shown_calendar(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar."""
    return {**vars(calendar), "rules": [_rule(one) for one in calendar.rules]}


def shown_days(plans: Iterable[DayPlan]) -> dict[str, Any]:
    """Return days, and the years among them that nobody has published."""
    listed = list(plans)
    unpublished = {one.facts.date.year for one in listed if not one.facts.published}
    return {"items": [_day(one) for one in listed], "next": None, "unpublished_years": sorted(unpublished)}


def _rule(rule: Rule) -> dict[str, Any]:
    said = {**vars(rule), "when": _condition(rule.when), "what": _effect(rule.what)}
    return {name: value for name, value in said.items() if value is not None}


def _condition(when: Condition) -> dict[str, Any]:
    kind = KIND_OF[type(when)]
    if isinstance(when, Dates):
        return {"kind": kind, "dates": when.ranges}
    return {"kind": kind, **{name: value for name, value in vars(when).items() if value != ()}}


def _effect(what: Effect) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": EFFECT_KIND_OF[type(what)]}
    if isinstance(what, Sessions):
        said["sessions"] = [_session(one) for one in what.sessions]
    if isinstance(what, Blocks) and what.blocks:
        said["blocks"] = [_block(one) for one in what.blocks]
    return said


def _session(session: Session) -> dict[str, Any]:
    said = {**vars(session), "opens": clock_text(session.opens), "closes": clock_text(session.closes)}
    said["set_aside"] = [
        {name: value for name, value in vars(one).items() if value is not None} for one in session.set_aside
    ]
    return {name: value for name, value in said.items() if value is not None}


def _block(block: Block) -> dict[str, str]:
    return {"starts": clock_text(block.starts), "ends": clock_text(block.ends)}


def _day(plan: DayPlan) -> dict[str, Any]:
    facts, lunar = plan.facts, plan.facts.lunar
    return {
        "date": facts.date,
        "weekday": facts.date.isoweekday(),
        "lunar": {**vars(lunar), "text": lunar.text, "leap": lunar.is_leap},
        "festivals": [
            *({"name": one, "title": title_of(one)} for one in facts.lunar_festivals),
            *({"name": one, "title": title_of(one)} for one in facts.church_festivals),
        ],
        "public_holiday": facts.holiday,
        "makeup_workday": facts.is_makeup_workday,
        "state": plan.state,
        "why": plan.why,
        "rule": plan.rule,
        "sessions": [_session(one) for one in plan.sessions],
        "blocks": [_block(one) for one in plan.blocks],
    }
