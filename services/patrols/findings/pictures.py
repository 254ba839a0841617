"""Photos of findings, for staff."""

from services.identity.model import Actor
from services.patrols.findings.ports import Photos
from services.patrols.findings.reading import FindingReading
from services.photos.errors import PhotoUnknown
from services.photos.model import Picture, Rendition
from services.photos.rules import is_foreign


class FindingPictures:
    """Pictures within the actor's scope."""

    def __init__(self, *, reading: FindingReading, photos: Photos) -> None:
        self._reading = reading
        self._photos = photos

    async def of(self, actor: Actor, finding_id: str, photo_id: str) -> Picture:
        """Return the picture; raises FindingUnknown, PhotoUnknown, PhotoNotReady, PhotosUnavailable, TooBusy."""
        finding = await self._reading.get_with_photo(actor, finding_id, photo_id)
        # By its inspectors, or by the owner, whose photos come under the finding's own id.
        senders = {finding.id, finding.found_by, *(one.inspector_id for one in finding.reinspections)}
        if is_foreign((await self._photos.states([photo_id])).get(photo_id), senders):
            raise PhotoUnknown
        return await self._photos.picture(photo_id, Rendition.CLEAN)
