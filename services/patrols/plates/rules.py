"""How plates begin and end, and whether one hangs where it belongs."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.patrols.plates.errors import PlateOver, PlateSiteClosed
from services.patrols.plates.model import Plate, PlateEnd, PlateState, PlateVerdict, SitePlate
from services.patrols.sites.model import Site, SiteState
from services.venues.model import GeoPoint
from services.venues.rules import distance_m

# Positions of outlets come from addresses and maps, and a plate may hang at any door of a market or a temple's grounds.
NEAR_M = 300.0
# Indoors a phone takes its place from masts and says so; beyond this it knows nothing that would excuse a plate.
MOST_FORGIVEN_M = 500.0
# What a phone that gives no accuracy is taken for: a usual position by masts and networks in a city.
ACCURACY_UNSAID_M = 100.0

VERDICTS = {
    PlateState.CURRENT: PlateVerdict.CURRENT,
    PlateState.REPLACED: PlateVerdict.REPLACED,
    PlateState.REVOKED: PlateVerdict.REVOKED,
}


@dataclass(frozen=True, kw_only=True)
class PlaceVerdict:
    """How far from its site a plate was scanned, in metres, and whether that is too far to be true."""

    distance_m: float
    elsewhere: bool


def place_verdict(site: GeoPoint, near: GeoPoint, accuracy_m: float | None = None) -> PlaceVerdict:
    """Compare where a plate belongs with where it was scanned, both GCJ-02: a photographed plate shows up elsewhere.

    `accuracy_m` is the radius that the phone itself gives.
    """
    away = distance_m(site, near)
    forgiven = min(ACCURACY_UNSAID_M if accuracy_m is None else max(accuracy_m, 0.0), MOST_FORGIVEN_M)
    return PlaceVerdict(distance_m=round(away, 1), elsewhere=away > NEAR_M + forgiven)


def ensure_active(site: Site) -> None:
    """Raise PlateSiteClosed unless there is something to hang a plate on."""
    if site.state is not SiteState.ACTIVE:
        raise PlateSiteClosed


def ensure_current(plate: Plate) -> None:
    """Raise PlateOver unless the plate is the site's own."""
    if plate.state is not PlateState.CURRENT:
        raise PlateOver


def new_plate(plate_id: str, site: Site, *, kid: int, issued_by: str, now: datetime) -> Plate:
    """Return a plate that becomes the site's own."""
    return Plate(
        id=plate_id,
        site_id=site.id,
        site_kind=site.kind,
        kid=kid,
        state=PlateState.CURRENT,
        issued_at=now,
        issued_by=issued_by,
        ended_at=None,
        end=None,
        replaced_by=None,
        seen_by=site.seen_by,
        version=1,
    )


def replaced(plate: Plate, *, by: str, end: PlateEnd | None, now: datetime) -> Plate:
    """Return the plate, with another one in its place."""
    return replace(plate, state=PlateState.REPLACED, ended_at=now, end=end, replaced_by=by, version=plate.version + 1)


def revoked(plate: Plate, *, end: PlateEnd, now: datetime) -> Plate:
    """Return the plate, with none in its place."""
    return replace(plate, state=PlateState.REVOKED, ended_at=now, end=end, version=plate.version + 1)


def pointed(own: SitePlate | None, site_id: str, plate_id: str | None) -> SitePlate:
    """Return what says which plate is the site's own, changed."""
    return SitePlate(id=site_id, plate_id=plate_id, version=1 if own is None else own.version + 1)
