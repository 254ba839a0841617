"""Several phones and processes at one photo: none is stuck, and nothing that was acknowledged is taken back."""

import asyncio

import pytest

from services.common.mongo import Mongo
from services.photos.errors import ChunkOutOfPlace
from services.photos.model import PhotoRecord, PhotoState
from services.photos.mongo import MongoPhotos
from tests.photo_room import UPLOADER, PhotoRoom, pieces_of
from tests.photos import SMALL, photo_file, sum_of, unlike


async def test_ten_phones_at_two_processes_send_the_same_and_none_is_stuck(mongo: Mongo) -> None:
    file = photo_file()
    name = sum_of(file)
    rooms = [PhotoRoom(mongo), PhotoRoom(mongo)]

    async def phone(number: int) -> PhotoState:
        room, chunk = rooms[number % 2], SMALL + 1000 * number
        photo = await room.photos.begin(name, len(file), f"phone-{number}")
        at = photo.received
        while photo.state is PhotoState.RECEIVING:
            try:
                photo = await room.photos.add_chunk(name, at, file[at : at + chunk])
                at = photo.received
            except ChunkOutOfPlace as elsewhere:
                at = elsewhere.received
        return photo.state

    states = await asyncio.gather(*(phone(number) for number in range(10)))
    assert set(states) <= {PhotoState.RECEIVED}
    await asyncio.gather(*(room.develop_all() for room in rooms))
    record = await rooms[0].store.find(name)
    assert record is not None
    assert (record.photo.state, record.tries) == (PhotoState.READY, 1)
    assert await pieces_of(mongo, name) == 0


async def test_what_a_killed_process_left_undone_is_done_by_whoever_comes_next(mongo: Mongo) -> None:
    file = unlike()
    name = sum_of(file)

    class Killed(Exception):
        """The process is gone."""

    class Dying(MongoPhotos):
        """Dies when the photo is about to be said to be whole."""

        async def claim(self, new: PhotoRecord, old: PhotoRecord | None) -> bool:
            if new.photo.state is PhotoState.RECEIVED:
                raise Killed
            return await super().claim(new, old)

    with pytest.raises(Killed):
        await PhotoRoom(mongo, photos=Dying(mongo)).send(file, chunk=SMALL)
    living = PhotoRoom(mongo)
    assert (await living.photos.get(name)).received == len(file)
    assert (await living.photos.begin(name, len(file), UPLOADER)).state is PhotoState.RECEIVED


class Late(MongoPhotos):
    """Notes a chunk only when it is let go."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.arrived, self.go = asyncio.Event(), asyncio.Event()

    async def claim(self, new: PhotoRecord, old: PhotoRecord | None) -> bool:
        if new.photo.received and not self.go.is_set():
            self.arrived.set()
            await self.go.wait()
        return await super().claim(new, old)


class Unguarded(Late):
    """Notes it whatever others have noted meanwhile."""

    async def claim(self, new: PhotoRecord, old: PhotoRecord | None) -> bool:  # noqa: ARG002 -- which is its fault
        self.arrived.set()
        await self.go.wait()
        return await super().claim(new, await self.find(new.photo.id))


async def acknowledged_after_a_late_chunk(mongo: Mongo, late: Late) -> tuple[int, int]:
    """Return the bytes acknowledged to a quick phone, and those that are known after a slow one's first chunk."""
    file = unlike()
    name = sum_of(file)
    slow, quick = PhotoRoom(mongo, photos=late), PhotoRoom(mongo)
    await quick.photos.begin(name, len(file), UPLOADER)
    chunk = asyncio.create_task(slow.photos.add_chunk(name, 0, file[:SMALL]))
    await late.arrived.wait()
    for offset in (0, SMALL):
        told = await quick.photos.add_chunk(name, offset, file[offset : offset + SMALL])
    late.go.set()
    await chunk
    return told.received, (await quick.photos.get(name)).received


async def test_without_its_guard_a_late_chunk_takes_back_what_was_acknowledged(mongo: Mongo) -> None:
    told, known = await acknowledged_after_a_late_chunk(mongo, Unguarded(mongo))
    assert (told, known) == (2 * SMALL, SMALL), "the race that the guard is for did not happen"


async def test_a_late_chunk_takes_nothing_back(mongo: Mongo) -> None:
    told, known = await acknowledged_after_a_late_chunk(mongo, Late(mongo))
    assert told == known == 2 * SMALL
