"""Vectors of packs that are read, and of packs that are not."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from qr.keyring import SigningKey
from tests.vectors.steps import unix_ms
from tests.vectors.town import (
    DAY_KEY,
    ENTRY_KEYS,
    EXPIRES,
    NOW,
    OLD_PACK_KEY,
    PACK_KEY,
    STRANGER,
    pack,
    packs,
)

MS = timedelta(milliseconds=1)
MARK_BYTES = 8
Change = Callable[[dict[str, Any]], object]


def cases() -> list[dict[str, Any]]:
    """Return the vectors in JSON: pack, time and outcome."""
    good = packs()["entrance"]
    read = [_case(f"the pack {name}", data, "read") for name, data in packs().items()]
    return [*read, *_bytes(good), *_signed(good), *_headers(good), *_sections(good)]


def _case(name: str, data: bytes, outcome: str, at: datetime = NOW) -> dict[str, Any]:
    return {"name": name, "pack": base64.b64encode(data).decode(), "at": unix_ms(at), "outcome": outcome}


def _parts(data: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(data[4:8], "big")
    return data[8:end], data[end:-64]


def _sealed(
    header: bytes, sections: bytes, key: SigningKey = PACK_KEY, context: bytes = b"chengma-gate-pack-1"
) -> bytes:
    body = b"CCP1" + len(header).to_bytes(4, "big") + header + sections
    return body + key.signer.sign(context + body)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if at >= 0 else _flipped(data, len(data) + at)


def _bytes(good: bytes) -> list[dict[str, Any]]:
    header, sections = _parts(good)
    broken = {
        "nothing": b"",
        "a signature alone": good[-64:],
        "another beginning": b"CCP2" + good[4:],
        "cut in the header": good[:100],
        "header longer than the pack": good[:4] + b"\x00\x01\x00\x00" + good[8:],
        "header of 2^32 - 1 bytes": good[:4] + b"\xff" * 4 + good[8:],
        "header of no bytes": _sealed(b"", sections),
        "header that is no JSON": _sealed(b"{" + header, sections),
        "header that is a list": _sealed(b"[]", sections),
        "header that is a number": _sealed(b"7", sections),
        "header that is no UTF-8": _sealed(b'{"kid":7,"x":"\xff"}', sections),
        "header with a byte order mark": _sealed(b"\xef\xbb\xbf" + header, sections),
        "brackets by the thousand": _sealed(b"[" * 100_000, sections),
    }
    spoilt = {
        "a flipped bit in the header": _flipped(good, good.index(b'"inside":40') + 10),
        "a flipped bit in the sections": _flipped(good, -70),
        "a flipped bit in the signature": _flipped(good, -1),
        "a byte cut off the end": good[:-1],
        "a byte behind": good + b"\x00",
    }
    return [
        *(_case(name, data, "malformed") for name, data in broken.items()),
        *(_case(name, data, "bad_signature") for name, data in spoilt.items()),
        _case("a millisecond before it expires", good, "read", EXPIRES - MS),
        _case("when it expires", good, "pack_expired", EXPIRES),
        _case("spoilt and expired", _flipped(good, -1), "bad_signature", EXPIRES),
    ]


def _signed(good: bytes) -> list[dict[str, Any]]:
    header, sections = _parts(good)
    by_old, unknown = (header.replace(b'"kid":7,', b'"kid":%d,' % kid) for kid in (6, 8))
    return [
        _case("by a revoked key", _sealed(by_old, sections, OLD_PACK_KEY), "revoked"),
        _case("by a key that nobody has", _sealed(unknown, sections, STRANGER), "unknown_key"),
        _case("by a stranger", _sealed(header, sections, STRANGER), "bad_signature"),
        _case("by a key of entry codes", _sealed(header, sections, ENTRY_KEYS[1]), "bad_signature"),
        _case("for another purpose", _sealed(header, sections, context=b"chengma-entry-1"), "bad_signature"),
        _case("without a purpose", _sealed(header, sections, context=b""), "bad_signature"),
    ]


def _spelt(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _headers(good: bytes) -> list[dict[str, Any]]:
    raw, sections = _parts(good)
    fields = json.loads(raw)
    changes: dict[str, dict[str, Any]] = {
        "kid 256": {"kid": 256},
        "kid -1": {"kid": -1},
        "kid as text": {"kid": "7"},
        "kid true": {"kid": True},
        "another use": {"gate_use": "both"},
        "a day that is none": {"day": "2027-02-30"},
        "a day in other words": {"day": "20270206"},
        "an expiry in words": {"expires_at": "2027-02-06T16:00:00Z"},
        "a negative count": {"inside": -1},
        "inside null": {"inside": None},
        "a ceiling in words": {"ceiling": "50"},
        "a count of sections too large": {"cancelled": fields["cancelled"] + 1},
        "a count of sections too small": {"tails": fields["tails"] - 1},
        "a window of more than a day": {"opens_before_s": 86_401},
        "a short day key": {"venue_day_key": "AAAA"},
        "a day key with padding": {"venue_day_key": base64.urlsafe_b64encode(DAY_KEY).decode()},
        "slots that are no list": {"slots": {}},
        "a slot that is a number": {"slots": [1]},
        "a slot without fields": {"slots": [{}]},
        "a lease without a place": {"leases": [{**fields["leases"][0], "places": None}]},
        "a key of an algorithm that nobody knows": {"keys": [{**fields["keys"][0], "algorithm": "RSA"}]},
        "a key in no state": {"keys": [{**fields["keys"][0], "state": "lost"}]},
        "a key of 31 bytes": {"keys": [{**fields["keys"][0], "public": base64.urlsafe_b64encode(bytes(30)).decode()}]},
        "a kid twice": {"keys": [fields["keys"][0], fields["keys"][0]]},
    }
    missing = [name for name in fields if name != "kid"]
    rest = {"sorted otherwise": json.dumps(dict(reversed(fields.items())), separators=(",", ":")).encode()}
    rest["with blanks"] = json.dumps(fields, sort_keys=True).encode()
    rest["with a field twice"] = raw[:-1] + b',"venue_id":"' + fields["venue_id"].encode() + b'"}'
    found = [_case(name, _sealed(_spelt(fields | change), sections), "malformed") for name, change in changes.items()]
    found += [_case(f"a header {name}", _sealed(header, sections), "malformed") for name, header in rest.items()]
    for name in missing:
        without = {key: value for key, value in fields.items() if key != name}
        found.append(_case(f"without {name}", _sealed(_spelt(without), sections), "malformed"))
    later = _spelt(fields | {"zone": {"of": "later", "versions": [1, "二"]}})
    return [*found, _case("with a field that nobody knows yet", _sealed(later, sections), "read")]


def _sections(good: bytes) -> list[dict[str, Any]]:
    raw, sections = _parts(good)
    fields = json.loads(raw)
    first = sections[: MARK_BYTES * 2]
    swapped = first[MARK_BYTES:] + first[:MARK_BYTES] + sections[MARK_BYTES * 2 :]
    twice = first[:MARK_BYTES] * 2 + sections[MARK_BYTES * 2 :]
    partly_at = MARK_BYTES * (len(pack().cancelled) + 2)
    partly = sections[partly_at : partly_at + MARK_BYTES + 2]
    none_in = sections[:partly_at] + partly[:MARK_BYTES] + bytes(2) + sections[partly_at + MARK_BYTES + 2 :]
    more = partly[:MARK_BYTES] + b"\x00\x09"
    two_counts = sections[: partly_at + MARK_BYTES + 2] + more + sections[partly_at + MARK_BYTES + 2 :]
    counted = _spelt(fields | {"partly_admitted": 2})
    return [
        _case("marks in another order", _sealed(raw, swapped), "malformed"),
        _case("a mark twice", _sealed(raw, twice), "malformed"),
        _case("a byte more in the sections", _sealed(raw, sections + b"\x00"), "malformed"),
        _case("a byte fewer in the sections", _sealed(raw, sections[:-1]), "malformed"),
        _case("partly inside with nobody", _sealed(raw, none_in), "malformed"),
        _case("two counts of one party", _sealed(counted, two_counts), "malformed"),
    ]
