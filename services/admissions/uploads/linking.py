"""Finds what is wrong with logs themselves: entries that fork, break the chain, or come from doubtful devices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.admissions.model import Conflict, ConflictKind
from services.admissions.uploads.chain import breaks_around, log_conflict, neighbours_of, sighting_of, suspected_forks
from services.admissions.uploads.model import KeptEntry, entry_id
from services.admissions.uploads.ports import GateLogStore


@dataclass(frozen=True, kw_only=True)
class Linking:
    """Looks after entries are kept: of two neighbours that come at once, at least one sees the other."""

    log: GateLogStore

    async def conflicts_of(self, entries: Sequence[KeptEntry]) -> Mapping[str, list[Conflict]]:
        """Return the conflicts that each entry brings to light, by its id."""
        known = {one.id: one for one in entries}
        wanted = {one for kept in entries for one in neighbours_of(kept)}
        known |= await self.log.find(wanted - known.keys())
        forks = {one for kept in entries for one in suspected_forks(kept, known)}
        known |= await self.log.find(forks - known.keys())
        twins, here = await self._twins_of(entries), {one.id for one in entries}
        return {
            kept.id: (_forks(kept, known) or _replays(kept, twins.get(kept.entry.nonce, ()), here))
            + _breaks(kept, known)
            for kept in entries
        }

    async def _twins_of(self, entries: Sequence[KeptEntry]) -> Mapping[str, list[KeptEntry]]:
        """Return all entries that have the same nonces, by nonce."""
        found: dict[str, list[KeptEntry]] = {}
        for one in await self.log.of_nonces({kept.entry.nonce for kept in entries}):
            found.setdefault(one.entry.nonce, []).append(one)
        return found


def _forks(kept: KeptEntry, known: Mapping[str, KeptEntry]) -> list[Conflict]:
    if not kept.is_fork:
        return []
    first = known.get(entry_id(kept.entry.device_id, kept.entry.seq))
    sightings = [sighting_of(one) for one in (first, kept) if one is not None]
    return [log_conflict(ConflictKind.LOG_FORKED, kept, sightings, detail="two_entries_of_one_number")]


def _replays(kept: KeptEntry, twins: Sequence[KeptEntry], here: Collection[str]) -> list[Conflict]:
    """Return that of two entries with one nonce the later says again what the first said, whichever came first.

    The later one tells it by itself where both are `here`, in this upload.
    """
    for twin in twins:
        told = twin.entry.seq > kept.entry.seq and twin.id in here
        if twin.entry.seq != kept.entry.seq and not told and _same_scan(twin, kept):
            first, later = sorted((twin, kept), key=lambda one: one.entry.seq)
            sightings = [sighting_of(first), sighting_of(later)]
            return [log_conflict(ConflictKind.LOG_FORKED, later, sightings, detail="nonce_used_twice")]
    return []


def _same_scan(one: KeptEntry, other: KeptEntry) -> bool:
    """Tell whether a nonce stands for the same scan of a device twice; two codes under one are told otherwise."""
    first, second = one.entry, other.entry
    place = (first.device_id, first.gate_id) == (second.device_id, second.gate_id)
    return place and first.code_sha256 == second.code_sha256


def _breaks(kept: KeptEntry, known: Mapping[str, KeptEntry]) -> list[Conflict]:
    return [
        log_conflict(
            ConflictKind.LOG_BROKEN,
            broken,
            [sighting_of(one) for one in (before, broken) if one is not None],
            detail="does_not_follow",
        )
        for broken, before in breaks_around(kept, known)
    ]
