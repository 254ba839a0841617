"""Photos for complaints: sent by anybody who stands before a plate of ours, in chunks like any other."""

from typing import Any

from handlers.operation import Operation, operation
from handlers.photos import (
    ABOUT_BEGINNING,
    ABOUT_CHUNKS,
    BEGIN_REFUSALS,
    CHUNK,
    CHUNK_REFUSALS,
    PublicChunkHandler,
    begin_upload,
)
from handlers.public_complaints import TAG, ComplainerHandler
from handlers.schemas.photos import BeginPublicPhotoSchema, ChunkQuery, PhotoProgressSchema
from services.patrols.complaints.errors import PlateNotGenuine
from services.patrols.errors import SiteUnknown
from services.photos.model import ANYBODY, Photo
from services.photos.rules import LARGEST_PUBLIC_PHOTO


class PublicPhotosHandler(ComplainerHandler):
    """`/public/outlets/{code}/photos`."""

    @operation(
        Operation(
            summary="Begin to send a photo for a complaint",
            description=ABOUT_BEGINNING.replace("20 MiB", f"{LARGEST_PUBLIC_PHOTO // 2**20} MiB"),
            tag=TAG,
            body=BeginPublicPhotoSchema,
            reply=PhotoProgressSchema,
            refusals=(PlateNotGenuine, SiteUnknown, *BEGIN_REFUSALS),
        )
    )
    async def post(self, code: str, content: dict[str, Any]) -> Photo:
        """Begin, or tell how far it is."""
        await self.counting_misses(self.services.patrols.complaints.filing.site_of(code))
        await self.count_photo()
        return await begin_upload(self, content, ANYBODY)


class PublicPhotoChunksHandler(ComplainerHandler, PublicChunkHandler):
    """`/public/outlets/{code}/photos/{photo_id}/chunks`."""

    async def come_in(self) -> None:
        """Look for the plate, too."""
        await super().come_in()
        await self.counting_misses(self.services.patrols.complaints.filing.site_of(self.path_args[0]))

    @operation(
        Operation(
            summary="Send a chunk of a photo for a complaint",
            description=ABOUT_CHUNKS,
            tag=TAG,
            query=ChunkQuery,
            file=CHUNK,
            reply=PhotoProgressSchema,
            refusals=(PlateNotGenuine, SiteUnknown, *CHUNK_REFUSALS),
        )
    )
    async def post(self, _: str, photo_id: str, content: bytes) -> Photo:
        """Receive a chunk."""
        return await self.add_chunk(photo_id, content)
