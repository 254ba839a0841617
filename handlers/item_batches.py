"""Item batches: codes made together."""

from typing import Any

from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.items import (
    ItemBatchDetailSchema,
    ItemBatchPageSchema,
    ItemBatchQuery,
    ItemBatchSchema,
    MintSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.items import errors
from services.items.model import ItemBatch
from services.venues.errors import OwnerUnknown

WRITERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})


class ItemBatchesHandler(ApiHandler):
    """`/item-batches`."""

    @operation(
        Operation(
            summary="Mint a batch of codes",
            description="The codes are made by a job in the background: see `job_id`. Send an `Idempotency-Key`: a "
            "repeat returns the first batch and makes no other.",
            tag=TAG,
            roles=WRITERS,
            body=MintSchema,
            reply=ItemBatchSchema,
            status=202,
            repeatable=True,
            refusals=(
                errors.ItemTypeUnknown,
                errors.ItemTypeOutOfReach,
                errors.OwnerMissing,
                OwnerUnknown,
                TooBusy,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> ItemBatch:
        """Ask for codes."""
        batch = await self.services.item_batches.mint(
            self.actor, content["item_type_id"], content["quantity"], content["owner"], self.repeated
        )
        self.set_header("Location", f"/api/v1/item-batches/{batch.id}")
        return batch

    @operation(
        Operation(
            summary="List item batches",
            description="Newest first.",
            tag=TAG,
            roles=READERS,
            query=ItemBatchQuery,
            reply=ItemBatchPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[ItemBatch]:
        """Return a page of batches."""
        asked = self.parameters
        return await self.services.item_batches.list(self.actor, asked["item_type_id"], asked["limit"], asked["after"])


class ItemBatchHandler(ApiHandler):
    """`/item-batches/{item_batch_id}`."""

    @operation(
        Operation(
            summary="See an item batch",
            tag=TAG,
            roles=READERS,
            reply=ItemBatchDetailSchema,
            refusals=(errors.ItemBatchUnknown,),
        )
    )
    async def get(self, item_batch_id: str) -> dict[str, Any]:
        """Return a batch and how far it is."""
        batch, job = await self.services.item_batches.get(self.actor, item_batch_id)
        return {**vars(batch), "state": job.state, "minted": job.done}
