"""The venue decides: it approves an application, which takes places, or declines it with a reason."""

from services.common.clock import Clock, IdSource
from services.identity.model import Actor
from services.reservations.errors import SlotUnknown
from services.reservations.groups.errors import ApplicationBusy, ApplicationChanged
from services.reservations.groups.finishing import Finishing
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.groups.ports import ApplicationStore
from services.reservations.groups.reading import ApplicationReading
from services.reservations.groups.rules import begun, decided_call, ended, ensure_approvable, ensure_pending
from services.reservations.ports import ReservationDesk

HOLDER = "hld"


class Deciding:
    """What staff do."""

    def __init__(
        self,
        *,
        store: ApplicationStore,
        reading: ApplicationReading,
        finishing: Finishing,
        desk: ReservationDesk,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._reading = reading
        self._finishing = finishing
        self._desk = desk
        self._clock = clock
        self._ids = ids

    async def approve(self, actor: Actor, application_id: str) -> Application:
        """Return the approved application, whose places are booked; again changes nothing, and shows what became of it.

        Raises ApplicationUnknown, ApplicationDecided, ApplicationBusy, ApplicationChanged, TooFewPlaces, SlotEnded,
        SlotClosed, SlotDrawn or SlotUnknown.
        """
        before = await self._reading.get_within(actor, application_id)
        if before.status in {ApplicationStatus.APPROVED, ApplicationStatus.CANCELLED}:
            return before
        if before.status is ApplicationStatus.APPROVING:
            return await self._go_on(before)
        ensure_pending(before)
        slot = await self._desk.find_slot(before.slot_id)
        if slot is None:
            raise SlotUnknown
        now = self._clock.now()
        ensure_approvable(slot, before.party_size, now)
        mine = begun(before, reservation_id=self._ids.new("rsv"), by=actor.id, holder=self._ids.new(HOLDER), at=now)
        if not await self._store.claim(before, mine):
            raise ApplicationChanged
        return await self._finishing.finish(mine)

    async def decline(self, actor: Actor, application_id: str, reason: str) -> Application:
        """Return the declined application; again changes nothing, the first reason stays.

        Raises ApplicationUnknown, ApplicationDecided, ApplicationBusy or ApplicationChanged.
        """
        before = await self._reading.get_within(actor, application_id)
        if before.status is ApplicationStatus.DECLINED:
            return before
        ensure_pending(before)
        await self._finishing.ensure_without_places(before)
        after = ended(
            before,
            ApplicationStatus.DECLINED,
            holder=self._ids.new(HOLDER),
            at=self._clock.now(),
            by=actor.id,
            reason=reason,
        )
        if not await self._store.claim(before, after, (decided_call(after, None),)):
            raise ApplicationChanged
        return after

    async def _go_on(self, application: Application) -> Application:
        finished = await self._finishing.take_up(application)
        if finished is None:
            raise ApplicationBusy
        return await self._reading.following.present(finished)
