"""Item codes: what is printed comes back, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr.errors import BadSignature, CodeRefused, MalformedCode, UnknownKey
from qr.item_code import (
    ALPHABET,
    CODE_CHARACTERS,
    MAX_BATCH,
    MAX_KID,
    MAX_SERIAL,
    ItemCode,
    ItemKeyring,
    ItemNumber,
    make_item_code,
    number_of_item,
    read_item_code,
    readable,
)
from qr.links import item_link

RING = ItemKeyring(secrets={kid: bytes([kid]) * 32 for kid in (0, 1, MAX_KID)}, active_kid=1)
NUMBER = ItemNumber(kid=1, batch=1_800_000_000, serial=4711)

numbers = st.builds(
    ItemNumber,
    kid=st.sampled_from(list(RING.secrets)),
    batch=st.integers(0, MAX_BATCH),
    serial=st.integers(0, MAX_SERIAL),
)


@given(numbers)
def test_a_code_says_the_number_it_was_made_of(number: ItemNumber) -> None:
    code = make_item_code(number, RING)
    assert len(code) == CODE_CHARACTERS
    assert set(code) <= set(ALPHABET)
    assert read_item_code(code, RING) == number
    assert read_item_code(readable(code), RING) == number


@given(numbers)
def test_an_item_id_says_the_number_too(number: ItemNumber) -> None:
    assert number_of_item(number.item_id) == number


def test_later_batches_and_serials_have_later_ids() -> None:
    ids = [ItemNumber(kid=1, batch=batch, serial=serial).item_id for batch in (5, 6, 70) for serial in (0, 1, 300)]
    assert ids == sorted(ids)


def test_no_character_can_be_changed() -> None:
    code = make_item_code(NUMBER, RING)
    for at, right in enumerate(code):
        for other in ALPHABET.replace(right, ""):
            with pytest.raises(CodeRefused):
                read_item_code(code[:at] + other + code[at + 1 :], RING)


def test_a_changed_proof_is_told_from_a_changed_key() -> None:
    code = make_item_code(NUMBER, RING)
    last = "0" if code[-1] != "0" else "1"
    with pytest.raises(BadSignature):
        read_item_code(code[:-1] + last, RING)
    with pytest.raises(UnknownKey):
        read_item_code(code, ItemKeyring(secrets={0: bytes(32)}, active_kid=0))
    with pytest.raises(BadSignature):
        read_item_code(code, ItemKeyring(secrets={1: bytes(32)}, active_kid=1))


def test_what_people_misread_is_forgiven() -> None:
    code = next(
        code
        for serial in range(1000)
        if {"0", "1"} <= set((code := make_item_code(ItemNumber(kid=1, batch=9, serial=serial), RING))[12:])
    )
    number = read_item_code(code, RING)
    for typed in (
        code.upper(),
        code.replace("0", "o").replace("1", "l"),
        code.upper().replace("0", "O").replace("1", "I"),
        f" {readable(code).replace('-', ' ')}\n",
    ):
        assert typed != code
        assert read_item_code(typed, RING) == number


@pytest.mark.parametrize("text", ["", "0" * 27, "0" * 29, "u" * 28, "一" * 28, "0" * 10_000, "-" * 28, "０" * 28])
def test_what_is_no_code_is_malformed(text: str) -> None:
    with pytest.raises(MalformedCode):
        read_item_code(text, RING)


@pytest.mark.parametrize(
    ("kid", "batch", "serial"),
    [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (MAX_KID + 1, 0, 0), (0, MAX_BATCH + 1, 0), (0, 0, MAX_SERIAL + 1)],
)
def test_numbers_have_bounds(kid: int, batch: int, serial: int) -> None:
    with pytest.raises(ValueError, match="item number"):
        ItemNumber(kid=kid, batch=batch, serial=serial)


@pytest.mark.parametrize(
    "text",
    ["", "itm_", NUMBER.item_id[:-1] + "1", NUMBER.item_id.lower(), "itm_" + "7" * 26, "rsv_" + NUMBER.item_id[4:]],
)
def test_no_other_text_is_an_item_id(text: str) -> None:
    with pytest.raises(ValueError, match="item id"):
        number_of_item(text)


def test_secrets_do_not_show() -> None:
    assert "\\x01" not in repr(RING)


def test_a_link_has_scheme_and_host_in_lower_case() -> None:
    code = ItemCode("0" * 28)
    assert item_link("HTTPS://Codes.Example.CN:8443/City/", code) == f"https://codes.example.cn:8443/City/i/{code}"
    assert item_link("https://codes.example.cn", code) == f"https://codes.example.cn/i/{code}"
