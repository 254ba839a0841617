"""Admitting: one scan, one answer."""

from qr.entry_code import EntryForm, EntryPass
from services.admissions.code_reading import CodeReading
from services.admissions.group import ScanGroups
from services.admissions.model import Movement, Reading, Scan, ScanCode
from services.admissions.ports import Restrictions
from services.admissions.readers import reader_of, scan_digest
from services.admissions.tails import DocumentTails
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest
from services.reservations.model import Reservation
from services.venues.directory import VenueDirectory


class Admitting:
    """Decides scans. Wrong codes are answers with a reason; only wrong requests are errors."""

    def __init__(
        self,
        *,
        groups: ScanGroups,
        venues: VenueDirectory,
        codes: CodeReading,
        restrictions: Restrictions,
        tails: DocumentTails,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._groups = groups
        self._venues = venues
        self._codes = codes
        self._restrictions = restrictions
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
        code = self._codes.entering(command.code, venue, gate, now)
        if isinstance(code, EntryPass) and code.form is EntryForm.PAPER:
            await self._tails.ensure_right(code.reservation_id, venue.id, command.document_tail)
        reader = reader_of(command.actor)
        reading = Reading(
            scan_id=f"{gate.id}:{command.nonce}",
            event_id=self._ids.new("evt"),
            code_digest=scan_digest(self._digest, reader, Movement.ENTRY, command.code, command.count),
            gate_id=gate.id,
            venue_id=venue.id,
            nonce=command.nonce,
            count=command.count,
            code=code,
            scanned_at=now,
            reader=reader,
            revoked=isinstance(code, EntryPass) and self._restrictions.revoked.is_revoked(code.reservation_id),
            ceiling=await self._restrictions.ceilings.ceiling_of(venue.id),
        )
        return await self._groups.answer(reading)

    async def admitted_count(self, reservation: Reservation) -> int:
        """Return how many of a party have entered."""
        record = await self._groups.find_pass(reservation.id)
        return 0 if record is None else record.admitted_count
