"""Files of photos for tests, good and bad ones."""

import hashlib
import io
import random
import secrets
import struct
import zipfile
import zlib
from typing import Any

import pillow_heif
from PIL import ExifTags, Image

CHUNK = 1024 * 1024
SMALL = 16 * 1024
SERIAL = b"SERIAL-0042"
EXIF_AT = "2026:11:20 09:30:00"


def sum_of(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()


def picture(width: int = 640, height: int = 480, *, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is dark and whose right half is bright, different for each seed."""
    shade = random.Random(seed).randrange(100, 256)
    made = Image.new("L", (width, height), 10)
    made.paste(shade, (width // 2, 0, width, height))
    return made.convert(mode)


def noise(width: int, height: int, seed: int) -> Image.Image:
    """Return a picture that no coder makes much smaller."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def exif(*, orientation: int = 1, offset: str | None = "+08:00", place: bool = True) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = orientation
    found[ExifTags.Base.DateTime] = "2026:11:21 00:00:00"
    found[ExifTags.Base.Make] = "示例相机".encode().decode("latin-1")
    inner = found.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.DateTimeOriginal] = EXIF_AT
    inner[ExifTags.Base.BodySerialNumber] = SERIAL.decode()
    if offset is not None:
        inner[ExifTags.Base.OffsetTimeOriginal] = offset
    if place:
        gps = found.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (31.0, 14.0, 6.0)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (121.0, 28.0, 30.0)
    return found


def written(made: Image.Image, kind: str, **more: Any) -> bytes:
    into = io.BytesIO()
    made.save(into, kind, **more)
    return into.getvalue()


def jpeg(seed: int = 1, *, width: int = 640, height: int = 480, **more: Any) -> bytes:
    return written(picture(width, height, seed=seed), "JPEG", quality=90, **({"exif": exif()} | more))


def large_jpeg(seed: int) -> bytes:
    """Return a file of more than two chunks."""
    return written(noise(1100, 1000, seed), "JPEG", quality=95)


def unlike() -> bytes:
    """Return a file of some chunks that nobody else has."""
    return secrets.token_bytes(3 * SMALL + 100)


def photo_file() -> bytes:
    """Return a photo of some chunks that nobody else has."""
    return jpeg(comment=secrets.token_bytes(40_000))


def heic(width: int = 320, height: int = 240) -> bytes:
    pillow_heif.register_heif_opener()
    return written(picture(width, height), "HEIF", quality=60, exif=exif().tobytes())


def png_head(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and is a few bytes long."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")


def zip_bomb() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo.jpg", bytes(5_000_000))
    return into.getvalue()


def polyglot() -> bytes:
    """Return a JPEG that a careless browser takes for a page."""
    return jpeg(77, exif=b"", comment=b"<html><script>alert(1)</script>") + b"<html><script>alert(2)</script></html>"
