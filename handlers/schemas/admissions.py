"""Scans at a gate."""

from handlers.schemas.common import identifier, shown, shown_id
from handlers.schemas.fields import Count, Instant, OneOf, ScannedText, Text, WireSchema
from services.admissions.model import Decision, RefusalReason


class ScanCodeSchema(WireSchema):
    """A code read at a gate. The same nonce with the same code gets the same answer."""

    code = ScannedText(
        required=True,
        longest=2000,
        metadata={"description": "What the scanner read, to the character.", "examples": ["CC1:13HL7039000"]},
    )
    gate_id = identifier("gat", required=True)
    nonce = Text(
        required=True,
        longest=64,
        shortest=8,
        pattern=r"[A-Za-z0-9_-]+",
        metadata={"description": "Made by the device for each scan.", "examples": ["device7-000042"]},
    )
    count = Count(
        least=1,
        most=255,
        load_default=None,
        metadata={"description": "How many enter now; default: all who are left.", "examples": [2]},
    )


class ScanSchema(WireSchema):
    """The gate's answer. Counts and times are those of the pass, where the code was genuine."""

    decision = OneOf(Decision, required=True)
    reason = OneOf(RefusalReason, required=True, allow_none=True)
    reservation_id = shown_id("rsv", allow_none=True)
    admitted_now = shown(2)
    admitted_count = shown(2)
    party_size = shown(2)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    scanned_at = Instant(required=True)
