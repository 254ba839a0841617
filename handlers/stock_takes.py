"""Stock-takes: opening a count, scanning, results, sign-off."""

from collections.abc import Mapping
from typing import Any

from handlers.item_batches import WRITERS
from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.registered_items import ACTORS, RECORDING
from handlers.schemas.common import PageQuery
from handlers.schemas.stock_takes import (
    OpenStockTakeSchema,
    SignOffSchema,
    StockResultPageSchema,
    StockResultQuery,
    StockScanAnswersSchema,
    StockScansSchema,
    StockTakePageSchema,
    StockTakeSchema,
)
from services.common.errors import TooBusy
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.items import errors
from services.items.stock.model import Result, ScanAnswer, StockTake, Verdict
from services.items.stock.signing import SignOff
from services.items.stock.takes import OpenStockTake
from services.venues.errors import OwnerUnknown

# Of 500 scans with links of 300 characters.
LARGEST_UPLOAD = 512 * 1024


def shown_take(take: StockTake) -> dict[str, Any]:
    """Return the count as the wire has it."""
    counts: Mapping[str, int] = {str(verdict): take.counts.get(verdict, 0) for verdict in Verdict}
    own = {"expected": take.expected, "missing": take.missing, "marked_missing": take.marked_missing}
    progress = {
        "counted": take.expected - take.missing,
        "expected": take.expected,
        "told": take.told,
        "to_tell": take.to_tell,
    }
    return {**vars(take), "counts": {**counts, **own}, "progress": progress}


class StockTakesHandler(ApiHandler):
    """`/stock-takes`."""

    @operation(
        Operation(
            summary="Open a stock-take",
            description="Expected is what is recorded at the place now, as far as you see it, with what is inside it; "
            "a venue without a `spot` covers all its spots. At most 100,000 items.",
            tag=TAG,
            roles=ACTORS,
            body=OpenStockTakeSchema,
            reply=StockTakeSchema,
            status=201,
            repeatable=True,
            refusals=(OwnerUnknown, errors.ItemTypeUnknown, errors.StockTakeTooLarge),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Open a count."""
        command = OpenStockTake(actor=self.actor, request=self.repeated, **content)
        take = await self.services.items.stock.takes.open(command)
        self.set_header("Location", f"/api/v1/stock-takes/{take.id}")
        return shown_take(take)

    @operation(
        Operation(
            summary="List stock-takes",
            description="Newest first.",
            tag=TAG,
            roles=READERS,
            query=PageQuery,
            reply=StockTakePageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of counts."""
        asked = self.parameters
        page = await self.services.items.stock.takes.list(self.actor, asked["limit"], asked["after"])
        return {"items": [shown_take(take) for take in page.items], "next": page.next}


class StockTakeHandler(ApiHandler):
    """`/stock-takes/{stock_take_id}`."""

    @operation(
        Operation(
            summary="See a stock-take",
            tag=TAG,
            roles=READERS,
            reply=StockTakeSchema,
            refusals=(errors.StockTakeUnknown,),
        )
    )
    async def get(self, stock_take_id: str) -> dict[str, Any]:
        """Return a count."""
        return shown_take(await self.services.items.stock.takes.get(self.actor, stock_take_id))


class StockScansHandler(ApiHandler):
    """`/stock-takes/{stock_take_id}/scans`."""

    max_body_bytes = LARGEST_UPLOAD

    @operation(
        Operation(
            summary="Upload scans of a stock-take",
            description="Of one moment or of a day without network. Each scan is kept once by its `scan_id`, however "
            "often it is sent. The first scan of an item counts; scans after the sign-off are kept as `too_late`.",
            tag=TAG,
            roles=ACTORS,
            body=StockScansSchema,
            reply=StockScanAnswersSchema,
            refusals=(errors.StockTakeUnknown, errors.StockTakeContended, TooBusy),
        )
    )
    async def post(self, stock_take_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Record scans."""
        answers = await self.services.items.stock.scanning.scan(self.actor, stock_take_id, content["items"])
        return {"items": [_shown_answer(answer) for answer in answers]}


def _shown_answer(answer: ScanAnswer) -> dict[str, Any]:
    record, first = answer.record, answer.record.first
    return {
        **vars(record),
        "scan_id": record.upload.scan.scan_id,
        "status": answer.status,
        "first": None if first is None else {**vars(first.scan), "verdict": first.verdict},
    }


class StockResultsHandler(ApiHandler):
    """`/stock-takes/{stock_take_id}/results`."""

    @operation(
        Operation(
            summary="See the results of a stock-take",
            description="`expected` lists every expected item, found or missing. A page may hold fewer than `limit` "
            "and still have a `next`.",
            tag=TAG,
            roles=READERS,
            query=StockResultQuery,
            reply=StockResultPageSchema,
            refusals=(errors.StockTakeUnknown, CursorInvalid),
        )
    )
    async def get(self, stock_take_id: str) -> Page[Result]:
        """Return a page of results."""
        asked = self.parameters
        return await self.services.items.stock.results.page(
            self.actor, stock_take_id, asked["verdict"], asked["limit"], asked["after"]
        )


class SignOffHandler(ApiHandler):
    """`/stock-takes/{stock_take_id}/sign-off`."""

    @operation(
        Operation(
            summary="Sign a stock-take off",
            description="Its result is fixed, and told as EPCIS events (`stock_taking`): what was found, what is now "
            "here, and with `mark_missing` what is missing (disposition `unknown`). What was moved or retired since is "
            "left alone. A large count answers `signing_off`: send the same again until it is `signed_off`.",
            tag=TAG,
            roles=WRITERS,
            body=SignOffSchema,
            reply=StockTakeSchema,
            refusals=(
                errors.StockTakeUnknown,
                errors.StockTakeNotYours,
                errors.StockTakeSignedOff,
                errors.StockTakeContended,
                *RECORDING,
            ),
        )
    )
    async def post(self, stock_take_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """End a count."""
        command = SignOff(actor=self.actor, take_id=stock_take_id, mark_missing=content["mark_missing"])
        return shown_take(await self.services.items.stock.signing.sign_off(command))
