"""Pictures of a file: opened with bounds, turned upright, without its metadata. It runs in a process of its own."""

import io
from collections.abc import Callable
from typing import TypeVar

import pi_heif
from PIL import Image, ImageFile, ImageOps

from services.photos.exif import taken_at, taken_where
from services.photos.formats import DECODERS, HEAD_BYTES, is_other_picture, media_type_of
from services.photos.model import Developed, PhotoRefusal

MOST_PIXELS = 64_000_000
CLEAN_SIDE = 2560
THUMBNAIL_SIDE = 320
CLEAN_QUALITY = 85
THUMBNAIL_QUALITY = 80
WHITE = (255, 255, 255)
_WITH_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})

T = TypeVar("T")

# Ours is asked for before anything is decoded; a file that ends early is refused, not filled up with grey.
Image.MAX_IMAGE_PIXELS = None
ImageFile.LOAD_TRUNCATED_IMAGES = False
pi_heif.register_heif_opener()


def develop(file: bytes) -> Developed | PhotoRefusal:
    """Return the pictures of a file, or why there are none.

    Of several frames only the first, or the primary one, is looked at.
    """
    head = file[:HEAD_BYTES]
    media_type = media_type_of(head)
    if media_type is None:
        return PhotoRefusal.TYPE_UNSUPPORTED if is_other_picture(head) else PhotoRefusal.NOT_A_PICTURE
    try:
        with Image.open(io.BytesIO(file), formats=(DECODERS[media_type],)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return PhotoRefusal.TOO_MANY_PIXELS
            return _developed(opened, media_type)
    except MemoryError:
        return PhotoRefusal.TOO_MANY_PIXELS
    except Exception:  # decoders meet what is broken in more ways than they have names for
        return PhotoRefusal.DAMAGED


def _developed(opened: Image.Image, media_type: str) -> Developed:
    width, height = opened.size
    exif = _unless_garbage(opened.getexif) or Image.Exif()
    # A JPEG is decoded at a half, a quarter or an eighth where that is enough.
    opened.draft(None, (CLEAN_SIDE, CLEAN_SIDE))
    opened.load()
    small = _within(opened, CLEAN_SIDE)
    upright = _unless_garbage(lambda: ImageOps.exif_transpose(small)) or small
    plain = _flattened(upright)
    turned = (upright.width > upright.height) != (small.width > small.height)
    return Developed(
        media_type=media_type,
        width=height if turned else width,
        height=width if turned else height,
        taken_at=_unless_garbage(lambda: taken_at(exif)),
        taken_where=_unless_garbage(lambda: taken_where(exif)),
        clean=as_jpeg(plain, CLEAN_QUALITY),
        thumbnail=as_jpeg(_within(plain, THUMBNAIL_SIDE), THUMBNAIL_QUALITY),
    )


def as_jpeg(picture: Image.Image, quality: int) -> bytes:
    """Return the picture as a JPEG that holds nothing but the picture."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _within(picture: Image.Image, side: int) -> Image.Image:
    """Return the picture with no side longer than this."""
    if picture.mode in {"P", "1"}:  # their pixels are numbers of colours, which have no mean
        picture = picture.convert("RGBA")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return picture


def _flattened(picture: Image.Image) -> Image.Image:
    """Return the picture in RGB, on white where it is transparent."""
    if picture.mode in _WITH_ALPHA:
        layer = picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, WHITE)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _unless_garbage(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Exception:  # EXIF is written by anybody, and read by code that expects it to be right
        return None
