"""Takes back what undos of logs name: all that is on record for the entry, whichever of the two came first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qr.gate_log import LogKind
from services.admissions.model import Conflict, Reader, TakeBack
from services.admissions.uploads.chain import log_conflict, movement_of, sighting_of
from services.admissions.uploads.model import UNDO_REFUSALS, KeptEntry, NamedConflict
from services.admissions.uploads.ports import ConflictStore, GateLogStore
from services.admissions.uploads.recording import OFFLINE, Recording, UndoOutcome, undo_conflict

UNDO_OF_UNDO = "undo_of_undo"
UNDO_AT_ANOTHER_GATE = "undo_at_another_gate"


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """What became of each undo, by the id of its entry; and what is wrong with those that could not be."""

    outcomes: Mapping[str, UndoOutcome] = field(default_factory=dict)
    wrong: Mapping[str, list[Conflict]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TakingBack:
    """Safe to repeat: what was taken back stays so, and what waits is looked at again when its entry has come."""

    log: GateLogStore
    conflicts: ConflictStore
    recording: Recording

    async def take_back(self, taken: Sequence[KeptEntry], now: datetime) -> TakenBack:
        """Apply the undos among entries that were just kept, and those that waited for one of these."""
        undos = {one.id: one for one in taken if one.entry.kind is LogKind.UNDO}
        scans = {f"{one.entry.gate_id}:{one.entry.nonce}" for one in taken}
        waiting = {one.id: one for one in await self.log.undos_of(scans)} if scans else {}
        every = waiting | undos
        named = await self.log.of_nonces({one.entry.undoes or "" for one in every.values()}) if every else ()
        outcomes: dict[str, UndoOutcome] = {}
        wrong: dict[str, list[Conflict]] = {}
        # One after the other: several of one party would get into each other's way.
        for kept in every.values():
            outcome = outcomes[kept.id] = await self._apply(kept, named, now)
            if outcome.refusal is not None:
                kind = undo_conflict(outcome.refusal)
                wrong[kept.id] = [log_conflict(kind, kept, [sighting_of(kept)], detail=outcome.refusal)]
        await self._complete([one for one in waiting.values() if one.id not in undos], outcomes, wrong)
        return TakenBack(outcomes=outcomes, wrong=wrong)

    async def _apply(self, kept: KeptEntry, named: Sequence[KeptEntry], now: datetime) -> UndoOutcome:
        outcome = await self.recording.take_back(_wish(kept, now), _tries(kept, named))
        if outcome.waits:
            refusal = _certain_refusal(kept, named)
            return outcome if refusal is None else UndoOutcome(refusal=refusal)
        for undo in outcome.scans:
            # What was said of the undo before its entry had come is no more than that it had not come.
            earlier = [] if outcome.refusal else [log_conflict(kind, kept, []).id for kind in UNDO_REFUSALS]
            moot = [*await self.recording.moot_after(undo), *earlier]
            await self.conflicts.withdraw(moot, movement_of(undo), now)
        return outcome

    async def _complete(
        self, waited: Sequence[KeptEntry], outcomes: Mapping[str, UndoOutcome], wrong: Mapping[str, list[Conflict]]
    ) -> None:
        """Put into the log what became of undos that were answered before their entries came."""
        answered = []
        for kept in waited:
            scan = outcomes[kept.id].scan
            told = [NamedConflict(id=one.id, kind=one.kind) for one in wrong.get(kept.id, ())]
            if kept.decision is None and (scan is not None or told):
                its = tuple(dict.fromkeys((*kept.conflicts, *told)))
                found = kept if scan is None else replace(kept, scan_id=scan.id, decision=scan.decision)
                answered.append(replace(found, conflicts=its))
        await self.log.complete(answered)


def _wish(kept: KeptEntry, now: datetime) -> TakeBack:
    said = kept.entry
    return TakeBack(
        gate_id=said.gate_id,
        nonce=said.undoes or "",
        reader=Reader(id=said.device_id, device_id=said.device_id),
        at=kept.moment.at,
        received_at=now,
    )


def _tries(undo: KeptEntry, named: Sequence[KeptEntry]) -> list[str]:
    """Return the nonces under which lies what an undo takes back, the last that was counted first.

    An entry lies in two parts where the gate let in more than the server had counted, unheard; and by itself where its
    nonce was another's already. Of several entries of one nonce, the last before the undo is meant.
    """
    said = undo.entry
    own = [one for one in named if _same_place(one, undo) and one.entry.kind is not LogKind.UNDO]
    before = [one for one in own if one.entry.nonce == said.undoes and one.entry.seq < said.seq]
    meant = max(before, key=lambda one: one.entry.seq, default=None)
    both = [f"{said.undoes}:{OFFLINE}", said.undoes or ""]
    if meant is None:
        return both
    nonce = meant.scan_id.partition(":")[2]
    return both if nonce in both else [nonce]


def _certain_refusal(undo: KeptEntry, named: Sequence[KeptEntry]) -> str | None:
    """Return in a word why an undo can never take anything back, or None while its entry may yet come."""
    of_device = [
        one for one in named if one.entry.device_id == undo.entry.device_id and one.entry.nonce == undo.entry.undoes
    ]
    if any(one.entry.kind is LogKind.UNDO and _same_place(one, undo) for one in of_device):
        return UNDO_OF_UNDO
    return UNDO_AT_ANOTHER_GATE if any(not _same_place(one, undo) for one in of_device) else None


def _same_place(one: KeptEntry, other: KeptEntry) -> bool:
    """Tell whether both are of one device at one gate."""
    return (one.entry.device_id, one.entry.gate_id) == (other.entry.device_id, other.entry.gate_id)
