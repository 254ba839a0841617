"""Base45 text: the RFC's own examples, and one spelling only."""

import base45
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qr.codec import MAX_TEXT_CHARS, decode_text, encode_text
from qr.errors import MalformedCode

REPEATABLE = settings(derandomize=True, deadline=None, database=None)


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_agrees_with_the_examples_of_rfc_9285(body: bytes, text: str) -> None:
    assert encode_text("CC1:", body) == "CC1:" + text
    assert decode_text("CC1:", "CC1:" + text) == body


@REPEATABLE
@given(st.binary(max_size=160))
def test_what_was_encoded_decodes_and_survives_a_scanner_that_trims(body: bytes) -> None:
    text = encode_text("CC1:", body)
    assert decode_text("CC1:", text) == body
    assert text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BB8",
        "CC2:BB8",
        "cc1:BB8",
        " CC1:BB8",
        "CC1:BB8\n",
        "CC1:BB8 ",
        "CC1:bb8",
        "CC1:GGW",  # 65,536: one more than two bytes hold
        "CC1:::",  # 2,024: one byte holds 255
        "CC1:BB8B",
        "CC1:BB\u0130",
        "CC1:BB_",
        "CC1:CC1:BB8\u2028",
    ],
)
def test_refuses_every_other_spelling(text: str) -> None:
    with pytest.raises(MalformedCode):
        decode_text("CC1:", text)


def test_refuses_a_text_that_is_too_long_however_well_it_is_spelt() -> None:
    longest = encode_text("CC1:", bytes(168))
    assert len(longest) == MAX_TEXT_CHARS
    assert decode_text("CC1:", longest) == bytes(168)
    with pytest.raises(MalformedCode):
        decode_text("CC1:", encode_text("CC1:", bytes(169)))


@REPEATABLE
@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=24) | st.text(max_size=12))
def test_reads_what_the_library_reads_and_writes_and_nothing_else(digits: str) -> None:
    try:
        by_library = bytes(base45.b45decode(digits))
    except ValueError:
        by_library = None
    if by_library is None or base45.b45encode(by_library).decode() != digits:
        with pytest.raises(MalformedCode):
            decode_text("CC1:", "CC1:" + digits)
    else:
        assert decode_text("CC1:", "CC1:" + digits) == by_library


@pytest.mark.parametrize("place", range(3))
def test_every_value_of_every_digit_counts(place: int) -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    for value, character in enumerate(alphabet):
        digits = list("BB8BB8BB8")
        digits[3 + place] = character
        body = int(11 + 11 * 45 + 8 * 2025 + (value - (11, 11, 8)[place]) * 45**place)
        if body < 2**16:
            assert decode_text("", "".join(digits)) == b"AB" + body.to_bytes(2, "big") + b"AB"
        else:
            with pytest.raises(MalformedCode):
                decode_text("", "".join(digits))
