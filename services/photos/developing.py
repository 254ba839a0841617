"""Developing: makes the pictures of photos that are whole, from a queue that lies in the database."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable, Unavailable
from services.photos.model import Developed, PhotoRecord, PhotoRefusal, PhotoState, Rendition
from services.photos.ports import Lab, LabLost, PhotoStore, PictureStore, PieceStore
from services.photos.rules import LEASE, MOST_LOSSES, TRY_AGAIN_AFTER, picture_key
from services.photos.uploading import file_of

AT_ONCE = 2
LOOK_EVERY_S = 5.0


class Developing:
    """Takes photos under a lease, two at a time; what a killed process leaves behind is taken when its lease lapses."""

    def __init__(
        self,
        *,
        photos: PhotoStore,
        pieces: PieceStore,
        pictures: PictureStore,
        lab: Lab,
        clock: Clock,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._photos = photos
        self._pieces = pieces
        self._pictures = pictures
        self._lab = lab
        self._clock = clock
        self._look_every_s = look_every_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: a photo has just become whole here."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled, then end the lab."""
        task = asyncio.current_task()
        try:
            # A cancellation may get lost in the driver (see services.jobs.running), so it is asked for.
            while task is not None and not task.cancelling():
                self._woken.clear()
                if not await self.work_once():
                    await self._rest()
        finally:
            await self._lab.close()

    async def work_once(self) -> bool:
        """Develop what waits; False when nothing did, or nothing could be reached."""
        try:
            waiting = list(await self._photos.waiting(self._clock.now()))
        except DatabaseUnavailable:
            return False
        done = await asyncio.gather(*(self._work_through(waiting) for _ in range(AT_ONCE)))
        return any(done)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_every_s):
                await self._woken.wait()

    async def _work_through(self, waiting: list[PhotoRecord]) -> bool:
        worked = False
        while waiting:
            # Where something is away, the lease lapses, and somebody tries anew.
            with suppress(Unavailable):
                worked |= await self._develop(waiting.pop(0))
        return worked

    async def _develop(self, found: PhotoRecord) -> bool:
        """Take a photo and make its pictures; False when somebody else has it."""
        record = replace(found, tries=found.tries + 1, leased_until=self._clock.now() + LEASE)
        if not await self._photos.claim(record, found):
            return False
        try:
            result = await self._lab.develop(lambda: file_of(self._pieces, record))
        except LabLost:
            await self._note_loss(record)
            return True
        if isinstance(result, Developed):
            await self._pictures.put(picture_key(record, Rendition.CLEAN), result.clean)
            await self._pictures.put(picture_key(record, Rendition.THUMBNAIL), result.thumbnail)
        await self._finish(record, result)
        return True

    async def _note_loss(self, record: PhotoRecord) -> None:
        """Try once more, later; a file that is too much each time is no photo for us."""
        lost = replace(record, losses=record.losses + 1, leased_until=self._clock.now() + TRY_AGAIN_AFTER)
        if lost.losses >= MOST_LOSSES:
            await self._finish(record, PhotoRefusal.DAMAGED)
        else:
            await self._photos.claim(lost, record)

    async def _finish(self, record: PhotoRecord, result: Developed | PhotoRefusal) -> None:
        now = self._clock.now()
        if isinstance(result, Developed):
            photo = replace(
                record.photo,
                state=PhotoState.READY,
                media_type=result.media_type,
                width=result.width,
                height=result.height,
                taken_at=result.taken_at,
                taken_where=result.taken_where,
                changed_at=now,
            )
        else:
            photo = replace(record.photo, state=PhotoState.REFUSED, refusal=result, changed_at=now)
        if await self._photos.claim(replace(record, photo=photo, leased_until=None), record):
            await self._pieces.remove(record.photo.id, record.attempt)
