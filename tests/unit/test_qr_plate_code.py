"""Plate codes: what was signed comes back, from a code or from any link, and nothing else does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ulid import ULID

from qr.base32 import decode_base32, encode_base32
from qr.errors import BadSignature, CodeRefused, MalformedCode, RevokedKey, UnknownKey
from qr.item_code import ALPHABET
from qr.links import plate_link
from qr.plate_code import CODE_BYTES, PlateClaim, PlateCode, make_plate_code, read_plate_code
from qr.signing import sign
from tests.plates import CLAIM, KEY, RETIRING, REVOKED, RING, ring_of

REPEATABLE = settings(derandomize=True, deadline=None, database=None)
CODE = str(make_plate_code(CLAIM, RING))
RAW = decode_base32(CODE, CODE_BYTES)
ULIDS = st.binary(min_size=16, max_size=16).map(lambda raw: str(ULID(raw)))
CLAIMS = st.builds(
    PlateClaim,
    kid=st.just(1),
    plate_id=ULIDS.map("plt_{}".format),
    site_id=st.tuples(st.sampled_from(("otl", "ven")), ULIDS).map("_".join),
)


def signed(payload: bytes) -> str:
    """A code that is wrong in nothing but its payload."""
    return encode_base32(payload + sign(KEY, context=b"chengma-plate-1", message=payload))


@REPEATABLE
@given(CLAIMS)
def test_a_code_says_what_was_signed(claim: PlateClaim) -> None:
    code = make_plate_code(claim, RING)
    assert len(code) == 159
    assert set(code) <= set(ALPHABET)
    assert read_plate_code(code, RING) == claim
    assert make_plate_code(claim, RING) == code


@pytest.mark.parametrize(
    "link",
    [
        plate_link("HTTPS://Codes.Example.cn", PlateCode(CODE)),
        plate_link("http://127.0.0.1:8080/city/", PlateCode(CODE)),
        f"https://another.example/o/{CODE}",
        f"https://codes.example.cn/o/{CODE}?scancode_time=1801879522&from=wechat",
        f"https://codes.example.cn/o/{CODE}?next=/i/x#here",
    ],
)
def test_a_code_is_found_in_any_link(link: str) -> None:
    assert read_plate_code(link, RING) == CLAIM


def test_a_link_begins_with_a_lower_case_host() -> None:
    assert plate_link("HTTPS://Codes.Example.cn/", PlateCode(CODE)) == f"https://codes.example.cn/o/{CODE}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        CODE.upper(),
        f" {CODE}",
        f"{CODE}\n",
        f"/o/{CODE}",
        f"ftp://codes.example.cn/o/{CODE}",
        f"https:///o/{CODE}",
        f"https://codes.example.cn/i/{CODE}",
        f"https://codes.example.cn/foo/{CODE}",
        f"https://codes.example.cn/o/{CODE}/",
        f"https://codes.example.cn/o/{CODE[:80]}\n{CODE[80:]}",
        f"https://codes.example.cn/o/%30{CODE[1:]}",
        f"https://codes.example.cn/x?q=/o/{CODE}",
        f"https://[codes/o/{CODE}",
        f"https://codes.example.cn/o/{CODE}?{'x' * 600}",
    ],
)
def test_other_texts_are_malformed(text: str) -> None:
    with pytest.raises(MalformedCode):
        read_plate_code(text, RING)


def test_every_flipped_bit_of_the_bytes_is_refused() -> None:
    for bit in range(len(RAW) * 8):
        flipped = bytearray(RAW)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CodeRefused):
            read_plate_code(encode_base32(bytes(flipped)), RING)


def test_every_other_character_anywhere_is_refused() -> None:
    """The spare bits of the last character, too: a value has one spelling."""
    for at in range(len(CODE)):
        for character in set(f"{ALPHABET}iloué=-") - {CODE[at]}:
            with pytest.raises(CodeRefused):
                read_plate_code(CODE[:at] + character + CODE[at + 1 :], RING)


def test_every_truncation_and_lengthening_is_malformed() -> None:
    for length in range(len(CODE)):
        with pytest.raises(MalformedCode):
            read_plate_code(CODE[:length], RING)
    for more in ("0", "00000", CODE):
        with pytest.raises(MalformedCode):
            read_plate_code(CODE + more, RING)


@REPEATABLE
@given(st.text(max_size=700) | st.text(ALPHABET, min_size=159, max_size=159))
def test_any_text_is_refused_by_a_name(text: str) -> None:
    for candidate in (text, f"https://codes.example.cn/o/{text}"):
        with pytest.raises(CodeRefused):
            read_plate_code(candidate, RING)


@pytest.mark.parametrize("head", [b"\x00\x01\x01", b"\x02\x01\x01", b"\x01\x01\x00", b"\x01\x01\x03", b"\xff\x01\x01"])
def test_another_version_or_kind_is_malformed_though_its_signature_is_good(head: bytes) -> None:
    with pytest.raises(MalformedCode):
        read_plate_code(signed(head + RAW[3:35]), RING)


def test_a_plate_cannot_be_made_one_of_another_site() -> None:
    other = signed(RAW[:3] + RAW[3:19] + bytes(16))
    assert read_plate_code(other, RING).site_id == f"otl_{ULID(bytes(16))}"
    swapped = decode_base32(other, CODE_BYTES)[:35] + RAW[35:]
    with pytest.raises(BadSignature):
        read_plate_code(encode_base32(swapped), RING)


def test_a_signature_for_another_purpose_is_none_for_a_plate() -> None:
    payload = RAW[:35]
    for context in (b"chengma-entry-1", b"chengma-ended-plates-1", b""):
        with pytest.raises(BadSignature):
            read_plate_code(encode_base32(payload + sign(KEY, context=context, message=payload)), RING)


def test_a_signature_with_the_group_order_added_is_refused() -> None:
    # RFC 8032, section 5.1.7: S must be below the order, or one plate would have two codes.
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(RAW[-32:], "little")
    with pytest.raises(BadSignature):
        read_plate_code(encode_base32(RAW[:-32] + (scalar + order).to_bytes(32, "little")), RING)


def test_keys_retire_are_revoked_and_may_be_unknown() -> None:
    older = PlateClaim(kid=0, plate_id=CLAIM.plate_id, site_id=CLAIM.site_id)
    assert read_plate_code(make_plate_code(older, ring_of(RETIRING)), RING) == older
    stolen = PlateClaim(kid=7, plate_id=CLAIM.plate_id, site_id=CLAIM.site_id)
    with pytest.raises(RevokedKey):
        read_plate_code(make_plate_code(stolen, ring_of(REVOKED)), RING)
    with pytest.raises(UnknownKey):
        read_plate_code(CODE, ring_of(RETIRING))


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": -1},
        {"kid": 256},
        {"plate_id": "otl_01K0000000EXAMP7E000000003"},
        {"plate_id": "plt_01k0000000examp7e000000003"},
        {"plate_id": "plt_81K0000000EXAMP7E000000003"},
        {"plate_id": "01K0000000EXAMP7E000000003"},
        {"site_id": "rsv_01K0000000EXAMP7E000000003"},
        {"site_id": "otl_x"},
        {"site_id": "otl_"},
    ],
)
def test_a_claim_is_of_ids_as_we_write_them(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"id|kid|plate"):
        PlateClaim(**({"kid": 1, "plate_id": CLAIM.plate_id, "site_id": CLAIM.site_id} | changes))  # type: ignore[arg-type]


def test_only_the_active_key_signs() -> None:
    with pytest.raises(ValueError, match="another key"):
        make_plate_code(PlateClaim(kid=0, plate_id=CLAIM.plate_id, site_id=CLAIM.site_id), RING)
