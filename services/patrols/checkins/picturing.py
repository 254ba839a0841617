"""Pictures of a check-in's photos, for those who may see the check-in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.common.clock import CITY_OFFSET
from services.identity.model import Actor
from services.patrols.checkins.errors import CheckInPhotoUnknown
from services.patrols.checkins.model import CheckIn
from services.patrols.checkins.ports import SiteReads
from services.patrols.checkins.reading import CheckIns
from services.patrols.checkins.seeing import SeenPhoto, seen_photo
from services.photos.model import Photo, Picture, Rendition
from services.photos.rules import is_foreign


class Album(Protocol):
    """Pictures of photos."""

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        """Return the photos there are, by id."""

    async def picture(self, photo_id: str, rendition: Rendition, *, lines: tuple[str, ...] = ()) -> Picture:
        """Return a picture; WATERMARKED shows `lines` on it."""


class CheckInPictures:
    """Shows the photos that a check-in names."""

    def __init__(self, *, check_ins: CheckIns, sites: SiteReads, photos: Album) -> None:
        self._check_ins = check_ins
        self._sites = sites
        self._photos = photos

    async def picture(self, actor: Actor, check_in_id: str, photo_id: str, rendition: Rendition) -> Picture:
        """Return a picture; raises CheckInUnknown, CheckInPhotoUnknown, and what the photo room raises."""
        check_in = await self._check_ins.get_with_photo(actor, check_in_id, photo_id)
        if is_foreign((await self._photos.states([photo_id])).get(photo_id), {check_in.inspector_id}):
            raise CheckInPhotoUnknown
        lines = await self._lines(check_in) if rendition is Rendition.WATERMARKED else ()
        return await self._photos.picture(photo_id, rendition, lines=lines)

    async def seen(self, check_in: CheckIn, known: Mapping[str, Photo]) -> Sequence[SeenPhoto]:
        """Return what its photos say of themselves, `known` being those that are known by now."""
        site = (await self._sites.several([check_in.site_id])).get(check_in.site_id)
        return [seen_photo(one, known.get(one), check_in, site) for one in check_in.photos]

    async def _lines(self, check_in: CheckIn) -> tuple[str, ...]:
        """Return where and when, and how to find the check-in."""
        site = (await self._sites.several([check_in.site_id])).get(check_in.site_id)
        name = check_in.site_id if site is None else site.name
        return name, f"{check_in.captured_at + CITY_OFFSET:%Y-%m-%d %H:%M}", check_in.id
