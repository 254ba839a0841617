"""Admitting: one scan, one answer."""

from dataclasses import dataclass

from qr.entry_code import EntryForm, EntryPass, verify_entry_code
from qr.errors import CodeRefused
from services.admissions.errors import NonceReused
from services.admissions.model import Decision, Entry, PassRecord, RefusalReason, Scan, ScanCode
from services.admissions.ports import ScanStore
from services.admissions.rules import entering_now, find_refusal
from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.protection import KeyedDigest
from services.reservations.entry_keys import EntryKeys
from services.reservations.model import Reservation
from services.sync.model import EventKind, OutboxEvent
from services.venues.directory import VenueDirectory
from services.venues.model import Gate, Venue

# Each lost race means that another gate let somebody of the same party in; a party is small.
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class _Reading:
    command: ScanCode
    scan_id: str
    code_digest: str
    venue: Venue
    gate: Gate


class Admitting:
    """Decides scans. Wrong codes are answers with a reason; only wrong requests are errors."""

    def __init__(
        self,
        *,
        scans: ScanStore,
        venues: VenueDirectory,
        keys: EntryKeys,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._scans = scans
        self._venues = venues
        self._keys = keys
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def scan(self, command: ScanCode) -> Scan:
        """Return the answer to a scan; the same nonce with the same code gets the same answer again."""
        venue, gate = await self._venues.get_gate_for(command.actor, command.gate_id)
        reading = _Reading(
            command=command,
            scan_id=f"{gate.id}:{command.nonce}",
            code_digest=self._digest.of("entry-code", command.code, str(command.count)),
            venue=venue,
            gate=gate,
        )
        first = await self._scans.find(reading.scan_id)
        return await self._decide(reading) if first is None else self._same(reading, first)

    async def admitted_count(self, reservation: Reservation) -> int:
        """Return how many of a party have entered."""
        record = await self._scans.get_pass(reservation.id, reservation.party_size)
        return record.admitted_count

    @staticmethod
    def _same(reading: _Reading, first: Scan) -> Scan:
        if first.code_digest != reading.code_digest:
            raise NonceReused
        return first

    async def _decide(self, reading: _Reading) -> Scan:
        now = self._clock.now()
        try:
            entry_pass = verify_entry_code(
                reading.command.code, keyring=self._keys.keyring, venue_day_key_for=self._keys.venue_day_key, now=now
            )
        except CodeRefused as refused:
            return await self._refuse(reading, RefusalReason(refused.reason), None, None)
        if entry_pass.form is EntryForm.PAPER:
            # A slip is good only together with the document, which a gate cannot show us yet.
            return await self._refuse(reading, RefusalReason.MALFORMED, None, None)
        refusal = find_refusal(entry_pass, reading.venue, reading.gate, now)
        if refusal is not None:
            # Another venue's visitor is nobody's business here: the answer says no more than the reason.
            shown = None if refusal is RefusalReason.WRONG_VENUE else entry_pass
            return await self._refuse(reading, refusal, shown, None)
        return await self._admit(reading, entry_pass)

    async def _admit(self, reading: _Reading, entry_pass: EntryPass) -> Scan:
        for _ in range(TRIES):
            record = await self._scans.get_pass(entry_pass.reservation_id, entry_pass.party_size)
            entering = entering_now(record, reading.command.count)
            if isinstance(entering, RefusalReason):
                return await self._refuse(reading, entering, entry_pass, record)
            scan = self._answer(reading, None, entry_pass, record, entering=entering)
            entry = Entry(gate_id=reading.gate.id, nonce=reading.command.nonce, count=entering, at=scan.scanned_at)
            if await self._scans.claim_entry(record, entry, scan, self._event(scan, reading)):
                return scan
            first = await self._scans.find(reading.scan_id)
            if first is not None:
                return self._same(reading, first)
        raise TooBusy(retry_after_s=1)

    async def _refuse(
        self, reading: _Reading, reason: RefusalReason, entry_pass: EntryPass | None, record: PassRecord | None
    ) -> Scan:
        scan = self._answer(reading, reason, entry_pass, record, entering=0)
        return self._same(reading, await self._scans.keep_refusal(scan))

    def _answer(
        self,
        reading: _Reading,
        reason: RefusalReason | None,
        entry_pass: EntryPass | None,
        record: PassRecord | None,
        *,
        entering: int,
    ) -> Scan:
        return Scan(
            id=reading.scan_id,
            gate_id=reading.gate.id,
            venue_id=reading.venue.id,
            code_digest=reading.code_digest,
            decision=Decision.ADMITTED if reason is None else Decision.REFUSED,
            reason=reason,
            reservation_id=None if entry_pass is None else entry_pass.reservation_id,
            admitted_now=entering,
            admitted_count=(record.admitted_count if record else 0) + entering,
            party_size=0 if entry_pass is None else entry_pass.party_size,
            starts_at=None if entry_pass is None else entry_pass.starts_at,
            ends_at=None if entry_pass is None else entry_pass.ends_at,
            scanned_at=self._clock.now(),
        )

    def _event(self, scan: Scan, reading: _Reading) -> OutboxEvent:
        return OutboxEvent(
            id=self._ids.new("evt"),
            kind=EventKind.VISIT_ADMITTED,
            subject_id=scan.reservation_id or "",
            occurred_at=scan.scanned_at,
            payload={"venue_id": reading.venue.id, "gate_id": reading.gate.id, "count": scan.admitted_now},
        )
