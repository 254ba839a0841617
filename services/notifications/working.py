"""The work in the background: expanding, sending, and looking after what others left."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.notifications.expanding import NoticeExpanding
from services.notifications.model import NoticeState
from services.notifications.ports import NoticeStore, Watch
from services.notifications.rules import HOLD
from services.notifications.sending import NoticeSending
from services.notifications.windows import FARTHEST

LOOK_EVERY_S = 1.0
MINUTE = timedelta(minutes=1)


@dataclass(kw_only=True)
class NoticeWork:
    """Goes on in every server process; a second at the latest after a fact, its notice is under way."""

    expanding: NoticeExpanding
    sending: NoticeSending
    notices: NoticeStore
    watch: Watch
    clock: Clock
    look_every_s: float = LOOK_EVERY_S
    _look_after_at: datetime | None = field(default=None, init=False)

    async def run(self) -> None:
        """Work until cancelled."""
        task = asyncio.current_task()
        # A cancellation that meets an answer of the database may get lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            if not await self._work():
                await asyncio.sleep(self.look_every_s)

    async def _work(self) -> bool:
        try:
            await self._look_after()
            return any([await self.expanding.work_once(), await self.sending.work_once()])
        except DatabaseUnavailable:
            return False
        except Exception as error:  # a defect of today's must not stop tomorrow's notices
            self.watch.defect(error)
            return False

    async def _look_after(self) -> None:
        now = self.clock.now()
        if self._look_after_at is not None and now < self._look_after_at:
            return
        self._look_after_at = now + MINUTE
        await self.give_up_stale()
        self.watch.waiting(await self.notices.count_due(now - FARTHEST, now))

    async def give_up_stale(self) -> None:
        """Make uncertain what somebody claimed and never came back to: it may have been sent."""
        now = self.clock.now()
        for kind in await self.notices.give_up_stale(now - FARTHEST - HOLD, now):
            self.watch.ended(kind, NoticeState.UNCERTAIN, "worker_gone")
