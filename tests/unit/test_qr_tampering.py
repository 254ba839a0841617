"""Codes that somebody has worked on: every one is refused, and by a name."""

import hmac
from datetime import UTC, date, datetime, timedelta

import base45
import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qr.entry_code import (
    EntryForm,
    EntryPass,
    paper_code,
    screen_code,
    sign_entry_pass,
    venue_tag,
    verify_entry_code,
)
from qr.errors import BadSignature, CodeRefused, MalformedCode, StaleCode, UnknownKey
from qr.gate_keys import rotation_key, venue_day_key
from qr.keyring import Keyring, SigningKey, VerifyKey
from qr.signing import sign

REPEATABLE = settings(derandomize=True, deadline=None, database=None)
STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=5)
VENUE = venue_tag("ven_01K0000000EXAMP7E000000002")
RESERVATION = "rsv_01K0000000EXAMP7E000000001"
KEY = SigningKey(kid=1, seed=bytes(range(32)))
RING = Keyring(active=KEY, verify_keys={1: VerifyKey(kid=1, public=KEY.public)})
ROTATION_KEY = rotation_key(venue_day_key(bytes(32), VENUE, date(2027, 2, 6)), RESERVATION)


def day_key_for(tag: bytes, day: date) -> bytes:
    return venue_day_key(bytes(32), tag, day)


def entry_pass(form: EntryForm, *, minutes: int = 120, party_size: int = 3) -> EntryPass:
    return EntryPass(
        form=form,
        kid=1,
        reservation_id=RESERVATION,
        venue_tag=VENUE,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=minutes),
        party_size=party_size,
    )


SCREEN_CODE = str(screen_code(sign_entry_pass(entry_pass(EntryForm.SCREEN), RING), ROTATION_KEY, NOW))
PAPER_CODE = str(paper_code(sign_entry_pass(entry_pass(EntryForm.PAPER), RING)))
BOTH = pytest.mark.parametrize("code", [SCREEN_CODE, PAPER_CODE], ids=["screen", "paper"])


def verified(code: str) -> EntryPass:
    return verify_entry_code(code, keyring=RING, venue_day_key_for=day_key_for, now=NOW)


def body_of(code: str) -> bytes:
    return bytes(base45.b45decode(code.removeprefix("CC1:")))


def code_of(body: bytes) -> str:
    return "CC1:" + str(base45.b45encode(body).decode())


def genuinely_signed(payload: bytes, form: EntryForm) -> str:
    """A code that is wrong in nothing but its payload."""
    body = payload + sign(KEY, context=b"chengma-entry-1", message=payload)
    if form is EntryForm.SCREEN:
        body += (int(NOW.timestamp()) // 15).to_bytes(4, "big")
        body += hmac.digest(ROTATION_KEY, body, "sha256")[:8]
    return code_of(body)


@BOTH
def test_every_flipped_bit_of_the_bytes_is_refused(code: str) -> None:
    body = body_of(code)
    for bit in range(len(body) * 8):
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CodeRefused):
            verified(code_of(bytes(flipped)))


@BOTH
def test_every_flipped_bit_of_the_text_is_refused(code: str) -> None:
    for at, character in enumerate(code):
        for bit in range(8):
            with pytest.raises(CodeRefused):
                verified(code[:at] + chr(ord(character) ^ 1 << bit) + code[at + 1 :])


@pytest.mark.parametrize("form", EntryForm)
@pytest.mark.parametrize(
    ("minutes", "party_size", "payload_bytes"), [(20, 3, 36), (120, 3, 37), (120, 30, 38), (300, 30, 39)]
)
def test_every_truncation_is_malformed(form: EntryForm, minutes: int, party_size: int, payload_bytes: int) -> None:
    signed = sign_entry_pass(entry_pass(form, minutes=minutes, party_size=party_size), RING)
    assert len(signed.payload) == payload_bytes
    code = screen_code(signed, ROTATION_KEY, NOW) if form is EntryForm.SCREEN else paper_code(signed)
    body = body_of(code)
    for length in range(len(code)):
        with pytest.raises(MalformedCode):
            verified(code[:length])
    for length in range(len(body)):
        with pytest.raises(MalformedCode):
            verified(code_of(body[:length]))


@BOTH
def test_every_lengthening_is_malformed(code: str) -> None:
    for more in (b"\x00", bytes(4), bytes(12), bytes(64), body_of(code)):
        with pytest.raises(MalformedCode):
            verified(code_of(body_of(code) + more))
        with pytest.raises(MalformedCode):
            verified(code_of(more + body_of(code)))


