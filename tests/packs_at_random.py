"""Packs and device logs at random, read and written by Python, in the form of tests/vectors/packs.json and log.json."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from qr.errors import CodeRefused, PackExpired
from qr.gate_log import LogEntry, LogKind, canonical_entry, code_sha256, entry_hash, sign_entry
from qr.gate_pack import read_gate_pack
from qr.keyring import SigningKey
from tests.vectors import town
from tests.vectors.make import pack_keys
from tests.vectors.steps import unix_ms

# What a field may not be, or may just be: of other types, and at the bounds.
ODD = [
    None,
    True,
    False,
    0,
    -1,
    1,
    7,
    255,
    256,
    86_400,
    86_401,
    1.5,
    2**53 - 1,
    2**53,
    253_402_300_799,
    253_402_300_800,
]
ODD_TEXTS = [
    "",
    "SM2",
    "exit",
    "2027-02-30",
    "2028-02-29",
    "20270206",
    "2027-2-06",
    "AA",
    "AB==",
    "é中\U0001f54c",
    '\x1f\x7f\n"\\',
]
ODD_THINGS: list[Any] = [*ODD, *ODD_TEXTS, [], {}, [1], [{}], [[]], "0001-01-01", "0000-01-01", "9999-12-31", "A" * 43]
NONCE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


def packs(draw: Random, count: int) -> dict[str, Any]:
    """Return `count` packs in JSON, each spoilt in one way or another, with what Python makes of it."""
    good = list(town.packs().values())
    cases = []
    for number in range(count):
        data = draw.choice(WAYS)(draw, draw.choice(good))
        at = draw.choice([town.NOW, town.NOW, town.EXPIRES, town.EXPIRES - timedelta(milliseconds=1)])
        said = {"name": f"at random {number}", "pack": base64.b64encode(data).decode(), "at": unix_ms(at)}
        try:
            read_gate_pack(data, town.PACK_KEYS, at)
            cases.append(said | {"outcome": "read"})
        except PackExpired:
            cases.append(said | {"outcome": "pack_expired"})
        except CodeRefused as refused:
            cases.append(said | {"outcome": refused.reason})
    return {"pack_keys": pack_keys(), "cases": cases}


def log(draw: Random, count: int) -> dict[str, Any]:
    """Return `count` entries in JSON: canonical, hashed, and signed by the right device or by another."""
    seeds = [draw.randbytes(32), draw.randbytes(32)]
    cases = []
    for number in range(count):
        entry = _entry(draw)
        signer = draw.choice([0, 0, 0, 1])
        issued = entry.pack_issued_at
        instants = {"at": unix_ms(entry.at), "pack_issued_at": None if issued is None else int(issued.timestamp())}
        cases.append(
            {
                "name": f"at random {number}",
                "entry": {"v": 1} | vars(entry) | instants,
                "canonical": canonical_entry(entry).decode(),
                "hash": entry_hash(entry),
                "public": SigningKey(kid=0, seed=seeds[0]).public.hex(),
                "signature": sign_entry(entry, seeds[signer]).hex(),
                "good": signer == 0,
            }
        )
    return {"cases": cases}


def _entry(draw: Random) -> LogEntry:
    word = "".join(draw.choices(NONCE, k=draw.randint(0, 40)))
    return LogEntry(
        device_id=town.DEVICE,
        seq=draw.choice([1, 2, draw.randint(1, 10**6), 2**53 - 1]),
        previous=draw.choice(["", draw.randbytes(32).hex()]),
        kind=draw.choice(list(LogKind)),
        gate_id=town.GATE,
        nonce=word,
        at=town.NOW + timedelta(milliseconds=draw.randint(-(10**12), 10**12)),
        code_sha256=draw.choice([None, code_sha256(word)]),
        lease_id=draw.choice([None, town.LEASE]),
        count=draw.choice([None, 1, 1000]),
        decision=draw.choice(["admitted", "refused"]),
        reason=draw.choice([None, "too_early", "stale_code"]),
        admitted_now=draw.randint(0, 1000),
        undoes=draw.choice([None, word]),
        pack_issued_at=draw.choice([None, town.STARTS + timedelta(seconds=draw.randint(-(10**9), 10**9))]),
    )


def _whole(draw: Random, data: bytes) -> bytes:
    return draw.choice(
        [data, data, data[: draw.randrange(len(data))], data + b"\x00", data[draw.randrange(len(data)) :]]
    )


def _flipped(draw: Random, data: bytes) -> bytes:
    at = draw.choice(
        [draw.randrange(len(data)), draw.randrange(8), draw.randrange(40), len(data) - 1 - draw.randrange(200)]
    )
    return data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]


def _sealed_anew(draw: Random, data: bytes) -> bytes:
    """Spoil what is signed and sign it: what only we could make, and a reader must still not trip over."""
    header, sections = _parted(data)
    if draw.random() < 0.5:
        at = draw.randrange(len(sections))
        sections = draw.choice(
            [
                sections[:at] + bytes([sections[at] ^ (1 << draw.randrange(8))]) + sections[at + 1 :],
                sections[:at],
                sections[:at] + sections[at + 1 :],
                sections + draw.randbytes(draw.choice([1, 8, 9, 10])),
                sections[8:16] + sections[:8] + sections[16:],
            ]
        )
    else:
        at = draw.randrange(len(header))
        header = header[:at] + draw.choice([b"", b" ", b"0", b"-", b"\\u0041", draw.randbytes(1)]) + header[at + 1 :]
    return _sealed(header, sections)


def _said_otherwise(draw: Random, data: bytes) -> bytes:
    """Change a field of the header, or of a row in it, and sign that."""
    header, sections = _parted(data)
    said = json.loads(header)
    thing = draw.choice([said, said, *said["keys"], *said["slots"], *said["leases"]])
    name = draw.choice(list(thing))
    change = draw.choice(["set", "set", "set", "drop", "add", "twice"])
    if change == "set":
        thing[name] = draw.choice(ODD_THINGS)
    elif change == "drop":
        del thing[name]
    elif change == "add":
        thing[draw.choice(["new", "é", "Z", "kid2"])] = draw.choice([None, "x", 7, [], {"b": 1, "a": [True, None]}])
    else:
        said["keys"] = [*said["keys"], *said["keys"][:1]]
    written = json.dumps(said, sort_keys=draw.random() < 0.95, separators=(",", ":"), ensure_ascii=draw.random() < 0.1)
    return _sealed(written.encode(), sections)


def _other_key(draw: Random, data: bytes) -> bytes:
    header, sections = _parted(data)
    kid = draw.choice([6, 7, 8, 255, 256, -1])
    key = draw.choice([town.PACK_KEY, town.OLD_PACK_KEY, town.STRANGER])
    return _sealed(header.replace(b'"kid":7,"leases"', f'"kid":{kid},"leases"'.encode()), sections, key)


def _parted(data: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(data[4:8], "big")
    return data[8:end], data[end:-64]


def _sealed(header: bytes, sections: bytes, key: SigningKey = town.PACK_KEY) -> bytes:
    body = b"CCP1" + len(header).to_bytes(4, "big") + header + sections
    return body + replace(key).signer.sign(b"chengma-gate-pack-1" + body)


WAYS: list[Callable[[Random, bytes], bytes]] = [
    _whole,
    _flipped,
    _sealed_anew,
    _said_otherwise,
    _said_otherwise,
    _other_key,
]


def outcomes(read: Mapping[str, Any]) -> dict[str, int]:
    """Return how many packs ended in each way."""
    found: dict[str, int] = {}
    for case in read["cases"]:
        found[case["outcome"]] = found.get(case["outcome"], 0) + 1
    return found
