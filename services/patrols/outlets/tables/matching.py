"""Rows of a table beside the register: which outlet each is about, and what keeps it from being recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.common.errors import FieldError
from services.identity.model import Actor, Owner
from services.identity.rules import may_see
from services.patrols.outlets.model import Contact, Outlet
from services.patrols.outlets.ports import OutletStore
from services.patrols.outlets.registering import ChangeOutlet, RegisterOutlet
from services.patrols.outlets.rules import key_ids, position_fault
from services.patrols.outlets.tables.columns import DISTRICT, EXTERNAL_ID, LICENCE_NUMBER
from services.patrols.outlets.tables.rows import changes_said, details_said, licence_said
from services.patrols.sites.model import SiteState
from services.tables.rows import row_path
from services.venues.directory import VenueDirectory
from services.venues.model import District, GeoPoint
from services.venues.scopes import scope_names

Row = Mapping[str, Any]
Command = RegisterOutlet | ChangeOutlet


@dataclass(frozen=True, kw_only=True)
class Matched:
    """What rows come to, by row number: a command each, or faults."""

    commands: dict[int, Command] = field(default_factory=dict)
    faults: dict[int, FieldError] = field(default_factory=dict)


class RowMatching:
    """Finds the outlets of rows: by external id, or else by licence number."""

    def __init__(self, *, store: OutletStore, venues: VenueDirectory) -> None:
        self._store = store
        self._venues = venues

    async def match(self, actor: Actor, rows: Sequence[Row]) -> Matched:
        """Return what is to be done for each row, as of now."""
        districts = await self._venues.districts()
        within = {row["row"]: _district_of(row["district"], districts, actor) for row in rows}
        keys_of = {
            row["row"]: {its_id.partition(":")[0]: its_id for its_id in _keys(row, district)}
            for row in rows
            if (district := within[row["row"]]) is not None
        }
        keys = await self._store.keys({one for some in keys_of.values() for one in some.values()})
        held = {one: key.outlet_id for one, key in keys.items() if key.outlet_id is not None}
        outlets = await self._store.several(set(held.values()))
        venues = await self._venues.all()
        matched = Matched()
        for row in rows:
            number, district = row["row"], within[row["row"]]
            if district is None:
                matched.faults[number] = _fault(number, DISTRICT, "district_unknown", "no such district in your scope")
                continue
            ids = {kind: held.get(its_id) for kind, its_id in keys_of[number].items()}
            found = _command(actor, row, district.id, ids, outlets)
            places = [venue.position for venue in venues if venue.city_id == district.city_id]
            if not isinstance(found, FieldError) and (far := position_fault(_position(found, outlets), places)):
                found = replace(far, path=row_path(number, "lng"))
            if isinstance(found, FieldError):
                matched.faults[number] = found
            else:
                matched.commands[number] = found
        return matched


def _position(command: Command, outlets: Mapping[str, Outlet]) -> GeoPoint:
    if isinstance(command, RegisterOutlet):
        return command.details.position
    position: GeoPoint = command.changes.get("position", outlets[command.outlet_id].position)
    return position


def _district_of(text: str, districts: Sequence[District], actor: Actor) -> District | None:
    """Return the district of a code or name, if it is within the actor's scope."""
    for one in districts:
        if text in {one.id, one.name}:
            owner = Owner(city_id=one.city_id, district_id=one.id, organisation_id=None, venue_id=None)
            return one if may_see(actor, owner) else None
    return None


def _keys(row: Row, district: District) -> tuple[str, ...]:
    return key_ids(district.city_id, licence_said(row.get("licence")), row.get(EXTERNAL_ID))


def _command(
    actor: Actor, row: Row, district_id: str, ids: Mapping[str, str | None], outlets: Mapping[str, Outlet]
) -> Command | FieldError:
    number = row["row"]
    by_external, by_licence = ids.get("external"), ids.get("licence")
    outlet = outlets.get(by_external or by_licence or "")
    contacts = [Contact(**row["contact"])] if "contact" in row else None
    if outlet is None:
        details = details_said(row, district_id=district_id)
        return RegisterOutlet(actor=actor, details=details, contacts=contacts or [])
    column = EXTERNAL_ID if by_external is not None else LICENCE_NUMBER
    said, known = row.get(EXTERNAL_ID), outlet.external_id
    if by_licence not in {None, outlet.id} or set(outlet.seen_by).isdisjoint(scope_names(actor)):
        return _fault(number, column, "outlet_key_taken", "another outlet has this")
    # Else two rows of one table could be about one outlet, each in its own words.
    if known is not None and known != said:
        return _fault(number, EXTERNAL_ID, "outlet_key_taken", "the outlet of this licence has another external id")
    if outlet.state is not SiteState.ACTIVE:
        return _fault(number, column, "outlet_not_active", "the outlet is closed or merged")
    changes = changes_said(row, district_id=district_id)
    return ChangeOutlet(actor=actor, outlet_id=outlet.id, version=outlet.version, changes=changes, contacts=contacts)


def _fault(number: int, column: str, code: str, detail: str) -> FieldError:
    return FieldError(path=row_path(number, column), code=code, detail=detail)
