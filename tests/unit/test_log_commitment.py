"""Commitments: one spelling for each value (RFC 8785), and a digest that fits one salt and one value only."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transparency.commitment import NotCanonical, canonical, commit, read_value

SALT = bytes(range(16))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("aÄ中𠮷ﬀ", max_size=3), inner, max_size=4),
    max_leaves=12,
)


def test_the_commitment_is_the_digest_of_context_salt_and_data() -> None:
    data = canonical({"id": "ni:///sha-256;示例", "type": "ObjectEvent"})
    assert data.decode() == '{"id":"ni:///sha-256;示例","type":"ObjectEvent"}'
    assert commit(SALT, data) == hashlib.sha256(b"chengma log commitment 1\x00" + SALT + data).digest()
    assert commit(SALT, data).hex() == "5e89870fc78e2deb8ce893ba34f100064f5d57ac862572e765c380b3b8080d73"


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        commit(bytes(length), b"")


# From RFC 8785, appendix B, and ECMA-262's own limits of the exponent.
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (999999999999999900000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (4.5, "4.5"),
        (2e-3, "0.002"),
        (1e-27, "1e-27"),
        (100.0, "100"),
        (121.4752, "121.4752"),
    ],
)
def test_fractions_are_spelled_as_ecmascript_does(number: float, text: str) -> None:
    assert canonical(number).decode() == text


def test_keys_are_sorted_by_utf_16_units() -> None:
    # The example of RFC 8785, section 3.2.3.
    given = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert canonical(given).decode() == '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'


def test_controls_are_escaped_and_nothing_else() -> None:
    assert canonical('€$\x0f\nA\'B"\\\\"/\x7f\b\t\f').decode() == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\\b\\t\\f"'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, -(2**53) - 1, b"x", {1: 2}, "\ud800", {1.5}])
def test_what_readers_could_take_for_something_else_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical({"part": [value]})


@given(JSON)
@settings(deadline=None)
def test_a_canonical_text_reads_as_the_same_value_and_is_spelled_the_same_again(value: Any) -> None:
    text = canonical(value)
    assert read_value(text.decode()) == value
    assert canonical(read_value(text.decode())) == text
    assert canonical(read_value(json.dumps(value, indent=1))) == text


@pytest.mark.parametrize("text", ["{", "NaN", '{"a":1,"a":1}', "[1,]"])
def test_what_is_no_json_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the reader's own texts
        read_value(text)
