"""Photos as the rooms that name them see them: wanted, looked at, shown."""

from collections.abc import Collection, Mapping, Sequence

from services.common.clock import Clock
from services.photos.errors import PhotoNotReady, PhotosUnavailable, PhotoUnknown
from services.photos.model import Photo, PhotoRecord, PhotoState, Picture, Rendition
from services.photos.ports import Lab, PhotoStore, PictureStore
from services.photos.room import Room
from services.photos.rules import MOST_MARKS, is_name, mark_of, marked_key, picture_key
from services.photos.uploading import Uploading

JPEG = "image/jpeg"
EVIDENCE = "evidence"


class Photos:
    """Answers about photos."""

    def __init__(
        self,
        *,
        photos: PhotoStore,
        pictures: PictureStore,
        lab: Lab,
        uploading: Uploading,
        room: Room,
        public_room: Room,
        clock: Clock,
    ) -> None:
        """`room` bounds the bytes of bodies that this process holds at once, `public_room` those without an account."""
        self._photos = photos
        self._pictures = pictures
        self._lab = lab
        self._uploading = uploading
        self._clock = clock
        self.room = room
        self.public_room = public_room

    async def begin(self, photo_id: str, size: int, uploader: str) -> Photo:
        """Begin to receive a photo, or tell how far it is; see `Uploading.begin`."""
        return await self._uploading.begin(photo_id, size, uploader)

    async def add_chunk(self, photo_id: str, offset: int, content: bytes) -> Photo:
        """Receive a chunk; see `Uploading.add_chunk`."""
        return await self._uploading.add_chunk(photo_id, offset, content)

    async def keep(self, file: bytes, uploader: str) -> str:
        """Receive a whole file, going on where one that broke off ended, and return its name; raises TooBusy."""
        return await self._uploading.keep(file, uploader)

    async def want(self, ids: Collection[str], *, by: str = EVIDENCE) -> None:
        """Note that a record names these photos: they are kept, and awaited where they are not here yet.

        Whoever wants to let them go some day says `by` a name of its own; evidence is wanted for good.
        """
        if ids:
            await self._photos.want(ids, by, self._clock.now())

    async def release(self, ids: Collection[str], *, by: str) -> None:
        """Take back what was wanted by this name; what no other record names is swept like what nobody ever named."""
        if ids and by != EVIDENCE:
            await self._photos.release(ids, by)

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        """Return the photos there are, by id."""
        return {key: record.photo for key, record in (await self._photos.several(ids)).items()}

    async def get(self, photo_id: str) -> Photo:
        """Return the photo; raises PhotoUnknown."""
        return (await self._record(photo_id)).photo

    async def picture(self, photo_id: str, rendition: Rendition, *, lines: Sequence[str] = ()) -> Picture:
        """Return a picture of the photo; WATERMARKED shows `lines` on it, without a person's name.

        Raises PhotoUnknown, PhotoNotReady, PhotosUnavailable, TooBusy.
        """
        record = await self._record(photo_id)
        if record.photo.state is not PhotoState.READY:
            raise PhotoNotReady(record.photo.state)
        if rendition is Rendition.WATERMARKED:
            return await self._watermarked(record, lines)
        return Picture(media_type=JPEG, content=await self._made(record, rendition))

    async def _made(self, record: PhotoRecord, rendition: Rendition) -> bytes:
        content = await self._pictures.get(picture_key(record, rendition))
        if content is None:  # the store has lost what it acknowledged
            raise PhotosUnavailable(retry_after_s=5)
        return content

    async def _watermarked(self, record: PhotoRecord, lines: Sequence[str]) -> Picture:
        """Return the picture with its mark: made when it is first asked for, then kept."""
        mark = mark_of(lines)
        key = marked_key(record.photo.id, mark)
        kept = await self._pictures.get(key) if mark in record.marks else None
        if kept is None:
            kept = await self._lab.watermark(await self._made(record, Rendition.CLEAN), lines)
            if mark in record.marks or len(record.marks) < MOST_MARKS:
                # Noted first: what is kept under a mark that nobody knows would never be forgotten.
                await self._photos.add_mark(record.photo.id, mark)
                await self._pictures.put(key, kept)
        return Picture(media_type=JPEG, content=kept)

    async def _record(self, photo_id: str) -> PhotoRecord:
        found = await self._photos.find(photo_id) if is_name(photo_id) else None
        if found is None:
            raise PhotoUnknown
        return found
