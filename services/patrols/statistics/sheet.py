"""Figures as lines of a spreadsheet: first all together, then by district, then by kind."""

from collections.abc import Sequence

from services.patrols.checklists.model import Severity
from services.patrols.statistics.model import DistrictFigures, Figures, Tally
from services.tables.model import Head

_TEXTS = frozenset({"part", "key", "title", "severity"})
HEADS = tuple(
    Head(name=name, title=title, is_text=name in _TEXTS)
    for name, title in (
        ("part", "部分"),
        ("key", "编号"),
        ("title", "名称"),
        ("severity", "严重程度"),
        ("sites", "点位数"),
        ("visited", "已检查点位"),
        ("check_ins", "检查次数"),
        ("in_review", "待复核"),
        ("found", "发现问题"),
        ("closed", "已销号"),
        ("open", "未销号"),
        ("overdue", "逾期"),
        ("escalated", "曾升级督办"),
        ("withdrawn", "已撤销"),
        ("repeats", "重复发生"),
        ("median_days_to_close", "销号天数（中位数）"),
        ("slowest_tenth_days", "销号天数（最慢一成）"),
    )
)
_SEVERITIES = {Severity.MINOR: "一般", Severity.MAJOR: "较重", Severity.CRITICAL: "严重"}
_NO_SITES = ("", "", "", "")

Line = Sequence[str | float]


def lines_of(figures: Figures) -> list[Line]:
    """Return the lines below the head; counts are numbers, and what was not counted is empty."""
    days = f"{figures.from_on.isoformat()} – {figures.to_on.isoformat()}"
    # A site lies in one district, so that districts add up to what all together have.
    seen = [sum(column) for column in zip(*map(_seen, figures.districts), strict=True)] or [0, 0, 0, 0]
    lines: list[Line] = [["total", "", days, "", *seen, *_counts(figures.total)]]
    for one in figures.districts:
        lines.append(["district", one.district_id, one.district_name, "", *_seen(one), *_counts(one.findings)])
    for kind in figures.kinds:
        key = f"{kind.template_id}:{kind.question_id}"
        lines.append(["kind", key, kind.title, _SEVERITIES[kind.severity], *_NO_SITES, *_counts(kind.findings)])
    return lines


def _seen(one: DistrictFigures) -> tuple[int, int, int, int]:
    return one.sites, one.visited, one.check_ins, one.in_review


def _counts(tally: Tally) -> Line:
    days = (tally.median_days_to_close, tally.slowest_tenth_days)
    counted = (tally.found, tally.closed, tally.open, tally.overdue, tally.escalated, tally.withdrawn, tally.repeats)
    return [*counted, *("" if one is None else one for one in days)]
