"""Scans at a gate."""

from marshmallow import fields

from handlers.schemas.common import identifier
from handlers.schemas.fields import Count, Instant, OneOf, ScannedText, Text, WireSchema
from services.admissions.model import Decision, RefusalReason


class ScanCodeSchema(WireSchema):
    """A code read at a gate. The same nonce with the same code gets the same answer."""

    code = ScannedText(required=True, longest=2000, metadata={"description": "What the scanner read."})
    gate_id = identifier("gat", required=True)
    nonce = Text(
        required=True,
        longest=64,
        shortest=8,
        pattern=r"[A-Za-z0-9_-]+",
        metadata={"description": "Made by the device for each scan.", "examples": ["device7-000042"]},
    )
    count = Count(
        least=1, most=255, load_default=None, metadata={"description": "How many enter now; default: all who are left."}
    )


class ScanSchema(WireSchema):
    """The gate's answer. Counts and times are those of the pass, where the code was genuine."""

    decision = OneOf(Decision, required=True)
    reason = OneOf(RefusalReason, required=True, allow_none=True)
    reservation_id = fields.String(required=True, allow_none=True)
    admitted_now = fields.Integer(required=True)
    admitted_count = fields.Integer(required=True)
    party_size = fields.Integer(required=True)
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    scanned_at = Instant(required=True)
