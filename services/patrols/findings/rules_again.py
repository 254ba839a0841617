"""Re-inspections in whatever order they arrive, and the time that they give."""

from datetime import date, datetime, timedelta

from services.common.clock import city_day
from services.patrols.findings.model import Finding, ReinspectionRecord, Remedy

MOST_SECOND_DEADLINES = 2


def is_outdated(finding: Finding, record: ReinspectionRecord) -> bool:
    """Tell whether more is known than a re-inspection can tell: of the finding itself, or of a later look at it."""
    known = [finding.found_at, *(one.inspected_at for one in finding.reinspections)]
    return record.inspected_at < max(known)


def second_due_on(finding: Finding, now: datetime) -> date:
    """Return the deadline after NOT_FIXED: half the time again, rounded up and a day at least, never an earlier day.

    Twice at most: from the third time on, the deadline stays.
    """
    before = sum(one.remedy is Remedy.NOT_FIXED for one in finding.reinspections)
    if before >= MOST_SECOND_DEADLINES and finding.due_on is not None:
        return finding.due_on
    later = city_day(now) + timedelta(days=max(1, (finding.deadline_days + 1) // 2))
    return later if finding.due_on is None else max(later, finding.due_on)
