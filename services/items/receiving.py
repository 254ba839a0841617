"""Item types as the main system tells of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.common.clock import Clock, IdSource
from services.identity.model import Scope, ScopeLevel
from services.items.attribute_schemas import normal_schema
from services.items.errors import ItemTypeInvalid
from services.items.model import ItemType, LabelDesign, RequiredInspection, TypeContent
from services.items.ports import TypeStore
from services.items.rules_types import ensure_content
from services.sync.inbound.errors import NotTaken, Outdated, not_taken
from services.sync.inbound.model import Arrival, Local, ReferenceKind
from services.sync.standard.model import Flaw
from services.venues.errors import OwnerUnknown
from services.venues.scopes import Scopes

PREFIX = "ity"
LAYOUT = "a4-70"
LONGEST_TITLE = 20


class ItemTypeReceiver:
    """Item types. One that is gone there stays: items of it exist, and their labels are out in the world."""

    kind = ReferenceKind.ITEM_TYPE

    def __init__(self, *, store: TypeStore, scopes: Scopes, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._scopes = scopes
        self._clock = clock
        self._ids = ids

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the port's
        """Return the data with the schema of attributes as it is kept."""
        return {**data, "attributes_schema": normal_schema(data["attributes_schema"])}

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:  # noqa: ARG002 -- the port's
        """Return None: two types may have one name, so a name says nothing."""
        return None

    def new_id(self, data: Mapping[str, Any]) -> str:  # noqa: ARG002 -- the port's
        """Return the id of a new type."""
        return self._ids.new(PREFIX)

    async def find(self, local_id: str) -> Local | None:
        """Return the type."""
        found = await self._store.find(local_id)
        return None if found is None else Local(fields=_fields_of(found), version=found.version)

    async def receive(self, arrival: Arrival) -> None:
        """Add the type, or change what the main system owns of it; raises NotTaken, Outdated."""
        present = await self._store.find(arrival.local_id)
        if (None if arrival.seen is None else arrival.seen.version) != (None if present is None else present.version):
            raise Outdated
        owner = _owner(arrival.fields["owner_code"])
        try:
            seen_by = await self._scopes.seen_by(owner)
            content = ensure_content(_content(arrival, present))
        except OwnerUnknown:
            raise NotTaken(Flaw(path="data.owner_code", rule="division_not_known")) from None
        except ItemTypeInvalid as error:
            faults = tuple(replace(one, path=f"data.{one.path}") for one in error.errors)
            raise not_taken(error.code, faults) from None
        if present is None:
            await self._add(arrival, owner, seen_by, content)
            return
        changed = replace(present, owner=owner, seen_by=seen_by, version=present.version + 1, **vars(content))
        if not await self._store.replace(changed, present.version):
            raise Outdated

    async def _add(self, arrival: Arrival, owner: Scope, seen_by: tuple[str, ...], content: TypeContent) -> None:
        made = ItemType(
            id=arrival.local_id,
            owner=owner,
            seen_by=seen_by,
            version=1,
            created_at=self._clock.now(),
            **vars(content),
        )
        await self._store.add_missing([made])
        if await self._store.find(made.id) != made:
            raise Outdated

    async def end(self, local_id: str, fence: int) -> bool:  # noqa: ARG002 -- the port's
        """Leave it as it is."""
        return False


def _owner(code: str) -> Scope:
    return Scope(level=ScopeLevel.CITY if code.endswith("00") else ScopeLevel.DISTRICT, id=code)


def _content(arrival: Arrival, present: ItemType | None) -> TypeContent:
    said, fields = arrival.data.get("label"), arrival.fields
    first = LabelDesign(**said) if said else LabelDesign(layout=LAYOUT, title=fields["name"][:LONGEST_TITLE])
    return TypeContent(
        name=fields["name"],
        name_en=fields["name_en"],
        attributes_schema=fields["attributes_schema"],
        public_attributes=tuple(fields["public_attributes"]),
        label=first if present is None else present.label,
        required_inspections=tuple(RequiredInspection(**one) for one in fields["required_inspections"]),
    )


def _fields_of(found: ItemType) -> Mapping[str, Any]:
    return {
        "owner_code": found.owner.id,
        "name": found.name,
        "name_en": found.name_en,
        "attributes_schema": dict(found.attributes_schema),
        "public_attributes": list(found.public_attributes),
        "required_inspections": [vars(one).copy() for one in found.required_inspections],
        "label": vars(found.label).copy(),
    }
