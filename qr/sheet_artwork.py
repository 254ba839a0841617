"""Artwork on labels: a picture from a stranger, bounded, flattened and made as small as print needs."""

import zlib
from io import BytesIO

import pikepdf
from pikepdf import Name
from PIL import Image

from qr.labels import Box

MOST_ARTWORK_BYTES = 512 * 1024
MOST_ARTWORK_PIXELS = 4_000_000
DOTS_PER_MM = 300 / 25.4
FORMATS = ("PNG", "JPEG")
_ZIP_LEVEL = 9


class BadArtwork(ValueError):
    """Not a PNG or JPEG picture, or larger than MOST_ARTWORK_BYTES or MOST_ARTWORK_PIXELS."""


def read_artwork(data: bytes, box: Box) -> Image.Image:
    """Return the picture in grey or RGB on white, of at most 300 dots an inch in `box`; raises BadArtwork."""
    if len(data) > MOST_ARTWORK_BYTES:
        raise BadArtwork("artwork has too many bytes")
    try:
        # Only the head is read before the pixels are counted.
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            flat = _flattened(picture) if picture.width * picture.height <= MOST_ARTWORK_PIXELS else None
    except Exception as failure:  # a decoder's many ways to say that bytes are no picture
        raise BadArtwork("artwork is no readable PNG or JPEG") from failure
    if flat is None:
        raise BadArtwork("artwork has too many pixels")
    flat.thumbnail((max(1, round(box.width * DOTS_PER_MM)), max(1, round(box.height * DOTS_PER_MM))))
    return flat


def embed_artwork(pdf: pikepdf.Pdf, picture: Image.Image) -> pikepdf.Stream:
    """Add the picture to the file, without loss."""
    return pikepdf.Stream(
        pdf,
        zlib.compress(picture.tobytes(), _ZIP_LEVEL),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.FlateDecode,
    )


def _flattened(picture: Image.Image) -> Image.Image:
    if picture.mode in ("1", "L"):
        return picture.convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")
