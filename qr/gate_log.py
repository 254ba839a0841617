"""A device's log of what it decided: each entry is chained to the one before by hash, and signed by the device.

`docs/codes.md` gives the canonical form to the byte; only the device's own key can add to its log, and what is missing
or altered shows in the hashes.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from qr.entry_pass import EPOCH
from qr.errors import BadSignature
from qr.keyring import SigningKey, VerifyKey
from qr.signing import SIGNATURE_BYTES, sign, verify

VERSION = 1
HASH_CONTEXT = b"chengma-gate-log-1"
SIGNING_CONTEXT = b"chengma-gate-entry-1"
_MS = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
# Ids, nonces, hex and words: nothing that two writers of JSON could spell in two ways.
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")


class LogKind(StrEnum):
    """What a device entered into its log."""

    ENTRY = "entry"
    EXIT = "exit"
    WALK_IN = "walk_in"
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One line of a device's log.

    `seq` counts from 1, `previous` is the hash (hex) of the entry before, "" at the beginning. `at` is the device's
    own clock, aware, on whole milliseconds; `code_sha256` the SHA-256 (hex) of the code's text (see code_sha256);
    `count` how many were asked for, None for all who were left; `undoes` the nonce of what an undo takes back;
    `pack_issued_at` which pack decided, aware, whole seconds. `decision` is `admitted` or `refused`, `reason` the
    gate's word. Raises ValueError for texts that are not plain ASCII words, and for instants between milliseconds.
    """

    device_id: str
    seq: int
    previous: str
    kind: LogKind
    gate_id: str
    nonce: str
    at: datetime
    code_sha256: str | None
    lease_id: str | None
    count: int | None
    decision: str
    reason: str | None
    admitted_now: int
    undoes: str | None
    pack_issued_at: datetime | None

    def __post_init__(self) -> None:
        texts = (self.device_id, self.previous, self.gate_id, self.nonce, self.decision)
        optional = (self.code_sha256, self.lease_id, self.reason, self.undoes)
        if not all(_PLAIN.fullmatch(text or "") for text in (*texts, *optional)):
            raise ValueError("a log's texts are plain words")
        _whole(self.at, _MS)
        if self.pack_issued_at is not None:
            _whole(self.pack_issued_at, _SECOND)


def canonical_entry(entry: LogEntry) -> bytes:
    """Return the entry's one spelling: JSON in ASCII, keys sorted, no blanks, instants as whole numbers."""
    said = {
        "v": VERSION,
        "device_id": entry.device_id,
        "seq": entry.seq,
        "previous": entry.previous,
        "kind": entry.kind.value,
        "gate_id": entry.gate_id,
        "nonce": entry.nonce,
        "at": _whole(entry.at, _MS),
        "code_sha256": entry.code_sha256,
        "lease_id": entry.lease_id,
        "count": entry.count,
        "decision": str(entry.decision),
        "reason": None if entry.reason is None else str(entry.reason),
        "admitted_now": entry.admitted_now,
        "undoes": entry.undoes,
        "pack_issued_at": None if entry.pack_issued_at is None else _whole(entry.pack_issued_at, _SECOND),
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def entry_hash(entry: LogEntry) -> str:
    """Return the entry's hash, 64 hexadecimal digits: the next entry's `previous`."""
    return hashlib.sha256(HASH_CONTEXT + canonical_entry(entry)).hexdigest()


def sign_entry(entry: LogEntry, device_seed: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a device whose secret key is the 32 bytes of `device_seed`."""
    return sign(SigningKey(kid=0, seed=device_seed), context=SIGNING_CONTEXT, message=bytes.fromhex(entry_hash(entry)))


def verify_entry(entry: LogEntry, signature: bytes, device_public: bytes) -> None:
    """Pass if the device with this public key (32 bytes) signed the entry; raises BadSignature for any other bytes."""
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature
    key = VerifyKey(kid=0, public=device_public)
    verify(key, context=SIGNING_CONTEXT, message=bytes.fromhex(entry_hash(entry)), signature=signature)


def code_sha256(code: str) -> str:
    """Return what stands for a code's text in a log: 64 hexadecimal digits."""
    # A scanner may hand over half a character of UTF-16; that is no code of ours, and no reason to stop.
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


def _whole(instant: datetime, unit: timedelta) -> int:
    whole, rest = divmod(instant - EPOCH, unit)
    if rest:
        raise ValueError("an instant of a log lies between two units")
    return whole
