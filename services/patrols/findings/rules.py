"""The course of a finding, as pure functions: each returns the finding as it will be, one version on.

| from       | confirm | dispatch   | answer   | reinspect FIXED | reinspect NOT_FIXED | withdraw  |
|------------|---------|------------|----------|-----------------|---------------------|-----------|
| PROPOSED   | OPEN    | refused    | -        | no effect       | no effect           | WITHDRAWN |
| OPEN       | refused | DISPATCHED | -        | CLOSED          | OPEN                | WITHDRAWN |
| DISPATCHED | refused | refused    | ANSWERED | CLOSED          | DISPATCHED          | WITHDRAWN |
| ANSWERED   | refused | refused    | ANSWERED | CLOSED          | DISPATCHED          | WITHDRAWN |
| CLOSED     | refused | refused    | refused  | no effect       | no effect           | refused   |
| WITHDRAWN  | refused | refused    | refused  | no effect       | no effect           | refused   |

CLOSED needs photos from before and from after: where none are named, EvidenceMissing; where they cannot be seen yet,
the state stays as it is until they can (`awaits_photos`). NOT_FIXED gives half the time again, twice at
most, and puts no escalation off; a re-inspection older than what is known has no effect. Whoever does not come to
an end by the deadline is told to the district, and some days later to the city, in any state.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from services.common.clock import CITY_OFFSET, city_day
from services.common.errors import FieldError
from services.patrols.checklists.model import Failed, Severity
from services.patrols.findings.errors import (
    AnswersUsedUp,
    ExtensionRefused,
    ExtensionsUsedUp,
    FindingConfirmed,
    FindingDispatched,
    FindingNotConfirmed,
    FindingOver,
    NoticeMissing,
    SecondPersonNeeded,
)
from services.patrols.findings.model import (
    Effect,
    Escalation,
    Extension,
    Finding,
    FindingState,
    Notice,
    OwnerAnswer,
    Reinspected,
    ReinspectionRecord,
    Remedy,
    Visit,
    Withdrawal,
)
from services.patrols.findings.rules_again import is_outdated, second_due_on
from services.patrols.findings.rules_evidence import before_of, ensure_evidence, is_proved
from services.patrols.sites.model import Site

OVER = frozenset({FindingState.CLOSED, FindingState.WITHDRAWN})
STANDING = frozenset({FindingState.OPEN, FindingState.DISPATCHED, FindingState.ANSWERED})
REVIEW_WITHIN = timedelta(days=3)
CITY_AFTER = {
    Severity.MINOR: timedelta(days=3),
    Severity.MAJOR: timedelta(days=3),
    Severity.CRITICAL: timedelta(days=1),
}
MOST_EXTENSIONS = 2
LONGEST_EXTENSION = timedelta(days=30)
MOST_ANSWERS = 10
REPEATED_WITHIN = timedelta(days=365)


def stands(finding: Finding) -> bool:
    """Tell whether it is confirmed and neither closed nor withdrawn: what `SiteStatus.open_findings` counts."""
    return finding.state in STANDING


def overdue(finding: Finding, now: datetime) -> bool:
    """Tell whether its deadline has passed and it still stands."""
    return stands(finding) and finding.due_on is not None and finding.due_on < city_day(now)


def day_ends_at(day: date) -> datetime:
    """Return the first instant after a day of the city."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - CITY_OFFSET


