"""Undoing: a scan that was a mistake is taken back by whoever made it, and stays on record."""

from dataclasses import dataclass

from services.admissions.errors import AdmissionUnknown
from services.admissions.model import PassRecord, Scan, TakeBack, UndoScan
from services.admissions.ports import ScanStore
from services.admissions.readers import reader_of
from services.admissions.rules_undo import ensure_same_reader, ensure_undoable, taking_back, undo_id
from services.common.clock import Clock
from services.common.errors import TooBusy
from services.venues.directory import VenueDirectory

# Each lost race means that another gate let somebody of the same party in or out, or took something back.
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """Takes scans back: looks, decides, and keeps that unless somebody else was quicker."""

    scans: ScanStore
    venues: VenueDirectory
    clock: Clock

    async def undo(self, command: UndoScan) -> Scan:
        """Return the answer; a repeat returns the first one.

        Raises GateUnknown, AdmissionUnknown, UndoNotYours, NothingToUndo, UndoTooLate, AlreadyLeft, TooBusy.
        """
        _, gate = await self.venues.get_gate_for(command.actor, command.gate_id)
        reader = reader_of(command.actor)
        wish = TakeBack(gate_id=gate.id, nonce=command.nonce, reader=reader, at=self.clock.now())
        return await self.take_back(wish)

    async def take_back(self, wish: TakeBack) -> Scan:
        """Return the answer to somebody whose gate this is; `wish.at` is when they took it back. Raises as `undo`."""
        scan_id = f"{wish.gate_id}:{wish.nonce}"
        for _ in range(TRIES):
            known = await self.scans.find_many({scan_id, undo_id(scan_id)})
            scan = known.get(scan_id)
            if scan is None:
                raise AdmissionUnknown
            ensure_same_reader(scan, wish.reader)
            if undo_id(scan_id) in known:
                return known[undo_id(scan_id)]
            ensure_undoable(scan, wish.at)
            batch = taking_back(scan, await self._pass_of(scan), wish)
            if await self.scans.claim(batch):
                return batch.scans[0]
        raise TooBusy(retry_after_s=1)

    async def _pass_of(self, scan: Scan) -> PassRecord | None:
        if scan.reservation_id is None:
            return None
        return (await self.scans.find_passes({scan.reservation_id})).get(scan.reservation_id)
