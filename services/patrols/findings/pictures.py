"""Photos of findings, for staff."""

from services.identity.model import Actor
from services.patrols.findings.ports import Photos
from services.patrols.findings.reading import FindingReading
from services.photos.model import Picture, Rendition


class FindingPictures:
    """Pictures within the actor's scope."""

    def __init__(self, *, reading: FindingReading, photos: Photos) -> None:
        self._reading = reading
        self._photos = photos

    async def of(self, actor: Actor, finding_id: str, photo_id: str) -> Picture:
        """Return the picture; raises FindingUnknown, PhotoUnknown, PhotoNotReady, PhotosUnavailable, TooBusy."""
        await self._reading.ensure_photo(actor, finding_id, photo_id)
        return await self._photos.picture(photo_id, Rendition.CLEAN)
