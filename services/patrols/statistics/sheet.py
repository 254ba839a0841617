"""Figures as lines of a spreadsheet: first all together, then by district, then by kind."""

from collections.abc import Sequence

from services.patrols.statistics.model import Figures, Tally
from services.tables.model import Head

HEADS = tuple(
    Head(name=name, title=title)
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
_NO_SITES = ("", "", "", "")


def lines_of(figures: Figures) -> list[list[str]]:
    """Return the lines below the head."""
    days = f"{figures.from_on.isoformat()} – {figures.to_on.isoformat()}"
    lines = [["total", "", days, "", *_NO_SITES, *_counts(figures.total)]]
    for one in figures.districts:
        seen = (one.sites, one.visited, one.check_ins, one.in_review)
        lines.append(["district", one.district_id, "", "", *map(str, seen), *_counts(one.findings)])
    for kind in figures.kinds:
        key = f"{kind.template_id}:{kind.question_id}"
        lines.append(["kind", key, kind.title, kind.severity.value, *_NO_SITES, *_counts(kind.findings)])
    return lines


def _counts(tally: Tally) -> Sequence[str]:
    days = (tally.median_days_to_close, tally.slowest_tenth_days)
    counted = (tally.found, tally.closed, tally.open, tally.overdue, tally.escalated, tally.withdrawn, tally.repeats)
    return [*map(str, counted), *("" if one is None else str(one) for one in days)]
