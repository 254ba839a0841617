"""What anybody may learn of a plate and of the site that it was made for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import CheckResult, SiteKind, SiteState


class Place(StrEnum):
    """Where the plate was scanned, seen from its site: UNKNOWN where the phone does not tell."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class LicenceStatus(StrEnum):
    """How a licence stands today; NONE where an outlet has none."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    NONE = "none"


class Caution(StrEnum):
    """What somebody in front of the plate should know, the worst first."""

    PLATE_FORGED = "plate_forged"
    PLATE_REVOKED = "plate_revoked"
    PLATE_ELSEWHERE = "plate_elsewhere"
    PLATE_REPLACED = "plate_replaced"
    SITE_CLOSED = "site_closed"
    SITE_MERGED = "site_merged"
    LICENCE_NONE = "licence_none"
    LICENCE_EXPIRED = "licence_expired"
    LICENCE_NOT_YET = "licence_not_yet"
    CHECK_FAILED = "check_failed"
    LICENCE_EXPIRING = "licence_expiring"


class Sign(StrEnum):
    """What the answer comes to at a glance: green, amber, red, or not ours at all."""

    GOOD = "good"
    CARE = "care"
    ALARM = "alarm"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class PublicLicence:
    """A licence; without one, all but `status` are None."""

    status: LicenceStatus
    number: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    scope: str | None


@dataclass(frozen=True, kw_only=True)
class LastCheck:
    """What the latest accepted check-in came to, and its day in the city; nothing of who made it."""

    result: CheckResult
    checked_on: date


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a site stands: None for `licence` where sites of its kind have none, for `last_check` before the first."""

    licence: PublicLicence | None
    last_check: LastCheck | None
    open_findings: int


@dataclass(frozen=True, kw_only=True)
class PublicSite:
    """A site by what hangs at its door; `merged_into` is the name of what it became part of."""

    kind: SiteKind
    name: str
    name_en: str
    address: str
    state: SiteState
    merged_into: str | None
    merged_into_en: str | None


@dataclass(frozen=True, kw_only=True)
class PlateAnswer:
    """The answer to a scan.

    `site` is None where the plate is not ours. `standing` is None unless the plate is current and is not shown
    elsewhere: what has ended, or hangs in the wrong place, must lend no credit to whoever shows it.
    """

    verdict: PlateVerdict
    place: Place
    sign: Sign
    warnings: Sequence[Caution]
    issued_on: date | None
    ended_on: date | None
    site: PublicSite | None
    standing: Standing | None
