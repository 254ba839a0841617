"""What photos need from outside."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.photos.model import Developed, PhotoRecord, PhotoRefusal


class LabLost(Exception):
    """The process that worked on a file died of it, or took too long."""


class PhotoStore(Protocol):
    """What is known of each photo."""

    async def find(self, photo_id: str) -> PhotoRecord | None:
        """Return the photo."""

    async def several(self, ids: Collection[str]) -> Mapping[str, PhotoRecord]:
        """Return the photos there are, by id."""

    async def claim(self, new: PhotoRecord, old: PhotoRecord | None) -> bool:
        """Keep a photo as `new` if it is as `old` was; False when it is not. `wanted` and `marks` stay as they are."""

    async def claim_empty(self, new: PhotoRecord, old: PhotoRecord) -> bool:
        """Keep a photo as `new`, without marks, if it is as `old` was and as wanted; False when it is not."""

    async def want(self, ids: Collection[str], by: str, now: datetime) -> None:
        """Note that a record, named `by`, names these photos, whether they are there or not."""

    async def release(self, ids: Collection[str], by: str) -> None:
        """Note that the record named `by` names these photos no more; nobody wants what no record names."""

    async def add_mark(self, photo_id: str, mark: str) -> None:
        """Note that a watermarked picture may lie under this mark."""

    async def waiting(self, now: datetime) -> Sequence[PhotoRecord]:
        """Return photos that are whole, without pictures, and free of a lease; oldest first, not necessarily all.

        Those of somebody without an account come when there are no others, and a few at a time.
        """

    async def unfinished(self, before: datetime) -> Sequence[PhotoRecord]:
        """Return photos whose receiving has not moved since; not necessarily all."""

    async def unwanted(self, before: datetime) -> Sequence[PhotoRecord]:
        """Return photos that no record names and that were begun before; not necessarily all."""

    async def unnamed(self, uploader: str, before: datetime) -> Sequence[PhotoRecord]:
        """Return those of these that this uploader began; not necessarily all."""

    async def remove(self, record: PhotoRecord) -> None:
        """Forget an awaited photo, unless it has changed or somebody wants it."""


class PieceStore(Protocol):
    """The bytes of photos on their way."""

    async def put(self, key: str, content: bytes, now: datetime) -> None:
        """Keep a piece, unless there is one with this key."""

    async def get(self, key: str) -> bytes | None:
        """Return a piece."""

    async def remove(self, photo_id: str, attempt: int) -> None:
        """Forget the pieces of a photo that were received in this attempt and those before it."""

    async def left_behind(self, before: datetime) -> Collection[str]:
        """Return the ids of photos that have pieces from before."""


class PictureStore(Protocol):
    """Pictures by key; raises PhotosUnavailable or DatabaseUnavailable where they lie out of reach."""

    async def put(self, key: str, content: bytes) -> None:
        """Keep a picture, in place of the one there is."""

    async def get(self, key: str) -> bytes | None:
        """Return a picture."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Forget those of these pictures that there are."""


class Lab(Protocol):
    """Makes pictures, in processes of its own; raises PhotosUnavailable where there are none."""

    async def develop(self, pieces: Callable[[], AsyncIterator[bytes]]) -> Developed | PhotoRefusal:
        """Make the pictures of a file; raises LabLost."""

    async def watermark(self, clean: bytes, lines: Sequence[str]) -> bytes:
        """Return the picture with these lines on it."""

    async def close(self) -> None:
        """End the processes."""
