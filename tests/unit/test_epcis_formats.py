"""URIs and instants, as the format checker of jsonschema decides them too."""

import random
from collections.abc import Callable

import pytest
from jsonschema import FormatChecker

from services.epcis.formats import is_instant, is_uri

CHECKER = FormatChecker(("uri", "date-time"))
SEED = 3986
PIECES = (
    *("http", "urn", "a", "1a", "+", ":", "://", "//", "/", "?", "#", "@", "[::1]", "[1:2::3]", "[v1.a]", "[::zz]"),
    *("1.2.3.4", ":80", "%20", "%2", "%zz", "x", "é", " ", "~", "!$&'()*+,;=", "..", "\\", "{", "|", "中"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urn:chengma:item:itm_1", True),
        ("a:", True),
        ("http://", True),
        ("http://host:80/x?y#z", True),
        ("http://host:port/", False),
        ("http://[::1]/", True),
        ("http://[::zz]/", False),
        ("http://a@b@c/", False),
        ("//host/path", False),
        ("1a:b", False),
        ("urn:a%2", False),
        ("urn:a b", False),
        ("urn:中", False),
        ("", False),
    ],
)
def test_uris(text: str, *, expected: bool) -> None:
    assert is_uri(text) == expected == CHECKER.conforms(text, "uri")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T00:00:00Z", True),
        ("2024-02-29t00:00:00.123456789z", True),
        ("2026-02-29T00:00:00Z", False),
        ("2026-03-01T23:59:60Z", False),
        ("2026-03-01T24:00:00Z", False),
        ("2026-03-01T00:00:00-23:59", True),
        ("2026-03-01T00:00:00+24:00", False),
        ("2026-03-01T00:00:00+0800", False),
        ("2026-03-01T00:00:00.Z", False),
        ("2026-03-01 00:00:00Z", False),
        ("2026-03-01T00:00:00", False),
        ("0000-03-01T00:00:00Z", False),
        ("٢٠٢٦-03-01T00:00:00Z", False),
    ],
)
def test_instants(text: str, *, expected: bool) -> None:
    assert is_instant(text) == expected == CHECKER.conforms(text, "date-time")


def test_uris_at_random() -> None:
    luck = random.Random(SEED)
    verdicts = {True: 0, False: 0}
    for _ in range(20_000):
        text = luck.choice(("", "urn:", "http://")) + "".join(luck.choice(PIECES) for _ in range(luck.randint(1, 4)))
        verdicts[is_uri(text)] += 1
        assert is_uri(text) == CHECKER.conforms(text, "uri"), text
    assert min(verdicts.values()) > 1000


@pytest.mark.parametrize("check", [is_uri, is_instant])
def test_a_line_break_at_the_end_is_not_overlooked(check: Callable[[str], bool]) -> None:
    assert not check("urn:x:1\n")
    assert not check("2026-03-01T00:00:00Z\n")
