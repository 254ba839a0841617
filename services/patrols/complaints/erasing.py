"""Letting go of what was written and shown in complaints, a fixed time after their answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.patrols.complaints.model import Complaint
from services.patrols.complaints.ports import ComplaintPhotos, ComplaintStore
from services.patrols.complaints.rules import erased
from services.patrols.model import THE_SERVICE, Draft, PatrolEvent, PatrolEventKind
from services.patrols.recording import Recording

PAUSE_S = 600.0
AT_ONCE = 50
# Whoever was down for longer than this has other worries, and may look by hand.
LOOKED_BACK = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class Erasing:
    """Erases in the background; several processes at it do no harm, as the version is the guard."""

    store: ComplaintStore
    photos: ComplaintPhotos
    recording: Recording
    clock: Clock
    ids: IdSource
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                while await self.erase_due() == AT_ONCE:
                    pass
            except Unavailable:
                pass  # it is due in the next round as well
            except Exception as error:  # a defect must not end the erasing of what is due tomorrow
                self.tell(error)
            await asyncio.sleep(PAUSE_S)

    async def erase_due(self) -> int:
        """Erase some of what is due; return how many that were."""
        now = self.clock.now()
        due = await self.store.due(now - LOOKED_BACK, now, AT_ONCE)
        for complaint in due:
            # First the photos: once the complaint names them no more, nobody could find them.
            await self.photos.release(complaint.photos, by=complaint.wanter)
            await self._erase(complaint.id)
        return len(due)

    async def _erase(self, complaint_id: str) -> None:
        async def decide() -> Draft[None]:
            complaint = await self.store.find(complaint_id)
            now = self.clock.now()
            if complaint is None or complaint.erase_at is None or complaint.erase_at > now:
                return Draft(records=(), events=(), answer=None)
            return Draft(records=(erased(complaint, now),), events=(self._event(complaint),), answer=None)

        await self.recording.settle(decide)

    def _event(self, complaint: Complaint) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.COMPLAINT_ERASED,
            subject_id=complaint.id,
            site_id=complaint.site_id,
            occurred_at=self.clock.now(),
            told_by=THE_SERVICE,
            data={},
        )
