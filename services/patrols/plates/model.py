"""Plates, and what scanning one comes to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.patrols.sites.model import SiteKind


class PlateState(StrEnum):
    """Where a plate is in its life; only one of a site's plates is CURRENT."""

    CURRENT = "current"
    REPLACED = "replaced"
    REVOKED = "revoked"


class PlateEnd(StrEnum):
    """Why a plate ended."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    REDESIGNED = "redesigned"
    SITE_CLOSED = "site_closed"
    MISUSED = "misused"


class PlateVerdict(StrEnum):
    """What a scanned plate is: ours and current, ours and ended, or not ours at all."""

    CURRENT = "current"
    REPLACED = "replaced"
    REVOKED = "revoked"
    FORGED = "forged"


@dataclass(frozen=True, kw_only=True)
class Plate:
    """A plate of a site; `kid` is the key that signed its code."""

    id: str
    site_id: str
    site_kind: SiteKind
    kid: int
    state: PlateState
    issued_at: datetime
    issued_by: str
    ended_at: datetime | None
    end: PlateEnd | None
    replaced_by: str | None
    seen_by: tuple[str, ...]
    version: int


@dataclass(frozen=True, kw_only=True)
class SitePlate:
    """Which plate is a site's own: `id` is the site's, `plate_id` None while it has none.

    Whatever begins or ends a plate changes this record, so that its version lets only one at a time through.
    """

    id: str
    plate_id: str | None
    version: int


@dataclass(frozen=True, kw_only=True)
class ScannedPlate:
    """What a scanned text is; `plate` and `site_id` are None where it is FORGED."""

    verdict: PlateVerdict
    plate: Plate | None
    site_id: str | None
