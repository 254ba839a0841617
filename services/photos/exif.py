"""What a photo says of its own taking: when and where. Everything else that EXIF holds is left behind."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image

from services.common.clock import CITY_OFFSET
from services.photos.model import PhotoPlace

_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2999
_MOST_LATITUDE, _MOST_LONGITUDE = 90.0, 180.0
_PARTS = (1, 60, 3600)


def taken_at(exif: Image.Exif) -> datetime | None:
    """Return the instant of taking; a time without an offset counts as the city's."""
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    original = _local(inner.get(ExifTags.Base.DateTimeOriginal))
    if original is not None:
        return _instant(original, inner.get(ExifTags.Base.OffsetTimeOriginal))
    written = _local(exif.get(ExifTags.Base.DateTime))
    return None if written is None else _instant(written, inner.get(ExifTags.Base.OffsetTime))


def taken_where(exif: Image.Exif) -> PhotoPlace | None:
    """Return the place of taking in WGS 84, to 7 decimals."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, ("N", "S"))
    lng = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, ("E", "W"))
    if lat is None or lng is None or abs(lat) > _MOST_LATITUDE or abs(lng) > _MOST_LONGITUDE:
        return None
    # A camera without a fix writes zeros.
    return None if lat == lng == 0 else PhotoPlace(lng=lng, lat=lat)


def _local(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.strptime(value.strip(" \x00")[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 -- its offset is told apart
    except ValueError:
        return None
    return found if _EARLIEST_YEAR <= found.year <= _LATEST_YEAR else None


def _instant(local: datetime, offset: Any) -> datetime:
    told = _OFFSET.fullmatch(offset.strip(" \x00")) if isinstance(offset, str) else None
    distance = CITY_OFFSET
    if told is not None:
        distance = timedelta(hours=int(told[2]), minutes=int(told[3])) * (-1 if told[1] == "-" else 1)
    return local.replace(tzinfo=timezone(distance)).astimezone(UTC)


def _degrees(gps: Mapping[int, Any], value: int, side: int, sides: tuple[str, str]) -> float | None:
    parts, where = gps.get(value), gps.get(side)
    positive, negative = sides
    if not isinstance(parts, tuple) or len(parts) != len(_PARTS) or where not in {positive, negative}:
        return None
    degrees = sum(float(part) / unit for part, unit in zip(parts, _PARTS, strict=True))
    if not math.isfinite(degrees):
        return None
    return round(degrees if where == positive else -degrees, 7)
