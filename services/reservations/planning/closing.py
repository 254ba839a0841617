"""Closures: emptying slots in bulk, and seeing how far that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.common.stretches import stretches
from services.identity.model import Actor
from services.identity.rules import may_see
from services.jobs.model import JobState
from services.jobs.rules import new_job
from services.jobs.steering import Steering
from services.reservations.errors import SlotUnknown
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.planning.emptying import KIND
from services.reservations.planning.errors import ClosureUnknown
from services.reservations.planning.model import Closure, ClosureReport, Remedy, Unmoved
from services.reservations.planning.ports import ClosureStore, Parties
from services.reservations.planning.rules import ensure_closable
from services.reservations.ports import BookingDesk, Visits
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from services.venues.scopes import covering, scope_name


@dataclass(frozen=True, kw_only=True)
class CloseSlots:
    """Staff close slots of a venue."""

    actor: Actor
    venue_id: str
    slot_ids: tuple[str, ...]
    remedy: Remedy
    unmoved: Unmoved
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class Closing:
    """Orders closures; a job carries them out, wherever it runs."""

    store: ClosureStore
    parties: Parties
    visits: Visits
    desk: BookingDesk
    jobs: Steering
    venues: VenueDirectory
    clock: Clock
    ids: IdSource
    wake: Callable[[], None]

    async def order(self, command: CloseSlots) -> Closure:
        """Return the closure, which has begun.

        Raises VenueUnknown, SlotUnknown for a slot of another venue, SlotDrawn, and SlotEnded for one that is over.
        """
        venue = await self.venues.get(command.venue_id)
        if not may_see(command.actor, venue.owner):
            raise VenueUnknown
        for slot_id in command.slot_ids:
            slot = await self.desk.find_slot(slot_id)
            if slot is None or slot.venue_id != venue.id:
                raise SlotUnknown(slot_id)
            ensure_closable(slot, self.clock.now())
        closure = Closure(
            id=self.ids.new("clo"),
            venue_id=venue.id,
            slot_ids=tuple(dict.fromkeys(command.slot_ids)),
            remedy=command.remedy,
            unmoved=command.unmoved,
            job_id=self.ids.new("job"),
            ordered_by=command.actor.id,
            ordered_at=self.clock.now(),
        )
        job = new_job(
            closure.job_id,
            KIND,
            seen_by=_seen_by(venue),
            total=len(closure.slot_ids),
            cursor={"closure_id": closure.id, "slot": 0, "party": 0},
            now=closure.ordered_at,
        )
        kept = await self.store.add(closure, job, command.request)
        self.wake()
        return kept

    async def report(self, actor: Actor, closure_id: str) -> ClosureReport:
        """Return how far a closure is; raises ClosureUnknown."""
        closure = await self.store.find(closure_id)
        if closure is None:
            raise ClosureUnknown
        venue = await self.venues.get(closure.venue_id)
        if not may_see(actor, venue.owner):
            raise ClosureUnknown
        job = await self.jobs.get(closure.job_id, _seen_by(venue))
        found = await self._concerned(closure)
        moved = [one for one in found if one.rescheduled_to is not None]
        booked = [one for one in found if one.status is ReservationStatus.BOOKED]
        entered = [one for ids in stretches([one.id for one in booked]) for one in await self.visits.begun(ids)]
        return ClosureReport(
            closure=closure,
            done=job.state is JobState.DONE,
            moved=len(moved),
            cancelled=len(found) - len(moved) - len(booked),
            entered=len(entered),
            left=len(booked) - len(entered),
        )

    async def _concerned(self, closure: Closure) -> Sequence[Reservation]:
        """Return the parties; what gates had leased is nobody's visit."""
        found: list[Reservation] = []
        for slot_id in closure.slot_ids:
            for ids in stretches(await self.store.parties(closure.id, slot_id) or ()):
                found += await self.parties.several(ids)
        return [one for one in found if not one.is_lease]


def _seen_by(venue: Venue) -> tuple[str, ...]:
    return tuple(scope_name(one) for one in covering(venue.owner))
