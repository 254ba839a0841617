"""Makes of entries what the gate's group takes: readings that are recorded as they happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qr.gate_log import LogKind
from services.admissions.model import ConflictKind, Decision, Movement, Reader, Reading, Recorded
from services.admissions.readers import scan_digest
from services.admissions.revocations.ports import RevocationStore
from services.admissions.uploads.checking import Checked
from services.admissions.uploads.evidence import CodeEvidence, Evidence, lease_evidence
from services.common.clock import IdSource, city_day
from services.common.protection import KeyedDigest
from services.reservations.leases.model import Lease
from services.reservations.leases.reading import LeaseReading


@dataclass(frozen=True, kw_only=True)
class Happened:
    """A reading, and what was recorded in it."""

    reading: Reading
    recorded: Recorded


@dataclass(frozen=True, kw_only=True)
class _Books:
    """What entries are compared with: leases by id, and since when codes are revoked, by reservation."""

    leases: Mapping[str, Lease | None]
    revoked: Mapping[str, datetime]


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The same entry makes the same reading, and one under which an online try of the gate would be found."""

    codes: CodeEvidence
    leases: LeaseReading
    revoked: RevocationStore
    digest: KeyedDigest
    ids: IdSource

    async def all_of(self, entries: Sequence[Checked], now: datetime) -> list[Happened]:
        """Return what entries, exits and walk-ins of logs are, in their order; raises DatabaseUnavailable."""
        books = _Books(leases=await self._leases_of(entries), revoked=await self._revoked_for(entries))
        return [self._of(one, books, now) for one in entries]

    async def _leases_of(self, entries: Sequence[Checked]) -> Mapping[str, Lease | None]:
        named = {one.item.entry.lease_id for one in entries if one.item.entry.kind is LogKind.WALK_IN}
        return {one: await self.leases.find(one) for one in named if one is not None}

    async def _revoked_for(self, entries: Sequence[Checked]) -> Mapping[str, datetime]:
        days = {city_day(one.moment.at) for one in entries}
        found = await self.revoked.revoked_on(days) if days else ()
        return {one.reservation_id: one.history[-1].at for one in found}

    def _of(self, checked: Checked, books: _Books, now: datetime) -> Happened:
        item, entry = checked.item, checked.item.entry
        evidence = self._evidence(checked, books)
        admitted = item.decision is Decision.ADMITTED
        walk_in = entry.kind is LogKind.WALK_IN
        recorded = Recorded(
            decision=item.decision,
            reason=item.reason,
            count=entry.admitted_now if admitted else 0,
            conflicts=(*evidence.wrong, *_revoked(evidence, checked, books)) if admitted else (),
            excess=ConflictKind.LEASE_EXCEEDED if walk_in else ConflictKind.ADMITTED_TWICE,
        )
        reader = Reader(id=entry.device_id, device_id=entry.device_id)
        movement = Movement.EXIT if entry.kind is LogKind.EXIT else Movement.ENTRY
        reading = Reading(
            scan_id=f"{entry.gate_id}:{entry.nonce}",
            event_id=self.ids.new("evt"),
            code_digest=self._digest(checked, reader, movement),
            gate_id=entry.gate_id,
            venue_id=checked.place.venue.id,
            nonce=entry.nonce,
            count=entry.count,
            code=evidence.code,
            scanned_at=checked.moment.at,
            reader=reader,
            movement=movement,
            recorded=recorded,
            received_at=now,
        )
        return Happened(reading=reading, recorded=recorded)

    def _evidence(self, checked: Checked, books: _Books) -> Evidence:
        item, entry = checked.item, checked.item.entry
        if entry.kind is LogKind.WALK_IN:
            lease = books.leases.get(entry.lease_id or "")
            return lease_evidence(lease, entry.device_id, checked.place, checked.moment)
        return self.codes.of(item.code, entry.kind, checked.place, checked.moment)

    def _digest(self, checked: Checked, reader: Reader, movement: Movement) -> str:
        """Return what stands for the scan as it would online, so that a repeated try is known as such."""
        entry = checked.item.entry
        what = entry.lease_id if entry.kind is LogKind.WALK_IN else checked.item.code
        return scan_digest(self.digest, reader, movement, what or "", entry.count)


def _revoked(evidence: Evidence, checked: Checked, books: _Books) -> tuple[ConflictKind, ...]:
    """Return that a code was revoked by then; one that was revoked afterwards let in rightly."""
    if evidence.shown is None or checked.item.entry.kind is LogKind.EXIT:
        return ()
    since = books.revoked.get(evidence.shown.reservation_id)
    return (ConflictKind.REVOKED,) if since is not None and since <= checked.moment.at else ()
