"""The evidence that closes a finding: photos that can be seen, from before and from after, each time it was judged."""

from datetime import datetime, timedelta

import pytest

from services.common.clock import UlidSource
from services.patrols.findings import errors, rules
from services.patrols.findings.model import Effect, Finding, FindingState, Reinspected, ReinspectionRecord, Remedy
from services.patrols.findings.rules_evidence import after_of, before_of
from services.patrols.findings.telling import Teller
from services.patrols.model import PatrolEventKind
from tests.findings import (
    INSPECTOR,
    LATER_PHOTO,
    MORNING,
    PHOTO,
    make_failed,
    make_finding,
    make_notice,
    make_reinspection,
)


def reinspected(finding: Finding, record: ReinspectionRecord, now: datetime = MORNING) -> Reinspected:
    """Return what a re-inspection does when all photos can be seen."""
    return rules.reinspect(finding, record, now, ready={PHOTO, LATER_PHOTO})


def test_only_before_and_after_close_it() -> None:
    finding = make_finding()
    with pytest.raises(errors.EvidenceMissing) as refused:
        reinspected(finding, make_reinspection(photos=()))
    assert [one.path for one in refused.value.errors] == ["photos"]
    # The photo from before, sent once more, does not show it put right.
    with pytest.raises(errors.EvidenceMissing):
        reinspected(finding, make_reinspection(photos=(PHOTO,)))
    bare = make_finding(failed=make_failed(photos=()))
    with pytest.raises(errors.EvidenceMissing) as refused:
        reinspected(bare, make_reinspection())
    assert [one.path for one in refused.value.errors] == ["before"]
    # What a re-inspection found still wrong is a "before", too.
    again = reinspected(bare, make_reinspection(Remedy.NOT_FIXED, (PHOTO,))).finding
    closed = reinspected(again, make_reinspection())
    assert closed.effect is Effect.CLOSED
    assert (closed.finding.state, closed.finding.closed_by) == (FindingState.CLOSED, INSPECTOR)
    assert (before_of(closed.finding), after_of(closed.finding)) == ((PHOTO,), (LATER_PHOTO,))


@pytest.mark.parametrize("ready", [(), (PHOTO,), (LATER_PHOTO,)])
def test_photos_that_cannot_be_seen_close_nothing_until_they_can(ready: tuple[str, ...]) -> None:
    finding = rules.dispatch(make_finding(), make_notice())
    change = rules.reinspect(finding, make_reinspection(), MORNING, ready=ready)
    waiting = change.finding
    assert (change.effect, waiting.state, waiting.awaits_photos) == (Effect.AWAITING_PHOTOS, finding.state, True)
    assert (waiting.escalates_at, len(waiting.reinspections)) == (finding.escalates_at, 1)
    assert [one.kind for one in Teller(ids=UlidSource(), told_by=INSPECTOR, at=MORNING).reinspected(change)] == [
        PatrolEventKind.FINDING_REINSPECTED
    ]
    later = MORNING + timedelta(hours=1)
    assert rules.close_proved(waiting, ready, later) is waiting
    closed = rules.close_proved(waiting, {PHOTO, LATER_PHOTO}, later)
    assert (closed.state, closed.closed_at, closed.closed_by) == (FindingState.CLOSED, later, INSPECTOR)
    assert (closed.awaits_photos, closed.version) == (False, waiting.version + 1)
    assert rules.close_proved(closed, {PHOTO, LATER_PHOTO}, later) is closed
    assert rules.close_proved(finding, {PHOTO, LATER_PHOTO}, later) is finding


def test_what_was_called_fixed_before_it_was_found_wrong_again_proves_nothing() -> None:
    waiting = rules.reinspect(make_finding(), make_reinspection(), MORNING, ready=()).finding
    back = rules.reinspect(waiting, make_reinspection(Remedy.NOT_FIXED, ()), MORNING, ready=()).finding
    assert not back.awaits_photos
    third = "c" * 64
    again = rules.reinspect(back, make_reinspection(photos=(third,)), MORNING, ready={PHOTO, LATER_PHOTO})
    assert again.effect is Effect.AWAITING_PHOTOS, "the third photo cannot be seen"
    assert rules.close_proved(again.finding, {PHOTO, third}, MORNING).state is FindingState.CLOSED
