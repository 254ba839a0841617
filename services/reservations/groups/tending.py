"""Looking after applications in the background: approvals left alone, slots that are over, groups that were moved."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.common.clock import Clock, IdSource
from services.common.errors import DomainError, Unavailable
from services.reservations.groups.errors import ApplicationDecided
from services.reservations.groups.finishing import Finishing
from services.reservations.groups.following import Following
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.groups.ports import ApplicationStore
from services.reservations.groups.rules import decided_call, ended, is_hopeless, is_left_alone
from services.reservations.model import Slot
from services.reservations.ports import ReservationDesk

EVERY_S = 15.0
# For moves that nobody could write down before the former slot was over, because no process was there to look.
LOOKS_BACK = timedelta(days=1)
HOLDER = "hld"


@dataclass(frozen=True, kw_only=True)
class Tending:
    """Looks in every process; of several, the version of an application lets one make each step."""

    store: ApplicationStore
    finishing: Finishing
    following: Following
    desk: ReservationDesk
    clock: Clock
    ids: IdSource
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # what waits now waits at the next look as well
            except Exception as error:  # a defect must not end the looking after other applications
                self.tell(error)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Go on with what was left alone, let expire what nobody can approve any more, and write down what moved."""
        waiting = await self.store.all_open()
        for application in waiting:
            if is_left_alone(application, self.clock.now()):
                await self._go_on(application)
        await self._expire([one for one in waiting if one.status is ApplicationStatus.PENDING])
        await self._follow()

    async def _follow(self) -> None:
        approved = await self.store.all_approved(self.clock.now() - LOOKS_BACK)
        for before, now in await self.following.changed(approved):
            after = replace(now, version=before.version + 1, holder=self.ids.new(HOLDER))
            await self.store.claim(before, after)  # or another process was quicker, and wrote the same

    async def _go_on(self, application: Application) -> None:
        try:
            await self.finishing.take_up(application)
        except Unavailable:
            raise
        except DomainError:
            pass  # it is pending again, or decided: either way it is not left alone any more

    async def _expire(self, pending: Sequence[Application]) -> None:
        slots: dict[str, Slot | None] = {}
        for application in pending:
            if application.slot_id not in slots:
                slots[application.slot_id] = await self.desk.find_slot(application.slot_id)
            if is_hopeless(slots[application.slot_id], self.clock.now()):
                await self._end(application)

    async def _end(self, application: Application) -> None:
        try:
            await self.finishing.ensure_without_places(application)
        except ApplicationDecided:
            return
        after = ended(application, ApplicationStatus.EXPIRED, holder=self.ids.new(HOLDER), at=self.clock.now())
        await self.store.claim(application, after, (decided_call(after, None),))
