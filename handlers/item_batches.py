"""Item batches: codes made together."""

from typing import Any

from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.items import (
    CodesQuery,
    ItemBatchDetailSchema,
    ItemBatchPageSchema,
    ItemBatchQuery,
    ItemBatchSchema,
    LabelsQuery,
    MintSchema,
)
from qr.sheet_artwork import MOST_ARTWORK_BYTES
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.items import errors
from services.items.label_errors import ArtworkRefused, LabelFileUnknown, LabelLayoutUnknown, LabelsUnavailable
from services.items.labels import code_files, find_layout, label_files
from services.items.model import ItemBatch
from services.jobs.model import JobState
from services.venues.errors import OwnerMissing, OwnerUnknown

WRITERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
FILE_REFUSALS = (
    errors.ItemBatchUnknown,
    errors.ItemBatchNotMinted,
    errors.ItemTypeUnknown,
    LabelFileUnknown,
    LabelsUnavailable,
    TooBusy,
)


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
                OwnerMissing,
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
            refusals=(errors.ItemBatchUnknown, errors.ItemTypeUnknown),
        )
    )
    async def get(self, item_batch_id: str) -> dict[str, Any]:
        """Return a batch and how far it is."""
        batch, job = await self.services.item_batches.get(self.actor, item_batch_id)
        files: dict[str, Any] = {"label_files": [], "code_files": []}
        if job.state is JobState.DONE:
            item_type = await self.services.item_types.get(self.actor, batch.type_id)
            files["label_files"] = label_files(batch.quantity, find_layout(item_type.label.layout))
            files["code_files"] = code_files(batch.quantity)
        return {**vars(batch), **files, "state": job.state, "minted": job.done}


class LabelsHandler(ApiHandler):
    """`/item-batches/{item_batch_id}/labels.pdf`."""

    @operation(
        Operation(
            summary="Print the labels of a batch",
            description="One file of labels, the same bytes as long as the type's label is not changed; `label_files` "
            "of the batch says how many there are. Each label has the code as a QR symbol and in letters, and the "
            "type's title.",
            tag=TAG,
            roles=WRITERS,
            query=LabelsQuery,
            media_type="application/pdf",
            refusals=(*FILE_REFUSALS, LabelLayoutUnknown),
        )
    )
    async def get(self, item_batch_id: str) -> None:
        """Return a file of labels."""
        await send_labels(self, item_batch_id, None)


class LabelsWithArtworkHandler(ApiHandler):
    """`/item-batches/{item_batch_id}/labels-with-artwork.pdf`."""

    max_body_bytes = MOST_ARTWORK_BYTES
    media_types = frozenset({"image/png", "image/jpeg"})

    @operation(
        Operation(
            summary="Print the labels of a batch with a picture",
            description="As `labels.pdf`, with the PNG or JPEG picture of the body beside each code, never over it. "
            "It is not kept. Layouts without room for it say so.",
            tag=TAG,
            roles=WRITERS,
            query=LabelsQuery,
            file="image/png",
            media_type="application/pdf",
            refusals=(*FILE_REFUSALS, LabelLayoutUnknown, ArtworkRefused),
        )
    )
    async def post(self, item_batch_id: str, picture: bytes) -> None:
        """Return a file of labels."""
        await send_labels(self, item_batch_id, picture)


async def send_labels(handler: ApiHandler, item_batch_id: str, picture: bytes | None) -> None:
    """Answer with a file of labels, as the parameters ask."""
    asked, services = handler.parameters, handler.services
    batch = await services.item_batches.get_minted(handler.actor, item_batch_id)
    item_type = await services.item_types.get(handler.actor, batch.type_id)
    content = await services.labels.render(batch, item_type, asked["part"], asked["layout"], picture)
    handler.send_file(content, "application/pdf", f"{batch.id}-labels-{asked['part']}.pdf")


class CodesHandler(ApiHandler):
    """`/item-batches/{item_batch_id}/codes.csv`."""

    @operation(
        Operation(
            summary="Get the codes of a batch",
            description="One file of codes for a printer's own software; `code_files` of the batch says how many "
            "there are.",
            tag=TAG,
            roles=WRITERS,
            query=CodesQuery,
            media_type="text/csv",
            refusals=FILE_REFUSALS,
        )
    )
    async def get(self, item_batch_id: str) -> None:
        """Return a file of codes."""
        part = self.parameters["part"]
        batch = await self.services.item_batches.get_minted(self.actor, item_batch_id)
        content = await self.services.labels.csv(batch, part)
        self.send_file(content, "text/csv", f"{batch.id}-codes-{part}.csv")
