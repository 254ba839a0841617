"""Sweeping: forgets photos that no record names, uploads that nobody finishes, and pieces left behind."""

import asyncio
from contextlib import suppress

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.photos.errors import PhotosUnavailable
from services.photos.model import ANYBODY, PhotoRecord, PhotoState
from services.photos.ports import PhotoStore, PictureStore, PieceStore
from services.photos.rules import UNFINISHED_FOR, UNNAMED_FOR, UNWANTED_FOR, all_picture_keys, emptied

EVERY_S = 3600.0
ANY_ATTEMPT = 2**31
ON_ITS_WAY = frozenset({PhotoState.RECEIVING, PhotoState.RECEIVED})


class Sweeping:
    """Looks once an hour; several processes may do so at once."""

    def __init__(
        self,
        *,
        photos: PhotoStore,
        pieces: PieceStore,
        pictures: PictureStore,
        clock: Clock,
        every_s: float = EVERY_S,
    ) -> None:
        self._photos = photos
        self._pieces = pieces
        self._pictures = pictures
        self._clock = clock
        self._every_s = every_s

    async def run(self) -> None:
        """Work until cancelled."""
        task = asyncio.current_task()
        while task is not None and not task.cancelling():
            with suppress(DatabaseUnavailable, PhotosUnavailable):
                await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> None:
        """Forget what is due, a bounded number of each."""
        now = self._clock.now()
        for record in await self._photos.unwanted(now - UNWANTED_FOR):
            await self._forget(record)
        for record in await self._photos.unnamed(ANYBODY, now - UNNAMED_FOR):
            await self._forget(record)
        for record in await self._photos.unfinished(now - UNFINISHED_FOR):
            await self._forget(record)
        for photo_id in await self._pieces.left_behind(now - UNFINISHED_FOR):
            await self._tidy(photo_id)

    async def _tidy(self, photo_id: str) -> None:
        """Forget the pieces of a photo that is done with; its process was killed before it could."""
        record = await self._photos.find(photo_id)
        if record is None:
            await self._pieces.remove(photo_id, ANY_ATTEMPT)
        elif record.photo.state not in ON_ITS_WAY:
            await self._pieces.remove(photo_id, record.attempt)

    async def _forget(self, record: PhotoRecord) -> None:
        """Empty the photo first: somebody who wants or sends it meanwhile begins anew, and loses nothing."""
        empty = emptied(record, self._clock.now())
        if not await self._photos.claim_empty(empty, record):
            return
        await self._pictures.delete(all_picture_keys(record))
        await self._pieces.remove(record.photo.id, record.attempt)
        await self._photos.remove(empty)
