"""What decides about photos: where a chunk belongs, and what is too much."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from services.photos.errors import ChunkOutOfPlace, ChunkUnfit
from services.photos.model import ANYBODY, Photo, PhotoRecord, PhotoState, Rendition

LARGEST_PHOTO = 20 * 1024 * 1024
LARGEST_PUBLIC_PHOTO = 8 * 1024 * 1024
LARGEST_CHUNK = 1024 * 1024
# Unless it is the last: a photo is at most 1,280 pieces.
LEAST_CHUNK = 16 * 1024
MOST_LOSSES = 4
MOST_MARKS = 8
LEASE = timedelta(seconds=90)
TRY_AGAIN_AFTER = timedelta(seconds=10)
UNWANTED_FOR = timedelta(days=30)
UNFINISHED_FOR = timedelta(days=14)
# Of somebody without an account: a complaint names its photos within minutes.
UNNAMED_FOR = timedelta(days=1)
BY_LINK = "fnd_"
NAME = re.compile(r"[0-9a-f]{64}")


class Step(StrEnum):
    """What to do with a chunk."""

    KEEP = "keep"
    IGNORE = "ignore"


class Weight(IntEnum):
    """How much whoever sends a photo counts: anybody least, whoever has a link more, and staff most."""

    ANYBODY = 0
    LINK = 1
    STAFF = 2


def is_name(text: str) -> bool:
    """Tell whether this can name a photo: a SHA-256 in lower-case hexadecimal."""
    return NAME.fullmatch(text) is not None


def awaited(photo_id: str, now: datetime) -> PhotoRecord:
    """Return a photo of which only the name is known."""
    photo = Photo(
        id=photo_id,
        state=PhotoState.AWAITED,
        wanted=False,
        size=None,
        received=0,
        media_type=None,
        width=None,
        height=None,
        taken_at=None,
        taken_where=None,
        refusal=None,
        uploader=None,
        begun_at=now,
        changed_at=now,
    )
    return PhotoRecord(photo=photo, attempt=0, pieces=(), tries=0, losses=0, leased_until=None, marks=())


def begun(record: PhotoRecord, size: int, uploader: str, now: datetime) -> PhotoRecord | None:
    """Return the photo as it is once somebody has begun to send `size` bytes; None when that changes nothing.

    Whoever says another size than the one before begins anew: one of the two is wrong, and only the sum can tell which.
    But nobody disturbs who counts for more, and what somebody unknown began is taken over by staff.
    """
    photo = record.photo
    is_first = photo.state is PhotoState.AWAITED
    is_other = photo.state is PhotoState.RECEIVING and photo.size != size and weight(uploader) >= weight(photo.uploader)
    if photo.uploader == ANYBODY and weight(uploader) is Weight.STAFF and not is_other:
        return replace(record, photo=replace(photo, uploader=uploader))
    if not is_first and not is_other:
        return None
    changed = replace(
        photo, state=PhotoState.RECEIVING, size=size, received=0, uploader=uploader, begun_at=now, changed_at=now
    )
    return replace(record, photo=changed, attempt=record.attempt + 1, pieces=())


def is_foreign(photo: Photo | None, senders: Collection[str]) -> bool:
    """Tell whether somebody else sent the photo: whoever knows the name of a photo does not yet have it."""
    return photo is not None and photo.uploader is not None and photo.uploader not in senders


def weight(uploader: str | None) -> Weight:
    """Return how much whoever began a photo counts."""
    if uploader is None or uploader == ANYBODY:
        return Weight.ANYBODY
    return Weight.LINK if uploader.startswith(BY_LINK) else Weight.STAFF


def place_chunk(photo: Photo, offset: int, length: int) -> Step:
    """Decide about a chunk; raises ChunkOutOfPlace or ChunkUnfit.

    What was received already, and whatever comes once the photo is whole, is ignored.
    """
    if photo.state is PhotoState.AWAITED or photo.size is None:
        raise ChunkOutOfPlace(0)
    if photo.state is not PhotoState.RECEIVING or (length and offset + length <= photo.received):
        return Step.IGNORE
    if offset != photo.received:
        raise ChunkOutOfPlace(photo.received)
    left = photo.size - offset
    least, most = min(LEAST_CHUNK, left), min(LARGEST_CHUNK, left)
    if not least <= length <= most:
        raise ChunkUnfit(least, most)
    return Step.KEEP


def with_chunk(record: PhotoRecord, length: int, now: datetime) -> PhotoRecord:
    """Return the photo with `length` more bytes."""
    photo = replace(record.photo, received=record.photo.received + length, changed_at=now)
    return replace(record, photo=photo, pieces=(*record.pieces, length))


def emptied(record: PhotoRecord, now: datetime) -> PhotoRecord:
    """Return the photo as if nothing of it had ever come."""
    blank = awaited(record.photo.id, now)
    photo = replace(blank.photo, wanted=record.photo.wanted, begun_at=record.photo.begun_at)
    return replace(blank, photo=photo, attempt=record.attempt + 1)


def restarted(record: PhotoRecord, now: datetime) -> PhotoRecord:
    """Return the photo without its pieces, to be received anew."""
    return replace(
        record, photo=replace(record.photo, received=0, changed_at=now), attempt=record.attempt + 1, pieces=()
    )


def piece_keys(record: PhotoRecord) -> Sequence[str]:
    """Return the keys of the pieces in their order."""
    keys, offset = [], 0
    for length in record.pieces:
        keys.append(piece_key(record, offset, length))
        offset += length
    return keys


def piece_key(record: PhotoRecord, offset: int, length: int) -> str:
    """Return the key of one piece: the same bytes sent twice have the same."""
    return f"{record.photo.id}:{record.attempt}:{offset}:{length}"


def picture_key(record: PhotoRecord, rendition: Rendition) -> str:
    """Return where the picture lies that this try made: two tries never write to the same place."""
    return f"{record.photo.id}/{rendition}-{record.attempt}-{record.tries}"


def mark_of(lines: Sequence[str]) -> str:
    """Return what names a watermark by its text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def marked_key(photo_id: str, mark: str) -> str:
    """Return where a watermarked picture lies."""
    return f"{photo_id}/{Rendition.WATERMARKED}-{mark}"


def all_picture_keys(record: PhotoRecord) -> Sequence[str]:
    """Return every place where a picture of the photo may lie."""
    made = [
        picture_key(replace(record, tries=number), rendition)
        for number in range(1, record.tries + 1)
        for rendition in (Rendition.CLEAN, Rendition.THUMBNAIL)
    ]
    return [*made, *(marked_key(record.photo.id, mark) for mark in record.marks)]
