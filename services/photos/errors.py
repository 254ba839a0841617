"""Refusals of the photo room."""

from collections.abc import Mapping

from services.common.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from services.photos.model import PhotoState


class PhotoUnknown(NotFound):
    """Nobody has sent or named a photo with this sum."""

    code = "photo_not_found"
    title = "No such photo"


class PhotoNotReady(Conflict):
    """There is no picture of it: it is on its way, or was refused."""

    code = "photo_not_ready"
    title = "This photo has no pictures"

    def __init__(self, state: PhotoState) -> None:
        super().__init__(f"the photo is {state}")
        self.state = state

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Return how far the photo is."""
        return {"state": self.state.value}


class ChunkOutOfPlace(Conflict):
    """A chunk that does not begin where the last one ended."""

    code = "chunk_out_of_place"
    title = "This chunk does not continue what was received"

    def __init__(self, received: int) -> None:
        super().__init__(f"{received} bytes were received")
        self.received = received

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Return the byte to go on from."""
        return {"received": self.received}


class ChunkUnfit(Invalid):
    """A chunk of a length that it cannot have at its place."""

    code = "chunk_unfit"
    title = "This chunk has not the length that it should"

    def __init__(self, least: int, most: int) -> None:
        fault = FieldError(
            path="$",
            code="out_of_range",
            detail=f"from {least} to {most} bytes",
            values=(str(least), str(most)),
        )
        super().__init__(errors=(fault,))


class PhotoSumMismatch(Invalid):
    """The whole has another SHA-256 than its name says; all pieces are discarded."""

    code = "photo_sum_mismatch"
    title = "What was received is not this photo"


class PhotosUnavailable(Unavailable):
    """Pictures cannot be made, kept or fetched now."""

    code = "photos_unavailable"
    title = "Pictures are not to be had at the moment"
