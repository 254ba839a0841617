"""What a policy means: windows with their release hour, company for minors, deadlines."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.policies.errors import MinorsUnaccompanied, NotReleased
from services.policies.model import Age, NoShowTerms, default_terms
from services.policies.rules import (
    age_on,
    ensure_minors_accompanied,
    ensure_released,
    opens_at,
    penalty_free_until,
    with_terms,
)
from tests.policies import NOW, a_policy

VISIT = date(2026, 11, 29)
ADULT, CHILD = Age(born_on=date(1990, 1, 1), declared_minor=False), Age(born_on=date(2016, 1, 1), declared_minor=False)
UNTOLD, DECLARED = Age(born_on=None, declared_minor=False), Age(born_on=None, declared_minor=True)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "days", "hour", "opens"),
    [
        ("2026-11-29T01:00", 7, "08:00", "2026-11-22T00:00"),
        # Half past midnight in the city is the day before in UTC, on both sides.
        ("2026-11-28T16:30", 7, "00:00", "2026-11-21T16:00"),
        ("2026-11-28T15:59", 7, "00:00", "2026-11-20T16:00"),
        # Across the year's end.
        ("2027-01-01T02:00", 1, "20:30", "2026-12-31T12:30"),
        ("2026-12-31T16:00", 3, "00:00", "2026-12-28T16:00"),
        # Across a leap day.
        ("2028-03-01T02:00", 1, "09:00", "2028-02-29T01:00"),
        # On the day itself, even after the start: then nobody ever books it.
        ("2026-11-29T01:00", 0, "18:00", "2026-11-29T10:00"),
    ],
)
def test_a_day_opens_so_many_days_before_at_its_hour(starts_at: str, days: int, hour: str, opens: str) -> None:
    policy = a_policy(book_days_ahead=days, releases_at=hour)
    assert opens_at(policy, utc(starts_at)) == utc(opens)


def test_all_slots_of_a_day_open_at_once() -> None:
    policy = a_policy(book_days_ahead=3, releases_at="08:00")
    first, last = utc("2026-11-28T16:00"), utc("2026-11-29T15:59")
    assert opens_at(policy, first) == opens_at(policy, last)


def test_booking_begins_with_the_instant_of_release() -> None:
    policy, starts_at = a_policy(book_days_ahead=7, releases_at="08:00"), utc("2026-11-29T01:00")
    opens = utc("2026-11-22T00:00")
    ensure_released(policy, starts_at, opens)
    with pytest.raises(NotReleased) as refused:
        ensure_released(policy, starts_at, opens - timedelta(milliseconds=1))
    assert refused.value.opens_at == opens
    assert refused.value.extra == {"opens_at": "2026-11-22T08:00:00+08:00"}


def test_a_venue_without_a_policy_demands_nothing() -> None:
    policy = a_policy()
    assert opens_at(policy, NOW) is None
    ensure_released(policy, NOW + timedelta(days=3650), NOW)
    ensure_minors_accompanied(policy, [CHILD], VISIT)
    assert penalty_free_until(policy, NOW) == NOW
    assert (policy.version, policy.strikes, policy.ledger) == (0, 3, "ven_a")


def test_cancelling_has_no_consequence_until_the_deadline() -> None:
    assert penalty_free_until(a_policy(cancel_until_min=120), NOW) == NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("born_on", "day", "years"),
    [
        ("2012-11-29", "2026-11-28", 13),
        ("2012-11-29", "2026-11-29", 14),
        ("2012-02-29", "2026-02-28", 13),
        ("2012-02-29", "2026-03-01", 14),
        ("2012-02-29", "2028-02-28", 15),
        ("2012-02-29", "2028-02-29", 16),
        ("2012-12-31", "2027-01-01", 14),
    ],
)
def test_a_year_of_life_is_complete_on_the_birthday(born_on: str, day: str, years: int) -> None:
    assert age_on(date.fromisoformat(born_on), date.fromisoformat(day)) == years


@pytest.mark.parametrize("company", [[CHILD, ADULT], [ADULT, CHILD], [CHILD, UNTOLD], [DECLARED, ADULT], [UNTOLD]])
def test_minors_come_with_an_adult(company: list[Age]) -> None:
    ensure_minors_accompanied(a_policy(minors_under=14), company, VISIT)


@pytest.mark.parametrize(
    ("company", "paths"),
    [
        ([CHILD], ["visitors[0]"]),
        ([DECLARED], ["visitors[0]"]),
        # Seventeen is old enough to come alone, and too young to bring others.
        ([Age(born_on=date(2009, 1, 1), declared_minor=False), CHILD, DECLARED], ["visitors[1]", "visitors[2]"]),
    ],
)
def test_minors_without_an_adult_are_named(company: list[Age], paths: list[str]) -> None:
    with pytest.raises(MinorsUnaccompanied) as refused:
        ensure_minors_accompanied(a_policy(minors_under=14), company, VISIT)
    assert [(one.path, one.code, one.values) for one in refused.value.errors] == [
        (path, "minor_without_adult", ("14",)) for path in paths
    ]


def test_the_age_counts_on_the_day_of_the_visit() -> None:
    child = Age(born_on=VISIT.replace(year=2012), declared_minor=False)
    ensure_minors_accompanied(a_policy(minors_under=14), [child], VISIT)
    with pytest.raises(MinorsUnaccompanied):
        ensure_minors_accompanied(a_policy(minors_under=14), [child], VISIT - timedelta(days=1))


def test_a_document_that_tells_the_age_outweighs_what_is_declared() -> None:
    grown = Age(born_on=date(1990, 1, 1), declared_minor=True)
    ensure_minors_accompanied(a_policy(minors_under=14), [grown, CHILD], VISIT)


def test_the_terms_are_those_of_the_group() -> None:
    terms = NoShowTerms(group="temples", version=4, strikes=3, strike_days=90, pause_days=30)
    policy = with_terms(a_policy(no_show_group="temples", version=9), terms)
    assert (policy.ledger, policy.version, policy.strikes) == ("temples", 9, 3)
    assert with_terms(policy, default_terms("temples")) == with_terms(policy, replace(terms, version=0))
    assert with_terms(policy, replace(terms, strikes=None)).strikes is None
