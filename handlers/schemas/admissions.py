"""Scans at a gate."""

from marshmallow import fields

from handlers.schemas.common import identifier, scan_nonce, shown, shown_id
from handlers.schemas.fields import Count, Instant, OneOf, ScannedText, Text, WireSchema
from qr.entry_pass import MAX_PARTY_SIZE
from services.admissions.model import Decision, RefusalReason

# A coach party by a wide door, counted by hand; more is a slip of the finger.
MOST_LEAVING = 1000


class ScanCodeSchema(WireSchema):
    """A code read at a gate. The same nonce with the same code gets the same answer."""

    code = ScannedText(
        required=True,
        longest=2000,
        metadata={"description": "What the scanner read, to the character.", "examples": ["CC1:13HL7039000"]},
    )
    gate_id = identifier("gat", required=True)
    nonce = scan_nonce("Made by the device for each scan.", "device7-000042")
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


class UndoSchema(WireSchema):
    """A scan that was a mistake."""

    gate_id = identifier("gat", required=True)
    nonce = scan_nonce("Of the scan that is taken back.", "device7-000042")


class LeaveSchema(WireSchema):
    """People go out: the party of a code, or only so many. The same nonce gets the same answer."""

    gate_id = identifier("gat", required=True)
    nonce = scan_nonce("Made by the device for each scan.", "device9-000017")
    code = ScannedText(
        longest=2000,
        load_default=None,
        metadata={
            "description": "What the scanner read; without it, people are only counted.",
            "examples": ["CC1:13HL7039000"],
        },
    )
    count = Count(
        least=1,
        most=MOST_LEAVING,
        load_default=None,
        metadata={
            "description": "How many leave now; with a code the default is everybody of the party who is inside.",
            "examples": [2],
        },
    )


class ScanSchema(WireSchema):
    """The gate's answer. Counts and times are those of the pass, where the code was genuine."""

    decision = OneOf(Decision, required=True)
    reason = OneOf(RefusalReason, required=True, allow_none=True)
    reservation_id = shown_id("rsv", allow_none=True)
    admitted_now = fields.Integer(
        required=True,
        metadata={"description": "How many enter by this answer; below 0 where an entry is undone.", "examples": [2]},
    )
    admitted_count = shown(2)
    party_size = shown(2)
    left_now = fields.Integer(
        required=True,
        metadata={"description": "How many leave by this answer; below 0 where an exit is undone.", "examples": [0]},
    )
    left_count = shown(0)
    room = fields.Integer(
        metadata={
            "description": "With `venue_full`: how many more may come in right now; let so many of the party in, or "
            "wait until people leave.",
            "examples": [1],
        }
    )
    starts_at = Instant(required=True, allow_none=True)
    ends_at = Instant(required=True, allow_none=True)
    scanned_at = Instant(required=True)
