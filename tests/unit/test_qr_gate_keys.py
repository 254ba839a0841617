"""The tree of gate keys: as RFC 5869 derives them, and each different from its neighbours."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from ulid import ULID

from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.identifiers import reservation_id_bytes, reservation_id_text, venue_tag

MASTER = bytes(range(32))
TAG = venue_tag("ven_01K0000000EXAMP7E000000002")
DAY = date(2027, 2, 6)
RESERVATION = "rsv_01K0000000EXAMP7E000000001"


def expand(key: bytes, info: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(key)


def test_each_key_is_hkdf_expand_of_the_one_above() -> None:
    day_key = venue_day_key(MASTER, TAG, DAY)
    assert day_key == expand(MASTER, b"chengma venue-day key 1\x00" + TAG + b"2027-02-06")
    raw_id = ULID.from_str(RESERVATION[4:]).bytes
    assert rotation_key(day_key, RESERVATION) == expand(day_key, b"chengma rotation key 1\x00" + raw_id)


def test_every_venue_day_and_reservation_has_its_own_key() -> None:
    day_keys = {
        venue_day_key(master, tag, day)
        for master in (MASTER, bytes(32))
        for tag in (TAG, venue_tag("ven_01K0000000EXAMP7E000000003"))
        for day in (DAY, DAY + timedelta(days=1))
    }
    assert len(day_keys) == 8
    rotation_keys = {
        rotation_key(day_key, reservation)
        for day_key in day_keys
        for reservation in (RESERVATION, "rsv_01K0000000EXAMP7E000000002")
    }
    assert len(rotation_keys) == 16


@pytest.mark.parametrize(
    ("starts_at", "day"),
    [
        (datetime(2027, 2, 5, 15, 59, tzinfo=UTC), date(2027, 2, 5)),
        (datetime(2027, 2, 5, 16, 0, tzinfo=UTC), date(2027, 2, 6)),
        (datetime(2027, 2, 5, 21, 0, tzinfo=timezone(timedelta(hours=5))), date(2027, 2, 6)),
    ],
)
def test_the_day_is_the_citys(starts_at: datetime, day: date) -> None:
    assert venue_day(starts_at) == day


def test_refuses_keys_and_tags_that_are_too_short() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        venue_day_key(MASTER[:31], TAG, DAY)
    with pytest.raises(ValueError, match="8 bytes"):
        venue_day_key(MASTER, TAG[:7], DAY)
    with pytest.raises(ValueError, match="32 bytes"):
        rotation_key(MASTER[:31], RESERVATION)


def test_a_reservation_id_is_sixteen_bytes_and_back() -> None:
    for text in (RESERVATION, "rsv_" + "0" * 26, "rsv_7" + "Z" * 25):
        raw = reservation_id_bytes(text)
        assert raw == ULID.from_str(text[4:]).bytes
        assert reservation_id_text(raw) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rsv_",
        RESERVATION[4:],
        RESERVATION[:-1],
        RESERVATION + "0",
        RESERVATION.lower(),
        "ven" + RESERVATION[3:],
        "rsv_rsv_" + RESERVATION[8:],
        "rsv_8" + "0" * 25,  # one bit more than 128
        "rsv_" + "I" * 26,
        "rsv_" + "\u0661" * 26,
    ],
)
def test_refuses_what_is_no_reservation_id(text: str) -> None:
    with pytest.raises(ValueError, match="not a reservation id"):
        reservation_id_bytes(text)


def test_a_venue_tag_is_the_beginning_of_a_sha_256() -> None:
    assert venue_tag("ven_x") == hashlib.sha256(b"ven_x").digest()[:8]
