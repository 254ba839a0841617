"""What complaints need of their store and of other rooms."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.patrols.complaints.model import Complaint, ComplaintState, SiteDay
from services.patrols.plates.model import ScannedPlate
from services.photos.model import Picture, Rendition


class ComplaintStore(Protocol):
    """Reading complaints and counts; they are written by recording."""

    async def find(self, complaint_id: str) -> Complaint | None:
        """Return the complaint."""

    async def day(self, key: str) -> SiteDay | None:
        """Return a site's count of a day."""

    async def between(
        self,
        scope: str,
        since: str,
        until: str,
        *,
        held_back: bool,
        state: ComplaintState | None,
        site_id: str | None,
    ) -> Sequence[Complaint]:
        """Return those that `scope` covers with since <= id < until, in any order; None means any."""

    async def due(self, since: datetime, until: datetime, most: int) -> Sequence[Complaint]:
        """Return up to `most` of those with since <= erase_at < until."""


class PlateReader(Protocol):
    """Plates by what a scanner read; `services.patrols.plates` has it."""

    async def read(self, text: str) -> ScannedPlate:
        """Return what the text is: a code, or the whole link."""


class ComplaintPhotos(Protocol):
    """Photos that complaints name; `services.photos.keeping.Photos` has them."""

    async def want(self, ids: Collection[str], *, by: str) -> None:
        """Mark photos as wanted by this complaint, those that are not there yet, too."""

    async def release(self, ids: Collection[str], *, by: str) -> None:
        """Take that back; a photo that nothing else wants is let go."""


class ComplaintAlbum(Protocol):
    """Pictures of photos; `services.photos.keeping.Photos` has them."""

    async def picture(self, photo_id: str, rendition: Rendition, *, lines: tuple[str, ...] = ()) -> Picture:
        """Return a picture; WATERMARKED shows `lines` on it."""
