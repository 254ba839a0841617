"""Puts entries of logs on record at the gate: each movement once, whatever was applied or answered before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from services.admissions.errors import (
    AlreadyLeft,
    NonceReused,
    NothingToUndo,
    UndoNotYours,
    UndoTooLate,
)
from services.admissions.group import ScanGroups
from services.admissions.model import ConflictKind, Movement, Reading, Recorded, Scan, TakeBack
from services.admissions.ports import ScanStore
from services.admissions.undoing import Undoing

OFFLINE = "offline"
EXCESSES = (ConflictKind.ADMITTED_TWICE, ConflictKind.LEASE_EXCEEDED)
# What there is nothing in any more when the movement was taken back. That a code was no good stays worth a look.
GONE_WITH_THE_MOVEMENT = (*EXCESSES, ConflictKind.CANCELLED, ConflictKind.EXIT_EXCEEDED)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is on record for an entry now; `wrong` with a word more is what only comparing with it showed."""

    scan: Scan
    wrong: ConflictKind | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class UndoOutcome:
    """What became of an undo: `scans` take something back, `refusal` is the word why one does not; or it waits."""

    scans: tuple[Scan, ...] = ()
    refusal: str | None = None
    waits: bool = False

    @property
    def scan(self) -> Scan | None:
        """The one that is the undo's answer."""
        return self.scans[0] if self.scans else None


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Recording is safe to repeat: the same entry always finds its way to the same scan."""

    groups: ScanGroups
    scans: ScanStore
    undoing: Undoing

    async def record(self, reading: Reading, recorded: Recorded, its_hash: str) -> Outcome:
        """Return what is on record for a movement; the gate may have tried it online before, unheard.

        Raises TooBusy, DatabaseUnavailable.
        """
        try:
            scan = await self.groups.answer(reading)
        except NonceReused:
            # Another scan under the same nonce: what happened is kept all the same, beside the other.
            aside = replace(reading, scan_id=f"{reading.scan_id}:{its_hash[:16]}")
            scan = await self.groups.answer(aside)
            first = (await self.scans.find_many({reading.scan_id})).get(reading.scan_id)
            if first is not None and first.reader_id != reading.reader.id:
                return Outcome(scan=scan)  # two devices that count alike: neither's log is at fault
            return Outcome(scan=scan, wrong=ConflictKind.LOG_FORKED, detail="nonce_reused")
        return await self._compared(reading, recorded, scan)

    async def _compared(self, reading: Reading, recorded: Recorded, scan: Scan) -> Outcome:
        """Look whether the answer that is on record is what the gate did then."""
        known = scan.admitted_now + scan.left_now
        if known < recorded.count:
            # An online answer that was not heard let in fewer, or nobody: the others went in all the same.
            beyond = replace(recorded, count=recorded.count - known)
            aside = replace(reading, scan_id=f"{reading.scan_id}:{OFFLINE}", recorded=beyond)
            return Outcome(scan=await self.groups.answer(aside))
        if known > recorded.count:
            return Outcome(scan=scan, wrong=ConflictKind.ANSWER_UNHEARD, detail=f"counted_{known}_of_{recorded.count}")
        return Outcome(scan=scan)

    async def moot_after(self, undo: Scan) -> Sequence[str]:
        """Return the ids of conflicts that there would not be, had the undo come before what was uploaded before it."""
        own = [f"{undo.undoes}:{kind}" for kind in GONE_WITH_THE_MOVEMENT]
        if undo.reservation_id is None:
            return own
        record = (await self.scans.find_passes({undo.reservation_id})).get(undo.reservation_id)
        if record is None or record.surplus_count:
            return own
        scan_ids = dict.fromkeys(f"{one.gate_id}:{one.nonce}" for one in record.entries if one.offline)
        both = [tried for one in scan_ids for tried in (one, f"{one}:{OFFLINE}")]
        return list(dict.fromkeys([*own, *(f"{one}:{kind}" for one in both for kind in EXCESSES)]))

    async def exits_that_fit(self, reservation_ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """Return of each party of which no more left than came in, how many each recorded exit let out, by scan id."""
        found = await self.scans.find_passes(reservation_ids) if reservation_ids else {}
        return {
            key: {
                f"{one.gate_id}:{one.nonce}": one.count
                for one in record.entries
                if one.movement is Movement.EXIT and one.offline
            }
            for key, record in found.items()
            if record.inside_count >= 0
        }

    async def take_back(self, wish: TakeBack, nonces: Sequence[str]) -> UndoOutcome:
        """Take back the reader's scans under these nonces, or say why not; raises TooBusy, DatabaseUnavailable."""
        ids = {nonce: f"{wish.gate_id}:{nonce}" for nonce in nonces}
        known = await self.scans.find_many(set(ids.values()))
        own = [one for one in nonces if ids[one] in known and known[ids[one]].reader_id == wish.reader.id]
        if not own:
            return UndoOutcome(refusal=UndoNotYours.code) if known else UndoOutcome(waits=True)
        undone: list[Scan] = []
        refusals: list[str] = []
        for nonce in own:
            try:
                undone.append(await self.undoing.take_back(replace(wish, nonce=nonce)))
            except (UndoTooLate, NothingToUndo, AlreadyLeft) as refusal:
                refusals.append(refusal.code)
        # Of an entry in two parts the server may have refused the first.
        weighty = [one for one in refusals if not undone or one != NothingToUndo.code]
        return UndoOutcome(scans=tuple(undone), refusal=weighty[0] if weighty else None)


def undo_conflict(refusal: str) -> ConflictKind:
    """Return what it is called when a gate took back what it could not."""
    return ConflictKind.WRONG_TIME if refusal == UndoTooLate.code else ConflictKind.NOT_GENUINE
