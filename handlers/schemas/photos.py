"""Photos on the wire: beginning, chunks, and how far they are."""

from marshmallow import fields

from handlers.schemas.common import shown
from handlers.schemas.fields import Count, OneOf, Text, WireSchema
from services.photos.model import PhotoRefusal, PhotoState
from services.photos.rules import LARGEST_PHOTO, LARGEST_PUBLIC_PHOTO

EXAMPLE_SUM = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
SUM_CHARACTERS = 64


class BeginPhotoSchema(WireSchema):
    """A photo that is to be sent."""

    sha256 = Text(
        required=True,
        shortest=SUM_CHARACTERS,
        longest=SUM_CHARACTERS,
        pattern="[0-9a-f]+",
        metadata={"description": "Of the whole file, in lower-case hexadecimal.", "examples": [EXAMPLE_SUM]},
    )
    size = Count(
        required=True, least=1, most=LARGEST_PHOTO, metadata={"description": "Bytes.", "examples": [2_345_678]}
    )


class BeginPublicPhotoSchema(BeginPhotoSchema):
    """A photo that somebody without an account is going to send."""

    size = Count(
        required=True, least=1, most=LARGEST_PUBLIC_PHOTO, metadata={"description": "Bytes.", "examples": [2_345_678]}
    )


class ChunkQuery(WireSchema):
    """Where a chunk begins."""

    offset = Count(
        required=True,
        least=0,
        most=LARGEST_PHOTO,
        strict=False,
        metadata={"description": "The byte of the file that the chunk begins with."},
    )


class PhotoProgressSchema(WireSchema):
    """How far a photo is; `received` is the byte to go on from."""

    state = OneOf(PhotoState, required=True)
    received = shown(1_048_576)


class PhotoSchema(WireSchema):
    """A photo."""

    id = shown(EXAMPLE_SUM)
    state = OneOf(PhotoState, required=True)
    received = shown(2_345_678)
    size = shown(2_345_678, allow_none=True)
    media_type = shown("image/jpeg", allow_none=True)
    width = shown(4032, allow_none=True)
    height = shown(3024, allow_none=True)
    refusal = OneOf(PhotoRefusal, required=True, allow_none=True)
    wanted = fields.Boolean(required=True, metadata={"description": "Whether a record names it."})
