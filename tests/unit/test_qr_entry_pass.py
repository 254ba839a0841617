"""What a pass may say, and its CBOR."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ulid import ULID

from qr.entry_pass import EntryForm, EntryPass, decode_pass, encode_pass
from qr.errors import MalformedCode
from qr.identifiers import reservation_id_text

REPEATABLE = settings(derandomize=True, deadline=None, database=None)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
PASS = EntryPass(
    form=EntryForm.SCREEN,
    kid=1,
    reservation_id="rsv_01K0000000EXAMP7E000000001",
    venue_tag=b"\xaa\xf4\x54\x47\xf3\x35\x4d\x7f",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(hours=2),
    party_size=3,
)


@st.composite
def passes(draw: st.DrawFn) -> EntryPass:
    starts_at = EPOCH + timedelta(minutes=draw(st.integers(0, 2**31 - 1)))
    return EntryPass(
        form=draw(st.sampled_from(EntryForm)),
        kid=draw(st.integers(0, 255)),
        reservation_id=reservation_id_text(draw(st.binary(min_size=16, max_size=16))),
        venue_tag=draw(st.binary(min_size=8, max_size=8)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.integers(1, 65_535))),
        party_size=draw(st.integers(1, 1000)),
    )


def test_the_payload_is_the_documented_array() -> None:
    raw_id = ULID.from_str("01K0000000EXAMP7E000000001").bytes
    minutes = int(STARTS.timestamp()) // 60
    assert cbor2.loads(encode_pass(PASS)) == [1, 1, raw_id, PASS.venue_tag, minutes, 120, 3]


@REPEATABLE
@given(passes())
def test_every_pass_comes_back_from_at_most_forty_bytes_or_one_more_for_a_large_group(entry_pass: EntryPass) -> None:
    payload = encode_pass(entry_pass)
    assert len(payload) <= (40 if entry_pass.party_size <= 255 else 41)
    assert decode_pass(payload) == entry_pass
    assert decode_pass(payload).starts_at.utcoffset() == timedelta(0)


@REPEATABLE
@given(st.binary(max_size=64))
def test_any_bytes_are_refused_by_name(payload: bytes) -> None:
    with pytest.raises(MalformedCode):
        decode_pass(payload)


NUMBERS = st.integers(-(2**64), 2**64) | st.booleans() | st.none() | st.floats() | st.text(max_size=3)
ITEMS = NUMBERS | st.binary(max_size=17) | st.sampled_from([PASS.venue_tag, bytes(16)])
ALMOST = st.tuples(
    st.integers(0, 3), NUMBERS, st.just(bytes(16)), st.just(PASS.venue_tag), NUMBERS, NUMBERS, NUMBERS
).map(list)


@REPEATABLE
@given(ALMOST | st.lists(ITEMS, max_size=8))
def test_any_array_is_either_a_pass_in_its_own_spelling_or_refused_by_name(items: list[Any]) -> None:
    payload = cbor2.dumps(items)
    try:
        entry_pass = decode_pass(payload)
    except MalformedCode:
        return
    assert encode_pass(entry_pass) == payload


@pytest.mark.parametrize(
    "change",
    [
        {"kid": -1},
        {"kid": 256},
        {"reservation_id": "rsv_1"},
        {"venue_tag": bytes(7)},
        {"venue_tag": bytes(9)},
        {"party_size": 0},
        {"party_size": 1001},
        {"starts_at": STARTS + timedelta(seconds=1)},
        {"ends_at": STARTS + timedelta(hours=1, microseconds=1)},
        {"ends_at": STARTS},
        {"ends_at": STARTS - timedelta(minutes=1)},
        {"ends_at": STARTS + timedelta(minutes=65_536)},
        {"starts_at": EPOCH - timedelta(minutes=1)},
        {"starts_at": EPOCH + timedelta(minutes=2**31), "ends_at": EPOCH + timedelta(minutes=2**31 + 1)},
    ],
)
def test_a_pass_that_no_code_could_hold_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lies between|whole minute|bytes|reservation id"):
        replace(PASS, **change)


def test_a_pass_needs_to_know_its_time_zone() -> None:
    with pytest.raises(TypeError):
        replace(PASS, starts_at=STARTS.replace(tzinfo=None))


@REPEATABLE
@given(st.binary(min_size=16, max_size=16))
def test_a_reservation_id_is_the_librarys_text_of_its_bytes(raw: bytes) -> None:
    assert reservation_id_text(raw) == f"rsv_{ULID(raw)}"


HEADS = st.sampled_from([b"", b"\x18", b"\x19", b"\x1a", b"\x1b", b"\x20", b"\xf4", b"\x41", b"\x61", b"\xc2"])
NUMBER_BYTES = st.tuples(HEADS, st.binary(min_size=1, max_size=4)).map(b"".join)


@REPEATABLE
@given(st.integers(0, 4), NUMBER_BYTES, NUMBER_BYTES, NUMBER_BYTES, NUMBER_BYTES)
def test_what_is_read_is_what_a_cbor_library_reads_and_writes(
    form: int, kid: bytes, starts: bytes, minutes: bytes, party: bytes
) -> None:
    payload = b"\x87" + bytes([form]) + kid + b"\x50" + bytes(16) + b"\x48" + bytes(8) + starts + minutes + party
    try:
        read = decode_pass(payload)
    except MalformedCode:
        try:
            items = cbor2.loads(payload)
        except cbor2.CBORDecodeError:
            return
        fits = [isinstance(items, list) and len(items) == 7 and cbor2.dumps(items, canonical=True) == payload]
        bounds = ((1, 2), (0, 255), None, None, (0, 2**31 - 1), (1, 65_535), (1, 1000))
        for item, bound in zip(items if fits[0] else [], bounds, strict=False):
            fits.append(bound is None or (type(item) is int and bound[0] <= item <= bound[1]))
        assert not all(fits)
        return
    assert encode_pass(read) == payload