def test_flips_are_refused_for_what_they_touch() -> None:
    body = bytearray(body_of(SCREEN_CODE))
    refusals: dict[str, type[CodeRefused]] = {}
    for name, at in (("kid", 2), ("id", 10), ("party", 36), ("signature", 40), ("step", -12), ("mac", -1)):
        body[at] ^= 1
        with pytest.raises(CodeRefused) as refusal:
            verified(code_of(bytes(body)))
        refusals[name] = refusal.type
        body[at] ^= 1
    assert verified(code_of(bytes(body))) == entry_pass(EntryForm.SCREEN)
    assert refusals == {
        "kid": UnknownKey,
        "id": BadSignature,
        "party": BadSignature,
        "signature": BadSignature,
        "step": BadSignature,
        "mac": BadSignature,
    }


def test_rotation_cannot_be_stripped() -> None:
    body = body_of(SCREEN_CODE)
    for missing in (12, 8, 4):
        with pytest.raises(MalformedCode):
            verified(code_of(body[:-missing]))
    as_paper = bytearray(body[:-12])
    as_paper[1] = EntryForm.PAPER.value
    with pytest.raises(BadSignature):
        verified(code_of(bytes(as_paper)))


def test_rotation_cannot_be_hung_on_paper() -> None:
    body = body_of(PAPER_CODE)
    with pytest.raises(MalformedCode):
        verified(code_of(body + body_of(SCREEN_CODE)[-12:]))
    as_screen = bytearray(body)
    as_screen[1] = EntryForm.SCREEN.value
    moving = bytes(as_screen) + (int(NOW.timestamp()) // 15).to_bytes(4, "big")
    with pytest.raises(BadSignature):
        verified(code_of(moving + hmac.digest(ROTATION_KEY, moving, "sha256")[:8]))


def test_a_signature_with_a_multiple_of_the_group_order_added_is_refused() -> None:
    # RFC 8032, section 5.1.7: S must be below the order, or one code would have two texts.
    order = 2**252 + 27742317777372353535851937790883648493
    body = body_of(PAPER_CODE)
    scalar = int.from_bytes(body[-32:], "little")
    with pytest.raises(BadSignature):
        verified(code_of(body[:-32] + (scalar + order).to_bytes(32, "little")))


def test_another_step_needs_another_mac() -> None:
    body = body_of(SCREEN_CODE)
    later = int.from_bytes(body[-12:-8], "big") + 1
    with pytest.raises(BadSignature):
        verified(code_of(body[:-12] + later.to_bytes(4, "big") + body[-8:]))


def test_steps_at_the_ends_of_the_range_are_merely_stale() -> None:
    lasting = body_of(SCREEN_CODE)[:-12]
    for step in (0, 2**32 - 1):
        moving = lasting + step.to_bytes(4, "big")
        with pytest.raises(StaleCode):
            verified(code_of(moving + hmac.digest(ROTATION_KEY, moving, "sha256")[:8]))


HEAD = b"\x87\x01\x01"
ID = b"\x50" + bytes.fromhex("01980000000077554b1dc00000000001")
TAG = b"\x48" + VENUE
START = b"\x1a" + (int(STARTS.timestamp()) // 60).to_bytes(4, "big")
LENGTH = b"\x18\x78"
PARTY = b"\x03"
LATEST = b"\x1a\x7f\xff\xff\xff"


@pytest.mark.parametrize("form", EntryForm)
def test_the_parts_below_make_a_good_code_when_nothing_is_wrong(form: EntryForm) -> None:
    payload = b"\x87" + bytes([form.value]) + b"\x01" + ID + TAG + START + LENGTH + PARTY
    assert verified(genuinely_signed(payload, form)) == entry_pass(form)


def test_the_latest_start_and_the_longest_slot_are_within_bounds() -> None:
    payload = b"\x87\x02\x01" + ID + TAG + LATEST + b"\x19\xff\xff" + PARTY
    read = verified(genuinely_signed(payload, EntryForm.PAPER))
    assert read.starts_at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=2**31 - 1)
    assert read.ends_at - read.starts_at == timedelta(minutes=65_535)


@pytest.mark.parametrize("form", EntryForm)
@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x98\x07\x01\x01" + ID + TAG + START + LENGTH + PARTY, id="array head too long"),
        pytest.param(b"\x9f\x01\x01" + ID + TAG + START + LENGTH + PARTY + b"\xff", id="indefinite array"),
        pytest.param(b"\x87\x18\x01\x01" + ID + TAG + START + LENGTH + PARTY, id="form too long"),
        pytest.param(b"\x87\x01\x18\x01" + ID + TAG + START + LENGTH + PARTY, id="kid too long"),
        pytest.param(HEAD + b"\x58\x10" + ID[1:] + TAG + START + LENGTH + PARTY, id="id head too long"),
        pytest.param(HEAD + b"\x5f" + ID + b"\xff" + TAG + START + LENGTH + PARTY, id="indefinite id"),
        pytest.param(HEAD + ID + b"\x58\x08" + VENUE + START + LENGTH + PARTY, id="tag head too long"),
        pytest.param(HEAD + ID + TAG + b"\x1b" + bytes(4) + START[1:] + LENGTH + PARTY, id="start too long"),
        pytest.param(HEAD + ID + TAG + b"\x1a\x00\x00\xff\xff" + LENGTH + PARTY, id="small start too long"),
        pytest.param(HEAD + ID + TAG + START + b"\x19\x00\x78" + PARTY, id="length too long"),
        pytest.param(HEAD + ID + TAG + START + b"\x1a\x00\x00\x00\x78" + PARTY, id="length far too long"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x18\x03", id="party too long"),
        pytest.param(b"\x86\x01\x01" + ID + TAG + START + LENGTH, id="six items"),
        pytest.param(b"\x88\x01\x01" + ID + TAG + START + LENGTH + PARTY + b"\x00", id="eight items"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + PARTY + b"\x00", id="one byte behind"),
        pytest.param(b"\xd9\xd9\xf7" + HEAD + ID + TAG + START + LENGTH + PARTY, id="self-described"),
        pytest.param(b"\x87\xf5\x01" + ID + TAG + START + LENGTH + PARTY, id="true as form"),
        pytest.param(b"\x87\x01\xf5" + ID + TAG + START + LENGTH + PARTY, id="true as kid"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\xf5", id="true as party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x22", id="negative party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\xf9\x42\x00", id="float party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\xc2\x41\x03", id="big number as party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\xf6", id="null party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x81\x03", id="array as party"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x80", id="empty array as party"),
        pytest.param(HEAD + ID + TAG + b"\xc1" + START + LENGTH + PARTY, id="tagged start"),
        pytest.param(HEAD + ID + TAG + b"\x3a" + START[1:] + LENGTH + PARTY, id="negative start"),
        pytest.param(HEAD + b"\x70" + b"A" * 16 + TAG + START + LENGTH + PARTY, id="text as id"),
        pytest.param(HEAD + b"\x4f" + ID[2:] + TAG + START + LENGTH + PARTY, id="short id"),
        pytest.param(HEAD + b"\x51\x00" + ID[1:] + TAG + START + LENGTH + PARTY, id="long id"),
        pytest.param(HEAD + ID + b"\x47" + VENUE[1:] + START + LENGTH + PARTY, id="short tag"),
        pytest.param(b"\x87\x00\x01" + ID + TAG + START + LENGTH + PARTY, id="form 0"),
        pytest.param(b"\x87\x03\x01" + ID + TAG + START + LENGTH + PARTY, id="form 3"),
        pytest.param(b"\x87\x01\x19\x01\x00" + ID + TAG + START + LENGTH + PARTY, id="kid 256"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x00", id="party of none"),
        pytest.param(HEAD + ID + TAG + START + LENGTH + b"\x19\x03\xe9", id="party of 1,001"),
        pytest.param(HEAD + ID + TAG + START + b"\x00" + PARTY, id="no length"),
        pytest.param(HEAD + ID + TAG + START + b"\x1a\x00\x01\x00\x00" + PARTY, id="length 65,536"),
        pytest.param(HEAD + ID + TAG + START + b"\x1a\xff\xff\xff\xff" + PARTY, id="longest length"),
        pytest.param(HEAD + ID + TAG + b"\x1a\x80\x00\x00\x00" + LENGTH + PARTY, id="start 2**31"),
        pytest.param(HEAD + ID + TAG + b"\x1a\xff\xff\xff\xff" + LENGTH + PARTY, id="latest start"),
        pytest.param(HEAD + ID + TAG + LATEST + b"\x1a\xff\xff\xff\xff" + PARTY, id="latest and longest"),
        pytest.param(b"\x9b" + b"\xff" * 8, id="an array of 2**64"),
        pytest.param(b"\x87\x01\x01\x5b" + b"\xff" * 8, id="an id of 2**64 bytes"),
        pytest.param(b"\x81" * 40, id="forty arrays deep"),
        pytest.param(b"\x87\x01\x01" + b"\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01", id="a huge big float"),
        pytest.param(cbor2.dumps({}), id="a map"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_payload_in_any_other_spelling_is_malformed_though_its_signature_is_good(
    payload: bytes, form: EntryForm
) -> None:
    stated = payload[:1] + bytes([form.value]) + payload[2:] if payload[1:2] == b"\x01" else payload
    with pytest.raises(MalformedCode):
        verified(genuinely_signed(stated, form))


@REPEATABLE
@given(st.text(max_size=300) | st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=300))
def test_any_text_is_refused_as_malformed(text: str) -> None:
    for candidate in (text, "CC1:" + text):
        with pytest.raises(MalformedCode):
            verified(candidate)


@REPEATABLE
@given(st.binary(max_size=70).map(lambda tail: b"\x87\x01\x01" + ID + TAG + tail), st.sampled_from(EntryForm))
def test_any_signed_ending_is_a_pass_or_refused_by_name(payload: bytes, form: EntryForm) -> None:
    try:
        read = verified(genuinely_signed(payload, form))
    except CodeRefused:
        return
    assert read.reservation_id == RESERVATION
