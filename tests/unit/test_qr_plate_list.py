"""The signed list of ended plates: what was listed comes back, and nothing that somebody has worked on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ulid import ULID

from qr.errors import BadSignature, CodeRefused, MalformedCode, UnknownKey
from qr.plate_list import Ended, PlateList, read_plate_list, sign_plate_list
from qr.signing import sign
from tests.plates import KEY, RETIRING, RING, ring_of

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
LISTED = PlateList(
    kid=1,
    since=SINCE,
    until=SINCE + timedelta(days=21),
    plates={f"plt_{ULID(bytes([at]) * 16)}": how for at, how in ((9, Ended.REVOKED), (3, Ended.REPLACED))},
)
SIGNED = sign_plate_list(LISTED, RING)


@settings(derandomize=True, deadline=None, database=None)
@given(st.dictionaries(st.binary(min_size=16, max_size=16), st.sampled_from(Ended), max_size=40))
def test_a_list_says_what_was_listed_in_any_order(ended: dict[bytes, Ended]) -> None:
    plates = {f"plt_{ULID(raw)}": how for raw, how in ended.items()}
    listed = PlateList(kid=1, since=SINCE, until=SINCE, plates=plates)
    signed = sign_plate_list(listed, RING)
    assert read_plate_list(signed, RING) == listed
    backwards = PlateList(kid=1, since=SINCE, until=SINCE, plates=dict(reversed(plates.items())))
    assert sign_plate_list(backwards, RING) == signed
    assert len(signed) == 18 + 17 * len(plates) + 64


def test_every_flipped_bit_is_refused() -> None:
    for bit in range(len(SIGNED) * 8):
        flipped = bytearray(SIGNED)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CodeRefused):
            read_plate_list(bytes(flipped), RING)


def test_a_plate_cannot_be_left_out() -> None:
    for shorter in (SIGNED[:18] + SIGNED[35:], SIGNED[:35] + SIGNED[52:]):
        with pytest.raises(BadSignature):
            read_plate_list(shorter, RING)
    for length in range(len(SIGNED)):
        with pytest.raises(CodeRefused):
            read_plate_list(SIGNED[:length], RING)


def test_another_way_to_end_is_malformed_though_its_signature_is_good() -> None:
    body = SIGNED[:34] + b"\x09" + SIGNED[35:-64]
    with pytest.raises(MalformedCode):
        read_plate_list(body + sign(KEY, context=b"chengma-ended-plates-1", message=body), RING)


def test_the_key_must_be_ours_and_the_one_that_signs() -> None:
    with pytest.raises(UnknownKey):
        read_plate_list(SIGNED, ring_of(RETIRING))
    with pytest.raises(ValueError, match="another key"):
        sign_plate_list(LISTED, ring_of(RETIRING))
