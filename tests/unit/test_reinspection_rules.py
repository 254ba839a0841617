"""Re-inspections in whatever order they arrive, the time that they give, and what a visit may name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.patrols.checkins.model import CheckInState, Circumstance, Reinspection
from services.patrols.checkins.rules_scope import may_be_used
from services.patrols.findings import rules
from services.patrols.findings.model import Effect, Remedy
from services.patrols.plans.model import Task
from tests.check_ins import decided, make_site, make_submission, make_task, make_template, make_world
from tests.findings import LATER_PHOTO, MORNING, PHOTO, make_finding, make_reinspection

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize("remedy", list(Remedy))
def test_what_was_seen_before_the_finding_was_found_has_no_effect(remedy: Remedy) -> None:
    finding = make_finding()
    record = replace(make_reinspection(remedy), inspected_at=finding.found_at - HOUR)
    change = rules.reinspect(finding, record, MORNING, ready={PHOTO, LATER_PHOTO})
    assert (change.finding, change.effect) == (finding, Effect.OUTDATED)


def test_what_was_seen_before_another_look_has_no_effect() -> None:
    finding = make_finding()
    later = replace(make_reinspection(Remedy.NOT_FIXED), inspected_at=MORNING + 5 * HOUR)
    back = rules.reinspect(finding, later, MORNING + 5 * HOUR, ready=()).finding
    photos = ("ee" * 32,)
    early = replace(make_reinspection(photos=photos), inspected_at=MORNING + 4 * HOUR)
    change = rules.reinspect(back, early, MORNING + 6 * HOUR, ready={PHOTO, *photos})
    assert (change.finding, change.effect) == (back, Effect.OUTDATED)
    in_time = replace(early, inspected_at=MORNING + 5 * HOUR)
    assert rules.reinspect(back, in_time, MORNING + 6 * HOUR, ready={PHOTO, *photos}).effect is Effect.CLOSED


def test_not_fixed_gives_more_time_twice_and_never_puts_the_telling_off() -> None:
    finding = make_finding()
    told_at, due = finding.escalates_at, [finding.due_on or MORNING.date()]
    for turn in range(1, 5):
        now = MORNING + turn * 6 * DAY
        record = replace(make_reinspection(Remedy.NOT_FIXED), inspected_at=now)
        finding = rules.reinspect(finding, record, now, ready=()).finding
        assert finding.escalates_at == told_at
        due.append(finding.due_on or MORNING.date())
    assert due[0] < due[1] < due[2]
    assert due[2:] == [due[2]] * 3
    assert told_at is not None
    assert rules.escalate(finding, told_at) is not finding


def test_a_task_is_done_by_its_own_checklist_only() -> None:
    world = make_world()
    task = make_task(world.site, template_id="tpl_01JD0000000000000000000001")
    other = decided(make_submission(task_id=task.id), replace(world, task=task))
    assert other.answer.circumstances == (Circumstance.TEMPLATE_OTHER,)
    assert not any(isinstance(one, Task) for one in other.records)
    # A visit that only re-inspects fills in no checklist.
    said = Reinspection(finding_id="fnd_gone", remedy=Remedy.FIXED, note="", photos=())
    again = decided(make_submission(task_id=task.id, answers=(), reinspections=(said,)), replace(world, task=task))
    assert any(isinstance(one, Task) for one in again.records)


def test_the_plate_of_another_site_leaves_the_visit_to_a_person() -> None:
    draft = decided(make_submission(), make_world(plate_elsewhere=True))
    assert draft.answer.state is CheckInState.IN_REVIEW
    assert draft.events[0].data["plate_elsewhere"] is True


def test_a_checklist_is_there_for_the_places_its_owner_covers_and_where_a_task_asks_for_it() -> None:
    site = make_site()
    own, of_city = make_template(owner="district:310101"), make_template(owner="city:310000")
    foreign = make_template(owner="district:310115")
    assert [may_be_used(one, [site], None) for one in (own, of_city, foreign)] == [True, True, False]
    assert may_be_used(foreign, [site, make_site(seen_by=("district:310115",))], None)
    assert may_be_used(foreign, [site], make_task(site, template_id=foreign.id))
    assert not may_be_used(foreign, [site], make_task(make_site(), template_id=foreign.id))
    assert not may_be_used(foreign, [site], make_task(site, template_id="tpl_other"))
