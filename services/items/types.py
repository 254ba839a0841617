"""Item types: making, finding and changing them."""

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest, Page
from services.identity.model import Actor, Scope
from services.items.errors import ItemTypeChanged, ItemTypeNotYours, ItemTypeUnknown
from services.items.model import ItemType, TypeContent
from services.items.ports import TypeStore
from services.items.rules_types import ensure_content, page_of
from services.venues.scopes import Scopes, own_scope, scope_name, scope_names


class ItemTypes:
    """Types are written within their writer's scope, and used by all whom their owner covers."""

    def __init__(self, *, store: TypeStore, scopes: Scopes, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._scopes = scopes
        self._clock = clock
        self._ids = ids

    async def create(
        self, actor: Actor, owner: Scope | None, content: TypeContent, request: IdempotentRequest | None
    ) -> ItemType:
        """Return the new type, or the first answer to a repeated request.

        Raises OwnerMissing, OwnerUnknown, ItemTypeInvalid or IdempotencyKeyReused.
        """
        belongs_to = owner or own_scope(actor)
        seen_by = await self._scopes.seen_by_within(actor, belongs_to)
        item_type = ItemType(
            id=self._ids.new("ity"),
            owner=belongs_to,
            seen_by=seen_by,
            version=1,
            created_at=self._clock.now(),
            **vars(ensure_content(content)),
        )
        return await self._store.add(item_type, request)

    async def get(self, actor: Actor, type_id: str) -> ItemType:
        """Return a type that the actor may use; raises ItemTypeUnknown."""
        found = await self._store.find(type_id)
        if found is None:
            raise ItemTypeUnknown
        covered = set(found.seen_by) & set(scope_names(actor))
        if not covered and scope_name(found.owner) not in await self._scopes.usable_by(actor):
            raise ItemTypeUnknown
        return found

    async def list(self, actor: Actor, text: str | None, limit: int, after: str | None) -> Page[ItemType]:
        """Return a page of what the actor may use, by name."""
        types = await self._store.within(scope_names(actor), await self._scopes.usable_by(actor))
        return page_of(types, text, limit, after)

    async def change(self, actor: Actor, type_id: str, version: int, content: TypeContent) -> ItemType:
        """Return the type with new content.

        Raises ItemTypeUnknown, ItemTypeNotYours, ItemTypeInvalid, or ItemTypeChanged unless it is at `version`.
        """
        present = await self.get(actor, type_id)
        if not set(present.seen_by) & set(scope_names(actor)):
            raise ItemTypeNotYours
        changed = ItemType(
            id=present.id,
            owner=present.owner,
            seen_by=present.seen_by,
            version=version + 1,
            created_at=present.created_at,
            **vars(ensure_content(content)),
        )
        if not await self._store.replace(changed, version):
            raise ItemTypeChanged
        return changed
