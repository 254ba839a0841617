"""Photos: originals by their SHA-256, what was found out about them, and the pictures made of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Who has no account, as the uploader of a photo for a complaint.
ANYBODY = "anonymous"


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


@dataclass(frozen=True, kw_only=True)
class PhotoRecord:
    """A photo with what only its own keeping needs.

    `attempt` counts how often its file was begun anew, and `pieces` are the bytes of each piece received in it.
    `tries` counts how often somebody took it to make its pictures, under a lease `leased_until`; the pictures are kept
    by the numbers of the attempt and the try that made them. `losses` counts the processes that were lost over it.
    `marks` name the watermarked pictures.
    """

    photo: Photo
    attempt: int
    pieces: tuple[int, ...]
    tries: int
    losses: int
    leased_until: datetime | None
    marks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture to show."""

    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Developed:
    """What was made of a file, and what it said of itself; both pictures are JPEG."""

    media_type: str
    width: int
    height: int
    taken_at: datetime | None
    taken_where: PhotoPlace | None
    clean: bytes
    thumbnail: bytes
