"""Photos of complaints, for staff who may read what was written."""

from services.common.clock import CITY_OFFSET
from services.identity.model import Actor
from services.patrols.complaints.model import Complaint
from services.patrols.complaints.ports import ComplaintAlbum
from services.patrols.complaints.reading import ComplaintReading
from services.patrols.sites.directory import Sites
from services.photos.errors import PhotoUnknown
from services.photos.model import Picture, Rendition


class ComplaintPictures:
    """Shows the photos that a complaint names, within the actor's scope."""

    def __init__(self, *, reading: ComplaintReading, sites: Sites, photos: ComplaintAlbum) -> None:
        self._reading = reading
        self._sites = sites
        self._photos = photos

    async def picture(self, actor: Actor, complaint_id: str, photo_id: str, rendition: Rendition) -> Picture:
        """Return a picture; raises ComplaintUnknown, PhotoUnknown, and what the photo room raises."""
        complaint = await self._reading.get_record(actor, complaint_id)
        if photo_id not in complaint.photos:
            raise PhotoUnknown
        lines = await self._lines(complaint) if rendition is Rendition.WATERMARKED else ()
        return await self._photos.picture(photo_id, rendition, lines=lines)

    async def _lines(self, complaint: Complaint) -> tuple[str, ...]:
        """Return what it is about, when it came, and how to find it."""
        site = (await self._sites.several([complaint.site_id])).get(complaint.site_id)
        name = complaint.site_id if site is None else site.name
        return name, f"{complaint.received_at + CITY_OFFSET:%Y-%m-%d %H:%M}", complaint.id
