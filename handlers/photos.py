"""Photos: sent in chunks by their SHA-256, before or after the record that names them."""

from typing import Any

from handlers.base import LENGTH
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.photos import BeginPhotoSchema, ChunkQuery, PhotoProgressSchema, PhotoSchema
from services.common.errors import TooBusy
from services.identity.model import Role
from services.photos import errors
from services.photos.model import Photo, Picture
from services.photos.rules import LARGEST_CHUNK

TAG = "Photos"
CHUNK = "application/octet-stream"
SENDERS = frozenset({Role.INSPECTOR, Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
VIEWERS = SENDERS | {Role.AUDITOR}
BEGIN_REFUSALS = (errors.PhotoSumMismatch, TooBusy)
CHUNK_REFUSALS = (
    errors.PhotoUnknown,
    errors.ChunkOutOfPlace,
    errors.ChunkUnfit,
    errors.PhotoSumMismatch,
    TooBusy,
)
PICTURE_REFUSALS = (errors.PhotoUnknown, errors.PhotoNotReady, errors.PhotosUnavailable, TooBusy)
# What other paths that take photos say of themselves, too.
ABOUT_BEGINNING = (
    "At most 20 MiB. Answers how far it is: send chunks from `received` on, until `state` is no longer `receiving`. "
    "Ask again at any time, as after a lost connection."
)
ABOUT_CHUNKS = (
    "At most 1 MiB, and at least 16 KiB unless it is the last. What was received already is ignored; a chunk that "
    "begins elsewhere is refused with the `received` to go on from. With the last one the sum is checked: if it is "
    "wrong, all is discarded (`photo_sum_mismatch`), begin anew."
)


async def begin_upload(handler: ApiHandler, content: dict[str, Any], uploader: str) -> Photo:
    """Begin to receive a photo for `uploader`, such as an account's id, or tell how far it is."""
    return await handler.services.patrols.photos.begin(content["sha256"], content["size"], uploader)


def send_picture(handler: ApiHandler, picture: Picture) -> None:
    """Answer with a picture."""
    handler.set_header("Content-Type", picture.media_type)
    handler.finish(picture.content)


class ChunkHandler(ApiHandler):
    """The base of every path that takes chunks: with room for its body before the body is read.

    Without room the body is read and dropped, because a client that is still sending would not hear the refusal.
    """

    max_body_bytes = LARGEST_CHUNK
    media_types = frozenset({CHUNK})
    _taken = 0
    _without_room: TooBusy | None = None

    async def prepare(self) -> None:  # type: ignore[override]  # Tornado awaits it
        """Take room for the body."""
        super().prepare()
        if self._finished or self._too_large:
            return
        length = self.request.headers.get("Content-Length", "")
        wanted = int(length) if LENGTH.fullmatch(length) else self.max_body_bytes
        try:
            await self.services.patrols.photos.room.take(wanted)
        except TooBusy as refusal:
            self._without_room = refusal
        else:
            self._taken = wanted

    def data_received(self, chunk: bytes) -> None:
        """Gather the body, or drop it."""
        super().data_received(chunk)
        if self._without_room is not None:
            self._received.clear()

    async def _execute(self, *arguments: Any, **more: Any) -> None:
        """Give the room back, however the request ends: Tornado tells nobody of a body that breaks off."""
        try:
            await super()._execute(*arguments, **more)
        finally:
            self._received.clear()
            self.services.patrols.photos.room.give_back(self._taken)
            self._taken = 0

    async def add_chunk(self, photo_id: str, content: bytes) -> Photo:
        """Receive the chunk that this request is; raises what CHUNK_REFUSALS lists."""
        if self._without_room is not None:
            raise self._without_room
        return await self.services.patrols.photos.add_chunk(photo_id, self.parameters["offset"], content)


class PhotosHandler(ApiHandler):
    """`/photos`."""

    @operation(
        Operation(
            summary="Begin to send a photo",
            description=ABOUT_BEGINNING,
            tag=TAG,
            roles=SENDERS,
            body=BeginPhotoSchema,
            reply=PhotoProgressSchema,
            refusals=BEGIN_REFUSALS,
        )
    )
    async def post(self, content: dict[str, Any]) -> Photo:
        """Begin, or tell how far it is."""
        return await begin_upload(self, content, self.actor.id)


class PhotoHandler(ApiHandler):
    """`/photos/{photo_id}`."""

    @operation(
        Operation(
            summary="See how far a photo is",
            description="`received` is whole and waits for its pictures, `refused` says why in `refusal`.",
            tag=TAG,
            roles=VIEWERS,
            reply=PhotoSchema,
            refusals=(errors.PhotoUnknown,),
        )
    )
    async def get(self, photo_id: str) -> Photo:
        """Return a photo."""
        return await self.services.patrols.photos.get(photo_id)


class PhotoChunksHandler(ChunkHandler):
    """`/photos/{photo_id}/chunks`."""

    @operation(
        Operation(
            summary="Send a chunk of a photo",
            description=ABOUT_CHUNKS,
            tag=TAG,
            roles=SENDERS,
            query=ChunkQuery,
            file=CHUNK,
            reply=PhotoProgressSchema,
            refusals=CHUNK_REFUSALS,
        )
    )
    async def post(self, photo_id: str, content: bytes) -> Photo:
        """Receive a chunk."""
        return await self.add_chunk(photo_id, content)
