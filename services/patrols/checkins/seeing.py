"""What a photo of a check-in says by itself, also where it arrived too late for the score."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.patrols.checkins.model import CheckIn
from services.patrols.checkins.rules_presence import PHOTO_FAR_M, PHOTO_TIME_APART
from services.patrols.sites.model import Site
from services.photos.model import Photo, PhotoRefusal, PhotoState
from services.venues.coordinates import to_gcj02
from services.venues.rules import distance_m


class PhotoDoubt(StrEnum):
    """What speaks against a photo; the same as takes points from a score."""

    FROM_ELSEWHERE = "photo_from_elsewhere"
    FROM_OTHER_TIME = "photo_from_other_time"


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """A photo of a check-in; `taken_at` and `taken_away_m`, metres from the site, are as the file itself says."""

    id: str
    state: PhotoState
    taken_at: datetime | None
    taken_away_m: float | None
    doubts: tuple[PhotoDoubt, ...]
    refusal: PhotoRefusal | None


def seen_photo(photo_id: str, photo: Photo | None, check_in: CheckIn, site: Site | None) -> SeenPhoto:
    """Return what a photo says of itself beside what the check-in says."""
    away = _away(photo, site)
    taken_at = None if photo is None else photo.taken_at
    doubts = []
    if away is not None and away > PHOTO_FAR_M:
        doubts.append(PhotoDoubt.FROM_ELSEWHERE)
    if taken_at is not None and not _is_of_the_visit(taken_at, check_in):
        doubts.append(PhotoDoubt.FROM_OTHER_TIME)
    return SeenPhoto(
        id=photo_id,
        state=PhotoState.AWAITED if photo is None else photo.state,
        taken_at=taken_at,
        taken_away_m=away,
        doubts=tuple(doubts),
        refusal=None if photo is None else photo.refusal,
    )


def _away(photo: Photo | None, site: Site | None) -> float | None:
    where = None if photo is None else photo.taken_where
    if where is None or site is None:
        return None
    return round(distance_m(to_gcj02(where.lng, where.lat), site.position), 1)


def _is_of_the_visit(taken_at: datetime, check_in: CheckIn) -> bool:
    return check_in.started_at - PHOTO_TIME_APART <= taken_at <= check_in.captured_at + PHOTO_TIME_APART
