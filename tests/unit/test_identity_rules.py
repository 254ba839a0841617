"""Decisions about log-ins and scopes."""

from datetime import UTC, datetime, timedelta

import pytest

from services.identity.errors import AccountInvalid, LockedOut
from services.identity.model import Actor, Attempts, Owner, Role, Scope, ScopeLevel
from services.identity.rules import ensure_creatable, ensure_not_locked, lock_after, may_see, totp_step

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OWNER = Owner(city_id="310000", district_id="310101", organisation_id="org_1", venue_id="ven_1")


def actor(*scopes: tuple[ScopeLevel, str]) -> Actor:
    made = tuple(Scope(level=level, id=scope_id) for level, scope_id in scopes)
    return Actor(id="stf_1", role=Role.GATE, scopes=made, session_id="ses_1")


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, None), (5, None), (6, 30), (7, 60), (8, 120), (12, 1920), (13, 3600), (1000, 3600)],
)
def test_the_delay_grows_with_each_failure_and_never_beyond_an_hour(failures: int, seconds: int | None) -> None:
    until = lock_after(failures, NOW)
    assert until == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_a_locked_name_says_how_long_to_wait_and_opens_when_the_time_is_over() -> None:
    locked = Attempts(failures=6, locked_until=NOW + timedelta(seconds=30))
    with pytest.raises(LockedOut) as refused:
        ensure_not_locked(locked, NOW)
    assert refused.value.retry_after_s == 31
    ensure_not_locked(locked, NOW + timedelta(seconds=30))


@pytest.mark.parametrize(
    "scope",
    [
        (ScopeLevel.CITY, "310000"),
        (ScopeLevel.DISTRICT, "310101"),
        (ScopeLevel.ORGANISATION, "org_1"),
        (ScopeLevel.VENUE, "ven_1"),
    ],
)
def test_each_level_covers_what_it_owns(scope: tuple[ScopeLevel, str]) -> None:
    assert may_see(actor(scope), OWNER)


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        ((ScopeLevel.CITY, "110000"),),
        ((ScopeLevel.DISTRICT, "310000"),),
        ((ScopeLevel.VENUE, "310101"), (ScopeLevel.ORGANISATION, "ven_1")),
    ],
)
def test_an_id_of_another_level_or_place_covers_nothing(scopes: tuple[tuple[ScopeLevel, str], ...]) -> None:
    assert not may_see(actor(*scopes), OWNER)


def test_a_thing_without_an_organisation_is_covered_by_none() -> None:
    nobody = Owner(city_id="310000", district_id="310101", organisation_id=None, venue_id=None)
    assert not may_see(actor((ScopeLevel.ORGANISATION, ""), (ScopeLevel.VENUE, "None")), nobody)


def test_totp_steps_are_those_of_rfc_6238() -> None:
    assert totp_step(datetime.fromtimestamp(59, UTC)) == 1
    assert totp_step(datetime.fromtimestamp(1111111109, UTC)) == 0x23523EC


@pytest.mark.parametrize(
    ("username", "password", "role"),
    [
        ("", "long enough password", Role.GATE),
        ("a b", "long enough password", Role.GATE),
        ("é", "long enough password", Role.GATE),
        ("x" * 65, "long enough password", Role.GATE),
        ("gate-1", "too short", Role.GATE),
        ("gate-1", "long enough password", Role.CITIZEN),
    ],
)
def test_an_operator_cannot_make_an_unusable_account(username: str, password: str, role: Role) -> None:
    with pytest.raises(AccountInvalid):
        ensure_creatable(username, password, role)


def test_an_operator_can_make_a_usable_account() -> None:
    ensure_creatable("gate-1_east", "long enough password", Role.GATE)
