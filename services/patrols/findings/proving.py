"""Proving: findings that were found put right are closed as soon as the photos of that can be seen."""

import asyncio
from contextlib import suppress

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.common.stretches import stretches
from services.patrols.findings.ending import Endings
from services.patrols.findings.ports import FindingStore, PhotoStates
from services.patrols.findings.rules import close_proved
from services.patrols.findings.rules_evidence import evidence_of, is_proved
from services.patrols.findings.telling import Teller
from services.patrols.model import THE_SERVICE, Draft
from services.patrols.recording import Recording
from services.photos.model import Photo, PhotoState

EVERY_S = 5.0


class Proving:
    """Looks every few seconds; any number of processes may, for a finding's version lets only one of them close it.

    A photo that is refused proves nothing: its finding goes on standing, and is escalated like any other.
    """

    def __init__(
        self,
        *,
        store: FindingStore,
        photos: PhotoStates,
        endings: Endings,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._photos = photos
        self._endings = endings
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        """Work until cancelled; what could not be done now is done the next time."""
        while True:
            with suppress(Unavailable):
                await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Close all whose photos can be seen by now; return how many."""
        awaiting = await self._store.awaiting()
        if not awaiting:
            return 0
        named = {photo for finding in awaiting for photo in evidence_of(finding)}
        ready = frozenset(key for key, photo in (await self._photos.states(named)).items() if is_ready(photo))
        closed = 0
        for some in stretches([one.id for one in awaiting if is_proved(one, ready)]):
            closed += sum(await asyncio.gather(*(self._close(one, ready) for one in some)))
        return closed

    async def _close(self, finding_id: str, ready: frozenset[str]) -> bool:
        async def decide() -> Draft[bool]:
            finding = await self._store.find(finding_id)
            now = self._clock.now()
            closed = None if finding is None else close_proved(finding, ready, now)
            if finding is None or closed is None or closed is finding:
                return Draft(records=(), events=(), answer=False)
            teller = Teller(ids=self._ids, told_by=THE_SERVICE, at=now)
            more = await self._endings.of(finding, teller)
            return Draft(records=(closed, *more.records), events=(teller.closed(closed), *more.events), answer=True)

        return await self._recording.settle(decide)


def is_ready(photo: Photo) -> bool:
    """Tell whether there is a picture to see."""
    return photo.state is PhotoState.READY
