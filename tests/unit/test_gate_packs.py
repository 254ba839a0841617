"""Packs and logs, beyond the vectors: what cannot be written, how large a full day is, and that all comes back."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qr.errors import BadSignature, CodeRefused
from qr.gate_log import LogEntry, LogKind, code_sha256, entry_hash, sign_entry, verify_entry
from qr.gate_pack import mark_of, read_gate_pack, sign_gate_pack, tail_mark
from qr.keyring import SigningKey
from tests.hostile_codes import random_id
from tests.vectors import town
from tests.vectors.logged import DEVICE_SEED

REPEATABLE = settings(derandomize=True, deadline=None, database=None)
MARKS = st.binary(min_size=8, max_size=8)
MOST_BYTES = 200_000


@REPEATABLE
@given(
    st.frozensets(MARKS),
    st.frozensets(MARKS),
    st.dictionaries(MARKS, st.integers(1, 65_535)),
    st.frozensets(st.binary(min_size=9, max_size=9)),
    st.none() | st.integers(0, 100_000),
)
def test_what_was_packed_is_what_the_gate_reads(
    cancelled: frozenset[bytes],
    admitted: frozenset[bytes],
    partly: dict[bytes, int],
    tails: frozenset[bytes],
    ceiling: int | None,
) -> None:
    given_pack = replace(
        town.pack(), cancelled=cancelled, admitted=admitted, partly_admitted=partly, tails=tails, ceiling=ceiling
    )
    assert read_gate_pack(sign_gate_pack(given_pack, town.PACK_KEYS), town.PACK_KEYS, town.NOW) == given_pack


def test_a_day_of_twenty_thousand_bookings_is_under_two_hundred_kilobytes() -> None:
    source = random.Random(8)
    visits = [random_id(source) for _ in range(20_000)]
    # Half of all are in, one in ten cancelled, one in twenty on a slip with two documents.
    full = replace(
        town.pack(),
        cancelled=frozenset(mark_of(one) for one in visits[:2000]),
        revoked=frozenset(mark_of(one) for one in visits[2000:2100]),
        admitted=frozenset(mark_of(one) for one in visits[3000:13_000]),
        partly_admitted={mark_of(one): 2 for one in visits[13_000:14_000]},
        tails=frozenset(tail_mark(town.DAY_KEY, one, tail) for one in visits[-1000:] for tail in ("0001", "123X")),
        slots=town.pack().slots * 48,
    )
    data = sign_gate_pack(full, town.PACK_KEYS)
    assert len(data) < MOST_BYTES
    assert len({mark_of(one) for one in visits}) == len(visits)
    assert read_gate_pack(data, town.PACK_KEYS, town.NOW) == full


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"kid": 6}, "another key"),
        ({"venue_day_key": bytes(31)}, "32 bytes"),
        ({"cancelled": frozenset({bytes(7)})}, "a mark"),
        ({"partly_admitted": {bytes(8): 0}}, "partly in"),
        ({"partly_admitted": {bytes(8): 65_536}}, "partly in"),
        ({"tails": frozenset({bytes(8)})}, "tail mark"),
        ({"expires_at": town.EXPIRES + timedelta(milliseconds=1)}, "whole seconds"),
        ({"slots": town.pack().slots * 2000}, "header"),
    ],
)
def test_a_pack_that_the_format_cannot_hold_is_not_signed(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        sign_gate_pack(replace(town.pack(), **change), town.PACK_KEYS)


def test_a_document_tail_is_four_characters_of_ascii() -> None:
    assert tail_mark(town.DAY_KEY, town.ON_PAPER, "123x") == tail_mark(town.DAY_KEY, town.ON_PAPER, "123X")
    for tail in ("", "123", "12345", "１２３４"):
        with pytest.raises(ValueError, match="4 characters"):
            tail_mark(town.DAY_KEY, town.ON_PAPER, tail)


def test_every_flipped_bit_of_a_pack_is_refused() -> None:
    data = town.packs()["entrance"]
    for bit in range(0, len(data) * 8, 3):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CodeRefused):
            read_gate_pack(bytes(flipped), town.PACK_KEYS, town.NOW)


@REPEATABLE
@given(st.binary(max_size=300), st.sampled_from([b"", b"CCP1", b"CCP1\x00\x00\x00\x02{}", b"CCP1\x00\x00\x00\x09"]))
def test_any_bytes_are_no_pack(tail: bytes, head: bytes) -> None:
    with pytest.raises(CodeRefused):
        read_gate_pack(head + tail, town.PACK_KEYS, town.NOW)


ENTRY = LogEntry(
    device_id=town.DEVICE,
    seq=1,
    previous="",
    kind=LogKind.ENTRY,
    gate_id=town.GATE,
    nonce="device6-000001",
    at=town.NOW,
    code_sha256=code_sha256("CC1:"),
    lease_id=None,
    count=None,
    decision="refused",
    reason="malformed",
    admitted_now=0,
    undoes=None,
    pack_issued_at=None,
)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": 'a"b'},
        {"nonce": "a\\b"},
        {"reason": "voll belegt"},
        {"gate_id": "gat_ü"},
        {"device_id": "dev\n"},
        {"at": town.NOW + timedelta(microseconds=1)},
        {"pack_issued_at": town.NOW + timedelta(milliseconds=1)},
    ],
)
def test_an_entry_that_could_be_spelt_in_two_ways_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"plain words|between two units"):
        replace(ENTRY, **change)


def test_another_zone_is_the_same_instant_and_the_same_hash() -> None:
    elsewhere = replace(ENTRY, at=datetime.fromisoformat("2027-02-06T10:05:07+08:00"))
    assert entry_hash(elsewhere) == entry_hash(ENTRY)


def test_only_the_devices_own_key_signs_its_log() -> None:
    signature = sign_entry(ENTRY, DEVICE_SEED)
    with pytest.raises(BadSignature):
        verify_entry(ENTRY, signature, town.STRANGER.public)


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_a_bad_one(length: int) -> None:
    with pytest.raises(BadSignature):
        verify_entry(ENTRY, (sign_entry(ENTRY, DEVICE_SEED) * 2)[:length], SigningKey(kid=0, seed=DEVICE_SEED).public)


def test_a_code_with_half_a_character_has_a_hash_too() -> None:
    assert len(code_sha256("CC1:\ud800")) == 64
