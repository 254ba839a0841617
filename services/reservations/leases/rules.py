"""Decisions about leases, free of input and output."""

from datetime import datetime

from qr.entry_pass import EntryForm, EntryPass
from qr.identifiers import venue_tag
from services.identity.model import Actor, Role
from services.reservations.errors import SlotUnknown
from services.reservations.leases.errors import GateNotEntrance, LeaseOfAnother
from services.reservations.leases.model import Lease, LeaseState
from services.reservations.model import Slot
from services.reservations.quotas import flowed, left_for
from services.venues.model import Channel, Gate, GateUse

# Who answers for a venue, and may decide that a gate that nobody hears from lets nobody in any more.
ANSWERING = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
# A lease's pass is never signed: no key has this number.
NO_KEY = 0


def state_of(lease: Lease, now: datetime) -> LeaseState:
    """Return where a lease stands; that its time is over needs no one to note it."""
    if lease.returned:
        return LeaseState.RETURNED
    return LeaseState.OVER if lease.expires_at <= now else LeaseState.OPEN


def pass_of(lease: Lease) -> EntryPass:
    """Return what people who come without a booking stand for at the gate: some of the lease's party."""
    return EntryPass(
        form=EntryForm.SCREEN,
        kid=NO_KEY,
        reservation_id=lease.id,
        venue_tag=venue_tag(lease.venue_id),
        starts_at=lease.starts_at,
        ends_at=lease.expires_at,
        party_size=lease.reservation.party_size,
    )


def walk_in_left(slot: Slot, now: datetime) -> int:
    """Return how many places for walk-ins are neither taken nor leased."""
    return left_for(flowed(slot, now), Channel.WALK_IN)


def ensure_leasable(slot: Slot | None, venue_id: str, gate: Gate) -> Slot:
    """Return the slot, if it is the venue's and people come in at the gate; raises SlotUnknown, GateNotEntrance."""
    if gate.use is not GateUse.ENTRANCE:
        raise GateNotEntrance
    if slot is None or slot.venue_id != venue_id:
        raise SlotUnknown
    return slot


def ensure_holder(lease: Lease, actor: Actor) -> None:
    """Raise LeaseOfAnother unless the actor may let people in: of two, one without network could exceed it."""
    if lease.holder_id != actor.id:
        raise LeaseOfAnother


def ensure_may_return(lease: Lease, actor: Actor) -> None:
    """Raise LeaseOfAnother unless it is the actor's own lease, or the actor answers for the venue."""
    if actor.role not in ANSWERING:
        ensure_holder(lease, actor)
