"""Offline packs: what one gate needs to decide for a day without network, signed, with an expiry.

`docs/codes.md` gives the layout to the byte. What goes into a pack is a matter of the admission service.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from qr.errors import MalformedCode, PackExpired
from qr.gate_pack_header import SECTIONS, HeaderFields, canonical, parse_header, read_header, write_header
from qr.gate_pack_model import (
    MARK_BYTES,
    TAIL_MARK_BYTES,
    GatePack,
    PackGateUse,
    PackLease,
    PackSlot,
    mark_of,
    tail_mark,
)
from qr.keyring import MAX_KID, Keyring, PublicKeyring
from qr.signing import SIGNATURE_BYTES, sign, verify

__all__ = [
    "GatePack",
    "PackExpired",
    "PackGateUse",
    "PackLease",
    "PackSlot",
    "mark_of",
    "read_gate_pack",
    "sign_gate_pack",
    "tail_mark",
]

MAGIC = b"CCP1"
SIGNING_CONTEXT = b"chengma-gate-pack-1"
LENGTH_BYTES = 4
COUNT_BYTES = 2
MAX_HEADER_BYTES = 2**17
_HEAD_BYTES = len(MAGIC) + LENGTH_BYTES
_ITEM_BYTES = {
    "cancelled": MARK_BYTES,
    "revoked": MARK_BYTES,
    "admitted": MARK_BYTES,
    "partly_admitted": MARK_BYTES + COUNT_BYTES,
    "tails": TAIL_MARK_BYTES,
}


def sign_gate_pack(pack: GatePack, keyring: Keyring) -> bytes:
    """Return the pack's bytes, signed by the ring's active key (of the purpose of packs, never another).

    Raises ValueError if the pack names another kid, or holds what the format cannot.
    """
    if pack.kid != keyring.active.kid:
        raise ValueError("the pack names another key than the one that signs")
    header = write_header(pack)
    if len(header) > MAX_HEADER_BYTES:
        raise ValueError(f"a pack's header has {MAX_HEADER_BYTES} bytes at most")
    body = MAGIC + len(header).to_bytes(LENGTH_BYTES, "big") + header + b"".join(_sections(pack))
    return body + sign(keyring.active, context=SIGNING_CONTEXT, message=body)


def read_gate_pack(data: bytes, keyring: PublicKeyring, now: datetime) -> GatePack:
    """Return what a signed pack says; `keyring` holds the keys of packs.

    Raises MalformedCode, UnknownKey, RevokedKey, BadSignature, or PackExpired at `now` (aware).
    """
    body, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    header_end = _header_end(body)
    found = parse_header(body[_HEAD_BYTES:header_end])
    kid = HeaderFields(found).number("kid", MAX_KID)
    verify(keyring.find(kid), context=SIGNING_CONTEXT, message=body, signature=signature)
    try:
        if canonical(found) != body[_HEAD_BYTES:header_end]:
            raise MalformedCode
        pack = read_header(HeaderFields(found), _read_sections(HeaderFields(found), body[header_end:]))
    except ValueError:
        raise MalformedCode from None
    if now >= pack.expires_at:
        raise PackExpired
    return pack


def _header_end(body: bytes) -> int:
    length = int.from_bytes(body[len(MAGIC) : _HEAD_BYTES], "big")
    end = _HEAD_BYTES + length
    if len(body) < _HEAD_BYTES or body[: len(MAGIC)] != MAGIC or length > MAX_HEADER_BYTES or end > len(body):
        raise MalformedCode
    return end


def _sections(pack: GatePack) -> Iterator[bytes]:
    for marks in (pack.cancelled, pack.revoked, pack.admitted):
        yield b"".join(sorted(marks))
    partly = (mark + count.to_bytes(COUNT_BYTES, "big") for mark, count in pack.partly_admitted.items())
    yield b"".join(sorted(partly))
    yield b"".join(sorted(pack.tails))


def _read_sections(header: HeaderFields, data: bytes) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    start = 0
    for name in SECTIONS:
        end = start + header.number(name) * _ITEM_BYTES[name]
        found[name] = _items(data[start:end], _ITEM_BYTES[name])
        start = end
    if start != len(data):
        raise MalformedCode
    counted = {one[:MARK_BYTES]: int.from_bytes(one[MARK_BYTES:], "big") for one in found["partly_admitted"]}
    if len(counted) != len(found["partly_admitted"]):
        raise MalformedCode
    return {name: frozenset(items) for name, items in found.items()} | {"partly_admitted": counted}


def _items(data: bytes, size: int) -> list[bytes]:
    items = [data[at : at + size] for at in range(0, len(data), size)]
    if any(not one < other for one, other in pairwise(items)):  # sorted, each once
        raise MalformedCode
    return items
