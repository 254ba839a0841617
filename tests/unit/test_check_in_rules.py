"""What becomes of a submission: its times, its state, its findings, its task and its site's standing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from services.common.clock import city_day
from services.patrols.checkins.applying import status_after
from services.patrols.checkins.earlier import Past
from services.patrols.checkins.errors import SubmissionInvalid
from services.patrols.checkins.model import CheckIn, CheckInState, Circumstance, Reinspection
from services.patrols.checkins.rules_submission import MOST_PHOTOS, content_of, ensure_usable, photos_of
from services.patrols.checkins.rules_times import visit_times
from services.patrols.checklists.model import Answer, TemplateState
from services.patrols.findings.model import Finding, FindingState, Remedy
from services.patrols.model import Draft, PatrolEventKind
from services.patrols.plans.model import Task, TaskState
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import CheckResult, SiteState, SiteStatus
from tests.check_ins import (
    PHOTO,
    RECEIVED,
    decided,
    make_fix,
    make_site,
    make_submission,
    make_task,
    make_template,
    make_world,
    scanned,
)

FAILED = Answer(question_id="displayed", value=False, photos=(PHOTO,))
HOUR = timedelta(hours=1)

T = TypeVar("T")


def record(draft: Draft[CheckIn], kind: type[T]) -> T:
    (found,) = [one for one in draft.records if isinstance(one, kind)]
    return found


def missing(draft: Draft[CheckIn], kind: type[object]) -> bool:
    return not any(isinstance(one, kind) for one in draft.records)


def test_a_good_visit_is_accepted_and_tells_how_the_site_is() -> None:
    world = make_world()
    draft = decided(make_submission(), world)
    check_in, status = draft.answer, record(draft, SiteStatus)
    assert (check_in.state, check_in.result, check_in.circumstances) == (CheckInState.ACCEPTED, CheckResult.PASSED, ())
    assert (status.id, status.last_check_in_id, status.version) == (world.site.id, check_in.id, 1)
    assert [event.kind for event in draft.events] == [PatrolEventKind.CHECK_IN_RECEIVED]
    told = repr(draft.events[0].data)
    assert "121.47" not in told
    assert "示例" not in told


def test_findings_of_a_visit_in_review_are_only_proposed() -> None:
    said = make_submission(answers=(FAILED,))
    accepted = decided(said, make_world(), Past(repeats={"displayed": "fnd_before"}))
    finding = record(accepted, Finding)
    assert (finding.state, finding.repeat_of, finding.before) == (FindingState.OPEN, "fnd_before", (PHOTO,))
    assert (record(accepted, SiteStatus).open_findings, accepted.answer.result) == (1, CheckResult.FINDINGS)
    waiting = decided(replace(said, fix=None), make_world())
    assert waiting.answer.state is CheckInState.IN_REVIEW
    assert waiting.answer.circumstances == (Circumstance.POSITION_MISSING,)
    assert record(waiting, Finding).state is FindingState.PROPOSED
    assert missing(waiting, SiteStatus)


def test_a_forged_plate_with_a_named_place_is_neither_refused_nor_accepted() -> None:
    world = make_world()
    forged = replace(scanned(world.site, PlateVerdict.FORGED), plate=None, site_id=None)
    draft = decided(make_submission(), replace(world, plate=forged))
    assert (draft.answer.state, draft.answer.plate_verdict) == (CheckInState.IN_REVIEW, PlateVerdict.FORGED)


@pytest.mark.parametrize("verdict", [PlateVerdict.REPLACED, PlateVerdict.REVOKED])
def test_plates_that_ended_count_less_and_no_more(verdict: PlateVerdict) -> None:
    world = make_world()
    draft = decided(make_submission(), replace(world, plate=scanned(world.site, verdict)))
    assert draft.answer.state is CheckInState.ACCEPTED
    assert draft.answer.presence.score < 100


def test_what_changed_while_the_phone_was_offline_is_a_circumstance() -> None:
    closed = decided(make_submission(), make_world(site=make_site(state=SiteState.CLOSED)))
    assert closed.answer.circumstances == (Circumstance.SITE_CLOSED,)
    merged = decided(make_submission(), replace(make_world(), named_site_id="otl_gone"))
    assert merged.answer.circumstances == (Circumstance.SITE_MERGED,)
    assert merged.events[0].data["named_site_id"] == "otl_gone"
    retired = make_template(state=TemplateState.RETIRED, latest=2)
    old = decided(make_submission(), replace(make_world(), template=retired))
    assert old.answer.circumstances == (Circumstance.TEMPLATE_RETIRED, Circumstance.TEMPLATE_SUPERSEDED)
    for draft in (closed, merged, old):
        assert draft.answer.state is CheckInState.ACCEPTED


def test_a_task_is_done_by_those_who_may() -> None:
    world = make_world()
    task = make_task(world.site)

    def after(**changes: Any) -> Draft[CheckIn]:
        return decided(make_submission(task_id=task.id), replace(world, task=replace(task, **changes)))

    done = record(after(), Task)
    assert (done.state, done.version, done.done_at) == (TaskState.DONE, 2, RECEIVED - timedelta(minutes=1))
    assert record(after(assignees=()), Task).state is TaskState.DONE
    overdue = after(due_on=city_day(RECEIVED) - timedelta(days=1))
    assert overdue.answer.circumstances == (Circumstance.TASK_OVERDUE,)
    assert record(overdue, Task).state is TaskState.DONE
    for changes, circumstance in (
        ({"assignees": ("stf_other",)}, Circumstance.TASK_OF_OTHERS),
        ({"state": TaskState.CANCELLED}, Circumstance.TASK_CANCELLED),
        ({"state": TaskState.DONE}, Circumstance.TASK_DONE_ALREADY),
        ({"site_id": "otl_other"}, Circumstance.SITE_ELSEWHERE),
    ):
        draft = after(**changes)
        assert draft.answer.circumstances == (circumstance,)
        assert missing(draft, Task)


def test_only_the_latest_visit_tells_how_a_site_is() -> None:
    late = decided(make_submission(), make_world()).answer
    first = status_after(late, None, 0)
    assert first is not None
    early = replace(late, id="chk_early", captured_at=late.captured_at - HOUR, result=CheckResult.FAILED)
    assert status_after(early, first, 0) is None
    with_finding = status_after(early, first, 1)
    assert with_finding is not None
    assert (with_finding.last_check_in_id, with_finding.open_findings) == (late.id, 1)


def test_a_wrong_clock_is_put_right() -> None:
    said = make_submission()
    right = visit_times(said, RECEIVED)
    assert (right.captured_at, right.skew_s, right.notes) == (said.captured_at, 0.0, ())
    for skew, code in ((3 * HOUR, "clock_fast"), (-3 * HOUR, "clock_slow")):
        shifted = replace(
            said, started_at=said.started_at + skew, captured_at=said.captured_at + skew, sent_at=RECEIVED + skew
        )
        times = visit_times(shifted, RECEIVED)
        assert (times.started_at, times.captured_at) == (said.started_at, said.captured_at)
        assert [(note.code, note.points) for note in times.notes] == [(code, -15)]
        assert times.skew_s == skew.total_seconds()


def test_the_future_and_absurd_durations_are_noted() -> None:
    said = make_submission(sent_at=None)

    def noted(**changes: Any) -> list[str]:
        times = visit_times(replace(said, **changes), RECEIVED)
        assert times.started_at <= times.captured_at <= RECEIVED
        return [note.code for note in times.notes]

    assert noted() == []
    assert noted(captured_at=RECEIVED + timedelta(minutes=2)) == []
    assert noted(captured_at=RECEIVED + timedelta(days=3)) == ["captured_in_future"]
    assert noted(started_at=said.captured_at - timedelta(seconds=19)) == ["visit_too_short"]
    assert noted(started_at=said.captured_at - timedelta(seconds=20)) == []
    assert noted(started_at=said.captured_at - 13 * HOUR) == ["visit_too_long"]
    assert noted(started_at=said.captured_at + HOUR / 60 - timedelta(seconds=1)) == ["ended_before_start"]
    long_ago = visit_times(make_submission(captured_at=RECEIVED - 25 * HOUR, started_at=RECEIVED - 26 * HOUR), RECEIVED)
    assert long_ago.circumstances == (Circumstance.LATE_UPLOAD,)


def test_a_content_is_the_same_whenever_it_is_sent() -> None:
    said = make_submission()
    assert content_of(said) == content_of(replace(said, sent_at=None))
    same_instant = said.captured_at.astimezone(RECEIVED.tzinfo)
    assert content_of(said) == content_of(replace(said, captured_at=same_instant))
    whole, broken = (make_fix(accuracy_m=accuracy) for accuracy in (20, 20.0))
    assert content_of(replace(said, fix=whole)) == content_of(replace(said, fix=broken))
    for other in (
        replace(said, answers=(FAILED,)),
        replace(said, captured_at=said.captured_at + timedelta(milliseconds=1)),
        replace(said, fix=None),
    ):
        assert content_of(said) != content_of(other)


def test_too_much_is_refused_with_its_path() -> None:
    many = tuple(Answer(question_id=f"q{at}", value=None, photos=(f"{at:064x}",)) for at in range(MOST_PHOTOS + 1))
    assert len(photos_of(make_submission(answers=many))) == MOST_PHOTOS + 1
    once = Reinspection(finding_id="fnd_1", remedy=Remedy.FIXED, note="", photos=(f"{0:064x}",))
    with pytest.raises(SubmissionInvalid) as refused:
        ensure_usable(make_submission(answers=many, reinspections=(once, once)))
    assert [(one.path, one.code) for one in refused.value.errors] == [
        ("answers", "too_many_photos"),
        ("reinspections[1].finding_id", "repeated"),
    ]
    ensure_usable(make_submission(answers=many[:-1], reinspections=(once,)))


def test_fixed_without_a_photo_of_it_is_refused_before_it_costs_a_task() -> None:
    said = [Reinspection(finding_id=f"fnd_{at}", remedy=remedy, note="", photos=()) for at, remedy in enumerate(Remedy)]
    with pytest.raises(SubmissionInvalid) as refused:
        ensure_usable(make_submission(reinspections=tuple(said)))
    (fault,) = refused.value.errors
    assert (fault.path, fault.code, fault.values) == ("reinspections[0].photos", "evidence_missing", ("1",))
