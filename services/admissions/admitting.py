"""Admitting: one scan, one answer."""

from datetime import datetime

from qr.entry_code import EntryForm, EntryPass, verify_entry_code
from qr.errors import CodeRefused
from services.admissions.group import ScanGroups
from services.admissions.model import Reading, RefusalReason, RefusedCode, Scan, ScanCode
from services.admissions.ports import ScanStore
from services.admissions.rules import find_refusal
from services.admissions.tails import DocumentTails
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest
from services.reservations.entry_keys import EntryKeys
from services.reservations.model import Reservation
from services.venues.directory import VenueDirectory
from services.venues.model import Gate, Venue


class Admitting:
    """Decides scans. Wrong codes are answers with a reason; only wrong requests are errors."""

    def __init__(
        self,
        *,
        scans: ScanStore,
        venues: VenueDirectory,
        keys: EntryKeys,
        tails: DocumentTails,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._scans = scans
        self._groups = ScanGroups(scans)
        self._venues = venues
        self._keys = keys
        self._tails = tails
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def scan(self, command: ScanCode) -> Scan:
        """Return the answer to a scan; the same nonce with the same code gets the same answer again.

        Raises GateUnknown, NonceReused, CountTooLarge; for a code on paper DocumentTailNeeded, DocumentTailWrong,
        DocumentTailTries.
        """
        venue, gate = await self._venues.get_gate_for(command.actor, command.gate_id)
        now = self._clock.now()
        code = self._read(command.code, venue, gate, now)
        if isinstance(code, EntryPass) and code.form is EntryForm.PAPER:
            await self._tails.ensure_right(code.reservation_id, venue.id, command.document_tail)
        reading = Reading(
            scan_id=f"{gate.id}:{command.nonce}",
            event_id=self._ids.new("evt"),
            code_digest=self._digest.of("entry-code", command.code, str(command.count)),
            gate_id=gate.id,
            venue_id=venue.id,
            nonce=command.nonce,
            count=command.count,
            code=code,
            scanned_at=now,
        )
        return await self._groups.answer(reading)

    async def admitted_count(self, reservation: Reservation) -> int:
        """Return how many of a party have entered."""
        passes = await self._scans.find_passes({reservation.id})
        return passes[reservation.id].admitted_count if passes else 0

    def _read(self, code: str, venue: Venue, gate: Gate, now: datetime) -> EntryPass | RefusedCode:
        try:
            entry_pass = verify_entry_code(
                code, keyring=self._keys.keyring, venue_day_key_for=self._keys.venue_day_key, now=now
            )
        except CodeRefused as refused:
            return RefusedCode(reason=RefusalReason(refused.reason), shown=None)
        refusal = find_refusal(entry_pass, venue, gate, now)
        if refusal is None:
            return entry_pass
        # Another venue's visitor is nobody's business here: the answer says no more than the reason.
        return RefusedCode(reason=refusal, shown=None if refusal is RefusalReason.WRONG_VENUE else entry_pass)
