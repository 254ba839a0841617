"""Photos: sent in chunks by their SHA-256, before or after the record that names them."""

from typing import Any

from handlers.large_bodies import LargeBodyHandler, PublicBodyHandler
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


class ChunkHandler(LargeBodyHandler):
    """The base of every path that takes chunks."""

    max_body_bytes = LARGEST_CHUNK
    media_types = frozenset({CHUNK})

    async def add_chunk(self, photo_id: str, content: bytes) -> Photo:
        """Receive the chunk that this request is; raises what CHUNK_REFUSALS lists."""
        return await self.services.patrols.photos.add_chunk(photo_id, self.parameters["offset"], content)


class PublicChunkHandler(PublicBodyHandler, ChunkHandler):
    """The base of those that anybody may send to, or whoever has a link."""


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
