"""Decisions about revoked codes, free of input and output."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.admissions.revocations.errors import CodeChangedTooOften
from services.admissions.revocations.model import MOST_CHANGES, CodeChange, CodeChangeKind, CodeStanding, CodeWish
from services.common.clock import city_day

ONE_DAY = timedelta(days=1)
# Who complains of a code that did not open does so within a year.
KEEP_REVOCATIONS = timedelta(days=400)


def days_at_the_gate(now: datetime) -> tuple[date, ...]:
    """Return the days whose codes can be shown now: today's, and those of visits around midnight."""
    today = city_day(now)
    return today - ONE_DAY, today, today + ONE_DAY


def changed(standing: CodeStanding, wish: CodeWish, now: datetime) -> CodeStanding | None:
    """Return how the code stands after the wish, or None when it stands so; raises CodeChangedTooOften."""
    revoke = wish.reason is not None
    if standing.revoked == revoke:
        return None
    if len(standing.history) >= MOST_CHANGES:
        raise CodeChangedTooOften
    kind = CodeChangeKind.REVOKED if revoke else CodeChangeKind.RESTORED
    change = CodeChange(kind=kind, reason=wish.reason, at=now, by=wish.actor.id)
    return replace(standing, history=(*standing.history, change))