def open_finding(
    *,
    finding_id: str,
    failed: Failed,
    visit: Visit,
    site: Site,
    repeat_of: str | None,
    state: Literal[FindingState.PROPOSED, FindingState.OPEN],
    now: datetime,
) -> Finding:
    """Return a new finding: OPEN, or PROPOSED where the check-in waits for review. The deadline runs from `now`."""
    failure, answer = failed.failure, failed.answer
    proposed = Finding(
        id=finding_id,
        check_in_id=visit.check_in_id,
        site_id=site.id,
        site_kind=site.kind,
        template_id=visit.template_id,
        template_number=visit.template_number,
        question_id=failed.question.id,
        title=failure.title,
        title_en=failure.title_en,
        severity=failure.severity,
        legal_basis=failure.legal_basis,
        note=answer.note,
        before=answer.photos,
        state=FindingState.PROPOSED,
        found_at=visit.found_at,
        found_by=visit.inspector_id,
        deadline_days=failure.deadline_days,
        due_on=None,
        notice=None,
        answers=(),
        reinspections=(),
        escalation=Escalation.NONE,
        escalates_at=now + REVIEW_WITHIN,
        closed_at=None,
        closed_by=None,
        repeat_of=repeat_of,
        district_id=site.district_id,
        seen_by=site.seen_by,
        version=1,
    )
    return proposed if state is FindingState.PROPOSED else replace(confirm(proposed, now), version=1)


def confirm(finding: Finding, now: datetime) -> Finding:
    """Return it as OPEN, with the deadline running from today; raises FindingConfirmed, FindingOver."""
    if finding.state is not FindingState.PROPOSED:
        raise FindingOver if finding.state in OVER else FindingConfirmed
    return _due(
        _changed(finding, state=FindingState.OPEN, escalation=Escalation.NONE),
        city_day(now) + timedelta(days=finding.deadline_days),
    )


def withdraw(finding: Finding, *, reason: Withdrawal, by: str, now: datetime) -> Finding:
    """Return it as WITHDRAWN by an account; raises FindingOver."""
    ensure_not_over(finding)
    return _ended(finding, FindingState.WITHDRAWN, by, now, withdrawal=reason)


def dispatch(finding: Finding, notice: Notice) -> Finding:
    """Return it as DISPATCHED; raises FindingNotConfirmed, FindingDispatched, FindingOver."""
    ensure_confirmed(finding)
    if finding.notice is not None:
        raise FindingDispatched
    return _changed(finding, state=FindingState.DISPATCHED, notice=notice)


def relink(finding: Finding, *, link_digest: str, sealed_link: bytes) -> Finding:
    """Return it with another link, which makes the old one open nothing; raises NoticeMissing, FindingOver."""
    ensure_not_over(finding)
    if finding.notice is None:
        raise NoticeMissing
    notice = replace(finding.notice, link_digest=link_digest, sealed_link=sealed_link, links=finding.notice.links + 1)
    return _changed(finding, notice=notice)


def answer_finding(finding: Finding, answer: OwnerAnswer) -> Finding:
    """Return it as ANSWERED; the same answer once more changes nothing.

    Raises FindingOver, NoticeMissing, AnswersUsedUp.
    """
    if any(one.digest == answer.digest for one in finding.answers[-1:]) and finding.state is FindingState.ANSWERED:
        return finding
    ensure_not_over(finding)
    if finding.notice is None:
        raise NoticeMissing
    if len(finding.answers) >= MOST_ANSWERS:
        raise AnswersUsedUp
    return _changed(finding, state=FindingState.ANSWERED, answers=(*finding.answers, answer))


def reinspect(finding: Finding, record: ReinspectionRecord, now: datetime, *, ready: Collection[str]) -> Reinspected:
    """Return it after a re-inspection (see the table above); `ready` are the photos that can be seen by now.

    A visit is kept even where nothing comes of it, so one to a finding that is over, or not confirmed, is no refusal.
    Raises EvidenceMissing.
    """
    if finding.state in OVER:
        return Reinspected(finding=finding, effect=Effect.OVER_ALREADY)
    if finding.state is FindingState.PROPOSED:
        return Reinspected(finding=finding, effect=Effect.NOT_CONFIRMED)
    if is_outdated(finding, record):
        return Reinspected(finding=finding, effect=Effect.OUTDATED)
    told = replace(finding, reinspections=(*finding.reinspections, record))
    if record.remedy is Remedy.NOT_FIXED:
        state = FindingState.OPEN if finding.notice is None else FindingState.DISPATCHED
        # `escalates_at` stays: who is to be told of a missed deadline is not told later for a second one.
        back = _changed(told, state=state, awaits_photos=False, due_on=second_due_on(finding, now))
        return Reinspected(finding=back, effect=Effect.SENT_BACK)
    ensure_evidence(before_of(finding), record.photos)
    if not is_proved(told, ready):
        return Reinspected(finding=_changed(told, awaits_photos=True), effect=Effect.AWAITING_PHOTOS)
    return Reinspected(finding=_ended(told, FindingState.CLOSED, record.inspector_id, now), effect=Effect.CLOSED)


