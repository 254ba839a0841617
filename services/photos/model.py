"""Photos: originals by their SHA-256, what was found out about them, and the pictures made of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PhotoState(StrEnum):
    """How far a photo is: named by a record but not sent, being received, whole and waiting, ready, or refused."""

    AWAITED = "awaited"
    RECEIVING = "receiving"
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"


class Rendition(StrEnum):
    """The pictures of a photo: without its metadata, small, and with a visible mark of place and time."""

    CLEAN = "clean"
    THUMBNAIL = "thumbnail"
    WATERMARKED = "watermarked"


class PhotoRefusal(StrEnum):
    """Why a file is no photo for us."""

    NOT_A_PICTURE = "not_a_picture"
    TOO_MANY_PIXELS = "too_many_pixels"
    DAMAGED = "damaged"
    TYPE_UNSUPPORTED = "type_unsupported"


@dataclass(frozen=True, kw_only=True)
class PhotoPlace:
    """Where a photo says that it was taken: WGS 84, as EXIF has it."""

    lng: float
    lat: float


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A photo: `id` is the SHA-256 of its file in hexadecimal, `size` that file's bytes.

    `taken_at` and `taken_where` are what its EXIF says. `wanted` tells that a record names it: what nobody wants is
    removed after its time.
    """

    id: str
    state: PhotoState
    wanted: bool
    size: int | None
    received: int
    media_type: str | None
    width: int | None
    height: int | None
    taken_at: datetime | None
    taken_where: PhotoPlace | None
    refusal: PhotoRefusal | None
    uploader: str | None
    begun_at: datetime
    changed_at: datetime
