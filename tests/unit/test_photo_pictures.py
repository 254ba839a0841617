"""What is made of files, whatever they are: clean pictures of photos, a reason for everything else."""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from services.photos.model import Developed, PhotoPlace, PhotoRefusal
from services.photos.pictures import CLEAN_SIDE, MOST_PIXELS, THUMBNAIL_SIDE, develop
from services.photos.watermarks import watermark
from tests.photos import SERIAL, exif, heic, jpeg, picture, png_head, polyglot, written, zip_bomb

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def made(file: bytes) -> Developed:
    result = develop(file)
    assert isinstance(result, Developed), result
    return result


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as found:
        found.load()
        return found


@pytest.mark.parametrize(
    ("file", "media_type"),
    [
        (jpeg(), "image/jpeg"),
        (written(picture(), "PNG"), "image/png"),
        (written(picture(), "WEBP"), "image/webp"),
        (heic(640, 480), "image/heic"),
    ],
    ids=["jpeg", "png", "webp", "heic"],
)
def test_each_kind_becomes_a_jpeg_and_a_small_one(file: bytes, media_type: str) -> None:
    result = made(file)
    assert (result.media_type, result.width, result.height) == (media_type, 640, 480)
    clean, small = opened(result.clean), opened(result.thumbnail)
    assert (clean.format, clean.size, small.format, small.size) == ("JPEG", (640, 480), "JPEG", (320, 240))
    assert clean.getpixel((10, 10))[0] < 60 < clean.getpixel((630, 470))[0]  # type: ignore[index]


@pytest.mark.parametrize("file", [jpeg(), heic()], ids=["jpeg", "heic"])
def test_exif_becomes_data_and_leaves_the_pictures(file: bytes) -> None:
    assert SERIAL in file
    result = made(file)
    assert result.taken_at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert result.taken_where == PhotoPlace(lng=121.475, lat=31.235)
    for content in (result.clean, result.thumbnail):
        found = opened(content)
        assert SERIAL not in content
        assert not set(found.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (None, datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        ("-03:30", datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        ("nonsense", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_offset_is_the_citys(offset: str | None, expected: datetime) -> None:
    result = made(jpeg(exif=exif(offset=offset, place=False)))
    assert (result.taken_at, result.taken_where) == (expected, None)


def test_exif_full_of_garbage_changes_nothing() -> None:
    good = exif().tobytes()
    for garbage in (b"", b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", good[:40], good[:12] + good[:80:-1]):
        result = made(jpeg(exif=garbage))
        assert (result.width, result.height) == (640, 480)
    strange = exif()
    strange.get_ifd(0x8825)[2] = (500.0, 0.0, 0.0)
    assert made(jpeg(exif=strange)).taken_where is None


def test_pictures_stand_upright() -> None:
    result = made(jpeg(exif=exif(orientation=6)))
    assert (result.width, result.height) == (480, 640)
    found = opened(result.clean)
    assert found.size == (480, 640)
    assert found.getpixel((240, 10))[0] < 60 < found.getpixel((240, 630))[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (zip_bomb(), PhotoRefusal.NOT_A_PICTURE),
        (b"\x00" * 100, PhotoRefusal.NOT_A_PICTURE),
        (b"<html><body>", PhotoRefusal.NOT_A_PICTURE),
        (SVG, PhotoRefusal.TYPE_UNSUPPORTED),
        (written(picture(), "GIF"), PhotoRefusal.TYPE_UNSUPPORTED),
        (written(picture(), "TIFF"), PhotoRefusal.TYPE_UNSUPPORTED),
        (png_head(50_000, 50_000), PhotoRefusal.TOO_MANY_PIXELS),
        (png_head(100, 100), PhotoRefusal.DAMAGED),
        (jpeg()[:-2000], PhotoRefusal.DAMAGED),
        (jpeg()[:20], PhotoRefusal.DAMAGED),
        (heic()[:300], PhotoRefusal.DAMAGED),
        (b"\xff\xd8\xff" + b"x" * 500, PhotoRefusal.DAMAGED),
        (b"x", PhotoRefusal.NOT_A_PICTURE),
    ],
    ids=str,
)
def test_what_is_no_photo_is_refused_with_a_reason(file: bytes, reason: PhotoRefusal) -> None:
    assert develop(file) is reason


def test_a_page_hidden_in_a_photo_stays_behind() -> None:
    assert b"<script>" in polyglot()
    result = made(polyglot())
    assert b"script" not in result.clean + result.thumbnail


def test_only_the_first_frame_counts() -> None:
    frames = [picture(200, 100, seed=number) for number in (1, 2, 3)]
    for kind in ("WEBP", "PNG"):
        file = written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert opened(made(file).clean).size == (200, 100)


def test_what_is_transparent_becomes_white() -> None:
    result = made(written(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert opened(result.clean).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_unusual_colours_are_taken(mode: str) -> None:
    plain = picture(60, 40, mode="L") if mode == "I;16" else picture(60, 40, mode="RGB")
    file = written(plain.convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    assert opened(made(file).clean).size == (60, 40)


def test_fifty_megapixels_are_taken_and_65_are_not() -> None:
    result = made(written(picture(8660, 5774), "JPEG", quality=50))
    assert (result.width, result.height) == (8660, 5774)
    assert max(opened(result.clean).size) == CLEAN_SIDE
    assert max(opened(result.thumbnail).size) == THUMBNAIL_SIDE
    width = 8000
    assert develop(png_head(width, MOST_PIXELS // width + 1)) is PhotoRefusal.TOO_MANY_PIXELS


def test_a_watermark_is_in_its_corner_and_nowhere_else() -> None:
    clean = made(jpeg(width=1200, height=900)).clean
    before, after = opened(clean), opened(watermark(clean, ["示例餐馆", "2026-11-22 09:30 a1b2c3"], ""))
    assert after.size == before.size
    assert _differs(before, after, (0, 800, 300, 900))
    assert not _differs(before, after, (0, 0, 1200, 600))
    assert not opened(watermark(clean, ["   "], "")).info.get("exif")


def _differs(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> bool:
    pairs = zip(one.crop(box).convert("L").tobytes(), other.crop(box).convert("L").tobytes(), strict=True)
    return any(abs(left - right) > 40 for left, right in pairs)
