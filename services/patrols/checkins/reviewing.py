"""Reviewing: a person decides about a check-in that was in doubt, and what waited for that takes effect."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.patrols.checkins.applying import Applied, apply_reinspections, statuses_after
from services.patrols.checkins.earlier import EarlierFindings
from services.patrols.checkins.errors import CheckInReviewed, ReviewNotYours
from services.patrols.checkins.model import CheckIn, CheckInState, ReinspectionEffect, Review
from services.patrols.checkins.ports import FindingReads, StatusReads, TaskReads
from services.patrols.checkins.reading import CheckIns
from services.patrols.findings.ending import called_off
from services.patrols.findings.model import Finding, FindingState, Withdrawal
from services.patrols.findings.rules import confirm, withdraw
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind, Versioned
from services.patrols.plans.model import Task, TaskState
from services.patrols.recording import Recording


@dataclass(frozen=True, kw_only=True)
class ReviewCheckIn:
    """What somebody decides: whether the visit counts, and why; the reason stays out of the log."""

    actor: Actor
    check_in_id: str
    accepted: bool
    reason: str
    request: IdempotentRequest | None


class Reviewing:
    """Takes the decisions of reviewers."""

    def __init__(
        self,
        *,
        recording: Recording,
        check_ins: CheckIns,
        findings: FindingReads,
        earlier: EarlierFindings,
        tasks: TaskReads,
        statuses: StatusReads,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._recording = recording
        self._check_ins = check_ins
        self._findings = findings
        self._earlier = earlier
        self._tasks = tasks
        self._statuses = statuses
        self._clock = clock
        self._ids = ids

    async def review(self, command: ReviewCheckIn) -> CheckIn:
        """Decide about a check-in.

        Accepting confirms its findings and lets its re-inspections count; rejecting withdraws its findings and opens
        its task again. Raises CheckInUnknown, ReviewNotYours, CheckInReviewed.
        """

        async def read(check_in_id: str) -> CheckIn:
            return await self._check_ins.get(command.actor, check_in_id)

        async def work() -> Draft[CheckIn]:
            check_in = await read(command.check_in_id)
            if check_in.inspector_id == command.actor.id:
                raise ReviewNotYours
            if check_in.state is not CheckInState.IN_REVIEW:
                raise CheckInReviewed
            found = await self._findings.several(check_in.finding_ids)
            proposed = [one for one in found.values() if one.state is FindingState.PROPOSED]
            if command.accepted:
                return await self._accept(command, check_in, proposed)
            return await self._reject(command, check_in, proposed)

        return await self._recording.settle(work, repeat=command.request, read=read)

    async def _accept(self, command: ReviewCheckIn, check_in: CheckIn, proposed: Sequence[Finding]) -> Draft[CheckIn]:
        now, teller = self._clock.now(), self._teller(command)
        judged = await self._earlier.judged(check_in.reinspections)
        applied = apply_reinspections(check_in, judged, now)
        needless = called_off(applied.needless, teller)
        confirmed = [confirm(finding, now) for finding in proposed]
        decided = self._decided(command, check_in, CheckInState.ACCEPTED, applied)
        present = (await self._statuses.statuses([check_in.site_id])).get(check_in.site_id)
        statuses = statuses_after(decided, present, judged, len(confirmed), applied.closed)
        records: list[Versioned] = [decided, *confirmed, *applied.findings, *needless.records, *statuses]
        events = [
            self._told(decided),
            *(teller.confirmed(finding) for finding in confirmed),
            *(event for change in applied.changes for event in teller.reinspected(change)),
            *needless.events,
        ]
        return _draft(command, records, events, decided)

    async def _reject(self, command: ReviewCheckIn, check_in: CheckIn, proposed: Sequence[Finding]) -> Draft[CheckIn]:
        now, teller = self._clock.now(), self._teller(command)
        withdrawn = [
            withdraw(finding, reason=Withdrawal.CHECK_IN_REJECTED, by=command.actor.id, now=now) for finding in proposed
        ]
        nothing = Applied(effects=tuple(ReinspectionEffect.NONE for _ in check_in.reinspections))
        decided = self._decided(command, check_in, CheckInState.REJECTED, nothing)
        task = None if check_in.task_id is None else await self._tasks.find(check_in.task_id)
        again = None if task is None else _opened_again(task, check_in)
        records: list[Versioned] = [decided, *withdrawn, *([] if again is None else [again])]
        events = [self._told(decided), *(teller.withdrawn(finding) for finding in withdrawn)]
        return _draft(command, records, events, decided)

    def _teller(self, command: ReviewCheckIn) -> Teller:
        return Teller(ids=self._ids, told_by=command.actor.id, at=self._clock.now())

    def _decided(self, command: ReviewCheckIn, check_in: CheckIn, state: CheckInState, applied: Applied) -> CheckIn:
        review = Review(
            accepted=command.accepted,
            reason=command.reason,
            reviewed_by=command.actor.id,
            reviewed_at=self._clock.now(),
        )
        return replace(check_in, state=state, review=review, effects=applied.effects, version=check_in.version + 1)

    def _told(self, decided: CheckIn) -> PatrolEvent:
        review = decided.review
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=PatrolEventKind.CHECK_IN_REVIEWED,
            subject_id=decided.id,
            site_id=decided.site_id,
            occurred_at=decided.received_at if review is None else review.reviewed_at,
            told_by=decided.inspector_id if review is None else review.reviewed_by,
            data={
                "state": decided.state.value,
                "presence": decided.presence.score,
                "findings": list(decided.finding_ids),
                "task_id": decided.task_id,
            },
        )


def _opened_again(task: Task, check_in: CheckIn) -> Task | None:
    """Return the task as it was before a visit that does not count, unless another one has done it."""
    if task.check_in_id != check_in.id or task.state is not TaskState.DONE:
        return None
    return replace(task, state=TaskState.OPEN, check_in_id=None, done_at=None, version=task.version + 1)


def _draft(
    command: ReviewCheckIn, records: Sequence[Versioned], events: Sequence[PatrolEvent], decided: CheckIn
) -> Draft[CheckIn]:
    return Draft(
        records=tuple(records),
        events=tuple(events),
        answer=decided,
        repeat=command.request,
        answer_id=decided.id,
    )
