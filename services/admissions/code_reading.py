"""Reads codes at a gate: what they prove, and why they do not open it."""

from datetime import datetime

from qr.entry_code import EntryPass, venue_tag, verify_at_venue
from qr.errors import CodeRefused
from services.admissions.model import RefusalReason, RefusedCode
from services.admissions.rules import find_refusal
from services.reservations.entry_keys import EntryKeys
from services.venues.model import Gate, Venue


class CodeReading:
    """What a code says to a gate. Wrong codes are answers with a reason."""

    def __init__(self, keys: EntryKeys) -> None:
        self._keys = keys

    def entering(self, code: str, venue: Venue, gate: Gate, now: datetime) -> EntryPass | RefusedCode:
        """Return the pass that opens this gate now, or why it does not."""
        entry_pass = self.genuine(code, venue, now)
        if isinstance(entry_pass, RefusedCode):
            return entry_pass
        refusal = find_refusal(entry_pass, gate, now)
        return entry_pass if refusal is None else RefusedCode(reason=refusal, shown=entry_pass)

    def genuine(self, code: str, venue: Venue, now: datetime) -> EntryPass | RefusedCode:
        """Return the pass behind a code of this venue, drawn now; nobody leaves too late.

        Another venue's visitor is nobody's business here: the answer says no more than the reason.
        """
        try:
            return verify_at_venue(
                code,
                keyring=self._keys.keyring,
                venue_tag=venue_tag(venue.id),
                venue_day_key_for=self._keys.venue_day_key,
                now=now,
            )
        except CodeRefused as refused:
            return RefusedCode(reason=RefusalReason(refused.reason), shown=None)
