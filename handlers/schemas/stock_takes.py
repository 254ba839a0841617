"""Stock-takes: counts, the scans of phones, and results."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import EXAMPLE_ULID, PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, ScannedText, Text, WireSchema, YesOrNo
from handlers.schemas.registered_items import PlaceSchema
from services.items.stock.model import Listing, Reason, Scan, ScanStatus, StockTakeState, Verdict

MOST_SCANS = 500


class OpenStockTakeSchema(WireSchema):
    """What is to be counted."""

    place = Part(PlaceSchema, required=True)
    item_type_id = identifier("ity", load_default=None)
    name = Text(longest=60, load_default=None, metadata={"examples": ["2026年年终盘点"]})


class StockScanSchema(WireSchema):
    """One scan, online or not."""

    scan_id = Text(
        required=True,
        longest=64,
        pattern="[A-Za-z0-9._-]+",
        metadata={"description": "Made by the phone, once for each scan.", "examples": [f"scan-{EXAMPLE_ULID}"]},
    )
    code = ScannedText(required=True, longest=300, metadata={"description": "The code or link, as scanned."})
    scanned_at = Instant(required=True)
    device_id = Text(required=True, longest=64, metadata={"examples": ["phone-1"]})
    spot = Text(longest=32, pattern="[a-z0-9-]+", load_default=None)

    def make(self, values: dict[str, Any]) -> Scan:
        """Return the scan."""
        return Scan(**values)


class StockScansSchema(WireSchema):
    """What a phone uploads; all of it may be sent again."""

    items = Items(Part(StockScanSchema), least=1, most=MOST_SCANS, required=True)


class CountedItemSchema(WireSchema):
    """An item as the count knows it."""

    id = shown_id("itm")
    name = shown("示例香炉")
    serial = shown("2026-001", allow_none=True)
    place = shown(f"urn:chengma:place:ven_{EXAMPLE_ULID}", allow_none=True)


class FirstScanSchema(WireSchema):
    """The first scan of an item that was scanned again."""

    verdict = OneOf(Verdict, required=True)
    scanned_at = Instant(required=True)
    device_id = shown("phone-1")


class StockScanAnswerSchema(WireSchema):
    """What a scan found."""

    scan_id = shown(f"scan-{EXAMPLE_ULID}")
    status = OneOf(
        ScanStatus,
        required=True,
        metadata={"description": "`repeated` and `scan_id_reused` return the verdict that was recorded first."},
    )
    verdict = OneOf(Verdict, required=True)
    reason = OneOf(Reason, required=True, allow_none=True, metadata={"description": "Why it is `unknown`."})
    item = Part(CountedItemSchema, required=True, allow_none=True)
    first = Part(FirstScanSchema, required=True, allow_none=True)


class StockScanAnswersSchema(WireSchema):
    """One answer for each scan, in order."""

    items = Items(Part(StockScanAnswerSchema), most=MOST_SCANS, required=True)


class StockCountsSchema(WireSchema):
    """Items that are expected and missing, and scans by verdict."""

    expected = shown(120)
    missing = shown(2)
    found = shown(117)
    found_twice = shown(3)
    misplaced = shown(1)
    not_in_count = shown(0)
    ended = shown(1)
    # marshmallow has a word of its own by this name
    not_known = fields.Integer(required=True, attribute="unknown", data_key="unknown", metadata={"examples": [0]})
    too_late = shown(0)
    marked_missing = shown(2)


class StockProgressSchema(WireSchema):
    """How far a count is: expected items that were scanned, and parts of the result that are events."""

    counted = shown(118)
    expected = shown(120)
    told = shown(0)
    to_tell = shown(0)


class StockTakeSchema(WireSchema):
    """A count of the items at a place."""

    id = shown_id("stk")
    place = Part(PlaceSchema, required=True)
    item_type_id = shown(f"ity_{EXAMPLE_ULID}", allow_none=True)
    name = shown("2026年年终盘点", allow_none=True)
    state = OneOf(StockTakeState, required=True)
    counts = Part(StockCountsSchema, required=True)
    progress = Part(StockProgressSchema, required=True)
    opened_at = Instant(required=True)
    opened_by = shown_id("stf")
    signed_off_at = Instant(required=True, allow_none=True)
    signed_off_by = shown_id("stf", allow_none=True)
    mark_missing = fields.Boolean(required=True, allow_none=True)


StockTakePageSchema = page_schema(StockTakeSchema, "StockTakePageSchema")


class SignOffSchema(WireSchema):
    """How a count ends."""

    mark_missing = YesOrNo(
        required=True,
        metadata={"description": "Whether what was not found is said to be missing, as events.", "examples": [True]},
    )


class StockResultQuery(PageQuery):
    """Which results are looked at."""

    verdict = OneOf(Listing, load_default=Listing.EXPECTED)


class SeenScanSchema(WireSchema):
    """A scan, as the phone sent it."""

    scan_id = shown(f"scan-{EXAMPLE_ULID}")
    code = shown("05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7")
    scanned_at = Instant(required=True)
    device_id = shown("phone-1")
    spot = shown("east-hall", allow_none=True)


class StockResultSchema(WireSchema):
    """One line of the result."""

    verdict = OneOf(Listing, required=True)
    item = Part(CountedItemSchema, required=True, allow_none=True)
    scan = Part(SeenScanSchema, required=True, allow_none=True)
    reason = OneOf(Reason, required=True, allow_none=True)


StockResultPageSchema = page_schema(StockResultSchema, "StockResultPageSchema")
