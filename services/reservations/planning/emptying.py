"""The job that empties slots: closes each one, then moves or cancels its parties, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.common.clock import Clock, IdSource, city_day
from services.common.errors import DomainError, Unavailable
from services.jobs.model import Job, StepResult
from services.notifications.model import Fact, NoticeKind
from services.policies.directory import PolicyDirectory
from services.reservations.changes import BookingWay, Cancellation, NewBooking, Reschedule, SlotChange
from services.reservations.errors import SlotStateChanged, VisitBegun
from services.reservations.limits import DayLimits
from services.reservations.model import EndReason, Reservation, ReservationStatus, Slot, SlotState
from services.reservations.planning.model import Closure, Remedy, Unmoved
from services.reservations.planning.ports import ClosureStore, Leases, Parties
from services.reservations.ports import ReservationDesk, SlotSource
from services.reservations.rules import entry_ends_at
from services.reservations.slot_keeping import NOT_DRAWN
from services.reservations.told import booked_event, cancelled_event, notice_calls

KIND = "empty_slots"
PARTIES_AT_ONCE = 10
# How far from its time a party may be moved, and how many slots are tried for it.
NEAR = timedelta(days=7)
SLOTS_TRIED = 12
# The venue's move is not the citizen's doing: it is counted, and never refused by a limit.
UNLIMITED = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Emptying:
    """A step may happen again: who was moved or cancelled before has no place in the slot any more."""

    store: ClosureStore
    parties: Parties
    leases: Leases
    desk: ReservationDesk
    slots: SlotSource
    policies: PolicyDirectory
    limits: DayLimits
    clock: Clock
    ids: IdSource

    @property
    def name(self) -> str:
        """Return the name by which jobs ask for it."""
        return KIND

    async def step(self, job: Job) -> StepResult:
        """Deal with the next parties of the cursor's slot."""
        at, party = int(job.cursor["slot"]), int(job.cursor["party"])
        closure = await self.store.find(str(job.cursor["closure_id"]))
        assert closure is not None  # noqa: S101 -- kept in the same write as the job
        concerned = await self._concerned(closure, closure.slot_ids[at])
        ids = concerned[party : party + PARTIES_AT_ONCE]
        for reservation in await self.parties.several(ids):
            await self._deal_with(closure, reservation)
        if party + len(ids) < len(concerned):
            return self._result(job, at, party + len(ids))
        return self._result(job, at + 1, 0)

    def _result(self, job: Job, slot: int, party: int) -> StepResult:
        return StepResult(done=slot, cursor={**job.cursor, "slot": slot, "party": party}, finished=slot == job.total)

    async def _concerned(self, closure: Closure, slot_id: str) -> Sequence[str]:
        """Return who had places when the slot was closed; nobody has come since."""
        found = await self.store.parties(closure.id, slot_id)
        if found is None:
            slot = await self.desk.find_slot(slot_id)
            assert slot is not None  # noqa: S101 -- slots are never removed
            state = SlotState.WITHDRAWN if slot.state is SlotState.WITHDRAWN else SlotState.CLOSED
            try:
                # Written in any case: the write proves that the ledger read next is the present one.
                await self.desk.change_slot(SlotChange(slot_id=slot_id, state=state, expected=NOT_DRAWN))
                parties = await self.desk.parties_in(slot_id)
            except SlotStateChanged:
                parties = ()  # it was marked for a draw since the closure was ordered
            await self.store.note_parties(closure.id, slot_id, parties)
            found = await self.store.parties(closure.id, slot_id)
        return found or ()

    async def _deal_with(self, closure: Closure, reservation: Reservation) -> None:
        over = reservation.ends_at <= self.clock.now()
        if over or reservation.status not in {ReservationStatus.BOOKED, ReservationStatus.HELD}:
            return
        if reservation.is_lease:  # nobody to move: whom the gate lets in on it comes without a booking
            await self.leases.take_back(reservation.id)
            return
        movable = closure.remedy is Remedy.MOVE and reservation.status is ReservationStatus.BOOKED
        try:
            if movable and await self._move(closure, reservation):
                return
            if not movable or closure.unmoved is Unmoved.CANCEL:
                await self.desk.cancel(self._cancellation(reservation, None))
        except VisitBegun:
            return  # they are inside: there is nothing to make up for

    async def _move(self, closure: Closure, old: Reservation) -> bool:
        now = self.clock.now()
        for slot in (await self._near(closure, old, now))[:SLOTS_TRIED]:
            try:
                await self.desk.reschedule(await self._moving(old, slot, now))
            except (VisitBegun, Unavailable):
                raise
            except DomainError:
                continue  # full by now, or somebody of the party is there already: the next slot
            return True
        return False

    async def _near(self, closure: Closure, old: Reservation, now: datetime) -> Sequence[Slot]:
        """Return the slots that may do instead: those of the same day first, the nearest in time first."""
        found = await self.slots.starting_between(
            closure.venue_id, max(now, old.starts_at - NEAR), old.starts_at + NEAR
        )
        fit = [
            slot
            for slot in found
            if slot.id not in closure.slot_ids and slot.state is SlotState.OPEN and entry_ends_at(slot) > now
        ]
        return sorted(
            fit,
            key=lambda slot: (
                city_day(slot.starts_at) != city_day(old.starts_at),
                abs(slot.starts_at - old.starts_at),
                slot.id,
            ),
        )

    async def _moving(self, old: Reservation, slot: Slot, now: datetime) -> Reschedule:
        wanted = replace(
            old,
            id=self.ids.new("rsv"),
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            last_entry_at=slot.last_entry_at,
            created_at=now,
            number=None,
        )
        new, limits = self.limits.counted(wanted, await self.policies.get(old.venue_id))
        return Reschedule(
            old=self._cancellation(old, new.id),
            new=NewBooking(
                reservation=new,
                request=None,
                event=booked_event(self.ids.new("evt"), new, now),
                way=BookingWay.STAFF,
                day_limits=tuple(replace(one, most=UNLIMITED) for one in limits),
                calls=notice_calls(NoticeKind.BOOKING_CHANGED, new, **{Fact.ROUND: old.id}),
            ),
        )

    def _cancellation(self, reservation: Reservation, moved_to: str | None) -> Cancellation:
        now = self.clock.now()
        booked = reservation.status is ReservationStatus.BOOKED
        told = booked and moved_to is None
        return Cancellation(
            reservation=reservation,
            cancelled_at=now,
            event=cancelled_event(self.ids.new("evt"), reservation, now) if booked else None,
            reason=EndReason.VENUE,
            calls=notice_calls(NoticeKind.BOOKING_CANCELLED_BY_VENUE, reservation) if told else (),
            moved_to=moved_to,
        )
