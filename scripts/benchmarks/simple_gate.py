"""The gate as one would write it first: find the party, then update it, each scan for itself and nothing else kept."""

from dataclasses import dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from qr.entry_code import EntryPass
from services.admissions.code_reading import CodeReading
from services.admissions.model import Decision, PassRecord, RefusalReason, RefusedCode, Scan, ScanCode
from services.admissions.rules import entering_now
from services.common.clock import Clock
from services.common.errors import TooBusy
from services.common.mongo import CollectionPlan, Mongo
from services.venues.directory import VenueDirectory

PASSES = CollectionPlan(name="simple_passes", shard_key="_id")
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class SimpleAdmitting:
    """Finds, decides, updates what it found, and begins anew where somebody else was quicker."""

    mongo: Mongo
    venues: VenueDirectory
    codes: CodeReading
    clock: Clock

    async def scan(self, command: ScanCode) -> Scan:
        """Return the answer to a scan."""
        venue, gate = await self.venues.get_gate_for(command.actor, command.gate_id)
        now = self.clock.now()
        code = self.codes.entering(command.code, venue, gate, now)
        if isinstance(code, RefusedCode):
            return _answer(command, venue.id, None, now, reason=code.reason)
        for _ in range(TRIES):
            record = await self._find(code)
            entering = entering_now(record, command.count)
            if isinstance(entering, RefusalReason):
                return _answer(command, venue.id, code, now, reason=entering)
            if await self._update(record, entering):
                return _answer(command, venue.id, code, now, entering=entering)
        raise TooBusy(retry_after_s=1)

    async def _find(self, code: EntryPass) -> PassRecord:
        document = await self.mongo.collection(PASSES).find_one({"_id": code.reservation_id}) or {}
        return PassRecord(
            reservation_id=code.reservation_id,
            party_size=code.party_size,
            admitted_count=document.get("admitted_count", 0),
            cancelled_at=None,
            entries=(),
        )

    async def _update(self, record: PassRecord, entering: int) -> bool:
        seen = {"_id": record.reservation_id, "admitted_count": record.admitted_count}
        try:
            done = await self.mongo.collection(PASSES).update_one(
                seen if record.admitted_count else {"_id": record.reservation_id, "admitted_count": None},
                {"$set": {"admitted_count": record.admitted_count + entering}},
                upsert=record.admitted_count == 0,
            )
        except DuplicateKeyError:
            return False
        return done.modified_count == 1 or done.upserted_id is not None


def _answer(
    command: ScanCode,
    venue_id: str,
    code: EntryPass | None,
    now: datetime,
    *,
    reason: RefusalReason | None = None,
    entering: int = 0,
) -> Scan:
    return Scan(
        id=f"{command.gate_id}:{command.nonce}",
        gate_id=command.gate_id,
        venue_id=venue_id,
        code_digest="",
        decision=Decision.REFUSED if reason else Decision.ADMITTED,
        reason=reason,
        reservation_id=None if code is None else code.reservation_id,
        admitted_now=entering,
        admitted_count=entering,
        party_size=0 if code is None else code.party_size,
        starts_at=None if code is None else code.starts_at,
        ends_at=None if code is None else code.ends_at,
        scanned_at=now,
    )
