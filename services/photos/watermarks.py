"""A visible mark on a picture: lines of text in its lower left corner."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from services.photos.pictures import CLEAN_QUALITY, as_jpeg

# Where the usual packages of Chinese fonts put them; none is brought along.
FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/arphic/uming.ttc"),
)
MOST_LINES = 6
MOST_CHARACTERS = 60
_SHARE = 40
_LEAST_POINTS = 11
_INK = (255, 255, 255)
_SHADE = (0, 0, 0, 120)


def watermark(clean: bytes, lines: Sequence[str], font: str) -> bytes:
    """Return the picture with the lines on it, as JPEG; `font` is a font file, or empty to look for one.

    Where no font with Chinese is found, what it cannot draw is left out, rather than drawn as boxes.
    """
    with Image.open(io.BytesIO(clean), formats=("JPEG",)) as opened:
        picture = opened.convert("RGB")
    points = max(_LEAST_POINTS, min(picture.size) // _SHARE)
    type_face, draws_all = _type_face(font, points)
    shown = [line if draws_all else _plain(line) for line in lines[:MOST_LINES]]
    text = "\n".join(line[:MOST_CHARACTERS] for line in shown if line.strip())
    if text:
        _draw(picture, text, type_face, points)
    return as_jpeg(picture, CLEAN_QUALITY)


def _draw(picture: Image.Image, text: str, type_face: ImageFont.FreeTypeFont, points: int) -> None:
    pen, margin = ImageDraw.Draw(picture, "RGBA"), points // 2
    _, _, right, bottom = pen.multiline_textbbox((0, 0), text, font=type_face, spacing=points // 4)
    top = picture.height - bottom - 2 * margin
    pen.rectangle((0, top, right + 2 * margin, picture.height), fill=_SHADE)
    pen.multiline_text((margin, top + margin // 2), text, font=type_face, spacing=points // 4, fill=_INK)


@lru_cache(maxsize=8)
def _type_face(font: str, points: int) -> tuple[ImageFont.FreeTypeFont, bool]:
    """Return the font, and whether it has Chinese."""
    for path in (Path(font),) if font else FONTS:
        if path.is_file():
            return ImageFont.truetype(path, points), True
    brought = ImageFont.load_default(points)
    if not isinstance(brought, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return brought, False


def _plain(line: str) -> str:
    return "".join(character for character in line if character.isascii()).strip()
