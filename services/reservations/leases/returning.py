"""Giving back what a lease has not used, so that others can have it."""

from dataclasses import dataclass

from services.common.clock import Clock
from services.common.errors import TooBusy
from services.identity.model import Actor
from services.reservations.changes import Cancellation, Shrinking
from services.reservations.errors import VisitBegun
from services.reservations.leases.errors import LeaseOver, LeaseUnknown
from services.reservations.leases.model import Lease
from services.reservations.leases.ports import LeaseStore
from services.reservations.leases.reading import LeaseReading
from services.reservations.leases.rules import ensure_may_return
from services.reservations.model import EndReason
from services.reservations.ports import ReservationDesk

# Each lost race means that somebody was let in on this very lease meanwhile, or that another gave it back.
TRIES = 20


@dataclass(frozen=True, kw_only=True)
class TakingBack:
    """Ends leases, or makes them as small as what was used; the gate's count decides, in the same write."""

    store: LeaseStore
    desk: ReservationDesk
    clock: Clock

    async def take_back(self, lease_id: str) -> Lease:
        """Return the lease as it is then; again changes nothing. Raises LeaseUnknown, TooBusy."""
        for _ in range(TRIES):
            lease = await self.store.find(lease_id)
            if lease is None:
                raise LeaseUnknown
            if not lease.left:
                return lease
            await self._try(lease)
        raise TooBusy(retry_after_s=1)

    async def _try(self, lease: Lease) -> None:
        if lease.used:
            await self.desk.shrink(Shrinking(reservation=lease.reservation, party_size=lease.used))
            return
        ending = Cancellation(
            reservation=lease.reservation, cancelled_at=self.clock.now(), event=None, reason=EndReason.VENUE
        )
        try:
            await self.desk.cancel(ending)
        except VisitBegun:
            return  # somebody was let in just now: what is left is looked at again


@dataclass(frozen=True, kw_only=True)
class LeaseReturning:
    """Gives back for who holds a lease, and for who answers for the venue."""

    reading: LeaseReading
    taking_back: TakingBack
    clock: Clock

    async def give_back(self, actor: Actor, lease_id: str) -> Lease:
        """Return the lease as it is then; again changes nothing.

        Raises LeaseUnknown, LeaseOfAnother, LeaseOver, TooBusy.
        """
        lease = await self.reading.get(actor, lease_id)
        ensure_may_return(lease, actor)
        if lease.left and lease.expires_at <= self.clock.now():
            # What a gate without network did on it may still be on its way, and shall find it as it was.
            raise LeaseOver
        return await self.taking_back.take_back(lease.id)
