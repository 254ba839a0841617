"""Scans at a gate."""

from handlers.schemas.common import identifier, shown, shown_id
from handlers.schemas.fields import Count, Instant, OneOf, ScannedText, Text, WireSchema
from qr.entry_pass import MAX_PARTY_SIZE
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
        most=MAX_PARTY_SIZE,
        load_default=None,
        metadata={"description": "How many enter now; default: all who are left.", "examples": [2]},
    )
    document_tail = Text(
        longest=4,
        shortest=4,
        pattern=r"[0-9A-Za-z]{4}",
        load_default=None,
        metadata={
            "description": "For a code on paper: the last four characters of any of the party's documents.",
            "examples": ["5678"],
        },
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
