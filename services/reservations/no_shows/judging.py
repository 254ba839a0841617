"""Judging: a day after a slot has ended, who did not come, or cancelled too late, gets a strike."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.common.stretches import stretches
from services.policies.directory import PolicyDirectory
from services.policies.model import VisitPolicy
from services.policies.rules import penalty_free_until
from services.reservations.model import Reservation, Slot
from services.reservations.no_shows.amnesties import Pardoning
from services.reservations.no_shows.model import GATE_USED_WITHIN, GRACE, NoShow, Reason, State
from services.reservations.no_shows.ports import AmnestyStore, GateUse, MarkStore, NoShowStore, VisitRecords
from services.reservations.no_shows.rules import is_judged, is_suspect, reason_of, terms_of
from services.reservations.ports import SlotSource
from services.venues.directory import VenueDirectory

LOOK_EVERY_S = 300.0
# Slots of so much time are read together; then the mark is moved on.
AT_ONCE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Looks in the background; several processes at it do no harm.

    A strike's key is its reservation's id, and a mark moves on only when all before it is kept. So whoever is killed,
    or second, repeats what changes nothing.
    """

    store: NoShowStore
    marks: MarkStore
    amnesties: AmnestyStore
    pardoning: Pardoning
    visits: VisitRecords
    gates: GateUse
    slots: SlotSource
    venues: VenueDirectory
    policies: PolicyDirectory
    clock: Clock
    ids: IdSource
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # what was not judged now is judged at the next look
            except Exception as error:  # a defect must not end the looking
                self.tell(error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Judge what is due at all venues. What lies before the first look is not held against anybody."""
        await self.pardoning.finish()
        horizon = self.clock.now() - GRACE
        marks = await self.marks.all()
        for venue in await self.venues.all():
            since = marks.get(venue.id)
            if since is None:
                await self.marks.begin(venue.id, horizon)
            while since is not None and since < horizon:
                since = await self._stretch(venue.id, since, min(since + AT_ONCE, horizon), horizon)

    async def _stretch(self, venue_id: str, since: datetime, until: datetime, horizon: datetime) -> datetime | None:
        """Judge the slots that start in a stretch of time; return where to go on, None when that is not now."""
        policy = await self.policies.get(venue_id)
        slots = await self.slots.starting_between(venue_id, since, until)
        unfinished = [slot.starts_at for slot in slots if slot.ends_at > horizon]
        through = min([until, *unfinished])
        over = [slot for slot in slots if slot.starts_at < through]
        if not over and through < since + AT_ONCE:
            return None  # nothing to note: the same short stretch is looked at again
        await self._judge(policy, over)
        moved = await self.marks.advance(venue_id, since, through)
        return through if moved and not unfinished else None

    async def _judge(self, policy: VisitPolicy, slots: Sequence[Slot]) -> None:
        if policy.strikes is None or not slots:
            return
        amnesties = await self.amnesties.at(policy.venue_id)
        for slot in slots:
            if is_judged(slot, amnesties):
                await self._judge_slot(policy, slot)
        # Looked for again, now that the strikes are there: of a judge and an amnesty, whoever is second sees the other.
        # Those known before as well, for whoever judged these slots first may have been killed at this point.
        for amnesty in await self.amnesties.at(policy.venue_id):
            if any(amnesty.covers(slot.starts_at) for slot in slots):
                await self.pardoning.apply(amnesty)

    async def _judge_slot(self, policy: VisitPolicy, slot: Slot) -> None:
        free_until = penalty_free_until(policy, slot.starts_at)
        for ids in stretches(await self.visits.booked_in(slot)):
            passes = await self.visits.passes(ids)
            suspects = [one for one in ids if is_suspect(passes.get(one), free_until)]
            reasons = [
                (one, reason_of(one, passes.get(one.id), free_until))
                for one in await self.visits.reservations(suspects)
                if one.has_account
            ]
            blamed = await self._blamed(slot, {reason for _, reason in reasons if reason is not None})
            strikes = [
                self._strike(one, reason, policy) for one, reason in reasons if reason is not None and reason in blamed
            ]
            if strikes:
                await self.store.add(strikes)

    async def _blamed(self, slot: Slot, reasons: Collection[Reason]) -> Collection[Reason]:
        """Return for which of the reasons somebody can be blamed: where no gate read codes, anybody may have come."""
        since, until = slot.starts_at - GATE_USED_WITHIN, slot.ends_at + GATE_USED_WITHIN
        if Reason.MISSED in reasons and not await self.gates.was_used(slot.venue_id, since, until):
            return {Reason.LATE_CANCEL}
        return set(Reason)

    def _strike(self, reservation: Reservation, reason: Reason, policy: VisitPolicy) -> NoShow:
        return NoShow(
            id=self.ids.new("nsh"),
            reservation_id=reservation.id,
            citizen_id=reservation.citizen_id,
            venue_id=reservation.venue_id,
            starts_at=reservation.starts_at,
            reason=reason,
            state=State.COUNTED,
            at=self.clock.now(),
            terms=terms_of(policy),
        )
