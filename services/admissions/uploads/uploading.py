"""Takes logs of devices in: each entry is recorded at the gate, kept in its log, compared, and answered for good.

The order survives a kill at any point. What happened at the gate is recorded under the gate's own scan id, then the
entry is kept, then looked at beside its neighbours, then settled. Until it is settled, the device has not heard of it
and sends it again, and each step finds what it has done before.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qr.gate_log import LogKind
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.rules import skew_ms
from services.admissions.model import Conflict, ConflictKind
from services.admissions.uploads.answering import answered, refused
from services.admissions.uploads.chain import doubt_conflict, log_conflict, movement_of, sighting_of
from services.admissions.uploads.checking import Checked, Checking
from services.admissions.uploads.linking import Linking
from services.admissions.uploads.model import (
    ItemAnswer,
    KeptEntry,
    NamedConflict,
    Upload,
)
from services.admissions.uploads.ports import ConflictStore, GateLogStore
from services.admissions.uploads.readings import Readings
from services.admissions.uploads.recording import Outcome, Recording, UndoOutcome
from services.admissions.uploads.taking_back import TakingBack
from services.common.clock import Clock
from services.identity.rules import is_device


@dataclass(frozen=True, kw_only=True)
class UploadAnswer:
    """The answers to the items, in their order, and how far the sender's clock was off."""

    skew_ms: int
    items: tuple[ItemAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """An entry that is kept, with what the gate says of it: None for an undo, which comes later."""

    checked: Checked
    kept: KeptEntry
    outcome: Outcome | None


@dataclass(frozen=True, kw_only=True)
class Uploading:
    """Takes uploads in; safe in several processes at once, and to repeat."""

    checking: Checking
    readings: Readings
    recording: Recording
    linking: Linking
    log: GateLogStore
    conflicts: ConflictStore
    devices: DeviceDirectory
    clock: Clock

    async def take(self, upload: Upload) -> UploadAnswer:
        """Return an answer for each item; raises TooBusy or DatabaseUnavailable, and then it is to be sent again."""
        now = self.clock.now()
        checked = await self.checking.check(upload, now)
        good = [one for one in checked if isinstance(one, Checked)]
        before = await self._known(good)
        fresh = sorted(
            (one for one in good if not _is_settled(before.get(_place_of(one, before)))),
            key=lambda one: (one.item.entry.device_id, one.item.entry.seq),
        )
        kept: dict[str, KeptEntry] = {}
        for run in _runs(fresh):
            kept |= await self._take_in(run, {**before, **kept}, upload, now)
        skew = skew_ms(now, upload.device_time)
        if is_device(upload.actor):
            await self.devices.note_seen(upload.actor.id, skew_ms=skew)
        answers = (
            answered(one, before, kept) if isinstance(one, Checked) else refused(item, one)
            for item, one in zip(upload.items, checked, strict=True)
        )
        return UploadAnswer(skew_ms=skew, items=tuple(answers))

    async def _known(self, good: Sequence[Checked]) -> Mapping[str, KeptEntry]:
        found = dict(await self.log.find({one.item.own_id for one in good}))
        forks = {one.item.fork_id for one in good if _place_of(one, found) == one.item.fork_id}
        return {**found, **await self.log.find(forks)} if forks else found

    async def _take_in(
        self, fresh: Sequence[Checked], before: Mapping[str, KeptEntry], upload: Upload, now: datetime
    ) -> Mapping[str, KeptEntry]:
        """Record, keep, compare and settle entries; return what is kept then."""
        outcomes = await self._record_all(fresh, now)
        entries = [
            _entry(one, outcome, _place_of(one, before), upload, now)
            for one, outcome in zip(fresh, outcomes, strict=True)
        ]
        kept = {**before, **await self._keep(entries)}
        taken = [
            _Taken(checked=one, kept=kept[_place_of(one, kept)], outcome=outcome)
            for one, outcome in zip(fresh, outcomes, strict=True)
        ]
        undos = TakingBack(log=self.log, conflicts=self.conflicts, recording=self.recording)
        undone = await undos.take_back([one.kept for one in taken], now)
        await self._explain(outcomes, now)
        found = await self.linking.conflicts_of([one.kept for one in taken])
        about = {one.kept.id: [*found[one.kept.id], *_about(one), *undone.wrong.get(one.kept.id, [])] for one in taken}
        await self.conflicts.add([one for its in (*about.values(), *_elsewhere(undone.wrong, about)) for one in its])
        settled = [_settled(one, undone.outcomes.get(one.kept.id), about[one.kept.id]) for one in taken]
        return await self.log.settle(settled)

    async def _record_all(self, fresh: Sequence[Checked], now: datetime) -> list[Outcome | None]:
        """Record what happened, in its order, and leave out undos; none is left in the midst when another one fails."""
        movements = [one for one in fresh if one.item.entry.kind is not LogKind.UNDO]
        happened = await self.readings.all_of(movements, now)
        found = await asyncio.gather(
            *(
                self.recording.record(it.reading, it.recorded, one.item.hash)
                for one, it in zip(movements, happened, strict=True)
            ),
            return_exceptions=True,
        )
        outcomes: dict[int, Outcome] = {}
        for movement, one in zip(movements, found, strict=True):
            if isinstance(one, BaseException):
                raise one
            outcomes[id(movement)] = one
        return [outcomes.get(id(one)) for one in fresh]

    async def _explain(self, outcomes: Sequence[Outcome | None], now: datetime) -> None:
        """Settle that more left than were inside, where these entries tell how they had come in."""
        entered = {
            one.scan.reservation_id: one.scan
            for one in outcomes
            if one is not None and one.scan.admitted_now and one.scan.left_count and one.scan.reservation_id
        }
        for reservation_id, exits in (await self.recording.exits_that_fit(entered.keys())).items():
            said = {one.scan_id: one.entry.admitted_now for one in await self.log.of_scans(exits.keys())}
            # Beyond the party nobody is counted out; and an exit that said so still says it.
            fitting = [f"{one}:{ConflictKind.EXIT_EXCEEDED}" for one, count in exits.items() if said.get(one) == count]
            await self.conflicts.withdraw(fitting, movement_of(entered[reservation_id]), now)

    async def _keep(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        """Keep entries, those aside of whose number another one came first a moment ago."""
        kept = await self.log.keep(entries)
        aside = [_as_fork(one) for one in entries if kept[one.id].hash != one.hash]
        return {**kept, **await self.log.keep(aside)} if aside else kept


def _runs(fresh: Sequence[Checked]) -> Iterable[Sequence[Checked]]:
    """Yield entries in stretches that end with undos: who was taken back may come in again afterwards."""
    run: list[Checked] = []
    for one in fresh:
        undoes = one.item.entry.kind is LogKind.UNDO
        if run and not undoes and run[-1].item.entry.kind is LogKind.UNDO:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _place_of(checked: Checked, known: Mapping[str, KeptEntry]) -> str:
    """Return the id that an entry is kept under: beside the first of its number, if that is another one."""
    first = known.get(checked.item.own_id)
    return checked.item.own_id if first is None or first.hash == checked.item.hash else checked.item.fork_id


def _is_settled(kept: KeptEntry | None) -> bool:
    return kept is not None and kept.settled


def _entry(checked: Checked, outcome: Outcome | None, its_id: str, upload: Upload, now: datetime) -> KeptEntry:
    said = checked.item.entry
    scan_id = f"{said.gate_id}:{said.nonce}" if outcome is None else outcome.scan.id
    return KeptEntry(
        id=its_id,
        venue_id=checked.place.venue.id,
        entry=said,
        hash=checked.item.hash,
        signature=checked.item.signature,
        moment=checked.moment,
        received_at=now,
        received_from=upload.actor.id,
        scan_id=scan_id,
        undoes_scan=f"{said.gate_id}:{said.undoes}" if said.kind is LogKind.UNDO else None,
        decision=None if outcome is None else outcome.scan.decision,
        reason=None if outcome is None else outcome.scan.reason,
        conflicts=(),
        settled=False,
    )


def _as_fork(entry: KeptEntry) -> KeptEntry:
    return replace(entry, id=f"{entry.id}:{entry.hash[:16]}")


def _about(taken: _Taken) -> list[Conflict]:
    """Return what is in doubt about the entry itself, and about its answer."""
    kept, own = taken.kept, sighting_of(taken.kept)
    found = [doubt_conflict(kind, kept, detail) for kind, detail in taken.checked.doubts]
    outcome = taken.outcome
    if outcome is not None and outcome.wrong is not None:
        sightings = [own] if outcome.scan.offline else [movement_of(outcome.scan), own]
        found.append(log_conflict(outcome.wrong, kept, sightings, detail=outcome.detail))
    return found


def _elsewhere(
    wrong: Mapping[str, list[Conflict]], about: Mapping[str, list[Conflict]]
) -> Iterable[Sequence[Conflict]]:
    """Yield the conflicts of undos that had waited since an earlier upload."""
    return (its for kept_id, its in wrong.items() if kept_id not in about)


def _settled(taken: _Taken, undo: UndoOutcome | None, about: Sequence[Conflict]) -> KeptEntry:
    """Return an entry with its last answer."""
    outcome = taken.outcome
    scan = outcome.scan if outcome is not None else undo.scan if undo is not None else None
    engine = () if outcome is None else outcome.scan.conflicts
    named = [NamedConflict(id=f"{outcome.scan.id}:{kind}", kind=kind) for kind in engine] if outcome else []
    named += [NamedConflict(id=one.id, kind=one.kind) for one in about]
    return replace(
        taken.kept,
        scan_id=taken.kept.scan_id if scan is None else scan.id,
        decision=None if scan is None else scan.decision,
        reason=None if scan is None else scan.reason,
        conflicts=tuple(dict.fromkeys(named)),
        settled=True,
    )
