"""The naive design of the gate: look, decide, and write one transaction a scan, again when somebody was quicker.

This is how the gate worked before it had group commit. Its facts lie in collections of its own.
"""

from dataclasses import asdict, dataclass

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from qr.entry_code import EntryPass, verify_entry_code
from qr.errors import CodeRefused
from services.admissions.errors import NonceReused
from services.admissions.model import Decision, Entry, PassRecord, RefusalReason, Scan, ScanCode
from services.admissions.rules import entering_now, find_refusal
from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.mongo import CollectionPlan, Document, Mongo, Session
from services.common.protection import KeyedDigest
from services.reservations.entry_keys import EntryKeys
from services.venues.directory import VenueDirectory
from services.venues.model import Gate, Venue

SCANS = CollectionPlan(name="naive_scans", shard_key="_id", indexes=(IndexModel([("venue_id", 1), ("scanned_at", 1)]),))
PASSES = CollectionPlan(name="naive_passes", shard_key="_id")
OUTBOX = CollectionPlan(name="naive_scan_events", shard_key="_id", indexes=(IndexModel("occurred_at"),))
COLLECTIONS = (SCANS, PASSES, OUTBOX)
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class _Asked:
    command: ScanCode
    scan_id: str
    code_digest: str
    venue: Venue
    gate: Gate


class NaiveAdmitting:
    """Each scan for itself."""

    def __init__(
        self, *, mongo: Mongo, venues: VenueDirectory, keys: EntryKeys, digest: KeyedDigest, clock: Clock, ids: IdSource
    ) -> None:
        self._mongo = mongo
        self._scans = mongo.collection(SCANS)
        self._passes = mongo.collection(PASSES)
        self._outbox = mongo.collection(OUTBOX)
        self._venues = venues
        self._keys = keys
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def scan(self, command: ScanCode) -> Scan:
        """Return the answer to a scan; the same nonce with the same code gets the same answer again."""
        venue, gate = await self._venues.get_gate_for(command.actor, command.gate_id)
        asked = _Asked(
            command=command,
            scan_id=f"{gate.id}:{command.nonce}",
            code_digest=self._digest.of("entry-code", command.code, str(command.count)),
            venue=venue,
            gate=gate,
        )
        first = await self._first_answer(asked)
        return await self._decide(asked) if first is None else first

    async def _first_answer(self, asked: _Asked) -> Scan | None:
        document = await self._scans.find_one({"_id": asked.scan_id})
        if document is None:
            return None
        first = Scan(id=document.pop("_id"), **document)
        if first.code_digest != asked.code_digest:
            raise NonceReused
        return first

    async def _decide(self, asked: _Asked) -> Scan:
        now = self._clock.now()
        try:
            entry_pass = verify_entry_code(
                asked.command.code, keyring=self._keys.keyring, venue_day_key_for=self._keys.venue_day_key, now=now
            )
        except CodeRefused as refused:
            return await self._refuse(asked, RefusalReason(refused.reason), None)
        refusal = find_refusal(entry_pass, asked.gate, now)
        if refusal is not None:
            return await self._refuse(asked, refusal, None)
        for _ in range(TRIES):
            record = await self._pass_of(entry_pass)
            entering = entering_now(record, asked.command.count)
            if isinstance(entering, RefusalReason):
                return await self._refuse(asked, entering, entry_pass)
            scan = self._answer(asked, None, entry_pass, admitted_before=record.admitted_count, entering=entering)
            if await self._claim(record, scan, asked):
                return scan
        raise TooBusy(retry_after_s=1)

    async def _pass_of(self, entry_pass: EntryPass) -> PassRecord:
        document = await self._passes.find_one({"_id": entry_pass.reservation_id}) or {}
        return PassRecord(
            reservation_id=entry_pass.reservation_id,
            party_size=entry_pass.party_size,
            admitted_count=document.get("admitted_count", 0),
            cancelled_at=None,
            entries=(),
        )

    async def _claim(self, record: PassRecord, scan: Scan, asked: _Asked) -> bool:
        entry = Entry(gate_id=scan.gate_id, nonce=asked.command.nonce, count=scan.admitted_now, at=scan.scanned_at)
        event_id = self._ids.new("evt")

        async def work(session: Session) -> bool:
            await self._scans.insert_one(_document(scan), session=session)
            result = await self._passes.update_one(
                {"_id": record.reservation_id, "admitted_count": record.admitted_count},
                {"$inc": {"admitted_count": entry.count}, "$push": {"entries": asdict(entry)}},
                upsert=record.admitted_count == 0,
                session=session,
            )
            if result.matched_count == 0 and result.upserted_id is None:
                await session.abort_transaction()
                return False
            event = {"_id": event_id, "subject_id": record.reservation_id, "occurred_at": scan.scanned_at}
            await self._outbox.insert_one(event, session=session)
            return True

        try:
            return await self._mongo.transact(work)
        except DuplicateKeyError:
            return False

    async def _refuse(self, asked: _Asked, reason: RefusalReason, entry_pass: EntryPass | None) -> Scan:
        scan = self._answer(asked, reason, entry_pass, admitted_before=0, entering=0)
        await self._scans.insert_one(_document(scan))
        return scan

    def _answer(
        self,
        asked: _Asked,
        reason: RefusalReason | None,
        entry_pass: EntryPass | None,
        *,
        admitted_before: int,
        entering: int,
    ) -> Scan:
        return Scan(
            id=asked.scan_id,
            gate_id=asked.gate.id,
            venue_id=asked.venue.id,
            code_digest=asked.code_digest,
            decision=Decision.ADMITTED if reason is None else Decision.REFUSED,
            reason=reason,
            reservation_id=None if entry_pass is None else entry_pass.reservation_id,
            admitted_now=entering,
            admitted_count=admitted_before + entering,
            party_size=0 if entry_pass is None else entry_pass.party_size,
            starts_at=None if entry_pass is None else entry_pass.starts_at,
            ends_at=None if entry_pass is None else entry_pass.ends_at,
            scanned_at=self._clock.now(),
        )


def _document(scan: Scan) -> Document:
    document = asdict(scan)
    document["_id"] = document.pop("id")
    return document
