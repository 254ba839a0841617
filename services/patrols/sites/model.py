"""Sites, and how each stands after its latest check-in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.venues.model import GeoPoint


class SiteKind(StrEnum):
    """What is patrolled."""

    OUTLET = "outlet"
    VENUE = "venue"


class SiteState(StrEnum):
    """Whether there is anything to patrol."""

    ACTIVE = "active"
    CLOSED = "closed"
    MERGED = "merged"


class CheckResult(StrEnum):
    """What a checklist came to: FAILED with a critical finding, FINDINGS with lesser ones."""

    PASSED = "passed"
    FINDINGS = "findings"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Site:
    """An outlet or a venue, as far as patrols care. `seen_by` lists the scopes that cover it, as `level:id`.

    `registered_at` is when it became one, None where nobody knows; `licence_number` is None where it has no licence.
    """

    id: str
    kind: SiteKind
    name: str
    name_en: str
    address: str
    position: GeoPoint
    city_id: str
    district_id: str
    seen_by: tuple[str, ...]
    state: SiteState
    merged_into: str | None = None
    registered_at: datetime | None = None
    licence_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class SiteStatus:
    """How a site stands: `id` is the site's.

    The `last_…` fields tell of the latest check-in, by the time of the visit, that was accepted; one that waits for
    review does not count yet. `open_findings` counts those that are confirmed and neither closed nor withdrawn.
    """

    id: str
    kind: SiteKind
    district_id: str
    seen_by: tuple[str, ...]
    last_check_in_id: str | None
    last_checked_at: datetime | None
    last_result: CheckResult | None
    open_findings: int
    version: int
