"""The gate's answer as the wire has it: with what staff need to know in front of a full venue."""

from typing import Any

from services.admissions.crowds.reading import CrowdReading
from services.admissions.model import RefusalReason, Scan


async def answer_of(scan: Scan, crowds: CrowdReading) -> dict[str, Any]:
    """Return a scan to show, and before a full venue the room there is: not kept, so a repeat says what is by then."""
    if scan.reason is not RefusalReason.VENUE_FULL:
        return vars(scan)
    return {**vars(scan), "room": await crowds.room_at(scan.venue_id)}
