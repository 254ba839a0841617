"""Photos for complaints: sent by anybody who stands before a plate of ours, in chunks like any other."""

from typing import Any

from handlers.operation import Operation, operation
from handlers.photos import (
    ABOUT_BEGINNING,
    ABOUT_CHUNKS,
    BEGIN_REFUSALS,
    CHUNK,
    CHUNK_REFUSALS,
    ChunkHandler,
    begin_upload,
)
from handlers.public_complaints import TAG, ComplainerHandler
from handlers.schemas.photos import BeginPhotoSchema, ChunkQuery, PhotoProgressSchema
from services.patrols.complaints.errors import PlateNotGenuine
from services.patrols.errors import SiteUnknown
from services.patrols.model import NOBODY
from services.photos.model import Photo


class PublicPhotosHandler(ComplainerHandler):
    """`/public/outlets/{code}/photos`."""

    @operation(
        Operation(
            summary="Begin to send a photo for a complaint",
            description=ABOUT_BEGINNING,
            tag=TAG,
            body=BeginPhotoSchema,
            reply=PhotoProgressSchema,
            refusals=(PlateNotGenuine, SiteUnknown, *BEGIN_REFUSALS),
        )
    )
    async def post(self, code: str, content: dict[str, Any]) -> Photo:
        """Begin, or tell how far it is."""
        await self.counting_misses(self.services.patrols.complaints.filing.site_of(code))
        return await begin_upload(self, content, NOBODY)


class PublicPhotoChunksHandler(ComplainerHandler, ChunkHandler):
    """`/public/outlets/{code}/photos/{photo_id}/chunks`."""

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
    async def post(self, code: str, photo_id: str, content: bytes) -> Photo:
        """Receive a chunk."""
        await self.counting_misses(self.services.patrols.complaints.filing.site_of(code))
        return await self.add_chunk(photo_id, content)
