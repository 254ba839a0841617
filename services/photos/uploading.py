"""Receiving photos: in pieces, by whoever has them, and whole or not at all."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace

from services.common.clock import Clock
from services.common.errors import TooBusy
from services.common.turns import Turns
from services.photos.errors import ChunkOutOfPlace, ChunkUnfit, PhotoSumMismatch, PhotoUnknown
from services.photos.model import Photo, PhotoRecord, PhotoState
from services.photos.ports import PhotoStore, PieceStore
from services.photos.rules import (
    LARGEST_CHUNK,
    Step,
    awaited,
    begun,
    is_name,
    piece_key,
    piece_keys,
    place_chunk,
    restarted,
    with_chunk,
)

TRIES = 20


class Uploading:
    """Takes chunks in their order; a repeat of what is there changes nothing."""

    def __init__(self, *, photos: PhotoStore, pieces: PieceStore, clock: Clock, wake: Callable[[], None]) -> None:
        """`wake` is called when a photo has become whole."""
        self._photos = photos
        self._pieces = pieces
        self._clock = clock
        self._wake = wake
        self._turns = Turns(longest=100)

    async def begin(self, photo_id: str, size: int, uploader: str) -> Photo:
        """Return how far the photo is; begin it where nobody has. Raises PhotoSumMismatch, TooBusy."""
        async with self._turns.turn(photo_id):
            for _ in range(TRIES):
                old = await self._photos.find(photo_id)
                now = self._clock.now()
                new = begun(old or awaited(photo_id, now), size, uploader, now)
                if new is None and old is not None:
                    return await self._finished(old)
                if new is not None and await self._photos.claim(new, old):
                    if new.attempt > 1:
                        await self._pieces.remove(photo_id, new.attempt - 1)
                    return await self._finished(new)
        raise TooBusy(retry_after_s=1)

    async def add_chunk(self, photo_id: str, offset: int, content: bytes) -> Photo:
        """Keep a chunk; with the last one, the photo is checked.

        Raises PhotoUnknown, ChunkOutOfPlace, ChunkUnfit, PhotoSumMismatch, TooBusy.
        """
        async with self._turns.turn(photo_id):
            for _ in range(TRIES):
                record = await self._photos.find(photo_id) if is_name(photo_id) else None
                if record is None:
                    raise PhotoUnknown
                if place_chunk(record.photo, offset, len(content)) is Step.IGNORE:
                    return await self._finished(record)
                # The piece first: what is counted is there.
                await self._pieces.put(piece_key(record, offset, len(content)), content, self._clock.now())
                grown = with_chunk(record, len(content), self._clock.now())
                if await self._photos.claim(grown, record):
                    return await self._finished(grown)
        raise TooBusy(retry_after_s=1)

    async def keep(self, file: bytes, uploader: str) -> str:
        """Receive a whole file, going on where one that broke off ended, and return its name; raises TooBusy."""
        name = (await asyncio.to_thread(hashlib.sha256, file)).hexdigest()
        for _ in range(TRIES):
            photo = await self.begin(name, len(file), uploader)
            # Where somebody who counts for more says another size, the upload is theirs.
            if photo.size != len(file):
                return name
            # Others may send the same at this moment, or have sent what is not it.
            with suppress(ChunkOutOfPlace, ChunkUnfit, PhotoSumMismatch):
                while photo.state is PhotoState.RECEIVING:
                    piece = file[photo.received : photo.received + LARGEST_CHUNK]
                    photo = await self.add_chunk(name, photo.received, piece)
                return name
        raise TooBusy(retry_after_s=1)

    async def _finished(self, record: PhotoRecord) -> Photo:
        """Check a photo whose last byte is here; whoever was to do so may have been killed."""
        photo = record.photo
        if photo.state is not PhotoState.RECEIVING or photo.received != photo.size:
            return photo
        now = self._clock.now()
        if await sum_of(file_of(self._pieces, record)) != photo.id:
            # Beaten, others found the same, and may have begun again.
            if await self._photos.claim(restarted(record, now), record):
                await self._pieces.remove(photo.id, record.attempt)
            raise PhotoSumMismatch
        whole = replace(photo, state=PhotoState.RECEIVED, changed_at=now)
        if not await self._photos.claim(replace(record, photo=whole), record):
            found = await self._photos.find(photo.id)
            return photo if found is None else found.photo
        self._wake()
        return whole


async def file_of(pieces: PieceStore, record: PhotoRecord) -> AsyncIterator[bytes]:
    """Yield the pieces of a file, one at a time; one that is lost is left out, and the sum tells."""
    for key in piece_keys(record):
        piece = await pieces.get(key)
        if piece is not None:
            yield piece


async def sum_of(file: AsyncIterator[bytes]) -> str:
    """Return the SHA-256 in hexadecimal; it is calculated beside the event loop."""
    digest = hashlib.sha256()
    async for piece in file:
        await asyncio.to_thread(digest.update, piece)
    return digest.hexdigest()
