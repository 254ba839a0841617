"""What no honest gate writes, though it may have signed it; free of input and output."""

from datetime import datetime

from qr.gate_log import LogEntry, LogKind
from services.admissions.model import Decision
from services.admissions.uploads.clocks import TOLERANCE

CONTRADICTS_ITSELF = "contradicts_itself"


def contradicts_itself(entry: LogEntry, now: datetime) -> bool:
    """Tell whether an entry says what cannot be: others let through than were asked for, or a pack still to come.

    A gate that is asked for more than are left decides nothing (`docs/codes.md`), and packs are dated by our clock.
    """
    let_through = entry.decision == Decision.ADMITTED and entry.kind is not LogKind.UNDO
    if let_through and entry.count is not None and entry.admitted_now != entry.count:
        return True
    return entry.pack_issued_at is not None and entry.pack_issued_at > now + TOLERANCE
