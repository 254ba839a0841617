"""Outlets as the main system tells of them: written by the register, so that history, keys and plates stay right."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.common.clock import IdSource
from services.common.errors import DomainError
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.model import THE_SERVICE
from services.patrols.outlets.errors import (
    OutletChanged,
    OutletFollowed,
    OutletInvalid,
    OutletKeyTaken,
    OutletUnknown,
)
from services.patrols.outlets.model import Licence, Outlet, OutletDetails, OutletKind
from services.patrols.outlets.ports import OutletStore
from services.patrols.outlets.registering import PREFIX, ChangeOutlet, OutletRegister, RegisterOutlet
from services.patrols.outlets.rules import details_of, key_ids
from services.patrols.sites.model import SiteState
from services.sync.inbound.errors import NotTaken, Outdated, not_taken
from services.sync.inbound.model import Arrival, Cause, Local, ReferenceKind
from services.sync.standard.model import Flaw
from services.venues.directory import VenueDirectory
from services.venues.errors import OwnerUnknown
from services.venues.model import GeoPoint


class OutletReceiver:
    """Outlets. One that is gone there stays as it is: to close it is for staff, who have seen it.

    One that was merged here is held: the other one stands for it, and what the main system says of it is written down.
    """

    kind = ReferenceKind.OUTLET

    def __init__(self, *, register: OutletRegister, store: OutletStore, venues: VenueDirectory, ids: IdSource) -> None:
        self._register = register
        self._store = store
        self._venues = venues
        self._ids = ids

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the data with the key as external id."""
        return {**data, "external_id": key}

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:
        """Return the outlet of the city with this external id, or else with this licence."""
        city_id = await self._city_of(data["district_code"])
        if city_id is None:
            return None
        for its_id in reversed(key_ids(city_id, _licence(data["licence"]), key)):
            found = (await self._store.keys([its_id])).get(its_id)
            if found is not None and found.outlet_id is not None:
                return found.outlet_id
        return None

    def new_id(self, data: Mapping[str, Any]) -> str:  # noqa: ARG002 -- the port's
        """Return the id of a new outlet."""
        return self._ids.new(PREFIX)

    async def find(self, local_id: str) -> Local | None:
        """Return the outlet; one that was merged is held."""
        outlet = await self._store.find(local_id)
        if outlet is None:
            return None
        held = Cause.MERGED_HERE if outlet.state is SiteState.MERGED else None
        return Local(fields=_fields_of(outlet), version=outlet.version, held=held)

    async def receive(self, arrival: Arrival) -> None:
        """Register the outlet, or change what the main system owns of it; raises NotTaken, Outdated."""
        city_id = await self._city_of(arrival.fields["district_code"])
        if city_id is None:
            raise NotTaken(Flaw(path="data.district_code", rule="division_not_known"))
        try:
            await self._write(arrival, city_id)
        except OutletChanged:
            raise Outdated from None
        except (OutletInvalid, OutletKeyTaken, OutletFollowed, OutletUnknown, OwnerUnknown) as error:
            raise _refusal(error) from None

    async def _write(self, arrival: Arrival, city_id: str) -> None:
        details = _details(arrival)
        if arrival.seen is None:
            command = RegisterOutlet(actor=_service_in([city_id]), id=arrival.local_id, details=details, contacts=())
            made = await self._register.register(command)
            if details_of(made) != details:
                raise Outdated
            return
        present = await self._store.find(arrival.local_id)
        cities = [city_id] if present is None else [city_id, present.city_id]
        changes = {name: value for name, value in vars(details).items() if name != "position"}
        await self._register.change(
            ChangeOutlet(
                actor=_service_in(cities),
                outlet_id=arrival.local_id,
                version=arrival.seen.version,
                changes=changes,
                contacts=None,
            )
        )

    async def end(self, local_id: str, fence: int) -> bool:  # noqa: ARG002 -- the port's
        """Leave it as it is."""
        return False

    async def _city_of(self, district_id: str) -> str | None:
        cities = [one.city_id for one in await self._venues.districts() if one.id == district_id]
        return cities[0] if cities else None


def _service_in(cities: Iterable[str]) -> Actor:
    scopes = tuple(Scope(level=ScopeLevel.CITY, id=city) for city in dict.fromkeys(cities))
    return Actor(id=THE_SERVICE, role=Role.CITY_ADMIN, scopes=scopes, session_id="")


def _refusal(error: DomainError) -> NotTaken:
    faults = tuple(replace(one, path=f"data.{one.path}") for one in error.errors)
    return not_taken(error.code, faults)


def _licence(said: Mapping[str, Any] | None) -> Licence | None:
    if said is None:
        return None
    days = {name: date.fromisoformat(said[name]) for name in ("valid_from", "valid_to")}
    return Licence(number=said["number"], issuer=said["issuer"], scope=said["scope"], **days)


def _details(arrival: Arrival) -> OutletDetails:
    fields = arrival.fields
    return OutletDetails(
        name=fields["name"],
        name_en=fields["name_en"],
        kind=OutletKind(fields["kind"]),
        address=fields["address"],
        district_id=fields["district_code"],
        position=GeoPoint(**arrival.data["position"]),
        uscc=fields["uscc"],
        licence=_licence(fields["licence"]),
        external_id=fields["external_id"],
    )


def _fields_of(outlet: Outlet) -> Mapping[str, Any]:
    licence = outlet.licence
    return {
        "name": outlet.name,
        "name_en": outlet.name_en,
        "kind": outlet.kind.value,
        "address": outlet.address,
        "district_code": outlet.district_id,
        "uscc": outlet.uscc,
        "licence": None
        if licence is None
        else {
            "number": licence.number,
            "issuer": licence.issuer,
            "valid_from": licence.valid_from.isoformat(),
            "valid_to": licence.valid_to.isoformat(),
            "scope": licence.scope,
        },
        "external_id": outlet.external_id,
        "position": {"lng": outlet.position.lng, "lat": outlet.position.lat},
    }
