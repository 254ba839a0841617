"""Base45 text: the RFC's own examples, and one spelling only."""

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
