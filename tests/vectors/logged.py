"""Vectors of entries in a device's log: canonical form, hash, signature."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from qr.gate_log import LogEntry, LogKind, canonical_entry, code_sha256, entry_hash, sign_entry
from qr.keyring import SigningKey
from tests.vectors.spellings import GOOD
from tests.vectors.steps import unix_ms
from tests.vectors.town import DEVICE, GATE, LEASE, NOW, STARTS, seed

DEVICE_SEED, OTHER_SEED = seed("device"), seed("stolen device")
ISSUED = STARTS - timedelta(minutes=30)


def cases() -> list[dict[str, Any]]:
    """Return the vectors in JSON: a chain of entries, then entries that are not what was signed."""
    chain = _chain()
    found = [_case(f"entry {entry.seq}: {entry.kind}, {entry.reason or entry.decision}", entry) for entry in chain]
    first = chain[0]
    signature = sign_entry(first, DEVICE_SEED)
    changes: dict[str, dict[str, Any]] = {
        "another count": {"count": 4},
        "another number admitted": {"admitted_now": 4},
        "refused instead": {"decision": "refused", "reason": "cancelled"},
        "a millisecond later": {"at": first.at + timedelta(milliseconds=1)},
        "another nonce": {"nonce": "device6-000002"},
        "another gate": {"gate_id": GATE[:-1] + "6"},
        "another device": {"device_id": DEVICE[:-1] + "7"},
        "another place in the log": {"seq": 2},
        "another entry before": {"previous": entry_hash(first)},
        "another code": {"code_sha256": code_sha256(GOOD[:-1])},
        "another kind": {"kind": LogKind.EXIT},
        "another pack": {"pack_issued_at": ISSUED + timedelta(seconds=1)},
        "no pack": {"pack_issued_at": None},
    }
    for name, change in changes.items():
        found.append(_case(f"the first with {name}", replace(first, **change), signature=signature))
    found.append(_case("signed by another device", first, signature=sign_entry(first, OTHER_SEED)))
    found.append(_case("signed with a bit flipped", first, signature=signature[:-1] + bytes([signature[-1] ^ 1])))
    return found


def _chain() -> list[LogEntry]:
    entry = LogEntry(
        device_id=DEVICE,
        seq=1,
        previous="",
        kind=LogKind.ENTRY,
        gate_id=GATE,
        nonce="device6-000001",
        at=NOW + timedelta(milliseconds=7),
        code_sha256=code_sha256(GOOD),
        lease_id=None,
        count=None,
        decision="admitted",
        reason=None,
        admitted_now=3,
        undoes=None,
        pack_issued_at=ISSUED,
    )
    refused = {"decision": "refused", "admitted_now": 0}
    nobody = {"code_sha256": None, "lease_id": None, "count": None, "admitted_now": 0}
    changes: list[dict[str, Any]] = [
        {},
        {"kind": LogKind.UNDO, "undoes": "device6-000001", **nobody},
        {"count": 2, "admitted_now": 2},
        {"reason": "already_admitted", **refused},
        {"reason": "malformed", "code_sha256": code_sha256("中文 \U0001f3ab"), **refused},
        {"kind": LogKind.WALK_IN, **nobody, "lease_id": LEASE, "count": 4, "admitted_now": 4},
        {"kind": LogKind.EXIT, **nobody, "count": 1000, "admitted_now": 1000},
        {"reason": "wrong_gate", **refused, "pack_issued_at": None},
        {"at": datetime(1970, 1, 1, tzinfo=UTC), "nonce": "A-Z_a-z_0"},
        {"at": datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC), "code_sha256": code_sha256("")},
    ]
    chain: list[LogEntry] = []
    for number, change in enumerate(changes, 1):
        said: dict[str, Any] = {
            "seq": number,
            "previous": entry_hash(chain[-1]) if chain else "",
            "nonce": f"device6-{number:06}",
        }
        chain.append(replace(entry, **said | change))
    return chain


def _case(name: str, entry: LogEntry, signature: bytes | None = None) -> dict[str, Any]:
    ours = sign_entry(entry, DEVICE_SEED)
    return {
        "name": name,
        "entry": _fields(entry),
        "canonical": canonical_entry(entry).decode(),
        "hash": entry_hash(entry),
        "public": SigningKey(kid=0, seed=DEVICE_SEED).public.hex(),
        "signature": (signature or ours).hex(),
        "good": signature is None,
    }


def _fields(entry: LogEntry) -> dict[str, Any]:
    issued = entry.pack_issued_at
    return (
        {"v": 1}
        | vars(entry)
        | {
            "at": unix_ms(entry.at),
            "pack_issued_at": None if issued is None else int(issued.timestamp()),
        }
    )
