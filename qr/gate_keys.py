"""The tree of secrets behind rotating codes: city, then venue and day, then reservation.

Each step is HKDF-Expand of RFC 5869 (HMAC-SHA256, RFC 2104) for one block of 32 bytes. A label ends
in a zero byte and every field after it has a fixed length, so no two steps ever derive from the same
input, and whoever holds a lower key learns nothing about its siblings or the key above.
"""

import hmac
from datetime import date, datetime, timedelta, timezone

from qr.identifiers import VENUE_TAG_BYTES, reservation_id_bytes

KEY_BYTES = 32
VENUE_DAY_LABEL = b"chengma venue-day key 1\x00"
ROTATION_LABEL = b"chengma rotation key 1\x00"

# Asia/Shanghai has had one offset and no summer time since 1991 (IANA tz database); a fixed offset
# lets a phone or turnstile without a zone file find the same day.
_CITY_TIME = timezone(timedelta(hours=8))


def venue_day(starts_at: datetime) -> date:
    """Return the city's calendar day (UTC+8) of an aware instant: the day whose key applies."""
    return starts_at.astimezone(_CITY_TIME).date()


def venue_day_key(gate_master_key: bytes, tag: bytes, day: date) -> bytes:
    """Return the 32-byte key that one venue's gates hold for one day.

    `gate_master_key` has 32 bytes or more, `tag` is the venue's 8 bytes, `day` the city's calendar
    day of a slot's start. Raises ValueError for other lengths.
    """
    if len(tag) != VENUE_TAG_BYTES:
        raise ValueError(f"a venue tag has {VENUE_TAG_BYTES} bytes")
    return _derive(gate_master_key, VENUE_DAY_LABEL + tag + day.isoformat().encode())


def rotation_key(day_key: bytes, reservation_id: str) -> bytes:
    """Return the 32-byte key by which one reservation's phone proves each 15-second step.

    `day_key` is the venue_day_key of the slot's start. Raises ValueError for a short key, or for a
    text that is no reservation id.
    """
    return raw_rotation_key(day_key, reservation_id_bytes(reservation_id))


def raw_rotation_key(day_key: bytes, raw_id: bytes) -> bytes:
    """Return the same key for the 16 bytes of a reservation id."""
    return _derive(day_key, ROTATION_LABEL + raw_id)


def _derive(key: bytes, info: bytes) -> bytes:
    if len(key) < KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes or more")
    return hmac.digest(key, info + b"\x01", "sha256")
