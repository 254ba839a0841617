"""Decisions at the gate, free of input and output."""

from datetime import datetime

from qr.entry_code import EntryPass
from qr.identifiers import venue_tag
from services.admissions.errors import CountTooLarge
from services.admissions.model import PassRecord, RefusalReason
from services.reservations.rules import entry_window
from services.venues.model import Gate, GateUse, Venue


def find_refusal(entry_pass: EntryPass, venue: Venue, gate: Gate, now: datetime) -> RefusalReason | None:
    """Return why a genuine pass does not open this gate now, or None."""
    opens_at, closes_at = entry_window(entry_pass.starts_at, entry_pass.ends_at)
    if entry_pass.venue_tag != venue_tag(venue.id):
        return RefusalReason.WRONG_VENUE
    if gate.use is not GateUse.ENTRANCE:
        return RefusalReason.WRONG_GATE
    if now < opens_at:
        return RefusalReason.TOO_EARLY
    if now >= closes_at:
        return RefusalReason.TOO_LATE
    return None


def entering_now(record: PassRecord, asked: int | None) -> int | RefusalReason:
    """Return how many go in now, or why nobody does; raises CountTooLarge when fewer are left than asked for."""
    if record.cancelled_at is not None:
        return RefusalReason.CANCELLED
    left = record.party_size - record.admitted_count
    if left == 0:
        return RefusalReason.ALREADY_ADMITTED
    if asked is not None and asked > left:
        raise CountTooLarge(left)
    return left if asked is None else asked
