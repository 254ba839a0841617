"""Decisions about one party at a gate, free of input and output."""

from datetime import datetime

from qr.entry_code import EntryPass
from services.admissions.errors import CountTooLarge
from services.admissions.model import PassRecord, RefusalReason
from services.reservations.rules import entry_window
from services.venues.model import Gate, GateUse


def find_refusal(entry_pass: EntryPass, gate: Gate, now: datetime) -> RefusalReason | None:
    """Return why a genuine pass of this venue does not open this gate now, or None."""
    opens_at, closes_at = entry_window(entry_pass.starts_at, entry_pass.ends_at)
    if gate.use is not GateUse.ENTRANCE:
        return RefusalReason.WRONG_GATE
    if now < opens_at:
        return RefusalReason.TOO_EARLY
    if now >= closes_at:
        return RefusalReason.TOO_LATE
    return None


def find_wrong_exit(gate: Gate) -> RefusalReason | None:
    """Return that nobody is seen to leave by an entrance, or None."""
    return None if gate.use is GateUse.EXIT else RefusalReason.WRONG_GATE


def entering_now(record: PassRecord, asked: int | None, *, revoked: bool = False) -> int | RefusalReason:
    """Return how many go in now, or why nobody does.

    `revoked` tells that the codes of the reservation open nothing any more. Raises CountTooLarge when fewer are left
    than asked for.
    """
    if record.cancelled_at is not None:
        return RefusalReason.CANCELLED
    if revoked:
        return RefusalReason.REVOKED
    left = record.party_size - record.admitted_count
    if left == 0:
        return RefusalReason.ALREADY_ADMITTED
    if asked is not None and asked > left:
        raise CountTooLarge(left)
    return left if asked is None else asked


def leaving_now(record: PassRecord, asked: int | None) -> int | RefusalReason:
    """Return how many go out now, or that nobody of them is inside; raises CountTooLarge when fewer are inside."""
    inside = record.inside_count
    if inside <= 0:
        return RefusalReason.NOT_INSIDE
    if asked is not None and asked > inside:
        raise CountTooLarge(inside)
    return inside if asked is None else asked
