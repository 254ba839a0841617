"""What becomes of a submission: the check-in, its findings, its task and its site's standing, as one draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.common.clock import IdSource, city_day
from services.patrols.checkins.applying import Applied, apply_reinspections, statuses_after
from services.patrols.checkins.earlier import Past
from services.patrols.checkins.gathering import World
from services.patrols.checkins.model import (
    CheckIn,
    CheckInState,
    Circumstance,
    CoordinateSystem,
    Fix,
    KnownSubmission,
    ReinspectionEffect,
    Submission,
)
from services.patrols.checkins.rules_presence import PhotoEvidence, Visit, Whereabouts, presence, suffices
from services.patrols.checkins.rules_scope import is_of_its_checklist
from services.patrols.checkins.rules_submission import photos_of, submission_key
from services.patrols.checkins.rules_times import VisitTimes, impossible_notes
from services.patrols.checklists.model import Failed, Outcome, TemplateState
from services.patrols.findings.ending import called_off
from services.patrols.findings.model import Finding, FindingState, Remedy
from services.patrols.findings.model import Visit as FoundBy
from services.patrols.findings.rules import open_finding
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind, Versioned
from services.patrols.plans.model import Task, TaskState
from services.patrols.plans.rules import complete
from services.patrols.sites.model import SiteState
from services.photos.model import Photo
from services.venues.coordinates import to_gcj02
from services.venues.model import GeoPoint


@dataclass(frozen=True, kw_only=True)
class Received:
    """A submission as it came: who sent it, when it was received, and when the visit was."""

    said: Submission
    inspector_id: str
    received_at: datetime
    times: VisitTimes
    fingerprint: str


def decide(received: Received, world: World, outcome: Outcome | None, past: Past, ids: IdSource) -> Draft[CheckIn]:
    """Return everything that a new submission changes; nothing is refused here any more.

    Without an outcome, only findings were re-inspected.
    """
    said, times = received.said, received.times
    visit_id = ids.new("chk")
    judged = presence(_visit(received, world))
    state = CheckInState.ACCEPTED if suffices(judged) else CheckInState.IN_REVIEW
    failed = () if outcome is None else outcome.failed
    standing = _standing(said, past)
    new = [one for one in failed if one.question.id not in standing]
    findings = _findings(received, world, new, past.repeats, visit_id, state, ids)
    task, task_circumstances = _task(received, world, visit_id)
    plate = None if world.plate is None else world.plate.plate
    check_in = CheckIn(
        id=visit_id,
        submission_id=said.submission_id,
        inspector_id=received.inspector_id,
        site_id=world.site.id,
        site_kind=world.site.kind,
        district_id=world.site.district_id,
        template_id=said.template_id,
        template_number=said.template_number,
        task_id=said.task_id,
        plate_id=None if plate is None else plate.id,
        plate_verdict=None if world.plate is None else world.plate.verdict,
        started_at=times.started_at,
        captured_at=times.captured_at,
        received_at=received.received_at,
        clock_skew_s=times.skew_s,
        position=None if said.fix is None else position_of(said.fix),
        accuracy_m=None if said.fix is None else said.fix.accuracy_m,
        presence=judged,
        circumstances=(*_circumstances(said, world), *task_circumstances, *times.circumstances),
        state=state,
        result=None if outcome is None else outcome.result,
        answers=said.answers,
        reinspections=said.reinspections,
        photos=photos_of(said),
        finding_ids=tuple(finding.id for finding in findings),
        review=None,
        contradictions=0,
        fingerprint=received.fingerprint,
        seen_by=world.site.seen_by,
        version=1,
        effects=tuple(ReinspectionEffect.WAITING for _ in said.reinspections),
        standing_ids=tuple(standing[one.question.id] for one in failed if one.question.id in standing),
    )
    applied = Applied()
    if state is CheckInState.ACCEPTED:
        applied = apply_reinspections(check_in, world.judged, received.received_at)
        check_in = replace(check_in, effects=applied.effects)
    teller = Teller(ids=ids, told_by=received.inspector_id, at=received.received_at)
    known = KnownSubmission(
        id=submission_key(received.inspector_id, said.submission_id),
        check_in_id=visit_id,
        fingerprint=received.fingerprint,
        version=1,
    )
    needless = called_off([one for one in applied.needless if task is None or one.id != task.id], teller)
    records: list[Versioned] = [check_in, known, *findings, *applied.findings, *needless.records]
    records += [] if task is None else [task]
    if state is CheckInState.ACCEPTED:
        records += statuses_after(check_in, world.status, world.judged, len(findings), applied.closed)
    events = (
        _received(check_in, world, ids),
        *(teller.opened(finding) for finding in findings),
        *(event for change in applied.changes for event in teller.reinspected(change)),
        *needless.events,
    )
    return Draft(records=tuple(records), events=events, answer=check_in)


def _standing(said: Submission, past: Past) -> Mapping[str, str]:
    """Return the findings that stand already, by question, but for those that this very visit calls put right."""
    fixed = {one.finding_id for one in said.reinspections if one.remedy is Remedy.FIXED}
    return {question: finding_id for question, finding_id in past.standing.items() if finding_id not in fixed}


def position_of(fix: Fix) -> GeoPoint:
    """Return a fix in GCJ-02."""
    return GeoPoint(lng=fix.lng, lat=fix.lat) if fix.system is CoordinateSystem.GCJ02 else to_gcj02(fix.lng, fix.lat)


def _visit(received: Received, world: World) -> Visit:
    said, times = received.said, received.times
    found = None
    if said.fix is not None:
        found = Whereabouts(
            position=position_of(said.fix),
            accuracy_m=said.fix.accuracy_m,
            mocked=said.fix.mocked,
            age=said.captured_at - said.fix.at,
        )
    return Visit(
        site=world.site.position,
        found=found,
        plate=None if world.plate is None else world.plate.verdict,
        plate_elsewhere=world.plate_elsewhere,
        started_at=times.started_at,
        captured_at=times.captured_at,
        neighbours=world.neighbours,
        photos=[photo_evidence(world.photos.get(one), one in world.photos_used) for one in photos_of(said)],
        clock=(*times.notes, *impossible_notes(times.captured_at, world.possible_from)),
    )


def photo_evidence(photo: Photo | None, used_before: bool) -> PhotoEvidence:  # noqa: FBT001 -- a fact, no switch
    """Return what a photo says by itself, as far as it is there."""
    where = None if photo is None else photo.taken_where
    return PhotoEvidence(
        taken_at=None if photo is None else photo.taken_at,
        lng=None if where is None else where.lng,
        lat=None if where is None else where.lat,
        used_before=used_before,
    )


def _findings(
    received: Received,
    world: World,
    new: Sequence[Failed],
    repeats: Mapping[str, str],
    visit_id: str,
    state: CheckInState,
    ids: IdSource,
) -> Sequence[Finding]:
    visit = FoundBy(
        check_in_id=visit_id,
        template_id=received.said.template_id,
        template_number=received.said.template_number,
        inspector_id=received.inspector_id,
        found_at=received.times.captured_at,
    )
    return [
        open_finding(
            finding_id=ids.new("fnd"),
            failed=failed,
            visit=visit,
            site=world.site,
            repeat_of=repeats.get(failed.question.id),
            state=FindingState.OPEN if state is CheckInState.ACCEPTED else FindingState.PROPOSED,
            now=received.received_at,
        )
        for failed in new
    ]


def _circumstances(said: Submission, world: World) -> Sequence[Circumstance]:
    task, held = world.task, []
    if world.site.id != world.named_site_id:
        held.append(Circumstance.SITE_MERGED)
    if world.site.state is SiteState.CLOSED:
        held.append(Circumstance.SITE_CLOSED)
    if world.elsewhere or (task is not None and not _is_there(task, world)):
        held.append(Circumstance.SITE_ELSEWHERE)
    if world.template.state is TemplateState.RETIRED:
        held.append(Circumstance.TEMPLATE_RETIRED)
    if said.template_number < world.template.latest:
        held.append(Circumstance.TEMPLATE_SUPERSEDED)
    if said.fix is None:
        held.append(Circumstance.POSITION_MISSING)
    return held


def _is_there(task: Task, world: World) -> bool:
    return task.site_id in {world.site.id, world.named_site_id}


def _task(received: Received, world: World, visit_id: str) -> tuple[Task | None, Sequence[Circumstance]]:
    """Return the task as done, if this visit does it, and what was unusual about it."""
    task, captured_at = world.task, received.times.captured_at
    if task is None or not _is_there(task, world):
        return None, ()
    if task.assignees and received.inspector_id not in task.assignees:
        return None, (Circumstance.TASK_OF_OTHERS,)
    if task.state is TaskState.CANCELLED:
        return None, (Circumstance.TASK_CANCELLED,)
    if task.state is TaskState.DONE:
        return None, (Circumstance.TASK_DONE_ALREADY,)
    if not is_of_its_checklist(task, received.said):
        return None, (Circumstance.TEMPLATE_OTHER,)
    overdue = city_day(captured_at) > task.due_on
    return complete(task, visit_id, captured_at), (Circumstance.TASK_OVERDUE,) if overdue else ()


def _received(check_in: CheckIn, world: World, ids: IdSource) -> PatrolEvent:
    return PatrolEvent(
        id=ids.new("evt"),
        kind=PatrolEventKind.CHECK_IN_RECEIVED,
        subject_id=check_in.id,
        site_id=check_in.site_id,
        occurred_at=check_in.received_at,
        told_by=check_in.inspector_id,
        data={
            "content": check_in.fingerprint,
            "named_site_id": world.named_site_id,
            "template_id": check_in.template_id,
            "template_number": check_in.template_number,
            "task_id": check_in.task_id,
            "plate_id": check_in.plate_id,
            "plate": None if check_in.plate_verdict is None else check_in.plate_verdict.value,
            "plate_elsewhere": world.plate_elsewhere,
            "captured_at": check_in.captured_at.isoformat(),
            "presence": check_in.presence.score,
            "circumstances": [one.value for one in check_in.circumstances],
            "state": check_in.state.value,
            "result": None if check_in.result is None else check_in.result.value,
            "findings": list(check_in.finding_ids),
            "standing": list(check_in.standing_ids),
            "photos": list(check_in.photos),
        },
    )
