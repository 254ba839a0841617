"""What a check-in that counts does to earlier findings and to how its site stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.patrols.checkins.model import CheckIn, Reinspection, ReinspectionEffect
from services.patrols.findings.errors import EvidenceMissing
from services.patrols.findings.model import Effect, Finding, FindingState, Reinspected, ReinspectionRecord
from services.patrols.findings.rules import reinspect
from services.patrols.sites.model import SiteStatus

CHANGING = frozenset({Effect.CLOSED, Effect.SENT_BACK})


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What came of the re-inspections of a check-in: one effect for each of them, and the findings that changed."""

    changes: tuple[Reinspected, ...] = ()
    effects: tuple[ReinspectionEffect, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings as they will be."""
        return tuple(change.finding for change in self.changes)

    @property
    def closed(self) -> int:
        """How many no longer stand."""
        return sum(finding.state is FindingState.CLOSED for finding in self.findings)


def apply_reinspections(check_in: CheckIn, findings: Mapping[str, Finding], now: datetime) -> Applied:
    """Return what the re-inspections of a check-in do; one that cannot have an effect is kept, and says why."""
    changes, effects = [], []
    for said in check_in.reinspections:
        changed, effect = _reinspected(check_in, said, findings.get(said.finding_id), now)
        effects.append(effect)
        changes += [] if changed is None else [changed]
    return Applied(changes=tuple(changes), effects=tuple(effects))


def _reinspected(
    check_in: CheckIn, said: Reinspection, finding: Finding | None, now: datetime
) -> tuple[Reinspected | None, ReinspectionEffect]:
    if finding is None:
        return None, ReinspectionEffect.NONE
    if finding.site_id != check_in.site_id:
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
        changed = reinspect(finding, record, now)
    except EvidenceMissing:  # the visit is kept all the same; only the finding stays open
        return None, ReinspectionEffect.EVIDENCE_MISSING
    return changed if changed.effect in CHANGING else None, ReinspectionEffect(changed.effect.value)


def status_after(check_in: CheckIn, present: SiteStatus | None, more_findings: int) -> SiteStatus | None:
    """Return how the site stands after a check-in that counts, None where that changes nothing.

    Only the latest visit tells how a site is, whatever the order in which they arrive.
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
    if before.last_checked_at is None or check_in.captured_at > before.last_checked_at:
        after = replace(
            after,
            last_check_in_id=check_in.id,
            last_checked_at=check_in.captured_at,
            last_result=check_in.result,
        )
    return None if after == before else replace(after, version=before.version + 1)
