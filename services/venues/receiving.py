"""Divisions and venues as the main system tells of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.common.clock import IdSource
from services.sync.inbound.errors import NotTaken, Outdated
from services.sync.inbound.model import Arrival, Local, ReferenceKind
from services.sync.standard.model import Flaw
from services.venues.model import District, GeoPoint, OpeningHours, Venue, VenueKind
from services.venues.ports import ReceivedVenues

PREFIX = "ven"
# What a new venue has until somebody here says otherwise.
PARTY = 5
# The main system's fields by the names that they have in `Venue`.
FIELDS = {
    "name": "name",
    "name_en": "name_en",
    "pinyin": "pinyin",
    "kind": "kind",
    "address": "address",
    "district_code": "district_id",
    "organisation_key": "organisation_id",
    "position": "position",
}


class DivisionReceiver:
    """Districts, whose ids are their codes. One that is gone there stays: venues, outlets and records name it."""

    kind = ReferenceKind.DIVISION

    def __init__(self, *, store: ReceivedVenues) -> None:
        self._store = store

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the port's
        """Return the data as they are."""
        return data

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:  # noqa: ARG002 -- the port's
        """Return the code, whether there is such a district already or not."""
        return str(data["code"])

    def new_id(self, data: Mapping[str, Any]) -> str:
        """Return the code."""
        return str(data["code"])

    async def find(self, local_id: str) -> Local | None:
        """Return the district."""
        district = await self._store.find_district(local_id)
        if district is None:
            return None
        fields = {name: getattr(district, name) for name in ("name", "name_en", "pinyin")}
        return Local(fields={**fields, "code": district.id, "city_code": district.city_id}, version=None)

    async def receive(self, arrival: Arrival) -> None:
        """Add or replace the district; raises NotTaken for another code, Outdated."""
        if arrival.fields["code"] != arrival.local_id:
            raise NotTaken(Flaw(path="data.code", rule="code_changed"))
        names = {name: arrival.fields[name] for name in ("name", "name_en", "pinyin")}
        district = District(id=arrival.local_id, city_id=arrival.fields["city_code"], **names)
        if not await self._store.claim_district(district, arrival.fence):
            raise Outdated

    async def end(self, local_id: str, fence: int) -> bool:  # noqa: ARG002 -- the port's
        """Leave it as it is."""
        return False


class VenueReceiver:
    """Venues. One that is gone there stays: it has slots, and people hold places in them."""

    kind = ReferenceKind.VENUE

    def __init__(self, *, store: ReceivedVenues, ids: IdSource) -> None:
        self._store = store
        self._ids = ids

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the port's
        """Return the data as they are."""
        return data

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:  # noqa: ARG002 -- the port's
        """Return the venue with this name in this district, if there is one."""
        same = [
            venue.id
            for venue in await self._store.all_venues()
            if (venue.name, venue.district_id) == (data["name"], data["district_code"])
        ]
        return same[0] if len(same) == 1 else None

    def new_id(self, data: Mapping[str, Any]) -> str:  # noqa: ARG002 -- the port's
        """Return the id of a new venue."""
        return self._ids.new(PREFIX)

    async def find(self, local_id: str) -> Local | None:
        """Return the venue."""
        venue = await self._store.find(local_id)
        return None if venue is None else Local(fields=_fields_of(venue), version=None)

    async def receive(self, arrival: Arrival) -> None:
        """Add the venue, or change what the main system owns of it; raises NotTaken, Outdated."""
        district = await self._store.find_district(arrival.fields["district_code"])
        if district is None:
            raise NotTaken(Flaw(path="data.district_code", rule="division_not_known"))
        present = await self._store.find(arrival.local_id)
        venue = _with_fields(present or _new(arrival), arrival.fields, district.city_id)
        fields = {*FIELDS.values(), "city_id"}
        if not await self._store.claim_venue(venue, fields, arrival.fence):
            raise Outdated

    async def end(self, local_id: str, fence: int) -> bool:  # noqa: ARG002 -- the port's
        """Leave it as it is."""
        return False


def _fields_of(venue: Venue) -> Mapping[str, Any]:
    hours = [{"days": list(one.days), "opens": one.opens, "closes": one.closes} for one in venue.usual_hours]
    return {
        **{name: getattr(venue, ours) for name, ours in FIELDS.items()},
        "kind": venue.kind.value,
        "position": {"lng": venue.position.lng, "lat": venue.position.lat},
        "usual_hours": hours,
        "max_party_size": venue.max_party_size,
        "about": venue.about,
        "about_en": venue.about_en,
    }


def _with_fields(venue: Venue, fields: Mapping[str, Any], city_id: str) -> Venue:
    said = {ours: fields[name] for name, ours in FIELDS.items()}
    position = GeoPoint(**fields["position"])
    return replace(venue, **{**said, "kind": VenueKind(fields["kind"]), "position": position, "city_id": city_id})


def _new(arrival: Arrival) -> Venue:
    """Return a venue with our own fields as the main system says them first, and no gates yet."""
    said = arrival.data
    hours = tuple(
        OpeningHours(days=tuple(one["days"]), opens=one["opens"], closes=one["closes"])
        for one in said.get("usual_hours", ())
    )
    return Venue(
        id=arrival.local_id,
        name="",
        name_en="",
        pinyin="",
        kind=VenueKind(said["kind"]),
        address="",
        city_id="",
        district_id="",
        organisation_id=None,
        position=GeoPoint(**said["position"]),
        usual_hours=hours,
        gates=(),
        max_party_size=said.get("max_party_size", PARTY),
        about=said.get("about", ""),
        about_en=said.get("about_en", ""),
        example=False,
    )