def close_proved(finding: Finding, ready: Collection[str], now: datetime) -> Finding:
    """Return it as CLOSED where only photos were awaited and they can be seen by now, else as it is.

    It is closed by whoever found it put right.
    """
    if not stands(finding) or not finding.awaits_photos or not is_proved(finding, ready):
        return finding
    return _ended(finding, FindingState.CLOSED, finding.reinspections[-1].inspector_id, now)


def extend(finding: Finding, extension: Extension) -> Finding:
    """Return it with a later deadline; raises FindingNotConfirmed, FindingOver, ExtensionsUsedUp, ExtensionRefused."""
    ensure_confirmed(finding)
    if len(finding.extensions) >= MOST_EXTENSIONS:
        raise ExtensionsUsedUp
    today = city_day(extension.extended_at)
    earliest = max(extension.from_on + timedelta(days=1), today)
    latest = today + LONGEST_EXTENSION
    if not earliest <= extension.to_on <= latest:
        bounds = (earliest.isoformat(), latest.isoformat())
        detail = "Must be between {} and {}.".format(*bounds)
        raise ExtensionRefused(errors=(FieldError(path="due_on", code="out_of_range", detail=detail, values=bounds),))
    return _due(_changed(finding, extensions=(*finding.extensions, extension)), extension.to_on)


def escalate(finding: Finding, now: datetime) -> Finding:
    """Return it as told to the next level if it is time, else as it is; the city is told some days after the district.

    A finding that nobody confirmed goes no further than the district.
    """
    if finding.state in OVER or finding.escalates_at is None or now < finding.escalates_at:
        return finding
    if finding.escalation is Escalation.NONE and finding.due_on is not None:
        later = finding.escalates_at + CITY_AFTER[finding.severity]
        return _changed(finding, escalation=Escalation.DISTRICT, escalates_at=later)
    level = Escalation.DISTRICT if finding.due_on is None else Escalation.CITY
    return _changed(finding, escalation=level, escalates_at=None)


def ensure_not_over(finding: Finding) -> None:
    """Pass while something can still be done; raises FindingOver."""
    if finding.state in OVER:
        raise FindingOver


def ensure_confirmed(finding: Finding) -> None:
    """Pass when it stands; raises FindingNotConfirmed, FindingOver."""
    ensure_not_over(finding)
    if finding.state is FindingState.PROPOSED:
        raise FindingNotConfirmed


def ensure_second_person(finding: Finding, account_id: str) -> None:
    """Pass unless the account is the one that found it; raises SecondPersonNeeded."""
    if finding.found_by == account_id:
        raise SecondPersonNeeded


def _due(finding: Finding, due_on: date) -> Finding:
    # Who was told stays told: another deadline missed goes to the level after that.
    escalates_at = None if finding.escalation is Escalation.CITY else day_ends_at(due_on)
    return replace(finding, due_on=due_on, escalates_at=escalates_at)


def _ended(
    finding: Finding, state: FindingState, by: str, now: datetime, withdrawal: Withdrawal | None = None
) -> Finding:
    over = {"closed_at": now, "closed_by": by, "escalates_at": None, "awaits_photos": False}
    return _changed(finding, state=state, withdrawal=withdrawal, **over)


def _changed(finding: Finding, **changes: object) -> Finding:
    return replace(finding, version=finding.version + 1, **changes)  # type: ignore[arg-type]  # each by its own name
