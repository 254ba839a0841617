"""What the log is told of findings: ids, codes, counts, days and digests, never a word that somebody wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.clock import IdSource
from services.patrols.findings.model import Effect, Extension, Finding, OwnerAnswer, Reinspected
from services.patrols.findings.rules_evidence import after_of, before_of
from services.patrols.model import PatrolEvent, PatrolEventKind
from services.patrols.plans.model import Task


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Who tells, and when: makes the events of one change."""

    ids: IdSource
    told_by: str
    at: datetime

    def opened(self, finding: Finding) -> PatrolEvent:
        """Tell of a new finding, PROPOSED or OPEN."""
        return self._event(
            PatrolEventKind.FINDING_OPENED,
            finding,
            check_in_id=finding.check_in_id,
            template_id=finding.template_id,
            template_number=finding.template_number,
            question_id=finding.question_id,
            severity=finding.severity.value,
            before=list(finding.before),
            found_at=finding.found_at.isoformat(),
            repeat_of=finding.repeat_of,
        )

    def confirmed(self, finding: Finding) -> PatrolEvent:
        """Tell that it stands after the review of its check-in."""
        return self._event(PatrolEventKind.FINDING_CONFIRMED, finding)

    def withdrawn(self, finding: Finding) -> PatrolEvent:
        """Tell that it was taken back, and why."""
        reason = None if finding.withdrawal is None else finding.withdrawal.value
        return self._event(PatrolEventKind.FINDING_WITHDRAWN, finding, reason=reason)

    def dispatched(self, finding: Finding) -> PatrolEvent:
        """Tell of a notice, or of another link to it."""
        notice = finding.notice
        return self._event(
            PatrolEventKind.FINDING_DISPATCHED,
            finding,
            notice=None if notice is None else notice.number,
            links=0 if notice is None else notice.links,
        )

    def extended(self, finding: Finding, extension: Extension) -> PatrolEvent:
        """Tell of another deadline."""
        return self._event(
            PatrolEventKind.FINDING_EXTENDED,
            finding,
            from_on=extension.from_on.isoformat(),
            reason=extension.reason.value,
        )

    def answered(self, finding: Finding, answer: OwnerAnswer, task_id: str | None) -> PatrolEvent:
        """Tell that the owner answered; `task_id` is the re-inspection that comes of it."""
        return self._event(
            PatrolEventKind.FINDING_ANSWERED,
            finding,
            answers=len(finding.answers),
            digest=answer.digest,
            photos=list(answer.photos),
            task_id=task_id,
        )

    def reinspected(self, change: Reinspected) -> tuple[PatrolEvent, ...]:
        """Tell of a re-inspection, and of the end if it was one; nothing where it had no effect."""
        if change.effect in {Effect.OVER_ALREADY, Effect.NOT_CONFIRMED}:
            return ()
        finding, record = change.finding, change.finding.reinspections[-1]
        told = self._event(
            PatrolEventKind.FINDING_REINSPECTED,
            finding,
            check_in_id=record.check_in_id,
            remedy=record.remedy.value,
            photos=list(record.photos),
        )
        return (told, self.closed(finding)) if change.effect is Effect.CLOSED else (told,)

    def escalated(self, finding: Finding) -> PatrolEvent:
        """Tell that the next level was told."""
        return self._event(PatrolEventKind.FINDING_ESCALATED, finding, level=finding.escalation.value)

    def called_off(self, task: Task) -> PatrolEvent:
        """Tell that a task to look after the finding is not needed any more."""
        because = None if task.cancelled_because is None else task.cancelled_because.value
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.TASK_CANCELLED,
            subject_id=task.id,
            site_id=task.site_id,
            occurred_at=self.at,
            told_by=self.told_by,
            data={"reason": because, "finding_id": task.origin_id},
        )

    def closed(self, finding: Finding) -> PatrolEvent:
        """Tell of the end after a re-inspection, and of the photos that prove it."""
        return self._event(
            PatrolEventKind.FINDING_CLOSED,
            finding,
            before=list(before_of(finding)),
            after=list(after_of(finding)),
        )

    def _event(self, kind: PatrolEventKind, finding: Finding, **data: Any) -> PatrolEvent:
        due_on = None if finding.due_on is None else finding.due_on.isoformat()
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=kind,
            subject_id=finding.id,
            site_id=finding.site_id,
            occurred_at=self.at,
            told_by=self.told_by,
            data={"state": finding.state.value, "version": finding.version, "due_on": due_on, **data},
        )
