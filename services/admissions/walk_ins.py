"""Letting in people who come without a booking, on places that the gate has leased."""

from dataclasses import dataclass
from datetime import datetime

from qr.entry_pass import EntryPass
from services.admissions.group import ScanGroups
from services.admissions.model import Movement, Reading, RefusalReason, RefusedCode, Scan
from services.admissions.ports import Ceilings
from services.admissions.readers import reader_of, scan_digest
from services.admissions.rules import find_refusal
from services.common.clock import Clock, IdSource
from services.common.protection import KeyedDigest
from services.identity.model import Actor
from services.reservations.leases.errors import LeaseUnknown
from services.reservations.leases.model import Lease
from services.reservations.leases.reading import LeaseReading
from services.reservations.leases.rules import ensure_holder, pass_of
from services.venues.directory import VenueDirectory
from services.venues.model import Gate


@dataclass(frozen=True, kw_only=True)
class WalkIn:
    """So many people come in without a booking; `nonce` is made by the device, as for a scan."""

    actor: Actor
    gate_id: str
    lease_id: str
    nonce: str
    count: int


@dataclass(frozen=True, kw_only=True)
class WalkIns:
    """Decides as scans are decided, by the same group and the same passes: a lease is a party that comes in parts."""

    groups: ScanGroups
    leases: LeaseReading
    venues: VenueDirectory
    ceilings: Ceilings
    digest: KeyedDigest
    clock: Clock
    ids: IdSource

    async def admit(self, command: WalkIn) -> Scan:
        """Return the answer; the same nonce with the same lease and count gets the same answer again.

        Raises GateUnknown, LeaseUnknown, LeaseOfAnother, NonceReused, CountTooLarge, TooBusy.
        """
        venue, gate = await self.venues.get_gate_for(command.actor, command.gate_id)
        lease = await self.leases.get(command.actor, command.lease_id)
        if lease.venue_id != venue.id:
            raise LeaseUnknown
        ensure_holder(lease, command.actor)
        now = self.clock.now()
        reader = reader_of(command.actor)
        reading = Reading(
            scan_id=f"{gate.id}:{command.nonce}",
            event_id=self.ids.new("evt"),
            code_digest=scan_digest(self.digest, reader, Movement.ENTRY, lease.id, command.count),
            gate_id=gate.id,
            venue_id=venue.id,
            nonce=command.nonce,
            count=command.count,
            code=walk_in_pass(lease, gate, now),
            scanned_at=now,
            reader=reader,
            ceiling=await self.ceilings.ceiling_of(venue.id),
        )
        return await self.groups.answer(reading)


def walk_in_pass(lease: Lease, gate: Gate, now: datetime) -> EntryPass | RefusedCode:
    """Return what a lease proves at a gate of its venue, or why nobody comes in on it there and then."""
    entry_pass = pass_of(lease)
    refusal = RefusalReason.WRONG_GATE if gate.id != lease.gate_id else find_refusal(entry_pass, gate, now)
    # Those who booked are let in for some time after the end of entry, for they have queued: nobody else is.
    if refusal is None and now >= lease.expires_at:
        refusal = RefusalReason.TOO_LATE
    return entry_pass if refusal is None else RefusedCode(reason=refusal, shown=entry_pass)
