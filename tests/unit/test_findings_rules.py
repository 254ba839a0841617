"""The course of a finding: deadlines, evidence, escalation, and no way to a closed one without before and after."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.common.clock import UlidSource, city_day
from services.common.errors import DomainError
from services.patrols.checklists.model import Severity
from services.patrols.findings import errors, rules
from services.patrols.findings.model import (
    Effect,
    Escalation,
    Extension,
    ExtensionReason,
    Finding,
    FindingState,
    OwnerAnswer,
    Reinspected,
    ReinspectionRecord,
    Remedy,
    Withdrawal,
)
from services.patrols.findings.rules_evidence import after_of, before_of
from services.patrols.findings.telling import Teller
from services.patrols.model import PatrolEventKind
from tests.findings import (
    LATER_PHOTO,
    MORNING,
    PHOTO,
    make_failed,
    make_finding,
    make_notice,
    make_reinspection,
)

ADMIN = "stf_01JD0000000000000000000009"
READY = st.sampled_from(
    [frozenset[str](), frozenset({PHOTO}), frozenset({LATER_PHOTO}), frozenset({PHOTO, LATER_PHOTO})]
)


def make_answer(digest: str = "1" * 32) -> OwnerAnswer:
    return OwnerAnswer(sealed_text=b"sealed", photos=(LATER_PHOTO,), answered_at=MORNING, digest=digest)


def make_extension(finding: Finding, to_on: date, at: datetime = MORNING) -> Extension:
    return Extension(
        from_on=finding.due_on or city_day(at),
        to_on=to_on,
        reason=ExtensionReason.SEASON,
        extended_at=at,
        extended_by=ADMIN,
    )


def reinspected(finding: Finding, record: ReinspectionRecord, now: datetime = MORNING) -> Reinspected:
    """Return what a re-inspection does when all photos can be seen."""
    return rules.reinspect(finding, record, now, ready={PHOTO, LATER_PHOTO})


def test_the_deadline_runs_from_the_day_in_the_city_to_the_end_of_a_day() -> None:
    # Half past eleven in the evening of the 22nd by UTC is the 23rd in the city.
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    finding = make_finding(failed=make_failed(days=5), now=late)
    assert finding.due_on == date(2026, 11, 28)
    assert finding.escalates_at == datetime(2026, 11, 28, 16, tzinfo=UTC)
    at_once = make_finding(failed=make_failed(days=0), now=late)
    assert at_once.due_on == date(2026, 11, 23)
    assert not rules.overdue(at_once, late)
    assert rules.overdue(at_once, late + timedelta(days=1))


def test_a_finding_in_review_has_no_deadline_until_it_is_confirmed() -> None:
    proposed = make_finding(state=FindingState.PROPOSED)
    assert (proposed.state, proposed.due_on, proposed.version) == (FindingState.PROPOSED, None, 1)
    assert not rules.stands(proposed)
    confirmed = rules.confirm(proposed, MORNING + timedelta(days=2))
    assert (confirmed.state, confirmed.due_on, confirmed.version) == (FindingState.OPEN, date(2026, 11, 29), 2)
    with pytest.raises(errors.FindingConfirmed):
        rules.confirm(confirmed, MORNING)
    with pytest.raises(errors.FindingNotConfirmed):
        rules.dispatch(proposed, make_notice())


def test_not_fixed_goes_back_with_half_the_time_again() -> None:
    finding = rules.dispatch(make_finding(failed=make_failed(days=5)), make_notice())
    answered = rules.answer_finding(finding, make_answer())
    on_time = reinspected(answered, make_reinspection(Remedy.NOT_FIXED))
    assert on_time.effect is Effect.SENT_BACK
    assert (on_time.finding.state, on_time.finding.due_on) == (FindingState.DISPATCHED, finding.due_on)
    late = reinspected(answered, make_reinspection(Remedy.NOT_FIXED), MORNING + timedelta(days=6)).finding
    assert late.due_on == date(2026, 12, 1)
    undispatched = reinspected(make_finding(), make_reinspection(Remedy.NOT_FIXED)).finding
    assert undispatched.state is FindingState.OPEN


@pytest.mark.parametrize("state", [FindingState.CLOSED, FindingState.WITHDRAWN, FindingState.PROPOSED])
@pytest.mark.parametrize("remedy", Remedy)
def test_a_reinspection_of_what_is_over_changes_nothing_and_says_so(state: FindingState, remedy: Remedy) -> None:
    finding = replace(make_finding(), state=state)
    change = reinspected(finding, make_reinspection(remedy))
    assert change.finding is finding
    assert change.effect is (Effect.NOT_CONFIRMED if state is FindingState.PROPOSED else Effect.OVER_ALREADY)
    assert Teller(ids=UlidSource(), told_by=ADMIN, at=MORNING).reinspected(change) == ()


def test_the_same_answer_twice_is_one_and_another_adds_to_it() -> None:
    with pytest.raises(errors.NoticeMissing):
        rules.answer_finding(make_finding(), make_answer())
    finding = rules.dispatch(make_finding(), make_notice())
    once = rules.answer_finding(finding, make_answer())
    assert rules.answer_finding(once, make_answer()) is once
    more = rules.answer_finding(once, make_answer("2" * 32))
    assert (len(more.answers), more.version) == (2, once.version + 1)
    for number in range(rules.MOST_ANSWERS - 2):
        more = rules.answer_finding(more, make_answer(f"{number:032x}3"))
    with pytest.raises(errors.AnswersUsedUp):
        rules.answer_finding(more, make_answer("4" * 32))


def test_a_deadline_is_put_off_twice_and_not_too_far() -> None:
    finding = make_finding(failed=make_failed(days=5))
    for wrong in (date(2026, 11, 27), date(2026, 12, 23), date(2026, 11, 1)):
        with pytest.raises(errors.ExtensionRefused):
            rules.extend(finding, make_extension(finding, wrong))
    once = rules.extend(finding, make_extension(finding, date(2026, 11, 28)))
    twice = rules.extend(once, make_extension(once, date(2026, 12, 22)))
    assert (twice.due_on, twice.version) == (date(2026, 12, 22), 3)
    with pytest.raises(errors.ExtensionsUsedUp):
        rules.extend(twice, make_extension(twice, date(2026, 12, 23), MORNING + timedelta(days=9)))


@pytest.mark.parametrize(("severity", "days"), [(Severity.MINOR, 3), (Severity.MAJOR, 3), (Severity.CRITICAL, 1)])
def test_overdue_is_told_to_the_district_then_to_the_city(severity: Severity, days: int) -> None:
    finding = make_finding(failed=make_failed(severity=severity, days=1))
    due = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert rules.escalate(finding, due - timedelta(milliseconds=1)) is finding
    district = rules.escalate(finding, due)
    assert (district.escalation, district.version) == (Escalation.DISTRICT, 2)
    assert rules.escalate(district, due + timedelta(days=days, milliseconds=-1)) is district
    city = rules.escalate(district, due + timedelta(days=days))
    assert (city.escalation, city.escalates_at) == (Escalation.CITY, None)
    assert rules.escalate(city, due + timedelta(days=400)) is city


def test_who_was_told_stays_told_when_there_is_a_new_deadline() -> None:
    district = rules.escalate(make_finding(failed=make_failed(days=1)), MORNING + timedelta(days=2))
    later = rules.extend(district, make_extension(district, date(2026, 12, 1), MORNING + timedelta(days=2)))
    assert later.escalation is Escalation.DISTRICT
    assert rules.escalate(later, MORNING + timedelta(days=6)) is later
    assert rules.escalate(later, MORNING + timedelta(days=12)).escalation is Escalation.CITY


def test_what_nobody_reviews_is_told_to_the_district() -> None:
    proposed = make_finding(state=FindingState.PROPOSED)
    assert rules.escalate(proposed, MORNING + timedelta(days=2)) is proposed
    told = rules.escalate(proposed, MORNING + timedelta(days=3))
    assert (told.escalation, told.escalates_at) == (Escalation.DISTRICT, None)
    assert rules.confirm(told, MORNING + timedelta(days=4)).escalation is Escalation.NONE


def test_events_tell_no_words() -> None:
    teller = Teller(ids=UlidSource(), told_by=ADMIN, at=MORNING)
    finding = rules.dispatch(make_finding(), make_notice())
    answered = rules.answer_finding(finding, make_answer())
    change = reinspected(answered, replace(make_reinspection(), note="张三不在"))
    told = [
        teller.opened(finding),
        teller.dispatched(finding),
        teller.answered(answered, answered.answers[-1], None),
        *teller.reinspected(change),
    ]
    assert [event.kind for event in told][-2:] == [PatrolEventKind.FINDING_REINSPECTED, PatrolEventKind.FINDING_CLOSED]
    written = str([event.data for event in told])
    for word in ("张三", finding.note, finding.title, finding.legal_basis, "sealed", make_notice().link_digest):
        assert word not in written


class Course(RuleBasedStateMachine):
    """Anybody does anything at any time; the clock only goes on."""

    @initialize(
        proposed=st.booleans(),
        photos=st.sampled_from([(), (PHOTO,)]),
        days=st.integers(0, 10),
        bad=st.sampled_from(Severity),
    )
    def begin(self, *, proposed: bool, photos: tuple[str, ...], days: int, bad: Severity) -> None:
        state = FindingState.PROPOSED if proposed else FindingState.OPEN
        failed = make_failed(severity=bad, days=days, photos=photos)
        self.seen: frozenset[str] = frozenset()
        self.now, self.finding = MORNING, make_finding(failed=failed, state=state)

    def become(self, after: Finding) -> None:
        assert after is self.finding or after.version == self.finding.version + 1
        if self.finding.state in rules.OVER:
            assert after is self.finding
        self.finding = after

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        for _ in Escalation:
            self.become(rules.escalate(self.finding, self.now))

    @rule()
    def confirm(self) -> None:
        with suppress(DomainError):
            self.become(rules.confirm(self.finding, self.now))

    @rule()
    def dispatch(self) -> None:
        with suppress(DomainError):
            self.become(rules.dispatch(self.finding, make_notice()))

    @rule()
    def relink(self) -> None:
        with suppress(DomainError):
            self.become(rules.relink(self.finding, link_digest="5" * 32, sealed_link=b""))

    @rule(digest=st.sampled_from(["1" * 32, "2" * 32]))
    def answer(self, digest: str) -> None:
        with suppress(DomainError):
            self.become(rules.answer_finding(self.finding, make_answer(digest)))

    @rule(days=st.integers(-3, 40))
    def extend(self, days: int) -> None:
        with suppress(DomainError):
            extension = make_extension(self.finding, city_day(self.now) + timedelta(days=days), self.now)
            self.become(rules.extend(self.finding, extension))

    @rule(remedy=st.sampled_from(Remedy), photos=st.sampled_from([(), (PHOTO,), (LATER_PHOTO,)]), ready=READY)
    def reinspect(self, remedy: Remedy, photos: tuple[str, ...], ready: frozenset[str]) -> None:
        with suppress(DomainError):
            record = make_reinspection(remedy, photos)
            self.become(rules.reinspect(self.finding, record, self.now, ready=ready).finding)
            self.seen |= ready

    @rule(ready=READY)
    def look_at_photos(self, ready: frozenset[str]) -> None:
        self.become(rules.close_proved(self.finding, ready, self.now))
        self.seen |= ready

    @rule()
    def withdraw(self) -> None:
        with suppress(DomainError):
            self.become(rules.withdraw(self.finding, reason=Withdrawal.DUPLICATE, by=ADMIN, now=self.now))

    @invariant()
    def closed_only_with_before_and_after(self) -> None:
        if self.finding.state is FindingState.CLOSED:
            before = set(before_of(self.finding))
            assert before & self.seen
            assert (set(after_of(self.finding)) - before) & self.seen

    @invariant()
    def over_or_escalated_by_its_deadline(self) -> None:
        if rules.stands(self.finding):
            assert self.finding.due_on is not None
            if rules.overdue(self.finding, self.now):
                assert self.finding.escalation is not Escalation.NONE
        else:
            assert not rules.overdue(self.finding, self.now)

    @invariant()
    def answered_only_after_a_notice(self) -> None:
        if self.finding.state in {FindingState.DISPATCHED, FindingState.ANSWERED}:
            assert self.finding.notice is not None


Course.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestCourse = Course.TestCase


@settings(max_examples=60, deadline=None)
@given(days=st.integers(0, 20), severity=st.sampled_from(Severity), waits=st.lists(st.integers(1, 72), max_size=30))
def test_left_alone_it_reaches_the_city_whenever_the_clock_is_looked_at(
    days: int, severity: Severity, waits: list[int]
) -> None:
    finding = make_finding(failed=make_failed(severity=severity, days=days))
    now = MORNING
    for hours in [*waits, 24 * 30]:
        now += timedelta(hours=hours)
        for _ in Escalation:
            finding = rules.escalate(finding, now)
        assert (finding.escalation is not Escalation.NONE) == rules.overdue(finding, now)
    assert finding.escalation is Escalation.CITY
