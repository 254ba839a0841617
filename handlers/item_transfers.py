"""Custody: items on their way from one holder to the next."""

from collections.abc import Sequence
from typing import Any

from handlers.item_batches import WRITERS
from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.registered_items import RECORDING
from handlers.schemas.registered_items import (
    HandOverSchema,
    OpenTransfersQuery,
    OpenTransfersSchema,
    TransferredSchema,
)
from services.items import errors
from services.items.model import Item
from services.items.transferring import HandOver

ENDING = (errors.TransferUnknown, *RECORDING)


class TransfersHandler(ApiHandler):
    """`/item-transfers`."""

    @operation(
        Operation(
            summary="Hand items over",
            description="All from one holder. The transfer is open until the receiver accepts it; until then the giver "
            "holds the items. A loan and its return are transfers with that `purpose`.",
            tag=TAG,
            roles=WRITERS,
            body=HandOverSchema,
            reply=TransferredSchema,
            status=201,
            repeatable=True,
            refusals=(errors.ItemUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Sequence[Item]]:
        """Open a transfer."""
        command = HandOver(
            actor=self.actor,
            item_ids=tuple(dict.fromkeys(content["item_ids"])),
            to=content["to"],
            purpose=content["purpose"],
            due_on=content["due_on"],
            request=self.repeated,
        )
        items = await self.services.items.transferring.hand_over(command)
        transfer = items[0].transfer
        if transfer is not None:
            self.set_header("Location", f"/api/v1/item-transfers/{transfer.id}")
        return {"items": items}

    @operation(
        Operation(
            summary="List what is on its way",
            description="Open and disputed transfers, the oldest first. Loans that were accepted are found by "
            "`GET /items?condition=on_loan`.",
            tag=TAG,
            roles=READERS,
            query=OpenTransfersQuery,
            reply=OpenTransfersSchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return transfers."""
        found = await self.services.items.transferring.open(self.actor, self.parameters["direction"])
        return {"items": [{**vars(one.transfer), "item_ids": one.item_ids} for one in found]}


class AcceptTransferHandler(ApiHandler):
    """`/item-transfers/{transfer_id}/accept`."""

    @operation(
        Operation(
            summary="Accept a transfer",
            description="From now on the receiver holds the items. Accepting again changes nothing.",
            tag=TAG,
            roles=WRITERS,
            reply=TransferredSchema,
            refusals=ENDING,
        )
    )
    async def post(self, transfer_id: str) -> dict[str, Sequence[Item]]:
        """Take items over."""
        return {"items": await self.services.items.transferring.accept(self.actor, transfer_id)}


class DisputeTransferHandler(ApiHandler):
    """`/item-transfers/{transfer_id}/dispute`."""

    @operation(
        Operation(
            summary="Dispute a transfer",
            description="What came is not what was meant. It stays visible until one side gives in: the receiver "
            "accepts, or the giver withdraws.",
            tag=TAG,
            roles=WRITERS,
            reply=TransferredSchema,
            refusals=ENDING,
        )
    )
    async def post(self, transfer_id: str) -> dict[str, Sequence[Item]]:
        """Dispute items."""
        return {"items": await self.services.items.transferring.dispute(self.actor, transfer_id)}


class WithdrawTransferHandler(ApiHandler):
    """`/item-transfers/{transfer_id}/withdraw`."""

    @operation(
        Operation(
            summary="Withdraw a transfer",
            description="The giver keeps the items.",
            tag=TAG,
            roles=WRITERS,
            reply=TransferredSchema,
            refusals=ENDING,
        )
    )
    async def post(self, transfer_id: str) -> dict[str, Sequence[Item]]:
        """Call items back."""
        return {"items": await self.services.items.transferring.withdraw(self.actor, transfer_id)}
