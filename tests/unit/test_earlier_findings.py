"""What a visit does to earlier findings: those that it judges, and those that stand when a question fails once more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.patrols.checkins.earlier import Judged, Past
from services.patrols.checkins.model import CheckIn, CheckInState, Reinspection, ReinspectionEffect
from services.patrols.checklists.errors import AnswersInvalid
from services.patrols.checklists.model import Answer
from services.patrols.findings.model import Finding, FindingState, Remedy
from services.patrols.model import Draft, PatrolEventKind
from services.patrols.plans.model import CancelReason, Task, TaskState
from services.patrols.sites.model import CheckResult, Site, SiteStatus
from tests.check_ins import PHOTO, RECEIVED, decided, make_submission, make_task, make_world
from tests.patrols import make_finding

BEFORE = "cd" * 32
FAILED = Answer(question_id="displayed", value=False, photos=("ef" * 32,))
WORLD = make_world()
MINE = make_finding(site_id=WORLD.site.id, before=(BEFORE,), found_at=RECEIVED - timedelta(days=1))
SAID = Reinspection(finding_id=MINE.id, remedy=Remedy.FIXED, note="", photos=(PHOTO,))
KNOWN = Judged(findings={MINE.id: MINE}, ready={BEFORE, PHOTO})


def status_of(site: Site, site_id: str | None = None, **changes: Any) -> SiteStatus:
    status = SiteStatus(
        id=site_id or site.id, kind=site.kind, district_id="310101", seen_by=site.seen_by,
        last_check_in_id=None, last_checked_at=None, last_result=None, open_findings=2, version=4,
    )  # fmt: skip
    return replace(status, **changes)


def visited(one: Reinspection = SAID, finding: Finding = MINE, **judged: Any) -> Draft[CheckIn]:
    """Return what a visit does that judges a finding; all its photos can be seen unless `judged` says otherwise."""
    known = replace(KNOWN, **{"findings": {finding.id: finding}, **judged})
    return decided(make_submission(reinspections=(one,)), replace(WORLD, judged=known, status=status_of(WORLD.site)))


def records(draft: Draft[CheckIn], kind: type[Any]) -> list[Any]:
    return [one for one in draft.records if isinstance(one, kind)]


def test_reinspections_count_now_or_after_the_review_or_say_why_not() -> None:
    closed = visited()
    assert closed.answer.effects == (ReinspectionEffect.CLOSED,)
    assert records(closed, Finding)[0].state is FindingState.CLOSED
    (status,) = records(closed, SiteStatus)
    assert (status.open_findings, status.version) == (1, 5)
    back = visited(replace(SAID, remedy=Remedy.NOT_FIXED))
    assert back.answer.effects == (ReinspectionEffect.SENT_BACK,)
    assert records(back, SiteStatus)[0].open_findings == 2
    for one, finding, effect in (
        (replace(SAID, photos=(BEFORE,)), MINE, ReinspectionEffect.EVIDENCE_MISSING),
        (SAID, replace(MINE, state=FindingState.CLOSED), ReinspectionEffect.OVER_ALREADY),
        (SAID, replace(MINE, state=FindingState.PROPOSED), ReinspectionEffect.NOT_CONFIRMED),
        (SAID, replace(MINE, site_id="otl_other"), ReinspectionEffect.ELSEWHERE),
    ):
        draft = visited(one, finding)
        assert draft.answer.effects == (effect,)
        assert records(draft, Finding) == []
    waiting = decided(make_submission(reinspections=(SAID,), fix=None), replace(WORLD, judged=KNOWN))
    assert waiting.answer.effects == (ReinspectionEffect.WAITING,)
    assert records(waiting, Finding) == []


@pytest.mark.parametrize("ready", [(), (BEFORE,), (PHOTO,)])
def test_photos_that_did_not_arrive_close_nothing(ready: tuple[str, ...]) -> None:
    draft = visited(ready=ready, tasks={MINE.id: [make_task(WORLD.site, origin_id=MINE.id)]})
    assert draft.answer.effects == (ReinspectionEffect.AWAITING_PHOTOS,)
    (finding,) = records(draft, Finding)
    assert (finding.state, finding.awaits_photos, len(finding.reinspections)) == (MINE.state, True, 1)
    assert records(draft, SiteStatus)[0].open_findings == 2
    assert records(draft, Task) == []
    kinds = [event.kind for event in draft.events]
    assert kinds == [PatrolEventKind.CHECK_IN_RECEIVED, PatrolEventKind.FINDING_REINSPECTED]


def test_a_finding_of_an_outlet_that_was_merged_is_judged_where_that_is_now() -> None:
    before = replace(MINE, site_id="otl_merged")
    there = status_of(WORLD.site, "otl_merged", open_findings=1)
    draft = visited(finding=before, places={MINE.id: WORLD.site.id}, statuses={"otl_merged": there})
    assert draft.answer.effects == (ReinspectionEffect.CLOSED,)
    assert {one.id: one.open_findings for one in records(draft, SiteStatus)} == {"otl_merged": 0, WORLD.site.id: 2}


def test_when_a_finding_is_closed_nobody_has_to_go_there_for_it_any_more() -> None:
    named, other = (make_task(WORLD.site, origin_id=MINE.id) for _ in range(2))
    known = replace(KNOWN, tasks={MINE.id: [named, other]})
    said = make_submission(task_id=named.id, reinspections=(SAID,))
    draft = decided(said, replace(WORLD, judged=known, task=named))
    tasks = {one.id: one for one in records(draft, Task)}
    assert (tasks[named.id].state, len(tasks)) == (TaskState.DONE, 2)
    assert (tasks[other.id].state, tasks[other.id].cancelled_because) == (TaskState.CANCELLED, CancelReason.NOT_NEEDED)
    (told,) = [event for event in draft.events if event.kind is PatrolEventKind.TASK_CANCELLED]
    assert (told.subject_id, told.data) == (other.id, {"reason": "not_needed", "finding_id": MINE.id})


def test_without_answers_only_the_finding_is_looked_at() -> None:
    at, result = MINE.found_at, CheckResult.FAILED
    last = status_of(WORLD.site, last_check_in_id="chk_1", last_checked_at=at, last_result=result)
    draft = decided(
        make_submission(answers=(), reinspections=(SAID,)), replace(WORLD, judged=KNOWN, status=last)
    )  # fmt: skip
    assert (draft.answer.state, draft.answer.result) == (CheckInState.ACCEPTED, None)
    assert draft.answer.effects == (ReinspectionEffect.CLOSED,)
    (status,) = records(draft, SiteStatus)
    assert status == replace(last, open_findings=1, version=5), "the last result is that of the last checklist"
    with pytest.raises(AnswersInvalid):
        decided(make_submission(answers=()), WORLD)


def test_what_stands_already_is_not_found_again() -> None:
    past = Past(repeats={"displayed": MINE.id}, standing={"displayed": MINE.id})
    again = decided(make_submission(answers=(FAILED,)), WORLD, past)
    assert (again.answer.finding_ids, again.answer.standing_ids) == ((), (MINE.id,))
    assert (again.answer.result, records(again, Finding)) == (CheckResult.FINDINGS, [])
    assert again.events[0].data["standing"] == [MINE.id]
    world = replace(WORLD, judged=KNOWN)
    not_fixed = replace(SAID, remedy=Remedy.NOT_FIXED)
    back = decided(make_submission(answers=(FAILED,), reinspections=(not_fixed,)), world, past)
    assert (back.answer.finding_ids, back.answer.standing_ids) == ((), (MINE.id,))
    # Fixed, and yet failing: that is something new.
    closed = decided(make_submission(answers=(FAILED,), reinspections=(SAID,)), world, past)
    assert (len(closed.answer.finding_ids), closed.answer.standing_ids) == (1, ())
    assert closed.answer.effects == (ReinspectionEffect.CLOSED,)
