"""Payloads that are signed well and are not what our server writes: bombs, wrong types, other spellings."""

import random
from collections.abc import Callable, Mapping

import cbor2

BOMBS = (
    b"\x9b" + b"\xff" * 8,
    b"\x87\x01\x01\x5b" + b"\xff" * 8,
    b"\xbb" + b"\x7f" * 8,
    b"\x81" * 90,
    b"\xa1" * 60,
    b"\xd8\x1c" * 30,
    b"\x9f" * 80,
    b"\x87\x01\x01\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01",
    b"\x87\x01\x01\xc2\x58\x28" + b"\xff" * 40,
    b"\x87\x01\x01\xd9\x01\x00\x80",
    b"\xc0\x78\x20" + b"9" * 32,
)


def strange_payload(source: random.Random, good: bytes) -> bytes:
    """Return a payload of one of the ways in STRANGE; never one that our server would write."""
    return source.choice(list(STRANGE.values()))(source, good)


def _bomb(source: random.Random, _good: bytes) -> bytes:
    return source.choice(BOMBS)


def _typed(source: random.Random, good: bytes) -> bytes:
    """Put an item of another type into the place of one."""
    items = cbor2.loads(good)
    place = source.randrange(7)
    wrong: list[object] = [
        True,
        None,
        -1,
        1.5,
        "3",
        [3],
        {},
        2**64,
        -(2**70),
        b"",
        "x" * 20,
        source.random(),
        bytes(17),
    ]
    items[place] = source.choice(wrong)
    return bytes(cbor2.dumps(items))


def _ranged(source: random.Random, good: bytes) -> bytes:
    """Put a number beyond its bounds into its place."""
    items = cbor2.loads(good)
    place, numbers = source.choice(
        [(0, [0, 3, 24]), (1, [256, 65_536]), (4, [2**31, 2**32 - 1]), (5, [0, 65_536]), (6, [0, 1001])]
    )
    items[place] = source.choice(numbers)
    return bytes(cbor2.dumps(items))


def _spelt(source: random.Random, good: bytes) -> bytes:
    """Write a head in more bytes than it needs."""
    heads = {
        b"\x87": [b"\x98\x07", b"\x99\x00\x07", b"\x9f"],
        good[2:3]: [b"\x18" + good[2:3], b"\x19\x00" + good[2:3]],
        b"\x50": [b"\x58\x10", b"\x59\x00\x10"],
    }
    places = {b"\x87": 0, good[2:3]: 2, b"\x50": 3}
    head = source.choice(list(heads))
    at = places[head]
    longer = source.choice(heads[head])
    return good[:at] + longer + good[at + 1 :] + (b"\xff" if longer == b"\x9f" else b"")


def _shaped(source: random.Random, good: bytes) -> bytes:
    """Write more or fewer items, or something around them."""
    items = cbor2.loads(good)
    return source.choice(
        [
            bytes(cbor2.dumps(items[:6])),
            bytes(cbor2.dumps([*items, source.randrange(100)])),
            bytes(cbor2.dumps([items])),
            bytes(cbor2.dumps(dict(enumerate(items)))),
            b"\xd9\xd9\xf7" + good,
            good + b"\x00",
            good[:-1],
            good[1:],
            b"",
        ]
    )


STRANGE: Mapping[str, Callable[[random.Random, bytes], bytes]] = {
    "bombs": _bomb,
    "types": _typed,
    "ranges": _ranged,
    "spellings": _spelt,
    "shapes": _shaped,
}
