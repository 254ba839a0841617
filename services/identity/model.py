"""Accounts, actors, scopes and sessions."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an account may do; where it may do it is its scopes."""

    CITIZEN = "citizen"
    GATE = "gate"
    INSPECTOR = "inspector"
    VENUE_MANAGER = "venue_manager"
    DISTRICT_ADMIN = "district_admin"
    CITY_ADMIN = "city_admin"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"


class ScopeLevel(StrEnum):
    """The four levels that own data."""

    CITY = "city"
    DISTRICT = "district"
    ORGANISATION = "organisation"
    VENUE = "venue"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One part of the city that an account answers for; cities and districts by GB/T 2260 code."""

    level: ScopeLevel
    id: str


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Where a thing stands in the four levels; the scopes that cover it are read off these.

    None where a thing stands above that level, as what belongs to a whole city does.
    """

    city_id: str
    district_id: str | None
    organisation_id: str | None
    venue_id: str | None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who stands behind a request, as a verified token said."""

    id: str
    role: Role
    scopes: tuple[Scope, ...]
    session_id: str


@dataclass(frozen=True, kw_only=True)
class SecondFactor:
    """A TOTP secret (RFC 6238); it counts only once `confirmed`. `last_step` may not be used again."""

    ciphertext: bytes = field(repr=False)
    confirmed: bool
    last_step: int


@dataclass(frozen=True, kw_only=True)
class StaffAccount:
    """A staff member's account; `demo` marks those whose password is public, and nobody gets in who is not `active`.

    An empty `password_hash`: the account has no password yet.
    """

    id: str
    username: str
    password_hash: str = field(repr=False)
    role: Role
    scopes: tuple[Scope, ...]
    demo: bool
    second_factor: SecondFactor | None = None
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Session:
    """One log-in and all tokens that came of it; `generation` counts its refresh tokens."""

    id: str
    actor_id: str
    role: Role
    generation: int
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a client holds after logging in; `expires_in` is the access token's life in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    actor_id: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class DeviceToken:
    """What a gate device holds: one long-lived access token, which ends with its session."""

    access_token: str = field(repr=False)
    expires_at: datetime
    session_id: str


@dataclass(frozen=True, kw_only=True)
class WeChatIdentity:
    """Who WeChat says holds the phone."""

    openid: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Failed log-ins of one user name since the last success."""

    failures: int
    locked_until: datetime | None
