"""Decisions about outlets, free of input and output."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from services.common.errors import FieldError
from services.patrols.outlets.errors import (
    MergeRefused,
    OutletActive,
    OutletChanged,
    OutletInvalid,
    OutletKeyTaken,
    OutletNotActive,
)
from services.patrols.outlets.model import CloseReason, Licence, Outlet, OutletDetails, OutletKey, ProtectedContact
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.transparency.commitment import canonical
from services.venues.model import GeoPoint
from services.venues.rules import distance_m

# China's land, rounded outwards, in degrees: what lies outside has most often its two numbers swapped.
WEST, EAST = 73.0, 136.0
SOUTH, NORTH = 3.0, 54.0
MOST_ABSORBED = 50
# From the nearest venue of its city, in metres: wider than any city, so that only a wrong position is refused.
FARTHEST_M = 150_000.0
# The parts of an outlet that people give, in the words of the wire.
DETAILS = ("name", "name_en", "kind", "address", "district_id", "position", "uscc", "licence", "external_id")


def faults_of(details: OutletDetails) -> Iterator[FieldError]:
    """Yield what is wrong with the details, whatever else is known."""
    if details.uscc is not None and not is_uscc(details.uscc):
        yield FieldError(path="uscc", code="uscc_invalid", detail="not a unified social credit code (GB 32100)")
    if details.licence is not None and details.licence.valid_to < details.licence.valid_from:
        yield FieldError(path="licence.valid_to", code="ends_before_start", detail="it ends before it starts")
    yield from _faults_of_position(details.position)


def is_uscc(text: str) -> bool:
    """Tell whether the text is a unified social credit code (GB 32100-2015), as written: 18 characters, upper case."""
    try:
        return bool(uscc.validate(text) == text)
    except ValidationError:
        return False


def _faults_of_position(position: GeoPoint) -> Iterator[FieldError]:
    bounds = (("lng", position.lng, WEST, EAST), ("lat", position.lat, SOUTH, NORTH))
    for name, value, least, most in bounds:
        if not least <= value <= most:
            shown = (f"{least:g}", f"{most:g}")
            detail = f"from {shown[0]} to {shown[1]}"
            yield FieldError(path=f"position.{name}", code="out_of_range", detail=detail, values=shown)


def ensure_sound(details: OutletDetails) -> None:
    """Raise OutletInvalid with all that is wrong."""
    faults = tuple(faults_of(details))
    if faults:
        raise OutletInvalid(errors=faults)


def position_fault(position: GeoPoint, venues: Collection[GeoPoint]) -> FieldError | None:
    """Return what is wrong with a position in a city where `venues` are; of a city without any, nothing is known."""
    if not venues or any(distance_m(position, one) <= FARTHEST_M for one in venues):
        return None
    most = f"{FARTHEST_M / 1000:g}"
    detail = f"more than {most} km from every venue of its city: are longitude and latitude right?"
    return FieldError(path="position", code="position_implausible", detail=detail, values=(most,))


def ensure_version(outlet: Outlet, version: int | None) -> None:
    """Raise OutletChanged unless the outlet is as the client read it; None means whatever it is."""
    if version is not None and outlet.version != version:
        raise OutletChanged


def details_of(outlet: Outlet) -> OutletDetails:
    """Return what people said of the outlet."""
    return OutletDetails(**{name: getattr(outlet, name) for name in DETAILS})


def with_details(
    outlet: Outlet, details: OutletDetails, contacts: tuple[ProtectedContact, ...] | None, now: datetime
) -> tuple[Outlet, Sequence[str]]:
    """Return the outlet with these details, and what differs; contacts of None stay as they are."""
    different = [name for name in DETAILS if getattr(outlet, name) != getattr(details, name)]
    changes = {name: getattr(details, name) for name in different}
    if contacts is not None:
        different.append("contacts")
        changes["contacts"] = contacts
    return replace(outlet, **changes, changed_at=now, version=outlet.version + 1), different


def close(outlet: Outlet, reason: CloseReason, now: datetime) -> Outlet | None:
    """Return the outlet closed, None where it is so for this reason already; raises OutletNotActive."""
    if outlet.state is SiteState.CLOSED and outlet.close_reason is reason:
        return None
    if outlet.state is not SiteState.ACTIVE:
        raise OutletNotActive
    return _moved(outlet, now, state=SiteState.CLOSED, close_reason=reason)


def reopen(outlet: Outlet, now: datetime) -> Outlet:
    """Return a closed outlet open again; raises OutletActive, or MergeRefused where it is merged."""
    if outlet.state is SiteState.ACTIVE:
        raise OutletActive
    if outlet.state is SiteState.MERGED:
        raise MergeRefused
    return _moved(outlet, now, state=SiteState.ACTIVE, close_reason=None)


def merge(outlet: Outlet, into: Outlet, now: datetime) -> tuple[Outlet, Outlet] | None:
    """Return both after a merge, None where it has been; raises OutletNotActive or MergeRefused.

    The other one takes note, so that its version guards against its being merged or closed in the same moment.
    """
    if outlet.state is SiteState.MERGED and outlet.merged_into == into.id:
        return None
    if outlet.state is SiteState.MERGED or into.state is not SiteState.ACTIVE:
        raise OutletNotActive
    several_cities = outlet.city_id != into.city_id
    if outlet.id == into.id or several_cities or outlet.absorbed or len(into.absorbed) >= MOST_ABSORBED:
        raise MergeRefused
    merged = _moved(outlet, now, state=SiteState.MERGED, merged_into=into.id, close_reason=None)
    return merged, _moved(into, now, absorbed=(*into.absorbed, outlet.id))


def _moved(outlet: Outlet, now: datetime, **changes: object) -> Outlet:
    moved: Outlet = replace(outlet, **changes, changed_at=now, version=outlet.version + 1)  # type: ignore[arg-type]  # fields of its own
    return moved


def key_ids(city_id: str, licence: Licence | None, external_id: str | None) -> tuple[str, ...]:
    """Return the ids of the keys that an outlet with these has."""
    found = [] if licence is None else [f"licence:{city_id}:{licence.number}"]
    return tuple(found if external_id is None else [*found, f"external:{city_id}:{external_id}"])


def keys_after(
    outlet_id: str, before: Sequence[str], after: Sequence[str], present: dict[str, OutletKey]
) -> tuple[OutletKey, ...]:
    """Return the keys that change hands when an outlet's go from `before` to `after`; raises OutletKeyTaken."""
    changed, taken = [], []
    for one in dict.fromkeys((*before, *after)):
        holder = outlet_id if one in after else None
        key = present.get(one)
        if key is None:
            changed.append(OutletKey(id=one, outlet_id=holder, version=1))
        elif key.outlet_id not in {None, outlet_id}:
            taken.append(one)
        elif key.outlet_id != holder:
            changed.append(replace(key, outlet_id=holder, version=key.version + 1))
    if taken:
        raise OutletKeyTaken(errors=tuple(map(_taken, taken)))
    return tuple(changed)


