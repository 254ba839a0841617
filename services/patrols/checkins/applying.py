"""What a check-in that counts does to earlier findings and to how its site stands."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from services.patrols.checkins.earlier import Judged
from services.patrols.checkins.model import CheckIn, Reinspection, ReinspectionEffect
from services.patrols.findings.ending import with_fewer
from services.patrols.findings.errors import EvidenceMissing
from services.patrols.findings.model import Effect, Finding, FindingState, Reinspected, ReinspectionRecord
from services.patrols.findings.rules import reinspect
from services.patrols.plans.model import Task
from services.patrols.sites.model import SiteStatus

CHANGING = frozenset({Effect.CLOSED, Effect.AWAITING_PHOTOS, Effect.SENT_BACK})


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What came of the re-inspections of a check-in: one effect for each of them, and the findings that changed.

    `needless` are the open tasks of those that are closed.
    """

    changes: tuple[Reinspected, ...] = ()
    effects: tuple[ReinspectionEffect, ...] = ()
    needless: tuple[Task, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings as they will be."""
        return tuple(change.finding for change in self.changes)

    @property
    def closed(self) -> Counter[str]:
        """How many no longer stand, by the site they were found at."""
        return Counter(finding.site_id for finding in self.findings if finding.state is FindingState.CLOSED)


def apply_reinspections(check_in: CheckIn, judged: Judged, now: datetime) -> Applied:
    """Return what the re-inspections of a check-in do; one that cannot have an effect is kept, and says why."""
    changes, effects = [], []
    for said in check_in.reinspections:
        changed, effect = _reinspected(check_in, said, judged, now)
        effects.append(effect)
        changes += [] if changed is None else [changed]
    over = [change.finding.id for change in changes if change.finding.state is FindingState.CLOSED]
    needless = [task for finding_id in over for task in judged.tasks.get(finding_id, ())]
    return Applied(changes=tuple(changes), effects=tuple(effects), needless=tuple(needless))


def _reinspected(
    check_in: CheckIn, said: Reinspection, judged: Judged, now: datetime
) -> tuple[Reinspected | None, ReinspectionEffect]:
    finding = judged.findings.get(said.finding_id)
    if finding is None:
        return None, ReinspectionEffect.NONE
    if check_in.site_id not in {finding.site_id, judged.places.get(finding.id)}:
        return None, ReinspectionEffect.ELSEWHERE
    record = ReinspectionRecord(
        check_in_id=check_in.id,
        remedy=said.remedy,
        note=said.note,
        photos=said.photos,
        inspected_at=check_in.captured_at,
        inspector_id=check_in.inspector_id,
    )
    try:
        changed = reinspect(finding, record, now, ready=judged.ready)
    except EvidenceMissing:  # the visit is kept all the same; only the finding stays open
        return None, ReinspectionEffect.EVIDENCE_MISSING
    return changed if changed.effect in CHANGING else None, ReinspectionEffect(changed.effect.value)


def statuses_after(
    check_in: CheckIn, present: SiteStatus | None, judged: Judged, opened: int, closed: Counter[str]
) -> tuple[SiteStatus, ...]:
    """Return how sites stand after a check-in that counts: its own, and those that were merged into it."""
    own = status_after(check_in, present, opened - closed[check_in.site_id])
    merged = [
        with_fewer(judged.statuses[site_id], count)
        for site_id, count in closed.items()
        if site_id != check_in.site_id and site_id in judged.statuses
    ]
    return (*merged, *(() if own is None else (own,)))


def status_after(check_in: CheckIn, present: SiteStatus | None, more_findings: int) -> SiteStatus | None:
    """Return how the site stands after a check-in that counts, None where that changes nothing.

    Only the latest visit tells how a site is, whatever the order in which they arrive, and only one with answers.
    """
    before = present or SiteStatus(
        id=check_in.site_id,
        kind=check_in.site_kind,
        district_id=check_in.district_id,
        seen_by=check_in.seen_by,
        last_check_in_id=None,
        last_checked_at=None,
        last_result=None,
        open_findings=0,
        version=0,
    )
    after = replace(before, open_findings=max(0, before.open_findings + more_findings))
    is_latest = before.last_checked_at is None or check_in.captured_at > before.last_checked_at
    if check_in.result is not None and is_latest:
        after = replace(
            after,
            last_check_in_id=check_in.id,
            last_checked_at=check_in.captured_at,
            last_result=check_in.result,
        )
    return None if after == before else replace(after, version=before.version + 1)
