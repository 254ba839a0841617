"""Decisions about a venue's policy, free of input and output."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from services.common.clock import city_day
from services.policies.errors import CITY_TIME, MinorsUnaccompanied, NotReleased
from services.policies.model import ADULT_AGE, Age, NoShowTerms, VisitPolicy


def opens_at(policy: VisitPolicy, starts_at: datetime) -> datetime | None:
    """Return the instant from which a slot can be booked, None when it can be at once."""
    if policy.book_days_ahead is None:
        return None
    day = city_day(starts_at) - timedelta(days=policy.book_days_ahead)
    return datetime.combine(day, time.fromisoformat(policy.releases_at), CITY_TIME).astimezone(UTC)


def ensure_released(policy: VisitPolicy, starts_at: datetime, now: datetime) -> None:
    """Raise NotReleased until the slot can be booked."""
    opens = opens_at(policy, starts_at)
    if opens is not None and now < opens:
        raise NotReleased(opens)


def penalty_free_until(policy: VisitPolicy, starts_at: datetime) -> datetime:
    """Return the instant before which cancelling has no consequence."""
    return starts_at - timedelta(minutes=policy.cancel_until_min)


def age_on(born_on: date, day: date) -> int:
    """Return the full years on a day; whoever was born on 29 February completes a year on 1 March of a common one."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def ensure_minors_accompanied(policy: VisitPolicy, people: Sequence[Age], visit_on: date) -> None:
    """Raise MinorsUnaccompanied when visitors below the venue's age come without an adult.

    Where the document does not tell the age, a person is taken for an adult unless declared a minor.
    """
    limit = policy.minors_under
    if limit is None:
        return
    minors = [index for index, person in enumerate(people) if _is_below(person, limit, visit_on)]
    if minors and not any(_is_adult(person, visit_on) for person in people):
        raise MinorsUnaccompanied(minors, limit)


def _is_below(person: Age, limit: int, day: date) -> bool:
    return person.declared_minor if person.born_on is None else age_on(person.born_on, day) < limit


def _is_adult(person: Age, day: date) -> bool:
    return not person.declared_minor if person.born_on is None else age_on(person.born_on, day) >= ADULT_AGE


def with_terms(policy: VisitPolicy, terms: NoShowTerms) -> VisitPolicy:
    """Return the policy with the terms of its no-show group."""
    return replace(policy, strikes=terms.strikes, strike_days=terms.strike_days, pause_days=terms.pause_days)
