"""Decisions about log-ins and scopes, free of input and output."""

import re
from datetime import datetime, timedelta

from services.identity.errors import AccountInvalid, LockedOut
from services.identity.model import Actor, Attempts, Owner, Role, Scope, ScopeLevel, StaffAccount

FREE_FAILURES = 5
FIRST_DELAY_S = 30
LONGEST_DELAY_S = 3600
MIN_PASSWORD_CHARACTERS = 12
USERNAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
TOTP_STEP_S = 30
DEVICE_PREFIX = "dev_"


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Return until when a user name is locked after its n-th failure in a row.

    Five failures are free; the sixth locks for 30 s, each further one twice as long, at most an
    hour. NIST SP 800-63B section 5.2.2 asks for throttling; a growing delay never locks forever.
    """
    beyond = failures - FREE_FAILURES
    if beyond <= 0:
        return None
    delay = min(FIRST_DELAY_S * 2 ** min(beyond - 1, 10), LONGEST_DELAY_S)
    return now + timedelta(seconds=delay)


def ensure_not_locked(attempts: Attempts, now: datetime) -> None:
    """Raise LockedOut with the seconds to wait while the user name is locked."""
    if attempts.locked_until is not None and attempts.locked_until > now:
        raise LockedOut(retry_after_s=int((attempts.locked_until - now).total_seconds()) + 1)


def covers(scope: Scope, owner: Owner) -> bool:
    """Tell whether `scope` contains a thing that `owner` describes."""
    owned_by = {
        ScopeLevel.CITY: owner.city_id,
        ScopeLevel.DISTRICT: owner.district_id,
        ScopeLevel.ORGANISATION: owner.organisation_id,
        ScopeLevel.VENUE: owner.venue_id,
    }
    return owned_by[scope.level] == scope.id


def may_see(actor: Actor, owner: Owner) -> bool:
    """Tell whether any of the actor's scopes contains the thing; outside, it does not exist for them."""
    return any(covers(scope, owner) for scope in actor.scopes)


def is_device(actor: Actor) -> bool:
    """Tell whether a gate device acts, and no person: it may do less than staff at a gate."""
    return actor.role is Role.GATE and actor.id.startswith(DEVICE_PREFIX)


def is_still(account: StaffAccount, actor: Actor) -> bool:
    """Tell whether an account is what a token says of it: nobody has ended it, or moved it elsewhere, meanwhile."""
    return account.active and account.role is actor.role and set(account.scopes) == set(actor.scopes)


def totp_step(now: datetime) -> int:
    """Return the number of the 30-second step that `now` lies in (RFC 6238)."""
    return int(now.timestamp()) // TOTP_STEP_S


def ensure_creatable(username: str, password: str, role: Role) -> None:
    """Raise AccountInvalid unless an operator may make this staff account."""
    if role is Role.CITIZEN:
        raise AccountInvalid("citizens log in by WeChat and have no user name")
    if not USERNAME_PATTERN.fullmatch(username):
        raise AccountInvalid("a user name has 1 to 64 letters, digits, _ or -")
    ensure_password(password)


def ensure_password(password: str) -> None:
    """Raise AccountInvalid unless an account may have this password."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise AccountInvalid(f"a password has at least {MIN_PASSWORD_CHARACTERS} characters")
