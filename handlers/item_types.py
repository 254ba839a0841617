"""Item types: what items of a kind have in common."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.items import (
    ChangedItemTypeSchema,
    ItemTypePageSchema,
    ItemTypeQuery,
    ItemTypeSchema,
    NewItemTypeSchema,
    content_of,
)
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.items import errors
from services.items.model import ItemType
from services.venues.errors import OwnerMissing, OwnerUnknown

TAG = "Items"
ADMINS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
READERS = frozenset({*ADMINS, Role.VENUE_MANAGER, Role.AUDITOR, Role.INSPECTOR})


class ItemTypesHandler(ApiHandler):
    """`/item-types`."""

    @operation(
        Operation(
            summary="Make an item type",
            description="`owner` is needed by who answers for several parts of the city. The type is then there for "
            "all whom its owner covers.",
            tag=TAG,
            roles=ADMINS,
            body=NewItemTypeSchema,
            reply=ItemTypeSchema,
            status=201,
            repeatable=True,
            refusals=(errors.ItemTypeInvalid, OwnerMissing, OwnerUnknown),
        )
    )
    async def post(self, content: dict[str, Any]) -> ItemType:
        """Make a type."""
        made = await self.services.item_types.create(self.actor, content["owner"], content_of(content), self.repeated)
        self.set_header("Location", f"/api/v1/item-types/{made.id}")
        return made

    @operation(
        Operation(
            summary="List item types",
            description="Those of one's own part of the city and of the levels above it, by name.",
            tag=TAG,
            roles=READERS,
            query=ItemTypeQuery,
            reply=ItemTypePageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[ItemType]:
        """Return a page of types."""
        asked = self.parameters
        return await self.services.item_types.list(self.actor, asked["q"], asked["limit"], asked["after"])


class ItemTypeHandler(ApiHandler):
    """`/item-types/{item_type_id}`."""

    @operation(
        Operation(
            summary="See an item type",
            tag=TAG,
            roles=READERS,
            reply=ItemTypeSchema,
            refusals=(errors.ItemTypeUnknown,),
        )
    )
    async def get(self, item_type_id: str) -> ItemType:
        """Return a type."""
        return await self.services.item_types.get(self.actor, item_type_id)

    @operation(
        Operation(
            summary="Change an item type",
            description="Replaces all of it. `version` says which one was read; a change in between is a conflict.",
            tag=TAG,
            roles=ADMINS,
            body=ChangedItemTypeSchema,
            reply=ItemTypeSchema,
            refusals=(
                errors.ItemTypeUnknown,
                errors.ItemTypeNotYours,
                errors.ItemTypeInvalid,
                errors.ItemTypeChanged,
            ),
        )
    )
    async def post(self, item_type_id: str, content: dict[str, Any]) -> ItemType:
        """Change a type."""
        return await self.services.item_types.change(self.actor, item_type_id, content["version"], content_of(content))