def _taken(key_id: str) -> FieldError:
    path = {"licence": "licence.number", "external": "external_id"}[key_id.partition(":")[0]]
    return FieldError(path=path, code=OutletKeyTaken.code, detail="another outlet of the city has this")


def digest_of(outlet: Outlet) -> str:
    """Return the SHA-256, in hexadecimal, of what the register says of the outlet in public."""
    licence = outlet.licence
    said = {
        "name": outlet.name,
        "kind": outlet.kind.value,
        "address": outlet.address,
        "district_id": outlet.district_id,
        "position": [f"{outlet.position.lng:.6f}", f"{outlet.position.lat:.6f}"],
        "uscc": outlet.uscc,
        "licence": None
        if licence is None
        else [licence.number, licence.issuer, licence.valid_from.isoformat(), licence.valid_to.isoformat()],
        "state": outlet.state.value,
        "merged_into": outlet.merged_into,
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def site_of(outlet: Outlet) -> Site:
    """Return an outlet as a site."""
    return Site(
        id=outlet.id,
        kind=SiteKind.OUTLET,
        name=outlet.name,
        name_en=outlet.name_en,
        address=outlet.address,
        position=outlet.position,
        city_id=outlet.city_id,
        district_id=outlet.district_id,
        seen_by=outlet.seen_by,
        state=outlet.state,
        merged_into=outlet.merged_into,
        registered_at=outlet.registered_at,
        licence_number=None if outlet.licence is None else outlet.licence.number,
    )
