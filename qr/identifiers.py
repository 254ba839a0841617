"""How the identifiers of reservations and venues become a few bytes in a code, and back."""

import hashlib

from ulid import ULID

RESERVATION_PREFIX = "rsv_"
RESERVATION_ID_BYTES = 16
VENUE_TAG_BYTES = 8
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [one + other for one in _CROCKFORD for other in _CROCKFORD]
_PAIR_MASK = 1023
_LOW_BITS = 60
_LOW_MASK = (1 << _LOW_BITS) - 1
_LOW_SHIFTS = range(50, -1, -10)
_HIGH_SHIFTS = range(60, -1, -10)


def reservation_id_bytes(reservation_id: str) -> bytes:
    """Return the 16 bytes of `rsv_` + ULID (26 characters of Crockford base32, upper case).

    Raises ValueError for any other text, other spellings of the same ULID included.
    """
    try:
        raw = ULID.from_str(reservation_id.removeprefix(RESERVATION_PREFIX)).bytes
    except ValueError:
        raw = b""
    if len(raw) != RESERVATION_ID_BYTES or reservation_id_text(raw) != reservation_id:
        raise ValueError("not a reservation id")
    return raw


def reservation_id_text(raw: bytes) -> str:
    """Return `rsv_` + the ULID text of 16 bytes, in half the library's time: a gate writes one a scan."""
    number = int.from_bytes(raw, "big")
    # 26 characters are 13 pairs of 10 bits; cut in two, so that most of the work is on small numbers.
    high, low = number >> _LOW_BITS, number & _LOW_MASK
    pairs = [_PAIRS[high >> shift & _PAIR_MASK] for shift in _HIGH_SHIFTS]
    pairs += [_PAIRS[low >> shift & _PAIR_MASK] for shift in _LOW_SHIFTS]
    return RESERVATION_PREFIX + "".join(pairs)


def venue_tag(venue_id: str) -> bytes:
    """Return the 8 bytes that stand for a venue in a code: SHA-256 of its id's text, cut.

    It tells venues apart and is no secret; the signature, not the tag, is what protects a code.
    """
    return hashlib.sha256(venue_id.encode()).digest()[:VENUE_TAG_BYTES]
