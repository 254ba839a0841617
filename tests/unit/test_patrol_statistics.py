"""How findings and visits are counted."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.patrols.checkins.model import CheckInState
from services.patrols.checklists.model import Severity
from services.patrols.findings.model import Escalation, Finding, FindingState
from services.patrols.sites.model import SiteKind
from services.patrols.statistics.model import Figures, Visit
from services.patrols.statistics.rules import by_district, by_kind, tally
from services.patrols.statistics.sheet import HEADS, lines_of
from tests.factories import NOW, new_id
from tests.patrols import make_finding

TODAY = date(2026, 11, 22)
NAMES = {"310101": ("黄浦区", "Huangpu")}


def visit(site_id: str, **changes: Any) -> Visit:
    one = Visit(id=new_id("chk"), site_id=site_id, district_id="310101", state=CheckInState.ACCEPTED, captured_at=NOW)
    return replace(one, **changes)


def closed_after(days: float) -> Finding:
    return make_finding(state=FindingState.CLOSED, found_at=NOW, closed_at=NOW + timedelta(days=days))


def test_what_waits_for_review_does_not_count() -> None:
    assert tally([make_finding(state=FindingState.PROPOSED)], TODAY).found == 0


def test_findings_are_counted_by_what_became_of_them() -> None:
    yesterday = TODAY - timedelta(days=1)
    findings = [
        make_finding(state=FindingState.OPEN, due_on=TODAY),
        make_finding(state=FindingState.DISPATCHED, due_on=yesterday, escalation=Escalation.DISTRICT),
        make_finding(state=FindingState.ANSWERED, due_on=yesterday, repeat_of="fnd_1"),
        make_finding(state=FindingState.WITHDRAWN, due_on=yesterday),
        make_finding(state=FindingState.CLOSED, due_on=yesterday, closed_at=NOW, found_at=NOW - timedelta(days=4)),
    ]
    counted = tally(findings, TODAY)
    assert (counted.found, counted.closed, counted.open, counted.withdrawn) == (5, 1, 3, 1)
    assert (counted.overdue, counted.escalated, counted.repeats) == (2, 1, 1)
    assert (counted.median_days_to_close, counted.slowest_tenth_days) == (4.0, 4.0)


def test_nothing_closed_takes_no_days() -> None:
    counted = tally([make_finding(state=FindingState.OPEN)], TODAY)
    assert (counted.median_days_to_close, counted.slowest_tenth_days) == (None, None)


def test_days_to_close_are_a_median_and_the_slowest_tenth() -> None:
    counted = tally([closed_after(days) for days in (1, 2, 3, 4, 100)], TODAY)
    assert counted.median_days_to_close == 3.0
    assert counted.slowest_tenth_days == 61.6


def test_a_district_counts_active_sites_once_and_no_rejected_visit() -> None:
    sites = {"310101": {"otl_1", "otl_2", "otl_3"}, "310115": {"otl_9"}}
    visits = [
        visit("otl_1"),
        visit("otl_1"),
        visit("otl_2", state=CheckInState.REJECTED),
        visit("otl_3", state=CheckInState.IN_REVIEW),
        visit("otl_closed"),
    ]
    first, second = by_district(
        sites, visits, [make_finding(district_id="310101", state=FindingState.OPEN)], TODAY, NAMES
    )
    assert (first.district_name, first.district_name_en, second.district_name) == ("黄浦区", "Huangpu", "")
    assert (first.district_id, first.sites, first.visited, first.check_ins, first.in_review) == ("310101", 3, 2, 4, 1)
    assert first.findings.open == 1
    assert (second.sites, second.visited, second.findings.found) == (1, 0, 0)


def test_kinds_come_with_the_most_findings_first_and_by_their_latest_words() -> None:
    old = make_finding(question_id="often", title="旧", found_at=NOW - timedelta(days=9), state=FindingState.OPEN)
    new = make_finding(question_id="often", title="新", found_at=NOW, state=FindingState.OPEN)
    rare = make_finding(question_id="rare", state=FindingState.OPEN)
    kinds = by_kind([rare, new, old], TODAY)
    assert [(kind.question_id, kind.title, kind.findings.found) for kind in kinds[:1]] == [("often", "新", 2)]
    assert kinds[1].question_id == "rare"


def test_the_sheet_has_words_for_people_and_numbers_to_add_up() -> None:
    finding = make_finding(state=FindingState.OPEN, site_kind=SiteKind.OUTLET, severity=Severity.CRITICAL)
    sites = {"310101": {"otl_1", "otl_2"}, "310115": {"otl_9"}}
    figures = Figures(
        from_on=TODAY,
        to_on=TODAY,
        made_at=NOW,
        total=tally([finding], TODAY),
        districts=by_district(sites, [visit("otl_1"), visit("otl_9", district_id="310115")], [finding], TODAY, NAMES),
        kinds=by_kind([finding], TODAY),
    )
    lines = lines_of(figures)
    assert {len(line) for line in lines} == {len(HEADS)}
    assert [line[0] for line in lines] == ["total", "district", "district", "kind"]
    total, first, _, kind = (dict(zip((head.name for head in HEADS), line, strict=True)) for line in lines)
    assert [total[name] for name in ("sites", "visited", "check_ins", "in_review", "found")] == [3, 2, 2, 0, 1]
    assert (first["title"], first["sites"], first["visited"]) == ("黄浦区", 2, 1)
    assert (kind["severity"], kind["sites"], kind["found"]) == ("严重", "", 1)
    assert total["median_days_to_close"] == ""
    assert {head.name for head in HEADS if head.is_text} == {"part", "key", "title", "severity"}


def test_a_sheet_of_nothing_counts_nothing() -> None:
    nothing = Figures(from_on=TODAY, to_on=TODAY, made_at=NOW, total=tally([], TODAY), districts=[], kinds=[])
    ((_, _, _, _, *counts),) = lines_of(nothing)
    assert counts == [0] * 11 + ["", ""]
